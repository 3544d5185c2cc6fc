import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NARROWEST, Viewport } from '../../../../extension/src/tracks/webview/viewport.ts';

function viewOf(length: number, start: number, end: number): Viewport {
  const view = new Viewport();
  view.resize(1000);
  view.setContig('chrI', length);
  view.show(start, end);
  return view;
}

describe('Viewport', () => {
  it('keeps the base under the pointer where it is when zooming', () => {
    const view = viewOf(100_000, 10_000, 20_000);
    const x = view.x(12_500);
    view.zoom(0.25, 12_500);
    expect(view.span).toBe(2500);
    expect(view.x(12_500)).toBeCloseTo(x);
  });

  it('pans without a change of width, up to the ends', () => {
    const view = viewOf(100_000, 10_000, 20_000);
    view.pan(-50_000);
    expect(view.region).toEqual({ chrom: 'chrI', start: 0, end: 10_000 });
    view.pan(1e9);
    expect(view.region).toEqual({ chrom: 'chrI', start: 90_000, end: 100_000 });
  });

  it('widens what is too narrow, around its middle', () => {
    const view = viewOf(100_000, 500, 501);
    expect(view.span).toBe(NARROWEST);
    expect((view.start + view.end) / 2).toBe(500.5);
  });

  it('shows a contig that is shorter than the narrowest view', () => {
    expect(viewOf(7, 0, 7).region).toEqual({ chrom: 'chrI', start: 0, end: 7 });
  });

  it('stays on the contig whatever is done', () => {
    const move = fc.oneof(
      fc.record({
        kind: fc.constant('zoom'),
        value: fc.double({ min: 0.001, max: 1000, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('pan'),
        value: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('show'),
        value: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300_000_000 }), fc.array(move), (length, moves) => {
        const view = viewOf(length, 0, length);
        for (const { kind, value } of moves) {
          if (kind === 'zoom') view.zoom(value);
          else if (kind === 'pan') view.pan(value);
          else view.show(value, value + 1000);
          expect(view.start).toBeGreaterThanOrEqual(0);
          expect(view.end).toBeLessThanOrEqual(length + 1e-6 * length);
          expect(view.span).toBeGreaterThanOrEqual(Math.min(length, NARROWEST) * (1 - 1e-9));
          const { start, end } = view.wanted();
          expect(start).toBeLessThanOrEqual(view.region.start);
          expect(end).toBeGreaterThanOrEqual(Math.min(length, Math.floor(view.end)));
        }
      }),
    );
  });
});
