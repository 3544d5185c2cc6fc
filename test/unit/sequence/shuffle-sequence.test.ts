import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { kmerCounts } from '../../../kernel-lib/src/sequence/kmers.ts';
import {
  dinucleotideShuffle,
  mononucleotideShuffle,
} from '../../../kernel-lib/src/sequence/shuffle-sequence.ts';

const sequences = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 120 })
  .map((tokens) => Uint8Array.from(tokens));
const unknownAt = (tokens: Uint8Array) => [...tokens.keys()].filter((i) => tokens[i] === 4);

/** All sequences that have the dinucleotide counts and the ends of `text`. */
function sameDinucleotides(text: string): Set<string> {
  const pairs = new Map<string, number>();
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = text.slice(i, i + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  const found = new Set<string>();
  const extend = (prefix: string) => {
    if (prefix.length === text.length) found.add(prefix);
    for (const base of 'ACGT') {
      const pair = prefix.at(-1)! + base;
      const left = pairs.get(pair) ?? 0;
      if (left === 0) continue;
      pairs.set(pair, left - 1);
      extend(prefix + base);
      pairs.set(pair, left);
    }
  };
  extend(text[0]!);
  return found;
}

describe('dinucleotideShuffle', () => {
  it('keeps dinucleotide counts, unknown bases, and the ends of each known stretch', () => {
    fc.assert(
      fc.property(sequences, fc.integer(), (tokens, seed) => {
        const shuffled = dinucleotideShuffle(tokens, new Random(seed));
        expect(kmerCounts(shuffled, { k: 2 })).toEqual(kmerCounts(tokens, { k: 2 }));
        expect(unknownAt(shuffled)).toEqual(unknownAt(tokens));
        for (const i of tokens.keys()) {
          const atEnd = (tokens[i - 1] ?? 4) === 4 || (tokens[i + 1] ?? 4) === 4;
          if (atEnd) expect(shuffled[i]).toBe(tokens[i]);
        }
      }),
    );
  });

  it('draws every possible sequence equally often', () => {
    const text = 'ACAGATCAGGCTA';
    const possible = sameDinucleotides(text);
    const draws = 300 * possible.size;
    const counts = new Map<string, number>();
    const random = new Random(5);
    const tokens = encodeSequence(text);
    for (let i = 0; i < draws; i++) {
      const drawn = decodeTokens(dinucleotideShuffle(tokens, random));
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect(possible.size).toBeGreaterThan(50);
    expect(new Set(counts.keys())).toEqual(possible);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - 300) ** 2 / 300;
    const freedom = possible.size - 1;
    // Five standard deviations of a chi-square variable.
    expect(chiSquare).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });

  it('moves the bases of a long sequence, the same way for the same seed', () => {
    const tokens = Uint8Array.from({ length: 1500 }, (_, i) => (i * i + (i >> 3)) % 4);
    const shuffled = dinucleotideShuffle(tokens, new Random(3));
    const same = shuffled.filter((token, i) => token === tokens[i]).length;
    expect(same / tokens.length).toBeLessThan(0.5);
    expect(dinucleotideShuffle(tokens, new Random(3))).toEqual(shuffled);
  });

  it('stays fast where one base dominates', () => {
    const tokens = encodeSequence(`${'A'.repeat(20000)}C${'G'.repeat(20000)}T`);
    const begin = performance.now();
    const shuffled = dinucleotideShuffle(tokens, new Random(1));
    expect(performance.now() - begin).toBeLessThan(500);
    expect(Buffer.compare(shuffled, tokens)).toBe(0);
  });
});

describe('mononucleotideShuffle', () => {
  it('keeps base counts and leaves unknown bases in place', () => {
    fc.assert(
      fc.property(sequences, fc.integer(), (tokens, seed) => {
        const shuffled = mononucleotideShuffle(tokens, new Random(seed));
        expect(kmerCounts(shuffled, { k: 1 })).toEqual(kmerCounts(tokens, { k: 1 }));
        expect(unknownAt(shuffled)).toEqual(unknownAt(tokens));
      }),
    );
    const text = 'ACGT'.repeat(20);
    expect(decodeTokens(mononucleotideShuffle(encodeSequence(text), new Random(1)))).not.toBe(text);
  });
});
