import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { kmerCounts, kmerIndices, kmerNames } from '../../../kernel-lib/src/sequence/kmers.ts';

const dataFile = '../../../notebooks/data/yeast_R64/yeast_promoter_expression.tsv.gz';

function firstPromoters(count: number): string[] {
  const text = gunzipSync(readFileSync(new URL(dataFile, import.meta.url))).toString();
  const lines = text.split(/\r?\n/).slice(1, count + 1);
  return lines.map((line) => line.split('\t').at(-1)!);
}

/** The definition, spelt out over the text. */
function naiveCounts(text: string, k: number, bins: number): number[] {
  const names = kmerNames(k);
  const counts = new Array<number>(bins * names.length).fill(0);
  const n = text.length - k + 1;
  for (let i = 0; i < n; i++) {
    const kmer = names.indexOf(text.slice(i, i + k));
    if (kmer >= 0) counts[Math.floor((i * bins) / n) * names.length + kmer]! += 1;
  }
  return counts;
}

describe('kmerCounts', () => {
  it('equals the Python baselines on yeast promoters', () => {
    // km(row['promoter_m1000_p500'], 6) with numpy 2.4, first row and the first hundred rows.
    const promoters = firstPromoters(100);
    const counts = kmerCounts(encodeSequence(promoters[0]!), { k: 4, bins: 6 });
    const golden = [
      [8, 8],
      [32, 7],
      [1280, 7],
      [3, 6],
      [573, 6],
      [784, 6],
    ];
    for (const [place, count] of golden) expect(counts[place!]).toBe(count);
    expect(counts.filter((count) => count > 0)).toHaveLength(847);
    const weighted = (values: Float32Array) => values.reduce((sum, count, i) => sum + count * i, 0);
    expect(weighted(counts)).toBe(1135340);
    const all = promoters.map((text) =>
      weighted(kmerCounts(encodeSequence(text), { k: 4, bins: 6 })),
    );
    expect(all.reduce((sum, value) => sum + value, 0)).toBe(114568582);
  });

  it('equals its definition, with unknown bases and any number of bins', () => {
    const tokens = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 });
    const k = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(tokens, k, fc.integer({ min: 1, max: 7 }), (array, width, bins) => {
        const sequence = Uint8Array.from(array);
        expect([...kmerCounts(sequence, { k: width, bins })]).toEqual(
          naiveCounts(decodeTokens(sequence), width, bins),
        );
      }),
    );
  });

  it('refuses lengths and bins that make no sense', () => {
    const tokens = new Uint8Array(10);
    expect(() => kmerCounts(tokens, { k: 0 })).toThrow(/from 1 to 15/);
    expect(() => kmerCounts(tokens, { k: 2, bins: 0 })).toThrow(/at least 1/);
    expect(() => kmerCounts(tokens, { k: 15, bins: 1 })).toThrow(/smaller k/);
  });
});

describe('kmerIndices and kmerNames', () => {
  it('have the first base most significant', () => {
    expect([...kmerIndices(encodeSequence('ACGN'), 2)]).toEqual([1, 6, -1]);
    const names = kmerNames(3);
    expect(names).toHaveLength(64);
    expect([names[0], names[1], names[16], names[63]]).toEqual(['AAA', 'AAC', 'CAA', 'TTT']);
    const sequence = encodeSequence('TTGACAT');
    expect([...kmerIndices(sequence, 3)].map((index) => names[index])).toEqual([
      'TTG',
      'TGA',
      'GAC',
      'ACA',
      'CAT',
    ]);
  });

  it('reach to k = 15 and are empty where the sequence is shorter', () => {
    expect([...kmerIndices(encodeSequence('T'.repeat(16)), 15)]).toEqual([
      4 ** 15 - 1,
      4 ** 15 - 1,
    ]);
    expect(kmerIndices(encodeSequence('AC'), 3)).toHaveLength(0);
  });
});
