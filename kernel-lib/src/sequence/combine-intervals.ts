import { checkInterval, checkWholeNumber, withCoordinates } from './check-interval.ts';
import type { Interval } from './interval.ts';
import { groupKey, IntervalIndex, type StrandOptions } from './overlaps.ts';
import { sortIntervals } from './sort-intervals.ts';

/** Options of {@link mergeIntervals}. */
export interface MergeIntervalsOptions extends StrandOptions {
  /** Largest gap in bases that is bridged. Default 0: overlapping and touching intervals merge. */
  readonly distance?: number;
}

/**
 * The union of intervals, sorted. Names are dropped; strands are kept only where `strandAware`.
 *
 * @example
 * mergeIntervals([{ chrom: 'chrI', start: 0, end: 5 }, { chrom: 'chrI', start: 5, end: 9 }]);
 * // [{ chrom: 'chrI', start: 0, end: 9 }]
 */
export function mergeIntervals(
  intervals: readonly Interval[],
  options: MergeIntervalsOptions = {},
): Interval[] {
  const { distance = 0, strandAware = false } = options;
  checkWholeNumber(distance, 'mergeIntervals, distance', 0);
  for (const interval of intervals) checkInterval(interval);
  const open = new Map<string, { interval: Interval; end: number }>();
  const merged: { interval: Interval; end: number }[] = [];
  for (const interval of sortIntervals(intervals)) {
    const key = groupKey(interval, strandAware);
    const last = open.get(key);
    if (last !== undefined && interval.start <= last.end + distance) {
      last.end = Math.max(last.end, interval.end);
    } else {
      const next = { interval, end: interval.end };
      open.set(key, next);
      merged.push(next);
    }
  }
  return sortIntervals(
    merged.map(({ interval: { chrom, start, strand }, end }) =>
      strandAware ? { chrom, start, end, strand: strand ?? '.' } : { chrom, start, end },
    ),
  );
}

/**
 * The parts of `intervals` that lie in `others`: one interval for each pair that overlaps, in the
 * order of `intervals`, with their names and strands.
 */
export function intersectIntervals(
  intervals: readonly Interval[],
  others: readonly Interval[],
  options: StrandOptions = {},
): Interval[] {
  const index = new IntervalIndex(others, options);
  return intervals.flatMap((interval) => {
    checkInterval(interval);
    return index.overlapping(interval).map((place) => {
      const other = others[place] ?? interval;
      const start = Math.max(interval.start, other.start);
      return withCoordinates(interval, start, Math.min(interval.end, other.end));
    });
  });
}

/**
 * The parts of `intervals` that lie in none of `others` (for example a blacklist), in the order of
 * `intervals`, with their names and strands. To drop touched intervals as a whole, filter with
 * `overlapsAny`.
 */
export function subtractIntervals(
  intervals: readonly Interval[],
  others: readonly Interval[],
  options: StrandOptions = {},
): Interval[] {
  const index = new IntervalIndex(others, options);
  return intervals.flatMap((interval) => {
    checkInterval(interval);
    const parts: Interval[] = [];
    let start = interval.start;
    for (const place of index.overlapping(interval)) {
      const other = others[place] ?? interval;
      if (other.start > start) parts.push(withCoordinates(interval, start, other.start));
      start = Math.max(start, other.end);
    }
    if (start < interval.end || interval.start === interval.end) {
      parts.push(withCoordinates(interval, start, interval.end));
    }
    return parts;
  });
}
