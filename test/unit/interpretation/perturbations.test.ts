import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { ablate, marginalize } from '../../../kernel-lib/src/interpretation/perturbations.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { consensusMotif } from './toy-motifs.ts';
import { linearScorer, randomNumbers, randomTokens } from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const weights = randomNumbers(10 * 4, 1);
const scorer = linearScorer(10, weights);
const backgrounds = [1, 2, 3].map((seed) => randomTokens(10, seed));
const scoreOf = (tokens: Uint8Array) => tokens.reduce((sum, b, i) => sum + weights[i * 4 + b]!, 0);

test('marginalization inserts a consensus, a motif or tokens and compares scores', async () => {
  const before = tf.memory().numTensors;
  const result = await marginalize(scorer, 'TANA', backgrounds, { position: 2, batchSize: 2 });
  expect(tf.memory().numTensors).toBe(before);
  backgrounds.forEach((background, i) => {
    const text = decodeTokens(background);
    const expected = `${text.slice(0, 2)}TA${text[4]!}A${text.slice(6)}`;
    expect(decodeTokens(result.changed[i]!)).toBe(expected);
    expect(result.before[i]).toBeCloseTo(scoreOf(background), 5);
    expect(result.after[i]).toBeCloseTo(scoreOf(encodeSequence(expected)), 5);
    expect(result.effects[i]).toBeCloseTo(result.after[i]! - result.before[i]!, 6);
  });
  const mean = result.effects.reduce((a, b) => a + b) / 3;
  expect(result.meanEffect).toBeCloseTo(mean, 6);
  expect(result.standardError).toBeGreaterThan(0);
  const middle = await marginalize(scorer, consensusMotif('m', 'GGGG'), backgrounds);
  expect(decodeTokens(middle.changed[0]!).slice(3, 7)).toBe('GGGG');
  await expect(marginalize(scorer, 'ACGTA', backgrounds, { position: 6 })).rejects.toThrow(
    /window \[6, 11\)/,
  );
  await expect(marginalize(scorer, 'TAXA', backgrounds)).rejects.toThrow(/'X' at position 2/);
});

test('ablation shuffles the window alone, with seeds, and averages shuffles', async () => {
  const options = { start: 2, end: 9, shuffles: 4, seed: 7 };
  const result = await ablate(scorer, backgrounds, options);
  expect(result.changed).toHaveLength(12);
  result.changed.forEach((changed, i) => {
    const original = backgrounds[Math.floor(i / 4)]!;
    expect(changed.slice(0, 2)).toEqual(original.slice(0, 2));
    expect(changed[9]).toBe(original[9]);
    expect([...changed].sort()).toEqual([...original].sort());
  });
  const own = result.changed.slice(4, 8).map(scoreOf);
  expect(result.after[1]).toBeCloseTo(own.reduce((a, b) => a + b) / 4, 5);
  const alone = await ablate(scorer, [backgrounds[1]!], { ...options, rows: [1] });
  expect(alone.changed).toEqual(result.changed.slice(4, 8));
  expect(alone.standardError).toBeNaN();
  await expect(ablate(scorer, backgrounds, { start: 5, end: 5 })).rejects.toThrow(
    /window \[5, 5\)/,
  );
  await expect(ablate(scorer, [], { start: 0, end: 5 })).rejects.toThrow(/no sequences/);
});
