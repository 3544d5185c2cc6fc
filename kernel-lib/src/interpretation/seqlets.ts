import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import type { Attribution } from './attribution.ts';
import { checkCount } from './examples.ts';

/** The part of an attribution that seqlets and profiles are made from. */
export type Contributions = Pick<
  Attribution,
  'count' | 'length' | 'start' | 'end' | 'contributions'
>;

/** Options of `callSeqlets`. */
export interface SeqletOptions {
  /** Bases that are summed and tested together; default 7. */
  readonly window?: number;
  /** Largest p-value of a window; default 0.005. */
  readonly threshold?: number;
  /**
   * Contributions where nothing should be found, for example of dinucleotide-shuffled sequences
   * attributed with the same model: p-values are then fractions of their windows. Without it, a
   * Laplace distribution is fitted to the windows of the contributions themselves, by median and
   * median absolute deviation, so that the few windows that stand out weigh little.
   */
  readonly nullContributions?: Contributions;
}

/** A stretch of a sequence to which the model gives a high contribution of one sign. */
export interface Seqlet {
  /** Index of the sequence in the attribution. */
  readonly sequence: number;
  /** First base (0-based). */
  readonly start: number;
  /** End (excluded). */
  readonly end: number;
  /** Sum of the contributions from start to end. */
  readonly attribution: number;
  /** p-value of its best window, one-sided. */
  readonly pValue: number;
}

/**
 * Finds seqlets: windows whose summed contribution is beyond the null distribution of such sums, in
 * either direction; overlapping and touching windows of one sign become one seqlet.
 *
 * @returns seqlets by sequence, then start
 * @throws UsageError on a bad option or a window longer than the attributed part
 * @example
 * const seqlets = callSeqlets(attribution, { threshold: 0.001 });
 */
export function callSeqlets(contributions: Contributions, options: SeqletOptions = {}): Seqlet[] {
  const where = 'seqlets';
  checkOptionNames(options, ['window', 'threshold', 'nullContributions'], where);
  const { window = 7, threshold = 0.005, nullContributions } = options;
  checkCount(window, 1, 'window', where);
  if (!(threshold > 0 && threshold < 1)) {
    throw new UsageError({
      where,
      found: `threshold ${threshold}`,
      expected: 'a number in (0, 1)',
    });
  }
  const sums = windowSums(contributions, window);
  const pValue =
    nullContributions === undefined
      ? laplaceTail(sums)
      : empiricalTail(windowSums(nullContributions, window), threshold);
  const perSequence = contributions.end - contributions.start - window + 1;
  const seqlets: Seqlet[] = [];
  for (let sequence = 0; sequence < contributions.count; sequence++) {
    const own = sums.subarray(sequence * perSequence, (sequence + 1) * perSequence);
    const found = [
      ...runs(own, pValue, threshold, 1, window),
      ...runs(own, pValue, threshold, -1, window),
    ];
    found.sort((a, b) => a.start - b.start || a.end - b.end);
    for (const run of found) {
      const start = run.start + contributions.start;
      const end = run.end + contributions.start;
      let attribution = 0;
      for (let i = start; i < end; i++) {
        attribution += contributions.contributions[sequence * contributions.length + i] ?? 0;
      }
      seqlets.push({ sequence, start, end, attribution, pValue: run.pValue });
    }
  }
  return seqlets;
}

/** Sum of each window of each sequence, sequences end to end. */
function windowSums(source: Contributions, window: number): Float64Array {
  const { count, length, start, end, contributions } = source;
  const each = end - start - window + 1;
  if (each < 1) {
    throw new UsageError({
      where: 'seqlets',
      found: `window ${window} for ${end - start} attributed positions`,
      expected: 'a window that fits',
    });
  }
  const sums = new Float64Array(count * each);
  for (let sequence = 0; sequence < count; sequence++) {
    const at = sequence * length + start;
    let sum = 0;
    for (let i = 0; i < end - start; i++) {
      sum += contributions[at + i] ?? 0;
      if (i >= window) sum -= contributions[at + i - window] ?? 0;
      if (i >= window - 1) sums[sequence * each + i - window + 1] = sum;
    }
  }
  return sums;
}

type Tail = (sum: number) => number;

function laplaceTail(sums: Float64Array): Tail {
  const median = medianOf(sums);
  const scale = medianOf(sums.map((sum) => Math.abs(sum - median))) / Math.LN2;
  if (!(scale > 0)) return (sum) => (sum === median ? 1 : 0);
  return (sum) => 0.5 * Math.exp(-Math.abs(sum - median) / scale);
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** Fraction of null sums that lie at least as far out, on the same side, counting the sum itself. */
function empiricalTail(nullSums: Float64Array, threshold: number): Tail {
  if (threshold < 1 / (nullSums.length + 1)) {
    throw new UsageError({
      where: 'seqlets',
      found: `threshold ${threshold} with ${nullSums.length} windows in nullContributions`,
      expected: `a threshold of at least ${(1 / (nullSums.length + 1)).toPrecision(2)}`,
      fix: 'Attribute more null sequences: a p-value cannot be below one in that many windows.',
    });
  }
  const sorted = nullSums.slice().sort();
  const below = (value: number, orEqual: boolean): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = sorted[middle] ?? 0;
      if (at < value || (orEqual && at === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (sum) => {
    const beyond = sum >= 0 ? sorted.length - below(sum, false) : below(sum, true);
    return (beyond + 1) / (sorted.length + 1);
  };
}

/** Runs of windows of one sign that pass, merged where they overlap or touch. */
function runs(
  sums: Float64Array,
  pValue: Tail,
  threshold: number,
  sign: 1 | -1,
  window: number,
): { start: number; end: number; pValue: number }[] {
  const found: { start: number; end: number; pValue: number }[] = [];
  sums.forEach((sum, start) => {
    if (sum * sign <= 0) return;
    const p = pValue(sum);
    if (p > threshold) return;
    const last = found.at(-1);
    if (last !== undefined && start <= last.end) {
      last.end = start + window;
      last.pValue = Math.min(last.pValue, p);
    } else {
      found.push({ start, end: start + window, pValue: p });
    }
  });
  return found;
}
