import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowScroll, TALLEST } from '../../../../extension/src/webviews/row-scroll.ts';

describe('RowScroll', () => {
  it('scrolls a short list by the pixels of its scroll bar', () => {
    const scroll = new RowScroll(22);
    scroll.resize(100, 440);
    expect(scroll.isMapped).toBe(false);
    expect(scroll.height).toBe(2200);
    scroll.moveBarTo(220);
    expect(scroll.range).toEqual({ from: 10, to: 30 });
    expect(scroll.barTop).toBe(220);
  });

  it('reaches every row of a list that is taller than any element', () => {
    const scroll = new RowScroll(22);
    scroll.resize(5_000_000, 440);
    expect(scroll.height).toBe(TALLEST);
    scroll.moveBarTo(TALLEST - 440);
    expect(scroll.range.to).toBe(5_000_000);
    scroll.moveBarTo(0);
    expect(scroll.range.from).toBe(0);
    scroll.moveTo(22 * 1_234_567);
    expect(scroll.range.from).toBe(1_234_567);
    scroll.moveTo(scroll.top + 22);
    expect(scroll.range.from).toBe(1_234_568);
  });

  it('keeps the place within the list and the bar within its element', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        (rows, viewport, top) => {
          const scroll = new RowScroll(22);
          scroll.resize(rows, viewport);
          scroll.moveTo(top);
          const { from, to } = scroll.range;
          expect(scroll.top).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(rows);
          expect(from).toBeLessThanOrEqual(to);
          expect(scroll.barTop).toBeGreaterThanOrEqual(0);
          expect(scroll.barTop).toBeLessThanOrEqual(Math.max(0, scroll.height - viewport) + 1e-6);
          // The bar leads back to the same place.
          const before = scroll.top;
          scroll.moveBarTo(scroll.barTop);
          expect(scroll.top).toBeCloseTo(before, 2);
        },
      ),
    );
  });

  it('shows a row with the least movement', () => {
    const scroll = new RowScroll(20);
    scroll.resize(1000, 100);
    scroll.reveal(4);
    expect(scroll.top).toBe(0);
    scroll.reveal(5);
    expect(scroll.top).toBe(20);
    scroll.reveal(0);
    expect(scroll.top).toBe(0);
  });

  it('comes back into a list that got shorter', () => {
    const scroll = new RowScroll(20);
    scroll.resize(1000, 100);
    scroll.moveTo(19_000);
    scroll.resize(10, 100);
    expect(scroll.top).toBe(100);
    scroll.resize(0, 100);
    expect(scroll.range).toEqual({ from: 0, to: 0 });
  });
});
