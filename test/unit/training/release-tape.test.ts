import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { releaseTapeEarly } from '../../../kernel-lib/src/training/release-tape.ts';
import { normalTensor } from '../layers/check-gradients.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Uses tensors twice, adds a tensor to itself, and has an operation with two results. */
function network(x: tf.Tensor, weights: readonly tf.Variable[]): tf.Scalar {
  const [first, second] = weights as [tf.Variable, tf.Variable];
  let hidden = x;
  for (let i = 0; i < 3; i++) {
    const [left, right] = tf.split(tf.matMul(hidden as tf.Tensor2D, first as tf.Tensor2D), 2, 1);
    const joined = tf.concat([left as tf.Tensor, tf.tanh(right as tf.Tensor)], 1);
    hidden = tf.add(tf.add(joined, joined), tf.mul(hidden, tf.clone(second as tf.Tensor)));
  }
  const [onlyFirst] = tf.split(hidden, 2, 1);
  return tf.mean(tf.square(onlyFirst as tf.Tensor));
}

describe('releaseTapeEarly', () => {
  it('changes no gradient and leaks nothing', () => {
    const x = normalTensor([4, 6], 1);
    const weights = [tf.variable(normalTensor([6, 6], 2)), tf.variable(normalTensor([6], 3))];
    const before = tf.memory().numTensors;
    const run = (release: boolean) => {
      const { value, grads } = tf.variableGrads(() => {
        const loss = network(x, weights);
        if (release) releaseTapeEarly();
        return loss;
      }, weights);
      const values = [value, ...weights.map(({ name }) => grads[name]!)].map((each) => [
        ...each.dataSync(),
      ]);
      tf.dispose([value, grads]);
      expect(tf.memory().numTensors).toBe(before);
      return values;
    };
    expect(run(true)).toEqual(run(false));
    tf.dispose([x, weights]);
  });

  it('frees what was saved when the gradient has passed it', () => {
    const weight = tf.variable(normalTensor([3], 1));
    const alive = (release: boolean): number => {
      let left = 0;
      const probe = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc) => ({
        value: tf.clone(input as tf.Tensor),
        gradFunc: (upstream: tf.Tensor) => {
          left = tf.memory().numTensors;
          return tf.clone(upstream);
        },
      }));
      const { value, grads } = tf.variableGrads(() => {
        let hidden: tf.Tensor = probe(weight);
        for (let i = 0; i < 20; i++) hidden = tf.tanh(hidden);
        const loss = tf.sum(hidden) as tf.Scalar;
        if (release) releaseTapeEarly();
        return loss;
      }, [weight]);
      tf.dispose([value, grads]);
      return left;
    };
    expect(alive(true)).toBeLessThan(alive(false) - 30);
    weight.dispose();
  });
});
