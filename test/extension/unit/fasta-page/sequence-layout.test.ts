import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScrollRange } from '../../../../extension/src/fasta/webview/scroll-range.ts';
import { layOutSequence } from '../../../../extension/src/fasta/webview/sequence-layout.ts';

const layout = (length: number, width: number, frames = false) =>
  layOutSequence({ length, width, cell: 9, line: 20, frames });

describe('the rows of a sequence', () => {
  it('holds as many tens of bases as the width does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3e8 }), fc.integer({ min: 50, max: 4000 }), (n, w) => {
        const { basesPerRow, rows, xOf } = layout(n, w);
        expect(basesPerRow % 10).toBe(0);
        expect(rows).toBe(Math.ceil(n / basesPerRow));
        if (basesPerRow > 10) expect(xOf(basesPerRow - 1) + 9).toBeLessThanOrEqual(w);
      }),
    );
  });

  it('finds each column again by the middle of its letter', () => {
    const { basesPerRow, xOf, columnAt } = layout(250e6, 1280);
    for (let column = 0; column < basesPerRow; column++) {
      expect(columnAt(xOf(column) + 4.5)).toBe(column);
    }
    expect(columnAt(0)).toBe(0);
    expect(columnAt(5000)).toBe(basesPerRow - 1);
  });

  it('has room for three frames above the bases and three below', () => {
    const { linesAbove, rowHeight } = layout(1000, 800, true);
    expect(linesAbove).toBe(3);
    expect(rowHeight).toBeGreaterThanOrEqual(7 * 20);
  });
});

describe('a scroll range', () => {
  it('reaches each row of 250 million bases exactly', () => {
    const { rows, rowHeight } = layoutOf60();
    const range = new ScrollRange();
    range.resize(rows * rowHeight, 700);
    expect(rows).toBe(4_166_667);
    for (const row of [0, 1, 1_234_567, 4_000_000]) {
      range.top = row * rowHeight;
      expect(Math.floor(range.top / rowHeight)).toBe(row);
    }
    range.top = Infinity;
    expect(range.top).toBe(0);
    range.top = 1e12;
    expect(range.top).toBe(rows * rowHeight - 700);
  });

  it('puts the slider where dragging it there leads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, page, share) => {
          const range = new ScrollRange();
          range.resize(total, page);
          range.top = share * range.last;
          const before = range.top;
          const thumb = range.thumb(600);
          if (thumb === undefined) {
            expect(total).toBeLessThanOrEqual(page);
            return;
          }
          expect(thumb.size).toBeGreaterThanOrEqual(20);
          expect(thumb.offset + thumb.size).toBeLessThanOrEqual(600 + 1e-6);
          range.dragTo(thumb.offset, 600);
          if (thumb.size < 600) expect(range.top).toBeCloseTo(before, 3);
        },
      ),
    );
  });

  it('scrolls no further than a part needs to be seen', () => {
    const range = new ScrollRange();
    range.resize(1000, 100);
    range.reveal(50, 70);
    expect(range.top).toBe(0);
    range.reveal(150, 170);
    expect(range.top).toBe(70);
    range.reveal(20, 40);
    expect(range.top).toBe(20);
  });
});

function layoutOf60() {
  const made = layout(250e6, 760);
  expect(made.basesPerRow).toBe(60);
  return made;
}
