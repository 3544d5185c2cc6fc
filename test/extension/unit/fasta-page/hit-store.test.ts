import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HitStore } from '../../../../extension/src/fasta/webview/hit-store.ts';

const hitsOf = (motif: string, all: readonly (readonly [number, number, number])[]) => {
  const hits = new HitStore(motif);
  // In two batches, as they would come.
  for (const part of [all.slice(0, 2), all.slice(2)]) {
    hits.add({
      records: Int32Array.from(part, ([record]) => record),
      starts: Float64Array.from(part, ([, start]) => start),
      reverse: Uint8Array.from(part, ([, , reverse]) => reverse),
    });
  }
  return hits;
};

describe('the hits of a search', () => {
  // Record 3 is searched first, as it is the one that is seen.
  const hits = hitsOf('TATAWAW', [
    [3, 10, 0],
    [3, 14, 1],
    [3, 900, 0],
    [5, 7, 0],
    [1, 50, 1],
  ]);

  it('finds those that overlap a part, also by a single letter', () => {
    const starts = (start: number, end: number) =>
      [...hits.overlapping(3, start, end)].map((hit) => hit.start);
    expect(starts(16, 20)).toEqual([10, 14]);
    expect(starts(17, 20)).toEqual([14]);
    expect(starts(21, 900)).toEqual([]);
    expect(starts(21, 901)).toEqual([900]);
    expect([...hits.overlapping(4, 0, 1e9)]).toEqual([]);
  });

  it('goes to the next and the previous one by the order of the file, and around', () => {
    const at = (index: number) => {
      const hit = hits.at(index)!;
      return [hit.record, hit.start];
    };
    expect(at(hits.next(3, 10))).toEqual([3, 14]);
    expect(at(hits.next(3, 900))).toEqual([5, 7]);
    expect(at(hits.next(5, 7))).toEqual([1, 50]);
    expect(at(hits.next(4, 0))).toEqual([5, 7]);
    expect(at(hits.previous(3, 10))).toEqual([1, 50]);
    expect(at(hits.previous(1, 50))).toEqual([5, 7]);
    expect(at(hits.previous(5, 7))).toEqual([3, 900]);
    expect(new HitStore('A').next(0, 0)).toBe(-1);
  });

  it('visits every hit once on the way around', () => {
    let [record, position] = [3, 900];
    const seen = new Set<number>();
    for (let step = 0; step < hits.count; step++) {
      const index = hits.next(record, position);
      seen.add(index);
      ({ record, start: position } = hits.at(index)!);
    }
    expect(seen.size).toBe(hits.count);
  });

  it('counts each hit of a record in one bin of its strand', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 996 }), { maxLength: 50 }),
        fc.integer({ min: 1, max: 300 }),
        (starts, bins) => {
          const sorted = [...starts].sort((a, b) => a - b);
          const store = hitsOf(
            'ACGT',
            sorted.map((start) => [0, start, start % 2] as const),
          );
          const counts = store.histogram(0, 1000, bins);
          const sum = (strand: number) =>
            counts.reduce((total, count, at) => total + (at % 2 === strand ? count : 0), 0);
          expect(sum(0)).toBe(starts.filter((start) => start % 2 === 0).length);
          expect(sum(1)).toBe(starts.filter((start) => start % 2 === 1).length);
        },
      ),
    );
  });
});
