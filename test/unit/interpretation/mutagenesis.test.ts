import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  mutagenesisAttribution,
  saturationMutagenesis,
  streamMutagenesis,
} from '../../../kernel-lib/src/interpretation/mutagenesis.ts';
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

const weights = randomNumbers(6 * 4, 3);
const tokens = Uint8Array.of(0, 1, 2, 3, 0, 1);

test('effects of a linear model are differences of its weights, identities are not scored', async () => {
  const scorer = linearScorer(6, weights);
  const before = tf.memory().numTensors;
  const result = await saturationMutagenesis(scorer, [tokens], { batchSize: 5 });
  expect(tf.memory().numTensors).toBe(before);
  expect(scorer.scored).toBe(1 + 6 * 3);
  expect(result.effects).toHaveLength(6 * 4);
  for (let i = 0; i < 6; i++) {
    for (let base = 0; base < 4; base++) {
      const expected = weights[i * 4 + base]! - weights[i * 4 + tokens[i]!]!;
      expect(result.effects[i * 4 + base]).toBeCloseTo(expected, 5);
    }
    expect(result.effects[i * 4 + tokens[i]!]).toBe(0);
  }
});

test('a window, several examples and odd batch sizes give the same numbers', async () => {
  const scorer = convDenseScorer(9);
  const examples = [1, 2, 3].map((seed) => randomTokens(9, seed));
  const whole = await saturationMutagenesis(scorer, examples);
  const part = await saturationMutagenesis(scorer, examples, { start: 2, end: 5, batchSize: 7 });
  expect(part.effects).toHaveLength(3 * 3 * 4);
  for (let example = 0; example < 3; example++) {
    for (let at = 0; at < 12; at++) {
      const inWhole = whole.effects[(example * 9 + 2) * 4 + at]!;
      expect(part.effects[example * 12 + at]).toBeCloseTo(inWhole, 5);
    }
  }
  expect([...part.referenceScores]).toEqual([...whole.referenceScores]);
  const seen: number[] = [];
  for await (const { index, effects } of streamMutagenesis(scorer, examples, { batchSize: 4 })) {
    seen.push(index);
    effects.forEach((effect, at) => expect(effect).toBeCloseTo(whole.effects[index * 36 + at]!, 5));
  }
  expect(seen).toEqual([0, 1, 2]);
  scorer.dispose();
});

test('an unknown base gets all four substitutions, relative to the unknown', async () => {
  const scorer = linearScorer(6, weights);
  const unknown = Uint8Array.of(0, 4, 2, 3, 0, 1);
  const { effects } = await saturationMutagenesis(scorer, [unknown], { start: 1, end: 2 });
  expect(scorer.scored).toBe(5);
  [...effects].forEach((effect, base) => expect(effect).toBeCloseTo(weights[4 + base]!, 5));
});

test('rows tell which features a mutant keeps', async () => {
  const features = [10, 100, 1000];
  const scorer = scorerOf(2, (x, rows) =>
    tf.mul(
      tf.sum(tf.slice(x, [0, 0, 0], [-1, -1, 1]), [1, 2]),
      tf.tensor1d(rows.map((row) => features[row]!)),
    ),
  );
  const result = await saturationMutagenesis(scorer, [Uint8Array.of(0, 1), Uint8Array.of(1, 1)], {
    rows: [2, 0],
  });
  expect([...result.referenceScores]).toEqual([1000, 0]);
  expect([...result.effects]).toEqual([
    ...[0, -1000, -1000, -1000, 1000, 0, 0, 0],
    ...[10, 0, 0, 0, 10, 0, 0, 0],
  ]);
});

test('the attribution centres the effects over the four bases', async () => {
  const scorer = linearScorer(6, weights);
  const attribution = await mutagenesisAttribution(scorer, [tokens], { start: 1, end: 4 });
  expect(attribution.scores.slice(0, 4)).toEqual(new Float32Array(4));
  for (let i = 1; i < 4; i++) {
    const mean =
      (weights[i * 4]! + weights[i * 4 + 1]! + weights[i * 4 + 2]! + weights[i * 4 + 3]!) / 4;
    expect(attribution.contributions[i]).toBeCloseTo(weights[i * 4 + tokens[i]!]! - mean, 5);
  }
  expect(attribution).toMatchObject({ method: 'ism', start: 1, end: 4, count: 1, length: 6 });
});

test('bad calls name what is wrong', async () => {
  const scorer = linearScorer(6, weights);
  await expect(saturationMutagenesis(scorer, [tokens], { start: 4, end: 9 })).rejects.toThrow(
    /window \[4, 9\).*end <= 6/,
  );
  await expect(saturationMutagenesis(scorer, [tokens.slice(1)])).rejects.toThrow(
    /sequence 0: 5 bases; expected 6/,
  );
  await expect(saturationMutagenesis(scorer, [Uint8Array.of(0, 1, 7, 0, 0, 0)])).rejects.toThrow(
    /position 2: token 7/,
  );
  const misspelt = { batchsize: 3 } as object;
  await expect(saturationMutagenesis(scorer, [tokens], misspelt)).rejects.toThrow(/'batchSize'/);
  await expect(saturationMutagenesis(scorer, [])).rejects.toThrow(/no sequences/);
});

test('an abort stops between batches; progress counts examples', async () => {
  const scorer = linearScorer(6, weights);
  const controller = new AbortController();
  const done: number[] = [];
  const work = saturationMutagenesis(scorer, [tokens, tokens, tokens], {
    batchSize: 19,
    signal: controller.signal,
    progress: (event) => {
      done.push(event.done);
      controller.abort();
    },
  });
  await expect(work).rejects.toThrow(/interrupted/);
  expect(done).toEqual([1]);
});
