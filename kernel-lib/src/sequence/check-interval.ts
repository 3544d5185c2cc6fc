import { InputError, UsageError } from '../core/errors.ts';
import type { Interval } from './interval.ts';

/** Text of an interval as it stands inside the library: 0-based, half-open. */
export function describeInterval({ chrom, start, end, strand, name }: Interval): string {
  const label = name === undefined ? '' : `${name} `;
  const side = strand === '+' || strand === '-' ? `(${strand})` : '';
  return `${label}${chrom}:[${String(start)}, ${String(end)})${side}`;
}

/** Throws `InputError` unless start and end are whole numbers with start ≤ end. */
export function checkInterval(interval: Interval, where = 'interval'): void {
  const { start, end } = interval;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new InputError({
      where,
      found: describeInterval(interval),
      expected: 'whole numbers as start and end',
    });
  }
  if (end < start) {
    throw new InputError({
      where,
      found: `${describeInterval(interval)}, whose end lies before its start`,
      expected: 'start ≤ end (0-based, half-open)',
      fix: "On the '-' strand, too, start is the smaller coordinate.",
    });
  }
}

/** Throws `UsageError` unless `value` is a whole number of at least `least`. */
export function checkWholeNumber(value: number, what: string, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError({
      where: what,
      found: String(value),
      expected: `a whole number, at least ${String(least)}`,
    });
  }
}

/** The same interval with other coordinates; only the fields of `Interval` are kept. */
export function withCoordinates(interval: Interval, start: number, end: number): Interval {
  return {
    chrom: interval.chrom,
    start,
    end,
    ...(interval.strand === undefined ? {} : { strand: interval.strand }),
    ...(interval.name === undefined ? {} : { name: interval.name }),
  };
}
