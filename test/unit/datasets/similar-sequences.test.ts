import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  clusterBySimilarity,
  similarSequencePairs,
} from '../../../kernel-lib/src/datasets/similar-sequences.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';

function randomSequence(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(4));
}

function mutate(tokens: Uint8Array, rate: number, random: Random): Uint8Array {
  return tokens.map((token) =>
    random.uniform() < rate ? (token + 1 + random.integer(3)) % 4 : token,
  );
}

describe('similarSequencePairs', () => {
  const random = new Random(1);
  const parent = randomSequence(1500, random);

  it('finds copies, both strands, overlaps and near copies among strangers', async () => {
    const long = randomSequence(2500, random);
    const sequences = [
      ...Array.from({ length: 50 }, () => randomSequence(1500, random)),
      parent,
      parent.slice(),
      reverseComplement(parent),
      mutate(parent, 0.02, random),
      long.slice(0, 1500),
      long.slice(500, 2000),
      long.slice(1000, 2500),
    ];
    const pairs = await similarSequencePairs(sequences, { threshold: 0.5 });
    const found = pairs.map(({ first, second }) => `${first}-${second}`);
    expect(found).toEqual([
      ...['50-51', '50-52', '50-53', '51-52', '51-53', '52-53'],
      ...['54-55', '55-56'],
    ]);
    expect(pairs[0]?.similarity).toBe(1);
    // 1,000 of 1,500 bases in common: 989 of 1,489 12-mers.
    expect(pairs.at(-1)?.similarity).toBeCloseTo(989 / 1489, 2);
  });

  it('keeps strands apart when asked to', async () => {
    const pairs = await similarSequencePairs([parent, reverseComplement(parent)], {
      bothStrands: false,
    });
    expect(pairs).toEqual([]);
  });

  it('does not take unknown bases for similar', async () => {
    const unknown = new Uint8Array(1500).fill(4);
    expect(await similarSequencePairs([unknown, unknown.slice()])).toEqual([]);
  });

  it('gives the same whatever sample finds the candidates', async () => {
    const family = Array.from({ length: 12 }, () => mutate(parent, 0.03, random));
    const one = await similarSequencePairs(family, { seed: 1, threshold: 0.4 });
    expect(await similarSequencePairs(family, { seed: 99, threshold: 0.4 })).toEqual(one);
    expect(one.length).toBeGreaterThan(10);
  });

  it('checks its options and stops', async () => {
    await expect(similarSequencePairs([], { k: 16 })).rejects.toThrow(/k: 16/);
    await expect(similarSequencePairs([], { threshold: 0 })).rejects.toThrow(/threshold: 0/);
    const many = Array.from({ length: 800 }, () => randomSequence(1500, random));
    await expect(similarSequencePairs(many, { signal: AbortSignal.abort() })).rejects.toThrow(
      /interrupted/,
    );
  });
});

describe('clusterBySimilarity', () => {
  it('links through a common neighbour', async () => {
    const random = new Random(3);
    const long = randomSequence(2500, random);
    const { clusterIds, clusterCount } = await clusterBySimilarity(
      [
        randomSequence(1500, random),
        long.slice(0, 1500),
        randomSequence(1500, random),
        long.slice(1000, 2500),
        long.slice(500, 2000),
      ],
      { threshold: 0.5 },
    );
    expect([...clusterIds]).toEqual([0, 1, 2, 1, 1]);
    expect(clusterCount).toBe(3);
  });
});
