import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sequenceConvolution } from '../../../kernel-lib/src/backend/sequence-convolution.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

function randomCase(seed: number, batch: number, length: number, width: number, filters: number) {
  const random = new Random(seed);
  const tokens = Int32Array.from({ length: batch * length }, () => random.integer(5));
  const oneHot = new Float32Array(batch * length * 4);
  tokens.forEach((token, i) => {
    if (token < 4) oneHot[i * 4 + token] = 1;
  });
  const kernel = Float32Array.from({ length: width * 4 * filters }, () => random.normal());
  const bias = Float32Array.from({ length: filters }, () => random.normal());
  return {
    tokens: tf.tensor2d(tokens, [batch, length], 'int32'),
    oneHot: tf.tensor3d(oneHot, [batch, length, 4]),
    kernel: tf.tensor3d(kernel, [width, 4, filters]),
    bias: tf.tensor1d(bias),
  };
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

describe.each(['wasm', 'cpu'] as const)('sequenceConvolution on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    { width: 6, filters: 32, padding: 'same', activation: 'relu', poolSize: 10 },
    { width: 7, filters: 5, padding: 'same', activation: 'linear', poolSize: 1 },
    { width: 1, filters: 3, padding: 'valid', activation: 'relu', poolSize: 3 },
    { width: 10, filters: 20, padding: 'valid', activation: 'relu', poolSize: 7 },
  ] as const)('equals one-hot convolution, values and gradients: %o', (options) => {
    tf.engine().startScope();
    const { tokens, oneHot, kernel, bias } = randomCase(1, 3, 97, options.width, options.filters);
    const loss =
      (sequence: tf.Tensor) =>
      (k: tf.Tensor, b: tf.Tensor): tf.Scalar =>
        tf.sum(
          tf.square(sequenceConvolution(sequence, k as tf.Tensor3D, b as tf.Tensor1D, options)),
        );
    const fast = tf.valueAndGrads(loss(tokens))([kernel, bias]);
    const slow = tf.valueAndGrads(loss(oneHot))([kernel, bias]);
    const values = sequenceConvolution(tokens, kernel, bias, options);
    const expected = sequenceConvolution(oneHot, kernel, bias, options);
    expect(values.shape).toEqual(expected.shape);
    expect(largestDifference(values, expected)).toBeLessThan(1e-5);
    for (const i of [0, 1]) {
      const scale = tf.max(tf.abs(slow.grads[i]!)).dataSync()[0]!;
      expect(largestDifference(fast.grads[i]!, slow.grads[i]!) / scale).toBeLessThan(1e-5);
    }
    tf.engine().endScope();
  });

  it('leaves no tensor behind', () => {
    const { tokens, oneHot, kernel, bias } = randomCase(2, 2, 50, 6, 16);
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads((k: tf.Tensor, b: tf.Tensor) =>
      tf.sum(
        sequenceConvolution(tokens, k as tf.Tensor3D, b as tf.Tensor1D, {
          padding: 'same',
          activation: 'relu',
          poolSize: 5,
        }),
      ),
    )([kernel, bias]);
    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([tokens, oneHot, kernel, bias]);
  });
});
