import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RowPacker } from '../../../../extension/src/tracks/pack-rows.ts';

const features = fc.uniqueArray(
  fc.record({ row: fc.nat(50), start: fc.nat(300), length: fc.integer({ min: 0, max: 60 }) }),
  { selector: ({ row, start }) => `${String(row)}:${String(start)}`, maxLength: 40 },
);

it('packs what does not overlap into the first free row', () => {
  const packer = new RowPacker();
  const rows = packer.pack(
    [
      { row: 0, start: 0, end: 10 },
      { row: 1, start: 5, end: 20 },
      { row: 2, start: 10, end: 12 },
    ],
    { room: () => 0 },
  );
  expect([...rows]).toEqual([0, 1, 0]);
});

it('leaves nothing that overlaps in one row, and what stays in its row', () => {
  fc.assert(
    fc.property(features, fc.nat(300), fc.nat(5), (all, cut, gap) => {
      const list = all.map(({ row, start, length }) => ({ row, start, end: start + length }));
      const packer = new RowPacker();
      const first = packer.pack(list, { room: () => gap });
      const lanes = new Map(list.map((each, i) => [each, first[i]]));
      for (const [a, laneA] of lanes) {
        for (const [b, laneB] of lanes) {
          if (a === b || laneA !== laneB) continue;
          const apart = (x: typeof a, y: typeof a): boolean =>
            y.start >= Math.max(x.end, x.start + 1) + gap;
          expect(apart(a, b) || apart(b, a)).toBe(true);
        }
      }
      // The view moves on: what is still there keeps its row.
      const still = list.filter(({ end }) => end > cut);
      const second = packer.pack(still, { room: () => gap });
      expect([...second]).toEqual(still.map((each) => lanes.get(each)));
    }),
  );
});

it('says what finds no row', () => {
  const list = Array.from({ length: 5 }, (_, row) => ({ row, start: 0, end: 10 }));
  expect([...new RowPacker().pack(list, { room: () => 0, most: 3 })]).toEqual([0, 1, 2, -1, -1]);
});
