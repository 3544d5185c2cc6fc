import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Attribution } from '../../../kernel-lib/src/interpretation/attribution.ts';
import { attributeShuffled } from '../../../kernel-lib/src/interpretation/attribute-shuffled.ts';
import { attribute } from '../../../kernel-lib/src/interpretation/attribute.ts';
import { fisherExactGreater } from '../../../kernel-lib/src/interpretation/hypergeometric.ts';
import { enrichMotifs } from '../../../kernel-lib/src/interpretation/motif-enrichment.ts';
import {
  groupMotifs,
  motifSimilarity,
} from '../../../kernel-lib/src/interpretation/motif-similarity.ts';
import { keepBestHits, windowCounter } from '../../../kernel-lib/src/interpretation/motif-sites.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { oneHot } from '../../../kernel-lib/src/sequence/one-hot.ts';
import { consensusMotif, randomMotif } from './toy-motifs.ts';
import { randomTokens, scorerOf } from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const length = 60;
const word = encodeSequence('GATAAGC');

/** A model that counts matches to GATAAGC beyond five of seven: what it looks for is known. */
function wordScorer() {
  const kernel = tf.tensor3d(oneHot(word), [7, 4, 1]);
  const scorer = scorerOf(length, (x) => {
    const matches = tf.conv1d(x as tf.Tensor3D, kernel, 1, 'valid');
    return tf.sum(tf.relu(tf.sub(matches, 4.5)), [1, 2]);
  });
  return Object.assign(scorer, { dispose: () => kernel.dispose() });
}

const tokens = Array.from({ length: 40 }, (_, i) => {
  const sequence = randomTokens(length, i + 100);
  sequence.set(word, 5 + ((i * 7) % 40));
  return sequence;
});
const motifs = [
  ...[1, 2, 3].map((seed) => randomMotif(8, seed)),
  consensusMotif('GATA', 'GATAAGC'),
  consensusMotif('GATA reverse', 'GCTTATC'),
  consensusMotif('other', 'CGCGTAC'),
];

test('each null brings the word that the model looks for to the top', async () => {
  const scorer = wordScorer();
  const before = tf.memory().numTensors;
  const attribution = await attribute('ism', scorer, tokens);
  const nullSequences = await attributeShuffled('ism', scorer, tokens, { shuffleSeed: 3 });
  expect(tf.memory().numTensors).toBe(before);
  scorer.dispose();
  const nulls = ['shuffled-sequences', 'positions', 'shuffled-motifs'] as const;
  for (const chosen of nulls) {
    const result = await enrichMotifs(motifs, tokens, attribution, {
      nullSequences,
      null: chosen,
      hitThreshold: 1e-3,
    });
    expect(result.null).toBe(chosen);
    const [first, second, ...others] = result.rows;
    expect([first!.id, second!.id].sort()).toEqual(['GATA', 'GATA reverse']);
    expect(first!.hitsInSites).toBeGreaterThanOrEqual(38);
    expect(first!.sequences).toBe(40);
    expect(first!.qValue).toBeLessThan(1e-5);
    expect(first!.enrichment).toBeGreaterThan(3);
    expect(first!.meanAttributionInSites).toBeGreaterThan(0.05);
    for (const row of others) expect(row.pValue).toBeGreaterThan(0.01);
    // The reverse complement is the same motif: one group, shown once.
    expect(second!.group).toBe(first!.group);
    expect([first!.bestOfGroup, second!.bestOfGroup]).toEqual([true, false]);
    expect(result.view.rows).toHaveLength(6);
    expect(result.groupView.rows).toHaveLength(5);
    expect(result.view.toText()).toMatch(/GATA/);
    expect(result.sites.length).toBeGreaterThan(30);
  }
});

