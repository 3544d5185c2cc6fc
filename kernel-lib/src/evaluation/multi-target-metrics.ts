import { UsageError } from '../core/errors.ts';
import { TableView } from '../core/table-view.ts';
import { checkPaired, mean, regressionMetrics, type RegressionMetrics } from './metrics.ts';

/** Predictions of one model for several targets, say the tissues of an expression table. */
export interface MultiTargetPredictions {
  readonly name: string;
  /** `rows × targets`, row-major, on the transformed scale. */
  readonly predicted: ArrayLike<number>;
}

/** What `multiTargetMetrics` takes. */
export interface MultiTargetOptions {
  /** Names of the targets. */
  readonly targets: readonly string[];
  /** `rows × targets`, row-major, on the transformed scale. */
  readonly observed: ArrayLike<number>;
  /** Models and baselines; the last one is what the table is about. */
  readonly models: readonly MultiTargetPredictions[];
  /**
   * Mean of each target in training: the constant that R² compares with, so that a model has to be
   * better than it to be above 0.
   */
  readonly trainMeans: readonly number[];
  /** Back to the measured unit, for errors in it; `column` is the number of the target. */
  readonly inverse?: (value: number, column: number) => number;
  /** Heading of the table. */
  readonly title?: string;
}

/** Metrics of one target, or of all together. */
export interface TargetMetrics extends RegressionMetrics {
  /** Name of the target; `all` for all values as one series, `mean` for the mean over targets. */
  readonly target: string;
  /** Mean absolute error in the measured unit; undefined without `inverse`. */
  readonly maeMeasured: number | undefined;
}

/** Metrics of one model: each target, all together, and their mean. */
export interface ModelTargetMetrics {
  readonly name: string;
  readonly targets: readonly TargetMetrics[];
  readonly all: TargetMetrics;
  /** Mean over the targets; those that are undefined for a target (NaN) are left out. */
  readonly mean: TargetMetrics;
}

/** Metrics of several models for several targets. */
export interface MultiTargetMetrics {
  readonly models: readonly ModelTargetMetrics[];
  /** A row a target, beside the baselines. */
  readonly view: TableView;
}

function column(values: ArrayLike<number>, width: number, target: number): Float64Array {
  return Float64Array.from(
    { length: values.length / width },
    (_, row) => values[row * width + target] ?? NaN,
  );
}

/**
 * R² of all values as one series, against the mean of each target in training: 1 − residual / total
 * sum of squares. Differences between targets, which any model knows, do not count.
 */
function r2OfAll(options: MultiTargetOptions, predicted: ArrayLike<number>): number {
  const { observed, trainMeans } = options;
  const width = trainMeans.length;
  let [residual, total] = [0, 0];
  for (let i = 0; i < observed.length; i++) {
    const value = observed[i] ?? NaN;
    residual += (value - (predicted[i] ?? NaN)) ** 2;
    total += (value - (trainMeans[i % width] ?? NaN)) ** 2;
  }
  return 1 - residual / total;
}

function measuredError(
  { observed, inverse, targets }: MultiTargetOptions,
  predicted: ArrayLike<number>,
  target?: number,
): number | undefined {
  if (inverse === undefined) return undefined;
  const width = targets.length;
  let [sum, count] = [0, 0];
  for (let i = 0; i < observed.length; i++) {
    const at = i % width;
    if (target !== undefined && at !== target) continue;
    sum += Math.abs(inverse(predicted[i] ?? NaN, at) - inverse(observed[i] ?? NaN, at));
    count += 1;
  }
  return sum / count;
}

function modelMetrics(
  options: MultiTargetOptions,
  { name, predicted }: MultiTargetPredictions,
): ModelTargetMetrics {
  const { targets, observed, trainMeans } = options;
  checkPaired(`metrics of ${name}`, observed, predicted);
  const width = targets.length;
  const each = targets.map((target, index): TargetMetrics => {
    const [y, p] = [column(observed, width, index), column(predicted, width, index)];
    return {
      target,
      ...regressionMetrics(y, p, { referenceMean: trainMeans[index] ?? NaN }),
      maeMeasured: measuredError(options, predicted, index),
    };
  });
  const all: TargetMetrics = {
    target: 'all',
    ...regressionMetrics(observed, predicted),
    r2: r2OfAll(options, predicted),
    maeMeasured: measuredError(options, predicted),
  };
  const meanOf = (key: keyof RegressionMetrics): number => {
    const values = each.map((metrics) => metrics[key]).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? NaN : mean(values);
  };
  return {
    name,
    targets: each,
    all,
    mean: {
      target: 'mean',
      pearson: meanOf('pearson'),
      spearman: meanOf('spearman'),
      r2: meanOf('r2'),
      squaredPearson: meanOf('squaredPearson'),
      mse: meanOf('mse'),
      mae: meanOf('mae'),
      maeMeasured: all.maeMeasured,
    },
  };
}

function figure(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? 'undefined' : value.toFixed(3);
}

/**
 * Metrics of each target for a model and its baselines. R² is the coefficient of determination
 * against the mean of training; the square of Pearson's correlation, which papers often print under
 * its name, is `squaredPearson`.
 *
 * @throws UsageError when the numbers of values and targets do not fit, or values are not finite
 * @example
 * multiTargetMetrics({ targets: ['root', 'shoot'], observed, models: [ridge, network], trainMeans });
 */
export function multiTargetMetrics(options: MultiTargetOptions): MultiTargetMetrics {
  const { targets, observed, models, trainMeans, title = 'Metrics by target' } = options;
  if (targets.length === 0 || trainMeans.length !== targets.length || models.length === 0) {
    throw new UsageError({
      where: 'multiTargetMetrics',
      found: `${String(models.length)} models, ${String(targets.length)} targets, ${String(trainMeans.length)} means`,
      expected: 'at least one model and one target, and a mean for each target',
    });
  }
  if (observed.length % targets.length !== 0) {
    throw new UsageError({
      where: 'multiTargetMetrics, observed',
      found: `${String(observed.length)} values`,
      expected: `rows of ${String(targets.length)}`,
    });
  }
  const results = models.map((model) => modelMetrics(options, model));
  const rows = [...targets, 'all', 'mean'].map((target, index) => {
    const row: Record<string, string> = { target };
    for (const { name, targets: each, all, mean: average } of results) {
      const metrics = each[index] ?? (target === 'all' ? all : average);
      if (!Number.isNaN(metrics.pearson)) row[`Pearson r, ${name}`] = figure(metrics.pearson);
      row[`R², ${name}`] = figure(metrics.r2);
      row[`MSE, ${name}`] = figure(metrics.mse);
    }
    return row;
  });
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const order = ['target', 'Pearson r', 'R²', 'MSE'];
  columns.sort(
    (a, b) => order.indexOf(a.split(',')[0] ?? '') - order.indexOf(b.split(',')[0] ?? ''),
  );
  return {
    models: results,
    view: new TableView(title, columns, rows, {
      note: 'R² is against the mean of each target in training; r² would be the square of Pearson r.',
    }),
  };
}
