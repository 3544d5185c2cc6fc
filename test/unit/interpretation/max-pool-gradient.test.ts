import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { withMaxPoolGradient } from '../../../kernel-lib/src/interpretation/max-pool-gradient.ts';
import { randomNumbers } from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function poolGradient(
  values: readonly number[],
  shape: [number, number, number, number],
  size: [number, number],
  strides: [number, number],
  pad: 'valid' | 'same',
): number[] {
  return tf.tidy(() => {
    const gradient = tf.grad((x) => {
      const pooled = tf.maxPool(x as tf.Tensor4D, size, strides, pad);
      return tf.sum(tf.mul(pooled, tf.tensor(randomNumbers(pooled.size, 4), pooled.shape)));
    });
    return [...gradient(tf.tensor4d([...values], shape)).dataSync()];
  });
}

test('equals the gradient of TensorFlow.js, also for negative maxima, rests and overlaps', () => {
  const cases = [
    [[2, 11, 1, 3], [3, 1], [3, 1], 'valid'],
    [[2, 1, 11, 3], [1, 4], [1, 4], 'valid'],
    [[2, 12, 1, 2], [3, 1], [1, 1], 'valid'],
    [[2, 11, 1, 2], [3, 1], [3, 1], 'same'],
    [[1, 6, 6, 2], [2, 2], [2, 2], 'valid'],
  ] as const;
  for (const [shape, size, strides, pad] of cases) {
    const values = randomNumbers(shape[0] * shape[1] * shape[2] * shape[3], 8).map((v) => v - 1);
    const run = () => poolGradient(values, [...shape], [...size], [...strides], pad);
    const expected = run();
    const before = tf.memory().numTensors;
    withMaxPoolGradient(run).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    expect(tf.memory().numTensors).toBe(before);
  }
});

test('equal maxima share the gradient', () => {
  const weight = randomNumbers(1, 4)[0]!;
  const run = () => poolGradient([0, 0, -1], [1, 3, 1, 1], [3, 1], [3, 1], 'valid');
  const [first, second, third] = withMaxPoolGradient(run);
  expect([first, second]).toEqual([Math.fround(weight / 2), Math.fround(weight / 2)]);
  expect(third).toBe(0);
});

test("TensorFlow.js's gradient is back afterwards, also after an error", () => {
  const original = tf.getGradient(tf.MaxPool);
  expect(() =>
    withMaxPoolGradient(() => {
      throw new Error('from the model');
    }),
  ).toThrow('from the model');
  expect(tf.getGradient(tf.MaxPool)).toBe(original);
});
