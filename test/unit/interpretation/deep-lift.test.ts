import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { withDeepLiftRules } from '../../../kernel-lib/src/interpretation/deep-lift-rules.ts';
import { deepLift } from '../../../kernel-lib/src/interpretation/deep-lift.ts';
import { convDenseScorer, layersScorer, randomTokens, scorerOf } from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const examples = [1, 2, 3].map((seed) => randomTokens(12, seed));

async function worstRelativeDelta(scorer: Parameters<typeof deepLift>[0]): Promise<number> {
  const before = tf.memory().numTensors;
  const result = await deepLift(scorer, examples, { references: 4, seed: 3, batchSize: 5 });
  expect(tf.memory().numTensors).toBe(before);
  // Something must be attributed, or completeness would be empty.
  expect(Math.max(...result.contributions.map(Math.abs))).toBeGreaterThan(1e-3);
  const change = result.exampleScores.map((score, i) => score - result.referenceScores![i]!);
  const scale = Math.max(...change.map(Math.abs));
  return Math.max(...result.deltas!.map(Math.abs)) / scale;
}

test('a hand-computed neuron: relu(2a − b − 0.5) from the zero reference', async () => {
  // x = (A at 0, C at 1): z = 2 − 1 − 0.5 = 0.5, z' = −0.5; Δout/Δin = 0.5 / 1.
  const scorer = scorerOf(2, (x) => {
    const a = tf.slice(x, [0, 0, 0], [-1, 1, 1]);
    const b = tf.slice(x, [0, 1, 1], [-1, 1, 1]);
    return tf.relu(tf.sub(tf.sub(tf.mul(a, 2), b), 0.5));
  });
  const result = await deepLift(scorer, [Uint8Array.of(0, 1)], { reference: 'zero' });
  expect([...result.contributions]).toEqual([1, -0.5]);
  expect([...result.scores]).toEqual([1, 0, 0, 0, 0, -0.5, 0, 0]);
  expect(result.deltas![0]).toBe(0);
  // The ordinary gradient would have given 2 and −1, which do not sum to 0.5.
});

test('a hand-computed max pool: max(3a, 2b) where the arg-max changes', async () => {
  // x has b alone: pool 2 from position 1. The reference is uniform: 3·0.25 = 0.75 at position 0,
  // 2·0.25 = 0.5 at position 1. y = 2, y' = 0.75: all of +1.25 goes to position 1.
  const scorer = scorerOf(2, (x) => {
    const a = tf.mul(tf.slice(x, [0, 0, 0], [-1, 1, 1]), 3);
    const b = tf.mul(tf.slice(x, [0, 1, 1], [-1, 1, 1]), 2);
    return tf.maxPool(
      tf.expandDims(tf.concat([a, b], 1), 1) as tf.Tensor4D,
      [1, 2],
      [1, 2],
      'valid',
    );
  });
  const result = await deepLift(scorer, [Uint8Array.of(3, 1)], { reference: 'uniform' });
  expect(result.exampleScores[0]).toBe(2);
  expect(result.referenceScores![0]).toBe(0.75);
  expect(result.contributions[0]).toBeCloseTo(0, 6);
  expect(result.contributions[1]).toBeCloseTo(1.25, 6);
});

