import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { clipGradients } from '../../../kernel-lib/src/training/clip-gradients.ts';
import { clipSchema, type ClipOptions } from '../../../kernel-lib/src/training/clip-options.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function clip(options: ClipOptions, gradients: tf.Tensor[], weights = gradients): number[][] {
  const before = tf.memory().numTensors;
  const clipped = clipGradients([...gradients, undefined], weights, options);
  expect(clipped.at(-1)).toBeUndefined();
  const values = clipped.slice(0, -1).map((tensor) => [...tensor!.dataSync()]);
  clipped.forEach((tensor) => tensor?.dispose());
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

describe('clipGradients', () => {
  const gradients = () => [tf.tensor1d([3, -4]), tf.tensor2d([[0, 12]])];

  it('clips values and norms', () => {
    expect(clip({ value: 2 }, gradients())).toEqual([
      [2, -2],
      [0, 2],
    ]);
    const [small, large] = clip({ variableNorm: 6 }, gradients());
    expect(small).toEqual([3, -4]);
    expect(large![1]).toBeCloseTo(6, 5);
    // the norm of all is 13
    const [first, second] = clip({ globalNorm: 6.5 }, gradients());
    expect(first![0]).toBeCloseTo(1.5, 5);
    expect(second![1]).toBeCloseTo(6, 5);
    expect(clip({ globalNorm: 14 }, gradients())).toEqual([
      [3, -4],
      [0, 12],
    ]);
  });

  it('does not divide by zero', () => {
    expect(clip({ globalNorm: 1 }, [tf.zeros([2])])).toEqual([[0, 0]]);
    expect(clip({ variableNorm: 1 }, [tf.zeros([2])])).toEqual([[0, 0]]);
  });

  it('clips adaptively as Basenji does', () => {
    // Basenji's adaptive_clip_grads(clip=0.1), TensorFlow: column norms of the weights
    const [values] = clip(
      { adaptive: 0.1 },
      [
        tf.tensor2d([
          [10, 0.01],
          [10, 0.01],
        ]),
      ],
      [
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ],
    );
    [0.2236068, 0.01, 0.2236068, 0.01].forEach((expected, i) => {
      expect(values![i]).toBeCloseTo(expected, 6);
    });
  });

  it('takes one way only', () => {
    expect(clipSchema.safeParse({ value: 1, globalNorm: 1 }).success).toBe(false);
    expect(clipSchema.safeParse({ norm: 1 }).error?.issues[0]?.message).toContain('globalNorm');
    expect(clipSchema.parse({ globalNorm: 1 })).toEqual({ globalNorm: 1 });
  });
});
