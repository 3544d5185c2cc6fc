import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sequenceConvolution } from '../../../kernel-lib/src/backend/sequence-convolution.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

describe.each(['wasm', 'cpu'] as const)('mean-pooled sequence convolution on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    { pooling: 'mean', phases: 3, poolSize: 12, start: 7, end: 91, shape: [3, 3, 7, 20] },
    { pooling: 'mean', phases: 1, poolSize: 10, start: 0, end: undefined, shape: [3, 9, 20] },
    { pooling: 'max', phases: 1, poolSize: 10, start: 20, end: 60, shape: [3, 4, 20] },
    { pooling: 'mean', phases: 3, poolSize: 6, start: 80, end: 97, shape: [3, 3, 2, 20] },
  ] as const)('equals one-hot convolution, values and gradients: %o', ({ shape, ...rest }) => {
    const options = { padding: 'same', activation: 'relu', ...rest } as const;
    tf.engine().startScope();
    const random = new Random(4);
    const [batch, length, width, filters] = [3, 97, 7, 20];
    const values = Int32Array.from({ length: batch * length }, () => random.integer(5));
    const oneHotValues = new Float32Array(batch * length * 4);
    values.forEach((token, i) => {
      if (token < 4) oneHotValues[i * 4 + token] = 1;
    });
    const normal = (size: number) => Float32Array.from({ length: size }, () => random.normal());
    const tokens = tf.tensor2d(values, [batch, length], 'int32');
    const oneHot = tf.tensor3d(oneHotValues, [batch, length, 4]);
    const kernel = tf.tensor3d(normal(width * 4 * filters), [width, 4, filters]);
    const bias = tf.tensor1d(normal(filters));
    const loss =
      (sequence: tf.Tensor) =>
      (k: tf.Tensor, b: tf.Tensor): tf.Scalar =>
        tf.sum(
          tf.square(sequenceConvolution(sequence, k as tf.Tensor3D, b as tf.Tensor1D, options)),
        );
    const fast = tf.grads(loss(tokens))([kernel, bias]);
    const slow = tf.grads(loss(oneHot))([kernel, bias]);
    const output = sequenceConvolution(tokens, kernel, bias, options);
    expect(output.shape).toEqual(shape);
    const expected = sequenceConvolution(oneHot, kernel, bias, options);
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    for (const i of [0, 1]) {
      const scale = tf.max(tf.abs(slow[i]!)).dataSync()[0]!;
      expect(largestDifference(fast[i]!, slow[i]!) / scale).toBeLessThan(1e-5);
    }
    tf.engine().endScope();
  });
});
