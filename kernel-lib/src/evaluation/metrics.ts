import { UsageError } from '../core/errors.ts';

/** Keys of `RegressionMetrics`, in the order in which tables show them. */
export const regressionMetricNames = Object.freeze([
  'pearson',
  'spearman',
  'r2',
  'squaredPearson',
  'mse',
  'mae',
] as const);

/** Name of one of the regression metrics. */
export type RegressionMetricName = (typeof regressionMetricNames)[number];

/**
 * How well predictions fit what was observed. `r2` and `squaredPearson` are two different numbers:
 * `r2`, the coefficient of determination, punishes a wrong mean or scale and can be negative;
 * `squaredPearson` forgives both. Many papers print the second and call it R².
 */
export interface RegressionMetrics {
  /** Pearson's correlation; NaN when either side is constant. */
  readonly pearson: number;
  /** Spearman's rank correlation with average ranks for ties; NaN when either side is constant. */
  readonly spearman: number;
  /** Coefficient of determination, 1 − residual / total sum of squares. */
  readonly r2: number;
  /** Square of Pearson's correlation. */
  readonly squaredPearson: number;
  /** Mean squared error. */
  readonly mse: number;
  /** Mean absolute error. */
  readonly mae: number;
}

/** Options of `coefficientOfDetermination` and `regressionMetrics`. */
export interface ReferenceMeanOptions {
  /**
   * The constant prediction that scores 0 in the coefficient of determination. Default: the mean of
   * the observed values. Give the mean of the training targets to ask "better than predicting what
   * training knew?".
   */
  readonly referenceMean?: number;
}

/** Checks that two series can be compared: equal length, at least one value, no NaN or infinity. */
export function checkPaired(
  where: string,
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
): void {
  if (observed.length !== predicted.length || observed.length === 0) {
    throw new UsageError({
      where,
      found: `${observed.length} observed and ${predicted.length} predicted values`,
      expected: 'as many predicted as observed values, at least one',
    });
  }
  for (const [side, values] of [
    ['observed', observed],
    ['predicted', predicted],
  ] as const) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) {
        throw new UsageError({
          where: `${where}, ${side} value ${i}`,
          found: String(values[i]),
          expected: 'finite numbers',
          fix: 'Leave out the examples without a value first.',
        });
      }
    }
  }
}

/** Arithmetic mean. */
export function mean(values: ArrayLike<number>): number {
  const { length } = values;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i] ?? 0;
  return sum / length;
}

/** Whether all values are one and the same, so that no correlation is defined. */
function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/**
 * Pearson's product-moment correlation. NaN when either side is constant: no correlation is
 * defined there, and 0 would hide a model that predicts one value for all.
 *
 * @example
 * pearson([1, 2, 3], [2, 4, 6]); // 1
 */
export function pearson(observed: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkPaired('pearson', observed, predicted);
  // Asked of the values, not of the variance: the mean of equal values may be off by one rounding.
  if (isConstant(observed) || isConstant(predicted)) return NaN;
  const meanObserved = mean(observed);
  const meanPredicted = mean(predicted);
  let covariance = 0;
  let varianceObserved = 0;
  let variancePredicted = 0;
  for (let i = 0; i < observed.length; i++) {
    const a = (observed[i] ?? 0) - meanObserved;
    const b = (predicted[i] ?? 0) - meanPredicted;
    covariance += a * b;
    varianceObserved += a * a;
    variancePredicted += b * b;
  }
  const correlation = covariance / (Math.sqrt(varianceObserved) * Math.sqrt(variancePredicted));
  return Math.max(-1, Math.min(1, correlation));
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation: Pearson's of the average ranks, as in scipy.stats.spearmanr. NaN
 * when either side is constant.
 */
export function spearman(observed: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkPaired('spearman', observed, predicted);
  return pearson(averageRanks(observed), averageRanks(predicted));
}

/** Square of Pearson's correlation; not the coefficient of determination. NaN as `pearson`. */
export function squaredPearson(observed: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return pearson(observed, predicted) ** 2;
}

/**
 * Coefficient of determination R² = 1 − Σ(observed − predicted)² / Σ(observed − reference)², where
 * the reference is the mean of the observed values (as in sklearn.metrics.r2_score) or
 * `referenceMean`. Negative for predictions worse than that constant; NaN when the observed values
 * all equal the reference.
 */
export function coefficientOfDetermination(
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: ReferenceMeanOptions = {},
): number {
  checkPaired('coefficientOfDetermination', observed, predicted);
  if (options.referenceMean === undefined && isConstant(observed)) return NaN;
  const reference = options.referenceMean ?? mean(observed);
  let residual = 0;
  let total = 0;
  for (let i = 0; i < observed.length; i++) {
    const value = observed[i] ?? 0;
    residual += (value - (predicted[i] ?? 0)) ** 2;
    total += (value - reference) ** 2;
  }
  return total === 0 ? NaN : 1 - residual / total;
}

/** Mean of the squared differences, in the square of the target's unit. */
export function meanSquaredError(
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
): number {
  checkPaired('meanSquaredError', observed, predicted);
  let sum = 0;
  for (let i = 0; i < observed.length; i++) sum += ((observed[i] ?? 0) - (predicted[i] ?? 0)) ** 2;
  return sum / observed.length;
}

/** Mean of the absolute differences, in the target's unit. */
export function meanAbsoluteError(
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
): number {
  checkPaired('meanAbsoluteError', observed, predicted);
  let sum = 0;
  for (let i = 0; i < observed.length; i++) {
    sum += Math.abs((observed[i] ?? 0) - (predicted[i] ?? 0));
  }
  return sum / observed.length;
}

/**
 * All regression metrics of one series of predictions. Constant predictions give NaN correlations;
 * NaN or infinite input is an error.
 *
 * @example
 * regressionMetrics([1, 2, 3], [1, 2, 4]).mse; // 0.333…
 */
export function regressionMetrics(
  observed: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: ReferenceMeanOptions = {},
): RegressionMetrics {
  const correlation = pearson(observed, predicted);
  return {
    pearson: correlation,
    spearman: spearman(observed, predicted),
    r2: coefficientOfDetermination(observed, predicted, options),
    squaredPearson: correlation ** 2,
    mse: meanSquaredError(observed, predicted),
    mae: meanAbsoluteError(observed, predicted),
  };
}