test('sequences and attribution must fit; the null must be of the same method', async () => {
  const scorer = wordScorer();
  const few = tokens.slice(0, 3);
  const attribution = await attribute('gradient', scorer, few);
  scorer.dispose();
  await expect(enrichMotifs(motifs, tokens, attribution)).rejects.toThrow(
    /40 sequences for an attribution of 3 × 60/,
  );
  await expect(
    enrichMotifs(motifs, few, attribution, { null: 'shuffled-sequences' }),
  ).rejects.toThrow(/attributeShuffled/);
  const other = { tokens: few, attribution: { ...attribution, method: 'ism' } };
  await expect(enrichMotifs(motifs, few, attribution, { nullSequences: other })).rejects.toThrow(
    /the same method/,
  );
  await expect(
    enrichMotifs(motifs, few, attribution, { null: 'genome' as 'positions' }),
  ).rejects.toThrow(/shuffled-motifs/);
});

test('hits that overlap are thinned to the best', () => {
  const hit = (start: number, pValue: number, sequence = 0) => ({
    ...{ motif: 0, sequence, start, end: start + 4, strand: '+' as const },
    ...{ score: 0, pValue, qValue: 1, overallQValue: 1 },
  });
  const kept = keepBestHits([
    ...[hit(0, 1e-3), hit(1, 1e-4), hit(3, 1e-3), hit(5, 1e-3), hit(20, 1e-3)],
    hit(1, 1e-3, 1),
  ]);
  expect(kept.map(({ sequence, start }) => [sequence, start])).toEqual([
    [0, 1],
    [0, 5],
    [0, 20],
    [1, 1],
  ]);
});

test('windows inside and outside of sites are counted by their middle, without unknown bases', () => {
  const attribution = {
    ...{ count: 1, length: 8, start: 0, end: 8 },
    contributions: new Float32Array(8),
  } as Attribution;
  const mask = Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 0);
  const count = windowCounter([encodeSequence('ACGTACGN')], mask, attribution);
  // Windows of 3 start at 0 … 4, their middles are 1 … 5.
  expect(count(3)).toEqual({ inside: 2, outside: 3 });
  expect(count(9)).toEqual({ inside: 0, outside: 0 });
});

test("Fisher's exact test, one-sided", () => {
  // Fisher's tea: (16 + 1) / 70.
  const tea = { inside: 3, outside: 1, otherInside: 1, otherOutside: 3 };
  expect(fisherExactGreater(tea)).toBeCloseTo(17 / 70, 12);
  expect(fisherExactGreater({ ...tea, inside: 0, outside: 4 })).toBe(1);
  // By exact whole-number arithmetic: C(30,k) C(970,50−k) / C(1000,50) summed from k = 10.
  const choose = (n: bigint, k: bigint): bigint =>
    k === 0n ? 1n : (choose(n - 1n, k - 1n) * n) / k;
  let sum = 0n;
  for (let k = 10n; k <= 30n; k++) sum += choose(30n, k) * choose(970n, 50n - k);
  const exact = Number((sum * 10n ** 30n) / choose(1000n, 50n)) / 1e30;
  const large = { inside: 10, outside: 40, otherInside: 20, otherOutside: 930 };
  expect(fisherExactGreater(large) / exact).toBeCloseTo(1, 9);
});

test('similarity finds offset and strand; groups follow the given order', () => {
  const gata = consensusMotif('gata', 'GATAAG');
  const longer = consensusMotif('longer', 'CCGATAAGC');
  const reverse = consensusMotif('reverse', 'CTTATC');
  expect(motifSimilarity(gata, gata)).toMatchObject({ offset: 0, strand: '+' });
  expect(motifSimilarity(gata, gata).correlation).toBeCloseTo(1, 12);
  expect(motifSimilarity(gata, reverse)).toMatchObject({ offset: 0, strand: '-' });
  expect(motifSimilarity(gata, longer)).toMatchObject({ offset: -2, strand: '+' });
  expect(motifSimilarity(gata, longer).correlation).toBeCloseTo(Math.sqrt(6 / 9), 12);
  const other = consensusMotif('other', 'CGCGCG');
  expect(groupMotifs([gata, other, reverse, longer], 0.8)).toEqual([0, 1, 0, 0]);
  expect(groupMotifs([gata, other, reverse, longer], 0.9)).toEqual([0, 1, 0, 2]);
});
