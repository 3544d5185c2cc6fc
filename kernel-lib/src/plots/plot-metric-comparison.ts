import { InputError } from '../core/errors.ts';
import { checkNotEmpty, checkOptions } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { paddedExtent, vegaFigure, type VegaPart } from './vega-parts.ts';

/** One model's value of a metric. */
export interface MetricRow {
  /** The model. */
  readonly name: string;
  readonly value: number;
  /** Ends of the 95 % interval. */
  readonly low?: number;
  readonly high?: number;
  /** Baselines are drawn hollow and grey; default `model`. */
  readonly kind?: 'model' | 'baseline';
  /** The metric; several metrics make several panels. Default: the option `metricTitle`. */
  readonly metric?: string;
}

/** Options of `plotMetricComparison`; width and height are those of a panel. */
export interface MetricComparisonOptions extends FigureOptions {
  /** Title of the axis where the rows name no metric, for example `Pearson r (test)`; default `Value`. */
  readonly metricTitle?: string;
}

const where = 'plotMetricComparison';

/**
 * Models and baselines beside each other: a dot and its 95 % interval each, in the order given, one
 * panel a metric.
 *
 * @throws InputError where there is no row, or a value or interval that is not finite
 * @example
 * (await plotMetricComparison([
 *   { name: 'ridge on 4-mers', value: 0.429, low: 0.38, high: 0.47, kind: 'baseline' },
 *   { name: 'CNN', value: 0.61, low: 0.57, high: 0.65 },
 * ], { metricTitle: 'Pearson r' })).show();
 */
export async function plotMetricComparison(
  rows: readonly MetricRow[],
  options: MetricComparisonOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['metricTitle']);
  checkNotEmpty(where, 'rows', rows);
  const values = rows.map((row) => checkRow(row, options.metricTitle ?? 'Value'));
  const metrics = [...new Set(values.map(({ metric }) => metric))];
  const names = [...new Set(values.map(({ name }) => name))];
  const width = options.width ?? (metrics.length > 1 ? 220 : 320);
  const height = options.height ?? Math.max(60, names.length * 28);
  const panels = metrics.map((metric, i) =>
    panel(
      values.filter((row) => row.metric === metric),
      { metric, names, width, height, labelled: i === 0 },
    ),
  );
  const description = values
    .map(({ name, metric, value }) => `${name} ${metric} ${value.toFixed(3)}`)
    .join('; ');
  return vegaFigure(
    panels.length === 1 ? (panels[0] ?? {}) : { hconcat: panels, spacing: 20 },
    { name: 'Models and baselines', description, ...caption(values) },
    options,
    width * panels.length + 120,
  );
}

function caption(rows: readonly CheckedRow[]): { subtitle?: string } {
  const parts = [
    rows.some(({ low }) => low !== undefined) ? 'bars: 95 % interval' : '',
    rows.some(({ kind }) => kind === 'baseline') ? 'hollow: baselines' : '',
  ].filter((part) => part !== '');
  const text = parts.join('; ');
  return text === '' ? {} : { subtitle: text.charAt(0).toUpperCase() + text.slice(1) };
}

type CheckedRow = Required<Omit<MetricRow, 'low' | 'high'>> &
  Pick<MetricRow, 'low' | 'high'> & { readonly label: string };

function checkRow(row: MetricRow, metricTitle: string): CheckedRow {
  const { name, value, low, high, kind = 'model', metric = metricTitle } = row;
  if (!Number.isFinite(value) || [low, high].some((end) => end !== undefined && !isFinite(end))) {
    throw new InputError({
      where: `${where}, '${name}'`,
      found: `value ${value}, interval ${low} to ${high}`,
      expected: 'finite numbers',
      fix: 'Leave out rows whose metric is not defined.',
    });
  }
  const label = value.toFixed(Math.abs(value) >= 100 ? 1 : 3).replace('-', '−');
  return { name, value, kind, metric, label, low, high };
}

function panel(
  rows: readonly CheckedRow[],
  layout: {
    readonly metric: string;
    readonly names: readonly string[];
    readonly width: number;
    readonly height: number;
    readonly labelled: boolean;
  },
): VegaPart {
  const { metric, names, width, height, labelled } = layout;
  const y = {
    field: 'name',
    type: 'nominal',
    sort: names,
    scale: { domain: names },
    axis: labelled
      ? { title: null, ticks: false, domain: false, labelPadding: 8 }
      : { title: null, ticks: false, domain: false, labels: false },
  };
  const ends = rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  // With zero on the axis, distances read as sizes.
  const domain = paddedExtent([0, ...ends], 0.05);
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: metric,
    scale: { domain, nice: false, zero: false },
    axis: { tickCount: 5 },
  });
  const [model] = figureDefaults.series;
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['model', 'baseline'], range: [model, figureDefaults.baseline] },
    legend: null,
  };
  const isBaseline = { test: "datum.kind === 'baseline'", value: figureDefaults.background };
  return {
    width,
    height,
    data: { values: rows },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
        mark: { type: 'rule', strokeWidth: 1.8 },
        encoding: { y, x: x('low'), x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', size: 60, strokeWidth: 1.8, opacity: 1, filled: false },
        encoding: { y, x: x('value'), color, fill: { condition: isBaseline, value: model } },
      },
      {
        mark: { type: 'text', dy: -10, fontSize: 10, color: figureDefaults.text },
        encoding: { y, x: x('value'), text: { field: 'label' } },
      },
    ],
  };
}
