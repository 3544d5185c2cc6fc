import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FLOAT32,
  runOperation,
  tensorFlowBackend,
} from '../../../kernel-lib/src/backend/tensorflow-operations.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../native-tensorflow.ts';
import { normalTensor } from '../layers/check-gradients.ts';

/** Runs on `tensorflow` and on `cpu` and compares; looks for leaked tensors on `tensorflow`. */
async function compare(compute: () => tf.Tensor[], digits = 4): Promise<void> {
  const values: number[][][] = [];
  for (const backend of ['cpu', 'tensorflow']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const results = tf.tidy(compute);
    values.push(results.map((each) => [...each.dataSync()]));
    tf.dispose(results);
    expect(tf.memory().numTensors).toBe(before);
  }
  const [expected, actual] = values as [number[][], number[][]];
  expect(actual.length).toBe(expected.length);
  expected.forEach((each, index) => {
    each.forEach((value, i) => {
      if (Number.isNaN(value)) expect(actual[index]![i]).toBeNaN();
      else expect(actual[index]![i]).toBeCloseTo(value, digits);
    });
  });
}

describe.skipIf(!hasNativeTensorFlow)('kernels of the tensorflow backend', () => {
  beforeAll(async () => {
    expect(tfl.version_layers).toBeDefined();
    await useNativeTensorFlow();
  });

  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  // height, width, channels, filters, filter height, filter width, stride
  const convolutions = [
    [1, 20, 8, 3, 1, 5, 1],
    [1, 21, 8, 4, 1, 4, 1],
    [1, 9, 6, 2, 1, 9, 1],
    [1, 20, 3, 8, 1, 5, 1],
    [1, 20, 8, 3, 1, 5, 2],
    [7, 9, 6, 2, 3, 2, 1],
    [4, 9, 6, 2, 1, 3, 1],
    [1, 12, 6, 2, 1, 1, 1],
  ] as const;

  it.each(
    (['same', 'valid'] as const).flatMap((pad) =>
      convolutions.map((sizes) => [pad, ...sizes] as const),
    ),
  )(
    'gradients of a convolution: %s %j',
    async (pad, height, width, channels, filters, h, w, stride) => {
      await compare(() => {
        const x = normalTensor([2, height, width, channels], 1);
        const filter = normalTensor([h, w, channels, filters], 2);
        const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
        const weights = normalTensor(convolve(x, filter).shape, 3);
        return tf.grads((a, b) => tf.sum(tf.mul(convolve(a!, b!), weights)))([x, filter]);
      });
    },
  );

  it.each([
    ['same', 1, 10],
    ['valid', 2, 8],
    ['same', 1, 2],
  ] as const)('gradients of a pooled convolution: %s %i %i', async (pad, stride, pool) => {
    await compare(() => {
      const x = normalTensor([3, 1, 90, 20], 1);
      const filter = normalTensor([1, 5, 20, 11], 2);
      const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
        const positions = tf.relu(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad));
        return tf.maxPool(positions, [1, pool], [1, pool], 'valid');
      };
      const weights = normalTensor(convolve(x, filter).shape, 3);
      return tf.grads((a, b) => tf.sum(tf.mul(convolve(a!, b!), weights)))([x, filter]);
    });
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('products of batches, transposed %s and %s', async (ta, tb) => {
    await compare(() => {
      const a = normalTensor(ta ? [2, 3, 4, 5] : [2, 3, 5, 4], 1);
      const b = normalTensor(tb ? [2, 3, 6, 4] : [2, 3, 4, 6], 2);
      const broadcast = normalTensor(tb ? [1, 3, 6, 4] : [1, 3, 4, 6], 3);
      return [
        tf.matMul(a, b, ta, tb),
        tf.matMul(a, broadcast, ta, tb),
        tf.matMul(
          tf.slice(a, [0, 0, 0, 0], [1, 1, -1, -1]),
          tf.slice(b, [0, 0, 0, 0], [1, 1, -1, -1]),
          ta,
          tb,
        ),
      ];
    });
  });

  it('products with nothing in them', async () => {
    await compare(() => [tf.matMul(tf.zeros([2, 0, 3]), tf.zeros([2, 3, 4]))]);
  });

  it('the step function, with NaN and a slope below zero', async () => {
    await compare(() => {
      const x = tf.tensor1d([-2, -0, 0, 1e-30, 3, NaN, Infinity, -Infinity]);
      return [tf.step(x), tf.step(x, 0.5), tf.grad((each) => tf.sum(tf.relu(each)))(x)];
    });
  });

  it('are no concern of other backends', async () => {
    await tf.setBackend('cpu');
    expect(tensorFlowBackend()).toBeUndefined();
  });

  it('are reached through the registry of TensorFlow', async () => {
    await tf.setBackend('tensorflow');
    const backend = tensorFlowBackend()!;
    const [half] = tf.tidy(() =>
      runOperation(backend, 'L2Loss', [tf.tensor1d([3, 4])], { T: FLOAT32 }),
    );
    expect(half!.dataSync()[0]).toBeCloseTo(12.5);
    half!.dispose();
    expect(() => runOperation(backend, 'NoSuchOp', [], {})).toThrow(/NoSuchOp/);
  });
});
