import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { attribute } from '../../../kernel-lib/src/interpretation/attribute.ts';
import { gradientTimesInput, saliency } from '../../../kernel-lib/src/interpretation/gradients.ts';
import { oneHot } from '../../../kernel-lib/src/sequence/one-hot.ts';
import {
  convDenseScorer,
  linearScorer,
  randomNumbers,
  randomTokens,
  scorerOf,
} from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the gradient agrees with finite differences of a smooth model', async () => {
  const scorer = convDenseScorer(8, 4, 'tanh');
  const example = randomTokens(8, 5);
  const { scores, exampleScores } = await gradientTimesInput(scorer, [example], { correct: false });
  const base = oneHot(example);
  const valueAt = (input: Float32Array) =>
    tf.tidy(() => scorer.scoreOneHot(tf.tensor3d(input, [1, 8, 4]), [0]).dataSync()[0]!);
  expect(exampleScores[0]).toBeCloseTo(valueAt(base), 6);
  for (let at = 0; at < 32; at++) {
    const up = base.slice();
    const down = base.slice();
    up[at]! += 0.01;
    down[at]! -= 0.01;
    expect(scores[at]).toBeCloseTo((valueAt(up) - valueAt(down)) / 0.02, 2);
  }
  scorer.dispose();
});

test('the correction subtracts the mean over bases; contributions are those of the bases there', async () => {
  const weights = randomNumbers(20, 9);
  const scorer = linearScorer(5, weights);
  const example = Uint8Array.of(3, 2, 4, 0, 1);
  const raw = await gradientTimesInput(scorer, [example], { correct: false });
  raw.scores.forEach((score, at) => expect(score).toBeCloseTo(weights[at]!, 6));
  expect(raw.contributions[2]).toBe(0);
  const { scores, contributions } = await gradientTimesInput(scorer, [example]);
  for (let i = 0; i < 5; i++) {
    const row = weights.slice(i * 4, i * 4 + 4);
    const mean = row.reduce((a, b) => a + b) / 4;
    row.forEach((w, b) => expect(scores[i * 4 + b]).toBeCloseTo(w - mean, 6));
    if (i !== 2) expect(contributions[i]).toBe(scores[i * 4 + example[i]!]);
  }
  const absolute = await saliency(scorer, [example], { correct: false });
  expect(absolute.contributions[0]).toBeCloseTo(Math.max(...weights.slice(0, 4).map(Math.abs)), 6);
});

test('batch size does not matter and nothing leaks', async () => {
  const scorer = convDenseScorer(12, 7);
  const examples = [1, 2, 3, 4, 5].map((seed) => randomTokens(12, seed));
  const before = tf.memory().numTensors;
  const one = await gradientTimesInput(scorer, examples, { batchSize: 1 });
  const two = await gradientTimesInput(scorer, examples, { batchSize: 2 });
  await saliency(scorer, examples);
  expect(tf.memory().numTensors).toBe(before);
  one.scores.forEach((score, at) => expect(two.scores[at]).toBeCloseTo(score, 5));
  scorer.dispose();
});

test('a score without a gradient says which model to use, and leaves no tensors', async () => {
  const scorer = scorerOf(4, (x) => tf.sum(tf.tensor2d(x.dataSync(), [x.shape[0], 16]), 1));
  const before = tf.memory().numTensors;
  await expect(gradientTimesInput(scorer, [randomTokens(4, 1)])).rejects.toThrow(/one-hot twin/);
  const wrongShape = scorerOf(4, (x) => x);
  await expect(gradientTimesInput(wrongShape, [randomTokens(4, 1)])).rejects.toThrow(
    /one score for each of the 1 rows/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test('attribute calls each method by name and refuses others', async () => {
  const weights = randomNumbers(16, 2);
  const scorer = linearScorer(4, weights);
  const example = Uint8Array.of(0, 1, 2, 3);
  // On a linear model every method with the uniform reference gives the same contributions.
  const centred = weights.map((w, at) => {
    const row = weights.slice(at - (at % 4), at - (at % 4) + 4);
    return w - row.reduce((a, b) => a + b) / 4;
  });
  const expected = [0, 1, 2, 3].map((i) => centred[i * 4 + example[i]!]!);
  const results = [
    await attribute('ism', scorer, [example]),
    await attribute('gradient', scorer, [example]),
    await attribute('integrated-gradients', scorer, [example], { reference: 'uniform', steps: 2 }),
    await attribute('deep-lift', scorer, [example], { reference: 'uniform' }),
  ];
  expect(results.map(({ method }) => method)).toEqual([
    'ism',
    'gradient',
    'integrated-gradients',
    'deep-lift',
  ]);
  for (const { contributions, scores } of results) {
    contributions.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    scores.forEach((value, at) => expect(value).toBeCloseTo(centred[at]!, 5));
  }
  await expect(attribute('deeplift' as 'deep-lift', scorer, [example])).rejects.toThrow(
    /Did you mean 'deep-lift'/,
  );
  const foreign = { steps: 3 } as object;
  await expect(attribute('gradient', scorer, [example], foreign)).rejects.toThrow(
    /unknown option 'steps'/,
  );
});
