import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contigNameAdvice,
  matchContigName,
} from '../../../kernel-lib/src/sequence/contig-names.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';
import { formatInterval, parseInterval } from '../../../kernel-lib/src/sequence/parse-interval.ts';
import { promoterInterval } from '../../../kernel-lib/src/sequence/promoter-interval.ts';
import {
  clipInterval,
  makeWindows,
  resizeInterval,
  shiftInterval,
} from '../../../kernel-lib/src/sequence/reshape-interval.ts';

const plus: Interval = { chrom: 'chrI', start: 10, end: 20, strand: '+', name: 'a' };
const minus: Interval = { ...plus, strand: '-' };
const span = (interval: Interval | undefined) => interval && [interval.start, interval.end];

describe('resizeInterval', () => {
  it('keeps the centre, the 5′ or the 3′ end', () => {
    expect(resizeInterval(plus, 4)).toEqual({ ...plus, start: 13, end: 17 });
    expect(span(resizeInterval(plus, 5))).toEqual([13, 18]);
    expect(span(resizeInterval(plus, 14, { anchor: 'start' }))).toEqual([10, 24]);
    expect(span(resizeInterval(minus, 14, { anchor: 'start' }))).toEqual([6, 20]);
    expect(span(resizeInterval(plus, 4, { anchor: 'end' }))).toEqual([16, 20]);
    expect(span(resizeInterval(minus, 4, { anchor: 'end' }))).toEqual([10, 14]);
    // @ts-expect-error the value is none of the three
    expect(() => resizeInterval(plus, 4, { anchor: 'middle' })).toThrow(
      /'centre', 'start' or 'end'/,
    );
  });
});

describe('shiftInterval and clipInterval', () => {
  it('move along the strand and cut at the chromosome', () => {
    expect(span(shiftInterval(plus, 3))).toEqual([13, 23]);
    expect(span(shiftInterval(minus, 3))).toEqual([7, 17]);
    expect(span(clipInterval(shiftInterval(plus, -15), 100))).toEqual([0, 5]);
    expect(span(clipInterval(plus, 15))).toEqual([10, 15]);
    expect(clipInterval(plus, 10)).toBeUndefined();
  });
});

describe('makeWindows', () => {
  it('drops or clips the last one', () => {
    const spans = (windows: Interval[]) => windows.map(span);
    expect(spans(makeWindows(plus, { size: 4, step: 3 }))).toEqual([
      [10, 14],
      [13, 17],
      [16, 20],
    ]);
    expect(spans(makeWindows([plus], { size: 4 }))).toEqual([
      [10, 14],
      [14, 18],
    ]);
    expect(spans(makeWindows(plus, { size: 4, partial: 'clip' })).at(-1)).toEqual([18, 20]);
    expect(() => makeWindows(plus, { size: 4, step: 0 })).toThrow(/at least 1/);
  });
});

describe('promoterInterval', () => {
  it('follows the strand', () => {
    const reach = { upstream: 1000, downstream: 500 };
    expect(promoterInterval({ chrom: 'chrI', strand: '+', tss: 3000, name: 'g' }, reach)).toEqual({
      chrom: 'chrI',
      start: 2000,
      end: 3500,
      strand: '+',
      name: 'g',
    });
    expect(promoterInterval({ chrom: 'chrI', strand: '-', tss: 2169 }, reach)).toEqual({
      chrom: 'chrI',
      start: 1669,
      end: 3169,
      strand: '-',
    });
    expect(() =>
      promoterInterval({ chrom: 'chrI', strand: '.', tss: 1, name: 'g' }, reach),
    ).toThrow(/start of g: strand '\.'; expected '\+' or '-'/);
    expect(() => promoterInterval({ chrom: 'chrI', strand: '+', tss: NaN }, reach)).toThrow(/NaN/);
  });
});

describe('parseInterval and formatInterval', () => {
  it('read 1-based inclusive texts', () => {
    expect(parseInterval('chrIV:1,001-2,500(-)')).toEqual({
      chrom: 'chrIV',
      start: 1000,
      end: 2500,
      strand: '-',
    });
    expect(parseInterval('HLA-A*01:01:1-1')).toEqual({ chrom: 'HLA-A*01:01', start: 0, end: 1 });
  });

  it('say what is wrong', () => {
    expect(() => parseInterval('chrIV')).toThrow(/'chrIV'; expected 'chrom:first-last'/);
    expect(() => parseInterval('chrIV:,-,')).toThrow(/expected 'chrom:first-last'/);
    expect(() => parseInterval('chrIV:0-10')).toThrow(/write chrIV:1-10/);
    expect(() => parseInterval('chrIV:20-10')).toThrow(/last base 10 before first base 20/);
    expect(() => formatInterval({ chrom: 'chrI', start: 5, end: 5 })).toThrow(/at least one base/);
  });

  it('are inverse to each other', () => {
    const intervals = fc.record({
      chrom: fc.constantFrom('chrI', '4', 'a:b', 'x-1'),
      start: fc.nat(1e9),
      length: fc.integer({ min: 1, max: 1e6 }),
      strand: fc.constantFrom<('+' | '-')[]>('+', '-'),
    });
    fc.assert(
      fc.property(intervals, ({ chrom, start, length, strand }) => {
        const interval = { chrom, start, end: start + length, strand };
        expect(parseInterval(formatInterval(interval))).toEqual(interval);
      }),
    );
  });
});

describe('matchContigName', () => {
  const yeast = ['chrI', 'chrIV', 'chrX', 'chrXI', 'chrM'];
  it('finds the chromosome in another naming habit', () => {
    expect(matchContigName('IV', yeast)).toBe('chrIV');
    expect(matchContigName('4', yeast)).toBe('chrIV');
    expect(matchContigName('chr04', yeast)).toBe('chrIV');
    expect(matchContigName('10', yeast)).toBe('chrX');
    expect(matchContigName('MT', yeast)).toBe('chrM');
    expect(matchContigName('Mito', yeast)).toBe('chrM');
    expect(matchContigName('chrX', ['X', '10'])).toBe('X');
    expect(matchContigName('chr10', ['X', '10'])).toBe('10');
    expect(matchContigName('scaffold_7', yeast)).toBeUndefined();
  });

  it('explains the difference, or lists what there is', () => {
    expect(contigNameAdvice('IV', yeast)).toMatch(/'chrIV'.*have the prefix 'chr'/);
    expect(contigNameAdvice('chr1', ['1', '2'])).toMatch(/'1'.*lack the prefix 'chr'/);
    expect(contigNameAdvice('scaffold_77', yeast)).toBe('Known: chrI, chrIV, chrX, chrXI, chrM.');
  });
});
