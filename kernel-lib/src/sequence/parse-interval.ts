import { UsageError } from '../core/errors.ts';
import { checkInterval, describeInterval } from './check-interval.ts';
import type { Interval } from './interval.ts';

/**
 * Reads `chrom:start-end`, the form of genome browsers and samtools. Only here and in
 * {@link formatInterval} are coordinates 1-based and inclusive; the result is 0-based, half-open.
 * Thousands separators are allowed, and a strand at the end: `chrIV:1,001-2,500(-)`.
 *
 * @throws UsageError that says which form was expected
 *
 * @example
 * parseInterval('chrIV:1,001-2,500(-)');
 * // { chrom: 'chrIV', start: 1000, end: 2500, strand: '-' }
 */
export function parseInterval(text: string): Interval {
  // The chromosome is taken up to the last colon: names such as HLA-A*01:01 have some themselves.
  const match = /^(\S+):([\d,]+)-([\d,]+)(?:\(([+-])\))?$/.exec(text.trim());
  const [, chrom = '', first = '', last = '', strand] = match ?? [];
  const start = Number(first.replaceAll(',', '')) - 1;
  const end = Number(last.replaceAll(',', ''));
  if (match === null || !/\d/.test(first) || !/\d/.test(last)) {
    throw new UsageError({
      where: 'interval',
      found: `'${text}'`,
      expected: "'chrom:first-last' (1-based, inclusive), for example chrIV:1,001-2,500",
    });
  }
  if (start < 0) {
    throw new UsageError({
      where: `interval '${text}'`,
      found: 'first base 0',
      expected: 'bases counted from 1',
      fix: `For the 0-based [0, ${String(end)}) write ${chrom}:1-${String(end)}.`,
    });
  }
  if (end <= start) {
    throw new UsageError({
      where: `interval '${text}'`,
      found: `last base ${String(end)} before first base ${String(start + 1)}`,
      expected: 'first ≤ last',
    });
  }
  return {
    chrom,
    start,
    end,
    ...(strand === '+' || strand === '-' ? { strand } : {}),
  };
}

/**
 * Writes an interval as `chrom:first-last` (1-based, inclusive), with `(+)` or `(-)` where it has
 * a strand: the inverse of {@link parseInterval}.
 *
 * @throws UsageError for an empty interval or one with a negative start, which the form cannot say
 */
export function formatInterval(interval: Interval): string {
  checkInterval(interval);
  const { chrom, start, end, strand } = interval;
  if (start < 0 || start === end) {
    throw new UsageError({
      where: 'formatInterval',
      found: describeInterval(interval),
      expected: 'an interval of at least one base that starts at 0 or later',
    });
  }
  const side = strand === '+' || strand === '-' ? `(${strand})` : '';
  return `${chrom}:${String(start + 1)}-${String(end)}${side}`;
}
