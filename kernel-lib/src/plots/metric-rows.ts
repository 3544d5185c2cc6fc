import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { BootstrapMetrics } from '../evaluation/bootstrap.ts';
import { regressionMetricNames, type RegressionMetricName } from '../evaluation/metrics.ts';
import { metricTitles } from './metric-caption.ts';
import type { MetricRow } from './plot-metric-comparison.ts';

/** Options of `metricRows`. */
export interface MetricRowsOptions {
  /** The metrics, one panel each; default Pearson's correlation and R². */
  readonly metrics?: readonly RegressionMetricName[];
  /** Names of the models that are baselines. */
  readonly baselines?: readonly string[];
}

/**
 * The rows of a model comparison as `plotMetricComparison` takes them. A metric that is not defined
 * (the correlation of a constant prediction) has no row.
 *
 * @throws UsageError for an unknown metric, or a baseline that is not among the models
 * @example
 * plotMetricComparison(metricRows(comparison.rows, { baselines: ['train mean'] }));
 */
export function metricRows(
  models: readonly (BootstrapMetrics & { readonly name: string })[],
  options: MetricRowsOptions = {},
): MetricRow[] {
  const { metrics = ['pearson', 'r2'], baselines = [] } = options;
  checkNames('metric', metrics, regressionMetricNames);
  const names = models.map(({ name }) => name);
  checkNames('baseline', baselines, names);
  return metrics.flatMap((metric) =>
    models.flatMap(({ name, metrics: values, intervals }) => {
      const value = values[metric];
      if (!Number.isFinite(value)) return [];
      const { low, high } = intervals[metric];
      return {
        name,
        value,
        ...(Number.isFinite(low) && Number.isFinite(high) ? { low, high } : {}),
        kind: baselines.includes(name) ? ('baseline' as const) : ('model' as const),
        metric: metricTitles[metric],
      };
    }),
  );
}

function checkNames(what: string, found: readonly string[], known: readonly string[]): void {
  for (const name of found) {
    if (!known.includes(name)) {
      throw new UsageError({
        where: 'metricRows',
        found: `unknown ${what} '${name}'`,
        fix: suggestion(name, known),
      });
    }
  }
}
