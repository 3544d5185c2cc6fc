import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import {
  checkPaired,
  regressionMetricNames,
  regressionMetrics,
  type ReferenceMeanOptions,
  type RegressionMetricName,
  type RegressionMetrics,
} from './metrics.ts';

/** A confidence interval; both ends NaN where the metric is undefined. */
export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
}

/** Options of the bootstrap. */
export interface BootstrapOptions extends ReferenceMeanOptions {
  /** How many times the examples are drawn anew. Default 1,000. */
  readonly resamples?: number;
  /** Seed of the draws. Default 1. */
  readonly seed?: number;
  /** Coverage of the intervals, between 0 and 1. Default 0.95. */
  readonly confidence?: number;
}

/** Metrics with their intervals. */
export interface BootstrapMetrics {
  /** The metrics of the predictions themselves, not the mean of the resamples. */
  readonly metrics: RegressionMetrics;
  readonly intervals: Readonly<Record<RegressionMetricName, ConfidenceInterval>>;
  readonly resamples: number;
  readonly confidence: number;
}

/** By how much one model differs from another on the same examples. */
export interface BootstrapDifference {
  /** First minus second. For `mse` and `mae` a negative difference speaks for the first. */
  readonly difference: RegressionMetrics;
  readonly intervals: Readonly<Record<RegressionMetricName, ConfidenceInterval>>;
  /** Share of the resamples in which the first model was the better one, metric by metric. */
  readonly firstBetter: Readonly<Record<RegressionMetricName, number>>;
  readonly resamples: number;
  readonly confidence: number;
}

/** Sorted order of a series and where a run of equal values ends, so that no resample is sorted. */
interface RankPlan {
  readonly order: Uint32Array;
  /** 1 where the next value in the order is a larger one. */
  readonly runEnds: Uint8Array;
}

function rankPlan(values: Float64Array): RankPlan {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const runEnds = new Uint8Array(values.length);
  for (let i = 0; i < order.length; i++) {
    const isLast = i + 1 === order.length;
    runEnds[i] = isLast || values[order[i] ?? 0] !== values[order[i + 1] ?? 0] ? 1 : 0;
  }
  return { order, runEnds };
}

/**
 * Average ranks inside a resample in which example i occurs `counts[i]` times. Exact: what sorting
 * the resample would give, in one pass over the order of the original.
 */
function resampledRanks({ order, runEnds }: RankPlan, counts: Uint32Array, ranks: Float64Array) {
  let below = 0;
  let runStart = 0;
  let inRun = 0;
  for (let i = 0; i < order.length; i++) {
    inRun += counts[order[i] as number] as number;
    if (runEnds[i] === 0) continue;
    const rank = below + (inRun + 1) / 2;
    for (let j = runStart; j <= i; j++) ranks[order[j] as number] = rank;
    below += inRun;
    inRun = 0;
    runStart = i + 1;
  }
}

/** Pearson's correlation where example i counts `counts[i]` times; NaN for a constant side. */
function weightedPearson(x: Float64Array, y: Float64Array, counts: Uint32Array, n: number): number {
  let sumX = 0;
  let sumY = 0;
  let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    const a = x[i] as number;
    const b = y[i] as number;
    sumX += count * a;
    sumY += count * b;
    if (a < lowX) lowX = a;
    if (a > highX) highX = a;
    if (b < lowY) lowY = b;
    if (b > highY) highY = b;
  }
  if (lowX === highX || lowY === highY) return NaN;
  const meanX = sumX / n;
  const meanY = sumY / n;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    const a = (x[i] as number) - meanX;
    const b = (y[i] as number) - meanY;
    xy += count * a * b;
    xx += count * a * a;
    yy += count * b * b;
  }
  return Math.max(-1, Math.min(1, xy / (Math.sqrt(xx) * Math.sqrt(yy))));
}

/** All metrics of one series of predictions, resample by resample. */
class Resampler {
  readonly #observed: Float64Array;
  readonly #predicted: Float64Array;
  readonly #observedPlan: RankPlan;
  readonly #predictedPlan: RankPlan;
  readonly #observedRanks: Float64Array;
  readonly #predictedRanks: Float64Array;
  readonly #referenceMean: number | undefined;

  constructor(observed: ArrayLike<number>, predicted: ArrayLike<number>, referenceMean?: number) {
    this.#observed = Float64Array.from(observed);
    this.#predicted = Float64Array.from(predicted);
    this.#observedPlan = rankPlan(this.#observed);
    this.#predictedPlan = rankPlan(this.#predicted);
    this.#observedRanks = new Float64Array(observed.length);
    this.#predictedRanks = new Float64Array(observed.length);
    this.#referenceMean = referenceMean;
  }

