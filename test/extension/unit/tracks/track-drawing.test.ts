import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Feature, Region } from '../../../../extension/src/tracks/track-types.ts';
import { FeatureRows } from '../../../../extension/src/tracks/webview/feature-rows.ts';
import { binSignal } from '../../../../extension/src/tracks/tracks-signal-bins.ts';
import {
  formatBases,
  formatRegion,
  formatValue,
} from '../../../../extension/src/tracks/webview/format-text.ts';

import { rulerTicks } from '../../../../extension/src/tracks/webview/ruler-ticks.ts';
import {
  parseColor,
  readableColor,
} from '../../../../extension/src/tracks/webview/theme-colors.ts';

function feature(row: number, start: number, end: number, score = NaN): Feature {
  const blocks = [[start, end]] as const;
  return {
    row,
    start,
    end,
    name: '',
    strand: '.',
    score,
    thickStart: start,
    thickEnd: end,
    blocks,
  };
}

describe('FeatureRows', () => {
  const space = { chrom: 'chrI', height: 90, pixelsPerBase: 1, labelWidth: () => 20 };
  const stack = (count: number, start = 0): Feature[] =>
    Array.from({ length: count }, (_, row) => feature(start + row, start + row, start + 50));

  it('shows labels where rows are high enough for them, and tighter rows where not', () => {
    expect(new FeatureRows().place(stack(5), space)).toMatchObject({
      rowCount: 5,
      rowHeight: 18,
      hasLabels: true,
    });
    expect(new FeatureRows().place(stack(6), space)).toMatchObject({ rowHeight: 13 });
    expect(new FeatureRows().place(stack(7), space)).toMatchObject({
      rowHeight: 12,
      hasLabels: false,
    });
    expect(new FeatureRows().place(stack(60), space)).toMatchObject({ rowCount: 52, rowHeight: 4 });
  });

  it('keeps features in their rows while the view moves, and begins anew with another zoom', () => {
    const rows = new FeatureRows();
    const all = [feature(0, 0, 100), feature(1, 10, 300), feature(2, 20, 310)];
    expect([...rows.place(all, space).rows]).toEqual([0, 1, 2]);
    const moved = [...all.slice(1), feature(3, 305, 400)];
    expect([...rows.place(moved, space).rows]).toEqual([1, 2, 0]);
    expect([...rows.place(moved, { ...space, pixelsPerBase: 2 }).rows]).toEqual([0, 1, 2]);
  });

  it('does not make rows roomier while the view moves', () => {
    const rows = new FeatureRows();
    expect(rows.place(stack(7), space).rowHeight).toBe(12);
    expect(rows.place(stack(1, 500), space)).toMatchObject({ rowHeight: 12, hasLabels: false });
  });
});

describe('binSignal', () => {
  const source = (features: readonly Feature[]) => ({
    asked: 0,
    features(region: Region, limit: number) {
      this.asked++;
      const found = features.filter(({ start, end }) => start < region.end && end > region.start);
      return { features: found.slice(0, limit), total: found.length };
    },
  });

  it('agrees with values base by base', async () => {
    const runs = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.option(fc.integer({ min: -5, max: 5 }))),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(runs, fc.integer({ min: 1, max: 10 }), async (pieces, bins) => {
        const values: (number | null)[] = [];
        const features: Feature[] = [];
        for (const [length, value] of pieces) {
          const start = values.length;
          for (let i = 0; i < length; i++) values.push(value);
          if (value !== null) features.push(feature(features.length, start, start + length, value));
        }
        const each = Math.ceil(values.length / bins);
        const region = { chrom: 'c', start: 0, end: each * bins };
        const { min, max, mean } = await binSignal(source(features), region, bins);
        for (let bin = 0; bin < bins; bin++) {
          const here = values.slice(bin * each, (bin + 1) * each).filter((value) => value !== null);
          if (here.length === 0) {
            expect([min[bin], max[bin], mean[bin]]).toEqual([NaN, NaN, NaN]);
            continue;
          }
          expect(min[bin]).toBe(Math.min(...here));
          expect(max[bin]).toBe(Math.max(...here));
          expect(mean[bin]).toBeCloseTo(here.reduce((a, b) => a + b, 0) / here.length, 4);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes a region of very many features apart, without counting one twice', async () => {
    const many = Array.from({ length: 50_000 }, (_, i) => feature(i, i * 2, i * 2 + 2, 3));
    const from = source(many);
    const { mean, max } = await binSignal(from, { chrom: 'c', start: 0, end: 100_000 }, 4);
    expect(Array.from(mean)).toEqual([3, 3, 3, 3]);
    expect(Array.from(max)).toEqual([3, 3, 3, 3]);
    expect(from.asked).toBeGreaterThan(2);
  });

  it('ends when it is stopped', async () => {
    const abort = new AbortController();
    abort.abort();
    const stopped = binSignal(source([]), { chrom: 'c', start: 0, end: 10 }, 2, abort.signal);
    await expect(stopped).rejects.toThrow('interrupted');
  });
});

describe('the ruler', () => {
  it('has ticks at round places that do not meet', () => {
    expect(rulerTicks(0, 100_000, 900)).toEqual({
      step: 20_000,
      labelled: [1, 20_000, 40_000, 60_000, 80_000, 100_000],
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 250_000_000 }),
        fc.integer({ min: 20, max: 250_000_000 }),
        fc.integer({ min: 50, max: 4000 }),
        (start, span, width) => {
          const { step, labelled } = rulerTicks(start, start + span, width);
          expect((step / span) * width).toBeGreaterThanOrEqual(99.9);
          expect(labelled.length).toBeLessThanOrEqual(width / 100 + 2);
          for (const at of labelled) {
            expect(at).toBeGreaterThan(start);
            expect(at).toBeLessThanOrEqual(start + span);
          }
        },
      ),
    );
  });
});

describe('texts', () => {
  it('count from 1 and separate thousands', () => {
    expect(formatRegion({ chrom: 'chrIV', start: 1000, end: 12_500 })).toBe('chrIV:1,001-12,500');
    expect(formatBases(315)).toBe('315 bp');
    expect(formatBases(162_800)).toBe('162.8 kb');
    expect(formatBases(1_531_933)).toBe('1.5 Mb');
    expect(formatValue(NaN)).toBe('–');
    expect(formatValue(0.00001)).toBe('1.00e-5');
  });
});

describe('colours of a file', () => {
  it('are moved until they stand out from the background', () => {
    const [black, white] = [[0, 0, 0] as const, [255, 255, 255] as const];
    expect(readableColor([255, 0, 0], black, white)).toEqual([255, 0, 0]);
    expect(readableColor([0, 0, 0], [31, 31, 31], white)[0]).toBeGreaterThan(90);
    expect(readableColor([255, 255, 200], white, black)[0]).toBeLessThan(200);
  });

  it('are read as themes write them', () => {
    expect(parseColor('#1f1f1f')).toEqual([31, 31, 31]);
    expect(parseColor('#fff')).toEqual([255, 255, 255]);
    expect(parseColor('#d1861680')).toEqual([209, 134, 22]);
    expect(parseColor('rgba(1, 2, 3, 0.5)')).toEqual([1, 2, 3]);
    expect(parseColor('none')).toBeUndefined();
  });
});
