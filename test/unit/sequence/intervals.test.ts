import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  intersectIntervals,
  mergeIntervals,
  subtractIntervals,
} from '../../../kernel-lib/src/sequence/combine-intervals.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';
import { overlaps, overlapsAny } from '../../../kernel-lib/src/sequence/overlaps.ts';
import { sortIntervals } from '../../../kernel-lib/src/sequence/sort-intervals.ts';

const interval = fc
  .record({
    chrom: fc.constantFrom('chrI', 'chrII'),
    start: fc.integer({ min: 0, max: 40 }),
    length: fc.integer({ min: 0, max: 12 }),
    strand: fc.constantFrom<('+' | '-' | '.' | undefined)[]>('+', '-', '.', undefined),
  })
  .map(({ chrom, start, length, strand }): Interval => {
    const place = { chrom, start, end: start + length };
    return strand === undefined ? place : { ...place, strand };
  });
const intervals = fc.array(interval, { maxLength: 15 });

const key = ({ chrom, strand }: Interval, strandAware: boolean) =>
  strandAware ? `${chrom} ${strand ?? '.'}` : chrom;
/** Every base of the intervals, as texts. */
function bases(list: readonly Interval[], strandAware: boolean): Set<string> {
  const result = new Set<string>();
  for (const each of list) {
    for (let position = each.start; position < each.end; position++) {
      result.add(`${key(each, strandAware)} ${String(position)}`);
    }
  }
  return result;
}

describe('operations on intervals equal naive ones base by base', () => {
  it.each([false, true])('merge, strandAware %s', (strandAware) => {
    fc.assert(
      fc.property(intervals, (list) => {
        const merged = mergeIntervals(list, { strandAware });
        expect(bases(merged, strandAware)).toEqual(bases(list, strandAware));
        expect(sortIntervals(merged)).toEqual(merged);
        for (const [i, a] of merged.entries()) {
          for (const b of merged.slice(i + 1)) {
            const apart = key(a, strandAware) !== key(b, strandAware) || a.end < b.start;
            expect(apart || b.end < a.start).toBe(true);
          }
        }
      }),
    );
  });

  it('merge with a distance bridges exactly the gaps up to it', () => {
    const list = [
      { chrom: 'chrI', start: 0, end: 5 },
      { chrom: 'chrI', start: 8, end: 9 },
      { chrom: 'chrI', start: 13, end: 14 },
    ];
    expect(mergeIntervals(list, { distance: 2 })).toHaveLength(3);
    expect(mergeIntervals(list, { distance: 3 })).toHaveLength(2);
    expect(mergeIntervals(list, { distance: 4 })).toEqual([{ chrom: 'chrI', start: 0, end: 14 }]);
    expect(() => mergeIntervals(list, { distance: -1 })).toThrow(/at least 0/);
  });

  it.each([false, true])('intersect, strandAware %s', (strandAware) => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const naive = a.flatMap((each) =>
          b
            .filter((other) => overlaps(each, other, { strandAware }))
            .map((other) => ({
              ...each,
              start: Math.max(each.start, other.start),
              end: Math.min(each.end, other.end),
            })),
        );
        const order = (list: readonly Interval[]) =>
          list
            .map((each) => JSON.stringify([each.chrom, each.start, each.end, each.strand]))
            .sort();
        expect(order(intersectIntervals(a, b, { strandAware }))).toEqual(order(naive));
      }),
    );
  });

  it.each([false, true])('subtract, strandAware %s', (strandAware) => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const forbidden = bases(b, strandAware);
        for (const each of a) {
          const parts = subtractIntervals([each], b, { strandAware });
          const wanted = [...bases([each], strandAware)].filter((base) => !forbidden.has(base));
          expect([...bases(parts, strandAware)]).toEqual(wanted);
          for (const part of parts) expect(part.strand).toBe(each.strand);
        }
      }),
    );
  });

  it.each([false, true])('overlapsAny, strandAware %s', (strandAware) => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const naive = a.map((each) => {
          const own = bases([each], strandAware);
          return [...bases(b, strandAware)].some((base) => own.has(base));
        });
        expect(overlapsAny(a, b, { strandAware })).toEqual(naive);
      }),
    );
  });

  it('handles 60,000 intervals against 60,000 quickly', () => {
    const many = Array.from({ length: 60_000 }, (_, i) => {
      const start = (i * 7919) % 1_000_000_007;
      return { chrom: `chr${String(i % 20)}`, start, end: start + 500 };
    });
    const begin = performance.now();
    expect(mergeIntervals(many).length).toBeGreaterThan(1000);
    expect(subtractIntervals(many, many.slice(0, 1000)).length).toBeGreaterThan(55_000);
    expect(performance.now() - begin).toBeLessThan(3000);
  });
});

describe('sortIntervals', () => {
  it('puts chr2 before chr10, or follows the order that is given', () => {
    const at = (chrom: string, start = 0): Interval => ({ chrom, start, end: start + 1 });
    const list = [at('chr10'), at('chr2', 9), at('chrX'), at('chr2', 1), at('chr2_alt')];
    const names = (sorted: Interval[]) =>
      sorted.map(({ chrom, start }) => `${chrom}:${String(start)}`);
    expect(names(sortIntervals(list))).toEqual([
      'chr2:1',
      'chr2:9',
      'chr2_alt:0',
      'chr10:0',
      'chrX:0',
    ]);
    const chromosomes = ['chrX', 'chr10', 'chr2_alt', 'chr2'];
    expect(names(sortIntervals(list, { chromosomes }))).toEqual([
      'chrX:0',
      'chr10:0',
      'chr2_alt:0',
      'chr2:1',
      'chr2:9',
    ]);
    expect(() => sortIntervals(list, { chromosomes: ['chrX', 'chr10', 'chr2'] })).toThrow(
      /no place for chromosome 'chr2_alt'/,
    );
  });
});

describe('checks', () => {
  it('say what is wrong with an interval', () => {
    const wrong = [{ chrom: 'chrI', start: 9, end: 5, strand: '-' as const }];
    expect(() => mergeIntervals(wrong)).toThrow(/\[9, 5\)\(-\), whose end lies before its start/);
    expect(() => overlapsAny([{ chrom: 'chrI', start: 0.5, end: 5 }], [])).toThrow(/whole numbers/);
  });
});