describe('completeness', () => {
  for (const activation of [
    'relu',
    'relu6',
    'elu',
    'selu',
    'sigmoid',
    'tanh',
    'softplus',
    'swish',
  ]) {
    test(`conv-${activation}-pool-dense`, async () => {
      const scorer = convDenseScorer(12, 11, activation);
      expect(await worstRelativeDelta(scorer)).toBeLessThan(1e-4);
      scorer.dispose();
    });
  }

  test('batch normalisation, overlapping pools, leaky ReLU, global max', async () => {
    const scorer = layersScorer(12, [
      tfl.layers.conv1d({ inputShape: [12, 4], filters: 5, kernelSize: 3 }),
      tfl.layers.batchNormalization({}),
      tfl.layers.leakyReLU({ alpha: 0.1 }),
      tfl.layers.maxPooling1d({ poolSize: 3, strides: 1 }),
      tfl.layers.conv1d({ filters: 4, kernelSize: 2, activation: 'relu' }),
      tfl.layers.globalMaxPooling1d({}),
      tfl.layers.dense({ units: 1 }),
    ]);
    expect(await worstRelativeDelta(scorer)).toBeLessThan(1e-4);
    scorer.dispose();
  });

  test('products, quotients, squares, softmax attention', async () => {
    const w = tf.variable(
      tf.tensor2d(
        Array.from({ length: 16 }, (_, i) => Math.sin(i)),
        [4, 4],
      ),
    );
    // Without weights of positions the score would be the same for every shuffle.
    const scorer = scorerOf(12, (x) => {
      const positions = tf.reshape(tf.linspace(-1, 1, 12), [1, 12, 1]);
      const flat = tf.reshape(tf.matMul(tf.reshape(x, [-1, 4]), w as tf.Tensor2D), [-1, 12, 4]);
      const attention = tf.softmax(tf.matMul(flat, flat, false, true));
      const values = tf.mul(tf.sigmoid(flat), positions);
      const mixed = tf.matMul(attention as tf.Tensor3D, values as tf.Tensor3D);
      const gated = tf.mul(mixed, tf.exp(flat));
      const norm = tf.sqrt(tf.add(tf.mean(tf.square(flat), 2, true), 0.1));
      return tf.sum(tf.add(tf.div(gated, norm), tf.squaredDifference(flat, mixed)), [1, 2]);
    });
    expect(await worstRelativeDelta(scorer)).toBeLessThan(1e-4);
    w.dispose();
  });

  test('weights are not taken for a batch, whatever their shape', async () => {
    // Batches of 3 and 2 pairs: 6 and 4 rows, as many as the weights have.
    for (const units of [4, 6]) {
      const scorer = layersScorer(12, [
        tfl.layers.flatten({ inputShape: [12, 4] }),
        tfl.layers.dense({ units, activation: 'tanh' }),
        tfl.layers.dense({ units: 6, activation: 'tanh' }),
        tfl.layers.dense({ units: 1 }),
      ]);
      const result = await deepLift(scorer, examples, { references: 1, batchSize: units / 2 });
      expect(Math.max(...result.deltas!.map(Math.abs))).toBeLessThan(1e-4);
      scorer.dispose();
    }
  });

  test('a step without a rule shows in the deltas and warns', async () => {
    const scorer = scorerOf(12, (x) => {
      const total = tf.sum(tf.slice(x, [0, 0, 0], [-1, 6, 1]), [1, 2]);
      return tf.pow(total, 3);
    });
    const result = await deepLift(scorer, examples, { references: 4 });
    expect(Math.max(...result.deltas!.map(Math.abs))).toBeGreaterThan(0.1);
    expect(result.warnings[0]).toMatch(/do not add up.*prefer integrated gradients/);
  });
});

test('the batch size and the place in the call do not matter', async () => {
  const scorer = convDenseScorer(12, 5);
  const all = await deepLift(scorer, examples, { references: 3, seed: 1 });
  const small = await deepLift(scorer, examples, { references: 3, seed: 1, batchSize: 2 });
  const last = await deepLift(scorer, [examples[2]!], { references: 3, seed: 1, rows: [2] });
  all.scores.forEach((score, at) => expect(small.scores[at]).toBeCloseTo(score, 5));
  last.contributions.forEach((value, i) =>
    expect(value).toBeCloseTo(all.contributions[24 + i]!, 5),
  );
  const other = await deepLift(scorer, examples, { references: 3, seed: 2 });
  expect(other.contributions).not.toEqual(all.contributions);
  scorer.dispose();
});

test('the gradients of TensorFlow.js are back afterwards, also after an error', async () => {
  const original = tf.getGradient(tf.Relu);
  const input = tf.zeros([2, 12, 4]);
  expect(() =>
    withDeepLiftRules(input, () => {
      expect(tf.getGradient(tf.Relu)).not.toBe(original);
      throw new Error('from the model');
    }),
  ).toThrow('from the model');
  input.dispose();
  expect(tf.getGradient(tf.Relu)).toBe(original);
  const scorer = convDenseScorer(12, 5);
  await deepLift(scorer, examples, { reference: 'zero' });
  expect(tf.getGradient(tf.MaxPool).inputsToSave).toEqual(['x']);
  expect(tf.getGradient(tf.Relu)).toBe(original);
  scorer.dispose();
});
