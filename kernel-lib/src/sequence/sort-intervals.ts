import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Interval } from './interval.ts';

/** Options of {@link sortIntervals}. */
export interface SortIntervalsOptions {
  /** Order of the chromosomes, for example that of a FASTA. Default: natural, chr2 before chr10. */
  readonly chromosomes?: readonly string[];
}

/**
 * Intervals by chromosome, start, then end; equal ones keep their order.
 *
 * @throws UsageError for a chromosome that is not among `chromosomes`
 */
export function sortIntervals<T extends Interval>(
  intervals: readonly T[],
  options: SortIntervalsOptions = {},
): T[] {
  const rank = chromosomeRanks(intervals, options.chromosomes);
  return [...intervals].sort(
    (a, b) =>
      (rank.get(a.chrom) ?? 0) - (rank.get(b.chrom) ?? 0) || a.start - b.start || a.end - b.end,
  );
}

function chromosomeRanks(
  intervals: readonly Interval[],
  chromosomes: readonly string[] | undefined,
): Map<string, number> {
  const present = new Set(intervals.map((interval) => interval.chrom));
  if (chromosomes === undefined) {
    return new Map([...present].sort(compareNaturally).map((name, index) => [name, index]));
  }
  const rank = new Map(chromosomes.map((name, index) => [name, index]));
  for (const name of present) {
    if (!rank.has(name)) {
      throw new UsageError({
        where: 'sortIntervals, chromosomes',
        found: `no place for chromosome '${name}'`,
        fix: suggestion(name, chromosomes),
      });
    }
  }
  return rank;
}

/** Order in which numbers inside names count as numbers: chr2 before chr10. */
export function compareNaturally(a: string, b: string): number {
  const partsA = a.match(/\d+|\D+/g) ?? [];
  const partsB = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
    const partA = partsA[i] ?? '';
    const partB = partsB[i] ?? '';
    if (partA === partB) continue;
    const difference = Number(partA) - Number(partB); // NaN unless both are digits
    if (difference < 0 || difference > 0) return difference;
    return partA < partB ? -1 : 1;
  }
  return partsA.length - partsB.length;
}
