import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { kmerFlip, positionBuckets } from '../../../kernel-lib/src/datasets/kmer-flip.ts';

describe('kmerFlip', () => {
  it('changes k letters at most, and says which', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T', 'N'), maxLength: 40 }),
        fc.integer({ min: 1, max: 15 }),
        fc.nat(),
        (sequence, k, seed) => {
          const flip = kmerFlip(sequence, { k, random: new Random(seed) });
          if (sequence.length < k) {
            expect(flip).toEqual({ sequence, index: -1, from: '', to: '' });
            return;
          }
          const { index, from, to } = flip;
          expect(sequence.slice(index, index + k)).toBe(from);
          expect(to).toMatch(new RegExp(`^[ACGT]{${String(k)}}$`));
          expect(flip.sequence).toBe(sequence.slice(0, index) + to + sequence.slice(index + k));
        },
      ),
    );
  });

  it('draws all places and all k-mers alike', () => {
    const random = new Random(3);
    const kmers = new Map<string, number>();
    const places = new Map<number, number>();
    for (let i = 0; i < 16_000; i++) {
      const { index, to } = kmerFlip('A'.repeat(9), { k: 2, random });
      kmers.set(to, (kmers.get(to) ?? 0) + 1);
      places.set(index, (places.get(index) ?? 0) + 1);
    }
    expect(kmers.size).toBe(16);
    expect([...places.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const count of kmers.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
    for (const count of places.values()) expect(Math.abs(count - 2000)).toBeLessThan(180);
  });

  it('counts buckets from the first letter, or from the last one, next to the start', () => {
    const random = new Random(5);
    const sequence = 'A'.repeat(50);
    const buckets = positionBuckets([10, 100]);
    for (let i = 0; i < 200; i++) {
      const { index } = kmerFlip(sequence, { k: 3, random, buckets });
      expect(index).toBeLessThanOrEqual(7);
      const near = kmerFlip(sequence, { k: 3, random, buckets, countFrom: 'tss' });
      expect(near.index).toBeGreaterThanOrEqual(40);
      expect(near.index).toBeLessThanOrEqual(47);
    }
    const far: [number, number][] = [[30, 40]];
    const { index } = kmerFlip(sequence, { k: 10, random, buckets: far, countFrom: 'tss' });
    expect(index).toBe(10);
  });

  it('refuses what cannot be drawn', () => {
    const random = new Random(1);
    expect(() => kmerFlip('ACGT', { k: 0, random })).toThrow(
      /k: 0; expected a whole number from 1/,
    );
    expect(() => kmerFlip('ACGT', { k: 16, random })).toThrow(/k: 16/);
    expect(() => kmerFlip('ACGT', { k: 3, random, buckets: [[0, 2]] })).toThrow(/place for 3/);
    expect(() => kmerFlip('ACGT', { k: 1, random, countFrom: 'end' as 'tss' })).toThrow(/'end'/);
    expect(() => kmerFlip('ACGT', { k: 1, random, bucket: [] } as never)).toThrow(/'buckets'/);
    expect(() => positionBuckets([10, 10])).toThrow(/that rise/);
  });
});
