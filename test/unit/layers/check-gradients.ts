import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';

/** Seeded normal values. */
export function normalTensor(shape: number[], seed: number): tf.Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/**
 * Compares the gradients of a function with central differences, each input's along one seeded
 * direction, of a seeded weighted sum of its values; and looks for leaked tensors.
 */
export function checkGradients(
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  tolerance = 2e-2,
): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const weights = normalTensor(compute(...inputs).shape, 99);
    const total = (...each: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(compute(...each), weights));
    const gradients = tf.grads(total)([...inputs]);
    gradients.forEach((gradient, index) => {
      const input = inputs[index]!;
      expect(gradient.shape).toEqual(input.shape);
      const direction = normalTensor(input.shape, 7 + index);
      const size = 1e-2;
      const moved = (by: number): number =>
        total(
          ...inputs.map((each, i) => (i === index ? tf.add(each, tf.mul(direction, by)) : each)),
        ).dataSync()[0]!;
      const slope = (moved(size) - moved(-size)) / (2 * size);
      const expected = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
      expect(Math.abs(slope - expected)).toBeLessThan(tolerance * Math.max(1, Math.abs(slope)));
    });
  });
  expect(tf.memory().numTensors).toBe(before);
}
