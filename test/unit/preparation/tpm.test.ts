import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transcriptsPerMillion } from '../../../kernel-lib/src/preparation/tpm.ts';

describe('transcriptsPerMillion', () => {
  it('divides by length before it takes shares', () => {
    const tpm = transcriptsPerMillion([10, 20, 0], [1000, 4000, 500]);
    expect([...tpm].map((value) => value.toFixed(6))).toEqual([
      '666666.666667',
      '333333.333333',
      '0.000000',
    ]);
  });

  it('adds up to a million, whatever the depth and the unit of length', () => {
    const gene = fc.tuple(fc.nat(1e6), fc.integer({ min: 1, max: 1e5 }));
    fc.assert(
      fc.property(
        fc.array(gene, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 2, max: 9 }),
        (genes, factor) => {
          fc.pre(genes.some(([count]) => count > 0));
          const counts = genes.map(([count]) => count);
          const lengths = genes.map(([, length]) => length);
          const tpm = transcriptsPerMillion(counts, lengths);
          expect(tpm.reduce((a, b) => a + b)).toBeCloseTo(1e6, 3);
          const other = transcriptsPerMillion(
            counts.map((count) => count * factor),
            lengths.map((length) => length / factor),
          );
          for (const [i, value] of tpm.entries()) expect(other[i]).toBeCloseTo(value, 4);
        },
      ),
    );
  });

  it('refuses what are no counts and lengths', () => {
    expect(() => transcriptsPerMillion([0, 0], [1, 1], 'sample a')).toThrow(
      /sample a: no read on any/,
    );
    expect(() => transcriptsPerMillion([-1], [1])).toThrow(/gene 0 \(from 0\): a count of -1/);
    expect(() => transcriptsPerMillion([NaN], [1])).toThrow(/a count of NaN/);
    expect(() => transcriptsPerMillion([1], [0])).toThrow(/a length of 0/);
    expect(() => transcriptsPerMillion([1], [])).toThrow(/1 counts and 0 lengths/);
  });
});
