import { checkMode, checkOptions, checkSameLength, checkValues } from './check-inputs.ts';
import { densityLayer, densityModes, type DensityMode } from './density-layer.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { formatFigure } from './linear-scale.ts';
import { quantityTitle, type PredictedAndObserved } from './plot-predicted-vs-observed.ts';
import { count, paddedExtent, ruleAt, vegaFigure, type VegaPart } from './vega-parts.ts';

/** Options of `plotResiduals`. */
export interface ResidualsOptions extends FigureOptions {
  /** How the cloud is drawn, as in `plotPredictedVsObserved`; default `auto`. */
  readonly mode?: DensityMode;
  /** Groups of equally many examples whose mean residual is shown with its 95 % interval; default 10. */
  readonly groups?: number;
}

const where = 'plotResiduals';

/**
 * Residuals (observed minus predicted) against the prediction, with the mean and its 95 % interval
 * in groups of equal size along the prediction, and their distribution at the side. A mean off zero
 * is a bias at that level; a wider cloud there is unequal noise.
 *
 * @throws InputError for empty, non-finite or unequally long values
 * @example
 * (await plotResiduals({ observed: [1, 2, 3], predicted: [1.1, 1.8, 3.2] })).show();
 */
export async function plotResiduals(
  data: Omit<PredictedAndObserved, 'metrics'>,
  options: ResidualsOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['mode', 'groups']);
  const mode = checkMode(where, options.mode ?? 'auto', densityModes);
  const observed = checkValues(where, 'observed', data.observed);
  const predicted = checkValues(where, 'predicted', data.predicted);
  checkSameLength(where, ['observed', observed.length], ['predicted', predicted.length]);
  const residuals = observed.map((value, i) => value - (predicted[i] ?? 0));
  const width = options.width ?? 360;
  const height = options.height ?? figureDefaults.height;
  const xDomain = paddedExtent(predicted);
  const yDomain = paddedExtent(residuals);
  const { items = 'examples', units } = data;
  const cloud = densityLayer(
    {
      x: predicted,
      y: residuals,
      xDomain,
      yDomain,
      bins: [Math.round(width / 5), Math.round(height / 5)],
      unit: items,
    },
    mode,
    quantityTitle('Predicted', data),
    quantityTitle('Observed − predicted', { units }),
  );
  const trend = groupMeans(predicted, residuals, options.groups ?? 10);
  const mean = residuals.reduce((a, b) => a + b, 0) / residuals.length;
  const spread = Math.sqrt(residuals.reduce((a, b) => a + (b - mean) ** 2, 0) / residuals.length);
  const caption =
    `Mean residual ${formatFigure(mean)}, standard deviation ${formatFigure(spread)}, ` +
    `n = ${count(residuals.length)} ${items}; points: means of groups of equal size with 95 % interval`;
  return vegaFigure(
    {
      hconcat: [
        { width, height, layer: [cloud, ruleAt('y', 0), ...trendLayers(trend)] },
        { width: 70, ...sideHistogram(residuals, yDomain, height, items) },
      ],
      spacing: 14,
    },
    { name: 'Residuals', description: caption, subtitle: caption },
    options,
    width + 150,
  );
}

interface GroupMean {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean residual of equally many examples at a time, in the order of the prediction. */
function groupMeans(predicted: number[], residuals: number[], groups: number): GroupMean[] {
  const order = predicted.map((_, i) => i);
  order.sort((a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0));
  const used = Math.min(groups, Math.floor(order.length / 2));
  return Array.from({ length: used }, (_, group) => {
    const members = order.slice(
      Math.floor((group * order.length) / used),
      Math.floor(((group + 1) * order.length) / used),
    );
    const values = members.map((i) => residuals[i] ?? 0);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
    const half = 1.96 * Math.sqrt(variance / values.length);
    const x = members.reduce((sum, i) => sum + (predicted[i] ?? 0), 0) / members.length;
    return { x, mean, low: mean - half, high: mean + half };
  });
}

function trendLayers(trend: readonly GroupMean[]): VegaPart[] {
  if (trend.length === 0) return [];
  const x = { field: 'x', type: 'quantitative' };
  const color = figureDefaults.accent;
  return [
    {
      data: { values: trend },
      mark: { type: 'rule', color: figureDefaults.background, strokeWidth: 4.5 },
      encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
    },
    {
      data: { values: trend },
      mark: { type: 'rule', color, strokeWidth: 2 },
      encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
    },
    {
      data: { values: trend },
      mark: {
        type: 'point',
        filled: true,
        color,
        opacity: 1,
        size: 40,
        stroke: 'white',
        strokeWidth: 1,
      },
      encoding: { x, y: { field: 'mean', type: 'quantitative' } },
    },
  ];
}

function sideHistogram(
  residuals: readonly number[],
  [low, high]: readonly [number, number],
  height: number,
  items: string,
): VegaPart {
  const bins = 40;
  const step = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of residuals) {
    const bin = Math.min(bins - 1, Math.floor((value - low) / step));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    height,
    data: {
      values: counts
        .map((n, i) => ({ from: low + i * step, to: low + (i + 1) * step, n, zero: 0 }))
        .filter(({ n }) => n > 0),
    },
    mark: { type: 'rect', color: figureDefaults.baseline, stroke: 'white', strokeWidth: 0.5 },
    encoding: {
      y: {
        field: 'from',
        type: 'quantitative',
        scale: { domain: [low, high], nice: false, zero: false },
        axis: { labels: false, title: null, ticks: false, grid: true },
      },
      y2: { field: 'to' },
      x: {
        field: 'zero',
        type: 'quantitative',
        title: items.charAt(0).toUpperCase() + items.slice(1),
        axis: { grid: false, tickCount: 2 },
      },
      x2: { field: 'n' },
    },
  };
}
