import { UsageError } from '../core/errors.ts';
import { checkInterval, checkWholeNumber, withCoordinates } from './check-interval.ts';
import type { Interval } from './interval.ts';

/** Options of {@link makeWindows}. */
export interface WindowOptions {
  /** Length of a window in bases. */
  readonly size: number;
  /** Bases from one window's start to the next. Default: `size`, windows side by side. */
  readonly step?: number;
  /** What becomes of a window that reaches beyond the end: `drop` (default) or `clip`. */
  readonly partial?: 'drop' | 'clip';
}

/**
 * Windows along each interval, from its start; names and strands are kept.
 *
 * @example
 * makeWindows({ chrom: 'chrI', start: 0, end: 10 }, { size: 4, step: 3 });
 * // [0, 4), [3, 7), [6, 10)
 */
export function makeWindows(
  intervals: Interval | readonly Interval[],
  options: WindowOptions,
): Interval[] {
  const { size, step = size, partial = 'drop' } = options;
  checkWholeNumber(size, 'makeWindows, size', 1);
  checkWholeNumber(step, 'makeWindows, step', 1);
  if (partial !== 'drop' && partial !== 'clip') {
    throw new UsageError({
      where: 'makeWindows, partial',
      found: `'${String(partial)}'`,
      expected: "'drop' or 'clip'",
    });
  }
  const windows: Interval[] = [];
  for (const interval of 'chrom' in intervals ? [intervals] : intervals) {
    checkInterval(interval);
    for (let start = interval.start; start < interval.end; start += step) {
      const end = start + size;
      if (end <= interval.end) windows.push(withCoordinates(interval, start, end));
      else if (partial === 'clip') windows.push(withCoordinates(interval, start, interval.end));
    }
  }
  return windows;
}

/** Options of {@link resizeInterval}. */
export interface ResizeOptions {
  /**
   * What stays in place: the `centre` (default), the `start` or the `end`. On the strand `-`,
   * `start` is the 5' end, which has the larger coordinate.
   */
  readonly anchor?: 'centre' | 'start' | 'end';
}

/**
 * The interval with another length. It may then reach beyond the chromosome: see
 * {@link clipInterval}. Of an odd surplus around the centre, the base more lies on the right.
 *
 * @param length new length in bases
 *
 * @example
 * resizeInterval({ chrom: 'chrI', start: 10, end: 20, strand: '-' }, 4, { anchor: 'start' });
 * // [16, 20)
 */
export function resizeInterval(
  interval: Interval,
  length: number,
  options: ResizeOptions = {},
): Interval {
  const { anchor = 'centre' } = options;
  checkInterval(interval);
  checkWholeNumber(length, 'resizeInterval, length', 0);
  const { start, end } = interval;
  if (anchor === 'centre') {
    const newStart = Math.floor((start + end) / 2) - Math.floor(length / 2);
    return withCoordinates(interval, newStart, newStart + length);
  }
  if (anchor !== 'start' && anchor !== 'end') {
    throw new UsageError({
      where: 'resizeInterval, anchor',
      found: `'${String(anchor)}'`,
      expected: "'centre', 'start' or 'end'",
    });
  }
  const keepsLeft = (anchor === 'start') !== (interval.strand === '-');
  return keepsLeft
    ? withCoordinates(interval, start, start + length)
    : withCoordinates(interval, end - length, end);
}

/**
 * The interval moved along its strand.
 *
 * @param offset bases in the direction of transcription: on `-` towards smaller coordinates
 */
export function shiftInterval(interval: Interval, offset: number): Interval {
  checkInterval(interval);
  checkWholeNumber(offset, 'shiftInterval, offset', -Number.MAX_SAFE_INTEGER);
  const move = interval.strand === '-' ? -offset : offset;
  return withCoordinates(interval, interval.start + move, interval.end + move);
}

/**
 * The part of the interval that lies on the chromosome, or undefined where there is none.
 *
 * @param chromLength length of the chromosome in bases
 */
export function clipInterval(interval: Interval, chromLength: number): Interval | undefined {
  checkInterval(interval);
  checkWholeNumber(chromLength, 'clipInterval, chromLength', 0);
  const start = Math.max(0, interval.start);
  const end = Math.min(chromLength, interval.end);
  return start < end ? withCoordinates(interval, start, end) : undefined;
}
