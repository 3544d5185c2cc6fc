import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

function values(seed: number, size: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => random.normal());
}

/** Runs the same computation on `wasm` and `cpu` and gives the largest relative difference. */
async function compareBackends(run: () => tf.Tensor[]): Promise<number> {
  const results: (Float32Array | Int32Array | Uint8Array)[][] = [];
  for (const backend of ['wasm', 'cpu'] as const) {
    await useBackend(backend);
    const before = tf.memory().numTensors;
    const tensors = tf.tidy(run);
    results.push(tensors.map((tensor) => tensor.dataSync()));
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(before);
  }
  let largest = 0;
  results[0]!.forEach((array, i) => {
    const other = results[1]![i]!;
    const scale = Math.max(...other.map((value) => Math.abs(value)));
    array.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value - other[j]!) / scale);
    });
  });
  return largest;
}

describe('kernels that training needs on wasm', () => {
  it.each([
    { stride: 1, padding: 'same' },
    { stride: 1, padding: 'valid' },
    { stride: 2, padding: 'same' },
    { stride: 3, padding: 'valid' },
  ] as const)('conv1d has the gradients of the cpu backend: %o', async ({ stride, padding }) => {
    const difference = await compareBackends(() => {
      const x = tf.tensor3d(values(1, 2 * 31 * 5), [2, 31, 5]);
      const w = tf.tensor3d(values(2, 6 * 5 * 7), [6, 5, 7]);
      return tf.grads((a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.square(tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, stride, padding))),
      )([x, w]);
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('conv2d with an uneven filter has the gradients of the cpu backend', async () => {
    const difference = await compareBackends(() => {
      const x = tf.tensor4d(values(3, 2 * 9 * 8 * 3), [2, 9, 8, 3]);
      const w = tf.tensor4d(values(4, 3 * 4 * 3 * 5), [3, 4, 3, 5]);
      return tf.grads((a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.square(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))),
      )([x, w]);
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('a convolution along rows has the gradients of the cpu backend', async () => {
    const difference = await compareBackends(() => {
      const x = tf.tensor4d(values(11, 2 * 3 * 9 * 5), [2, 3, 9, 5]);
      const w = tf.tensor4d(values(12, 3 * 5 * 6), [1, 3, 5, 6]);
      return tf.grads((a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.square(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))),
      )([x, w]);
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('gather has the gradient of the cpu backend', async () => {
    const difference = await compareBackends(() => {
      const table = tf.tensor2d(values(5, 6 * 3), [6, 3]);
      const rows = tf.tensor2d([0, 2, 2, 5, 1, 0], [2, 3], 'int32');
      return [tf.grad((t: tf.Tensor) => tf.sum(tf.square(tf.gather(t, rows))))(table)];
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it.each([
    { pool: [3, 1], stride: [3, 1], padding: 'valid' },
    { pool: [2, 2], stride: [1, 1], padding: 'same' },
  ] as const)('max-pooling of negative values has the gradient of cpu: %o', async (options) => {
    const difference = await compareBackends(() => {
      const x = tf.sub(tf.tensor4d(values(6, 2 * 10 * 4 * 3), [2, 10, 4, 3]), 2) as tf.Tensor4D;
      return [
        tf.grad((a: tf.Tensor) =>
          tf.sum(
            tf.square(
              tf.maxPool(a as tf.Tensor4D, [...options.pool], [...options.stride], options.padding),
            ),
          ),
        )(x),
      ];
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it.each([
    [false, true],
    [true, false],
    [true, true],
  ])('products with transposed factors equal those of cpu: %s %s', async (left, right) => {
    const difference = await compareBackends(() => {
      const a = tf.tensor3d(values(7, 2 * 5 * 6), left ? [2, 6, 5] : [2, 5, 6]);
      const b = tf.tensor3d(values(8, 2 * 6 * 7), right ? [2, 7, 6] : [2, 6, 7]);
      return [tf.matMul(a, b, left, right)];
    });
    expect(difference).toBeLessThan(1e-5);
  });
});
