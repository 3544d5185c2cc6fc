import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { checkCount } from './examples.ts';
import type { Contributions } from './seqlets.ts';

/** Options of `importanceProfile`. */
export interface PositionImportanceOptions {
  /** Odd width of a centred moving average over positions, within each example; default 1 (none). */
  readonly smooth?: number;
  /** Index in the window of the position that gets coordinate 0, such as the TSS; default 0. */
  readonly origin?: number;
  /** Positions that are averaged into one bin; default 1. The last bin may be shorter. */
  readonly binSize?: number;
}

/** A mean along the positions, as `plotImportanceProfile` draws it. */
export interface ImportanceSeries {
  /** Middle of each bin, relative to the origin; the position itself for bins of one. */
  readonly position: Float64Array;
  /** Mean contribution of a base. */
  readonly mean: Float64Array;
  /** Standard error of the mean over examples; NaN for one example. */
  readonly standardError: Float64Array;
}

/** Mean importance of each position (or bin) over many examples. */
export interface PositionImportance {
  /** Examples averaged. */
  readonly count: number;
  /** First coordinate of each bin, relative to the origin. */
  readonly starts: Int32Array;
  /** End (excluded) of each bin. */
  readonly ends: Int32Array;
  /** Of the absolute contributions: how much the position matters. */
  readonly absolute: ImportanceSeries;
  /** Of the signed contributions: whether it raises or lowers the score. */
  readonly signed: ImportanceSeries;
}

/**
 * Averages contributions by position over examples that are aligned, for example on their TSS. Each
 * example is smoothed and binned before the average, so that the standard errors are those of the
 * numbers shown.
 *
 * @throws UsageError on a bad option or no examples
 * @example
 * const profile = importanceProfile(attribution, { origin: 1000, smooth: 21 });
 */
export function importanceProfile(
  attribution: Contributions,
  options: PositionImportanceOptions = {},
): PositionImportance {
  const where = 'importance profile';
  checkOptionNames(options, ['smooth', 'origin', 'binSize'], where);
  const { smooth = 1, origin = 0, binSize = 1 } = options;
  checkCount(smooth, 1, 'smooth', where);
  checkCount(binSize, 1, 'binSize', where);
  const { count, length, start, end, contributions } = attribution;
  if (smooth % 2 === 0) {
    throw new UsageError({ where, found: `smooth ${smooth}`, expected: 'an odd width' });
  }
  if (!Number.isInteger(origin)) {
    throw new UsageError({ where, found: `origin ${origin}`, expected: 'a whole position' });
  }
  if (count === 0) throw new UsageError({ where, found: 'no examples', expected: 'at least one' });

  const width = end - start;
  const bins = Math.ceil(width / binSize);
  const signed = new Moments(bins);
  const absolute = new Moments(bins);
  for (let example = 0; example < count; example++) {
    const at = example * length;
    const own = contributions.subarray(at + start, at + end);
    signed.add(binMeans(movingMean(own, smooth), binSize, bins));
    absolute.add(binMeans(movingMean(own.map(Math.abs), smooth), binSize, bins));
  }
  const starts = Int32Array.from({ length: bins }, (_, bin) => start + bin * binSize - origin);
  const ends = starts.map((first) => Math.min(first + binSize, end - origin));
  const position = Float64Array.from(starts, (first, bin) => (first + (ends[bin] ?? 0) - 1) / 2);
  return {
    count,
    starts,
    ends,
    absolute: { position, mean: absolute.mean, standardError: absolute.standardError() },
    signed: { position, mean: signed.mean, standardError: signed.standardError() },
  };
}

/** Running mean and variance of each bin (Welford 1962): stable where means are near zero. */
class Moments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(bins: number) {
    this.mean = new Float64Array(bins);
    this.#squares = new Float64Array(bins);
  }

  add(values: Float64Array): void {
    this.#count++;
    values.forEach((value, bin) => {
      const before = this.mean[bin] ?? 0;
      const after = before + (value - before) / this.#count;
      this.mean[bin] = after;
      this.#squares[bin] = (this.#squares[bin] ?? 0) + (value - before) * (value - after);
    });
  }

  standardError(): Float64Array {
    const n = this.#count;
    return this.#squares.map((sum) => (n > 1 ? Math.sqrt(sum / (n - 1) / n) : NaN));
  }
}

/** Centred moving average; at the ends over the positions that exist. */
function movingMean(values: Float32Array, width: number): Float64Array {
  const half = (width - 1) / 2;
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => (sums[i + 1] = (sums[i] ?? 0) + value));
  return Float64Array.from(values, (value, i) => {
    if (width === 1) return value;
    const from = Math.max(0, i - half);
    const to = Math.min(values.length, i + half + 1);
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
}

function binMeans(values: Float64Array, binSize: number, bins: number): Float64Array {
  if (binSize === 1) return values;
  const means = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const own = values.subarray(bin * binSize, (bin + 1) * binSize);
    means[bin] = own.reduce((sum, value) => sum + value, 0) / own.length;
  }
  return means;
}
