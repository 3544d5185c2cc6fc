import { UsageError } from 'tatabox/core/errors.ts';
import type { Region } from './track-types.ts';

/** Bins at most: a screen has fewer points. */
const MOST_BINS = 100_000;

/** @throws UsageError for a number of bins that no screen needs */
export function checkBins(bins: number): void {
  if (Number.isSafeInteger(bins) && bins > 0 && bins <= MOST_BINS) return;
  throw new UsageError({
    where: 'bins',
    found: String(bins),
    expected: `a whole number from 1 to ${MOST_BINS.toLocaleString('en')}`,
  });
}

/**
 * How many intervals overlap each of equal parts of a region.
 *
 * @param visitAll calls `count` with start and end of each interval that overlaps the region
 */
export function countInBins(
  { start, end }: Region,
  bins: number,
  visitAll: (count: (from: number, to: number) => void) => void,
): Uint32Array {
  checkBins(bins);
  const counts = new Uint32Array(bins);
  if (end <= start) return counts;
  // Where intervals begin, and behind which bin they end: one sum over them gives all counts.
  const changes = new Int32Array(bins + 1);
  const scale = bins / (end - start);
  visitAll((from, to) => {
    const first = Math.max(0, Math.floor((from - start) * scale));
    const last = Math.min(bins, Math.ceil((Math.max(to, from + 1) - start) * scale));
    if (last <= first) return;
    changes[first] = (changes[first] ?? 0) + 1;
    changes[last] = (changes[last] ?? 0) - 1;
  });
  let open = 0;
  for (let bin = 0; bin < bins; bin++) counts[bin] = open += changes[bin] ?? 0;
  return counts;
}