  metrics(counts: Uint32Array): RegressionMetrics {
    const observed = this.#observed;
    const predicted = this.#predicted;
    const n = observed.length;
    resampledRanks(this.#observedPlan, counts, this.#observedRanks);
    resampledRanks(this.#predictedPlan, counts, this.#predictedRanks);
    let reference = this.#referenceMean;
    if (reference === undefined) {
      reference = 0;
      for (let i = 0; i < n; i++) reference += (counts[i] as number) * (observed[i] as number);
      reference /= n;
    }
    let squared = 0;
    let absolute = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const count = counts[i] as number;
      if (count === 0) continue;
      const error = (observed[i] as number) - (predicted[i] as number);
      squared += count * error * error;
      absolute += count * Math.abs(error);
      total += count * ((observed[i] as number) - reference) ** 2;
    }
    const correlation = weightedPearson(observed, predicted, counts, n);
    return {
      pearson: correlation,
      spearman: weightedPearson(this.#observedRanks, this.#predictedRanks, counts, n),
      r2: total === 0 ? NaN : 1 - squared / total,
      squaredPearson: correlation ** 2,
      mse: squared / n,
      mae: absolute / n,
    };
  }
}

interface CheckedOptions {
  readonly resamples: number;
  readonly seed: number;
  readonly confidence: number;
}

function checkOptions(where: string, options: BootstrapOptions): CheckedOptions {
  const { resamples = 1000, seed = 1, confidence = 0.95 } = options;
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new UsageError({
      where: `${where}, resamples`,
      found: String(resamples),
      expected: 'a whole number from 1 on (1,000 is usual)',
    });
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new UsageError({
      where: `${where}, confidence`,
      found: String(confidence),
      expected: 'a share between 0 and 1, such as 0.95',
    });
  }
  return { resamples, seed, confidence };
}

/** Draws how often each of n examples occurs in a resample of n. */
function drawCounts(random: Random, counts: Uint32Array): void {
  const n = counts.length;
  counts.fill(0);
  for (let draw = 0; draw < n; draw++) {
    const index = random.integer(n);
    counts[index] = (counts[index] as number) + 1;
  }
}

/** The percentile interval of sorted-in-place values, linear between neighbours as in NumPy. */
function percentileInterval(values: Float64Array, confidence: number): ConfidenceInterval {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const at = (share: number): number => {
    const position = share * (defined.length - 1);
    const lower = defined[Math.floor(position)] ?? NaN;
    const upper = defined[Math.ceil(position)] ?? NaN;
    return lower + (upper - lower) * (position - Math.floor(position));
  };
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

function byMetric<T>(value: (name: RegressionMetricName) => T): Record<RegressionMetricName, T> {
  return Object.fromEntries(regressionMetricNames.map((name) => [name, value(name)])) as Record<
    RegressionMetricName,
    T
  >;
}

/** Resamples in which a metric is undefined (a constant side) are left out of its interval. */
function intervalsOf(
  samples: Readonly<Record<RegressionMetricName, Float64Array>>,
  confidence: number,
) {
  return byMetric((name) => percentileInterval(samples[name], confidence));
}

/**
 * Metrics with percentile bootstrap intervals (Efron 1979): the examples are drawn with replacement
 * and every metric is computed anew, Spearman's with exact ranks of each resample.
 *
 * The interval speaks of the examples drawn, for one trained model; it does not contain the spread
 * between training seeds, and it takes the examples for independent.
 *
 * @example
 * const { metrics, intervals } = bootstrapMetrics(observed, predicted, { seed: 7 });
 */
export function bootstrapMetrics(
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: BootstrapOptions = {},
): BootstrapMetrics {
  checkPaired('bootstrapMetrics', observed, predicted);
  const { resamples, seed, confidence } = checkOptions('bootstrapMetrics', options);
  const resampler = new Resampler(observed, predicted, options.referenceMean);
  const samples = byMetric(() => new Float64Array(resamples));
  const counts = new Uint32Array(observed.length);
  const random = new Random(seed);
  for (let i = 0; i < resamples; i++) {
    drawCounts(random, counts);
    const metrics = resampler.metrics(counts);
    for (const name of regressionMetricNames) samples[name][i] = metrics[name];
  }
  return {
    metrics: regressionMetrics(observed, predicted, options),
    intervals: intervalsOf(samples, confidence),
    resamples,
    confidence,
  };
}

/**
 * Paired bootstrap of the difference of two models on the same examples: both are scored on every
 * resample, so that what makes an example hard for both cancels.
 *
 * @param first predictions of the model in question
 * @param second predictions of the model that it is compared with
 */
export function bootstrapDifference(
  observed: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: BootstrapOptions = {},
): BootstrapDifference {
  checkPaired('bootstrapDifference, first model', observed, first);
  checkPaired('bootstrapDifference, second model', observed, second);
  const { resamples, seed, confidence } = checkOptions('bootstrapDifference', options);
  const resamplers = [first, second].map(
    (predicted) => new Resampler(observed, predicted, options.referenceMean),
  ) as [Resampler, Resampler];
  const samples = byMetric(() => new Float64Array(resamples));
  const counts = new Uint32Array(observed.length);
  const random = new Random(seed);
  for (let i = 0; i < resamples; i++) {
    drawCounts(random, counts);
    const a = resamplers[0].metrics(counts);
    const b = resamplers[1].metrics(counts);
    for (const name of regressionMetricNames) samples[name][i] = a[name] - b[name];
  }
  const a = regressionMetrics(observed, first, options);
  const b = regressionMetrics(observed, second, options);
  return {
    difference: byMetric((name) => a[name] - b[name]),
    intervals: intervalsOf(samples, confidence),
    firstBetter: byMetric((name) => {
      const defined = samples[name].filter((value) => !Number.isNaN(value));
      const lowerIsBetter = name === 'mse' || name === 'mae';
      const better = defined.filter((value) => (lowerIsBetter ? value < 0 : value > 0));
      return better.length / defined.length;
    }),
    resamples,
    confidence,
  };
}
