import { checkInterval } from './check-interval.ts';
import type { Interval } from './interval.ts';

/** Option of the operations that compare intervals. */
export interface StrandOptions {
  /** Only intervals on the same strand meet; an absent strand counts as `.`. Default false. */
  readonly strandAware?: boolean;
}

/** Key of what can meet: the chromosome, with the strand where it counts. */
export function groupKey(interval: Interval, strandAware: boolean): string {
  return strandAware ? `${interval.strand ?? '.'}${interval.chrom}` : interval.chrom;
}

/**
 * Whether two intervals share at least one base. Intervals that only touch do not.
 *
 * @example
 * overlaps({ chrom: 'chrI', start: 0, end: 5 }, { chrom: 'chrI', start: 5, end: 9 }); // false
 */
export function overlaps(a: Interval, b: Interval, options: StrandOptions = {}): boolean {
  const { strandAware = false } = options;
  return (
    groupKey(a, strandAware) === groupKey(b, strandAware) &&
    Math.max(a.start, b.start) < Math.min(a.end, b.end)
  );
}

/** Intervals of one chromosome (and strand), ready for queries. */
interface IndexedGroup {
  /** Places in the given array, by start. */
  readonly order: readonly number[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Largest end among this and all earlier intervals: says when a search may stop. */
  readonly largestEnds: Float64Array;
}

/** An index of intervals that answers which of them overlap a query. */
export class IntervalIndex {
  readonly #groups = new Map<string, IndexedGroup>();
  readonly #strandAware: boolean;

  constructor(intervals: readonly Interval[], options: StrandOptions = {}) {
    this.#strandAware = options.strandAware ?? false;
    const members = new Map<string, number[]>();
    for (const [place, interval] of intervals.entries()) {
      checkInterval(interval, `interval ${String(place)}`);
      const key = groupKey(interval, this.#strandAware);
      const places = members.get(key);
      if (places === undefined) members.set(key, [place]);
      else places.push(place);
    }
    for (const [key, places] of members) {
      const at = (place: number) => intervals[place] ?? { start: 0, end: 0 };
      places.sort((a, b) => at(a).start - at(b).start || at(a).end - at(b).end);
      const starts = Float64Array.from(places, (place) => at(place).start);
      const ends = Float64Array.from(places, (place) => at(place).end);
      let largest = -Infinity;
      const largestEnds = ends.map((end) => (largest = Math.max(largest, end)));
      this.#groups.set(key, { order: places, starts, ends, largestEnds });
    }
  }

  /** Places (in the array that was given) of the intervals that overlap `query`, by start. */
  overlapping(query: Interval): number[] {
    const group = this.#groups.get(groupKey(query, this.#strandAware));
    if (group === undefined || query.end <= query.start) return [];
    const { order, starts, ends, largestEnds } = group;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) < query.end) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let i = low - 1; i >= 0 && (largestEnds[i] ?? 0) > query.start; i--) {
      const end = ends[i] ?? 0;
      if (end > query.start && end > (starts[i] ?? 0)) found.push(order[i] ?? 0);
    }
    return found.reverse();
  }
}

/**
 * For each interval, whether it overlaps any of the others (for example a blacklist).
 *
 * @example
 * const clean = peaks.filter((_, i) => !overlapsAny(peaks, blacklist)[i]);
 */
export function overlapsAny(
  intervals: readonly Interval[],
  others: readonly Interval[],
  options: StrandOptions = {},
): boolean[] {
  const index = new IntervalIndex(others, options);
  return intervals.map((interval) => {
    checkInterval(interval);
    return index.overlapping(interval).length > 0;
  });
}
