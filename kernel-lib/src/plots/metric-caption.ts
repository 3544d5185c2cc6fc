import type { BootstrapMetrics } from '../evaluation/bootstrap.ts';
import type { RegressionMetricName } from '../evaluation/metrics.ts';
import { formatFigure } from './linear-scale.ts';
import { count } from './vega-parts.ts';

/** The metrics that captions show, as numbers. */
export interface CaptionMetrics {
  readonly pearson?: number;
  readonly spearman?: number;
  /** Coefficient of determination, which is not the squared Pearson correlation. */
  readonly r2?: number;
}

const captionNames = ['pearson', 'spearman', 'r2'] as const;

/** What axes and captions call the metrics. */
export const metricTitles: Readonly<Record<RegressionMetricName, string>> = Object.freeze({
  pearson: 'Pearson r',
  spearman: 'Spearman ρ',
  r2: 'R²',
  squaredPearson: 'Squared Pearson r²',
  mse: 'Mean squared error',
  mae: 'Mean absolute error',
});

/**
 * `Pearson r = 0.61 [0.57, 0.64], R² = 0.36, n = 1,093 genes`: with the intervals where the metrics
 * come from a bootstrap. A metric that is not defined (NaN) is left out.
 */
export function metricCaption(
  metrics: CaptionMetrics | BootstrapMetrics,
  n: number,
  items: string,
): string {
  const values: CaptionMetrics = 'metrics' in metrics ? metrics.metrics : metrics;
  const intervals = 'intervals' in metrics ? metrics.intervals : undefined;
  const parts = captionNames.flatMap((key) => {
    const value = values[key];
    if (value === undefined || !Number.isFinite(value)) return [];
    const { low, high } = intervals?.[key] ?? { low: NaN, high: NaN };
    const interval =
      Number.isFinite(low) && Number.isFinite(high)
        ? ` [${formatFigure(low)}, ${formatFigure(high)}]`
        : '';
    return [`${metricTitles[key]} = ${formatFigure(value)}${interval}`];
  });
  return [...parts, `n = ${count(n)} ${items}`].join(', ');
}
