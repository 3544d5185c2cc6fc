import { InputError, UsageError } from '../core/errors.ts';
import { checkNotEmpty, checkOptions, checkSameLength, checkValues } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { count, paddedExtent, vegaFigure, type VegaPart } from './vega-parts.ts';

/** Points of a map of sequences in two dimensions. */
export interface EmbeddingPoints {
  /** `rows × size` coordinates, row-major; the first two are shown. */
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly size: number;
  /** Names of the points, shown by tooltips. */
  readonly names?: readonly string[];
  /** What colours say: labels (empty for none), or numbers. */
  readonly color?: readonly string[] | ArrayLike<number>;
  /** More columns for tooltips. */
  readonly tooltips?: Readonly<Record<string, readonly string[]>>;
}

/** Options of `plotEmbedding`. */
export interface EmbeddingPlotOptions extends FigureOptions {
  /** Title of the legend, for example `Line`. Default: none. */
  readonly colorTitle?: string;
  /** Titles of the axes. Default `Dimension 1` and `Dimension 2`. */
  readonly axisTitles?: readonly [x: string, y: string];
  /** Share of the variance of each principal component, 0 to 1, put into the titles of the axes. */
  readonly explainedVariance?: ArrayLike<number>;
  /** Shows numbers on the axes. Default: with `explainedVariance`; the axes of UMAP have no meaning. */
  readonly axisLabels?: boolean;
  /** Lines under the title, for example of `labelSeparation`. */
  readonly caption?: string;
}

const where = 'plotEmbedding';

/** Shapes that tell labels apart when there are more of them than colours. */
const SHAPES = ['circle', 'triangle-up', 'square', 'diamond', 'cross', 'triangle-down'];

/** Labels beyond these are shown together. */
const MOST_LABELS = figureDefaults.series.length * SHAPES.length;

/**
 * A map of sequences, a point each, coloured by labels (with shapes where there are more than seven) or
 * by numbers, with tooltips.
 *
 * @throws InputError for no points, values that are not finite, or columns of another length
 * @example
 * const { projected, explainedVariance } = await principalComponents(embeddings);
 * (await plotEmbedding({ ...projected, names, color: lines }, { colorTitle: 'Line', explainedVariance })).show();
 */
export async function plotEmbedding(
  points: EmbeddingPoints,
  options: EmbeddingPlotOptions = {},
): Promise<Figure> {
  checkOptions(where, options, [
    ...['colorTitle', 'axisTitles', 'explainedVariance', 'axisLabels', 'caption'],
  ]);
  const { rows, size, names, color, tooltips = {} } = points;
  if (size < 2 || points.values.length !== rows * size) {
    throw new InputError({
      where,
      found: `${String(points.values.length)} values for ${String(rows)} rows of ${String(size)}`,
      expected: 'rows × size coordinates, at least two of each point',
    });
  }
  const values = checkValues(where, 'values', points.values);
  const columns: [string, ArrayLike<unknown>][] = [
    ...(names === undefined ? [] : ([['name', names]] as [string, ArrayLike<unknown>][])),
    ...(color === undefined ? [] : ([['color', color]] as [string, ArrayLike<unknown>][])),
    ...Object.entries(tooltips),
  ];
  for (const [name, column] of columns) {
    checkSameLength(where, ['points', rows], [name, column.length]);
    if (name.startsWith('tatabox_')) {
      throw new UsageError({ where, found: `a column '${name}'`, expected: 'another name' });
    }
  }
  const isNumeric = color !== undefined && typeof color[0] === 'number';
  const labels =
    isNumeric || color === undefined ? undefined : rankedLabels(color as readonly string[]);
  const numbers = isNumeric ? checkValues(where, 'color', color as ArrayLike<number>) : undefined;
  const round = (value: number): number => Number(value.toPrecision(6));
  const rowsOfPlot = Array.from({ length: rows }, (_, row) => ({
    tatabox_x: round(values[row * size] ?? 0),
    tatabox_y: round(values[row * size + 1] ?? 0),
    ...(names === undefined ? {} : { name: names[row] }),
    ...(numbers === undefined ? {} : { tatabox_color: round(numbers[row] ?? 0) }),
    ...(labels === undefined ? {} : { tatabox_color: labels.of(row) }),
    ...Object.fromEntries(Object.entries(tooltips).map(([name, column]) => [name, column[row]])),
  }));
  checkNotEmpty(where, 'points', rowsOfPlot);
  const width = options.width ?? 380;
  const height = options.height ?? 320;
  const axis = (number: 0 | 1, field: string): VegaPart =>
    axisOf(options, number, field, rowsOfPlot);
  const title = options.colorTitle ?? null;
  const colorTooltip =
    color === undefined ? [] : [{ field: 'tatabox_color', title: title ?? 'Label' }];
  const body = {
    width,
    height,
    data: { values: rowsOfPlot },
    mark: {
      type: 'point',
      filled: true,
      size: Math.min(40, Math.max(6, 12_000 / rows)),
      opacity: rows > 300 ? 0.65 : 0.85,
      ...(color === undefined ? { color: figureDefaults.series[0] } : {}),
    },
    encoding: {
      x: axis(0, 'tatabox_x'),
      y: axis(1, 'tatabox_y'),
      ...(numbers === undefined
        ? {}
        : {
            color: {
              field: 'tatabox_color',
              type: 'quantitative',
              title,
              scale: { range: [...figureDefaults.sequential] },
              legend: { gradientLength: 120 },
            },
          }),
      ...(labels === undefined ? {} : labelEncoding(labels, title)),
      tooltip: [
        ...(names === undefined ? [] : [{ field: 'name', title: 'Name' }]),
        ...colorTooltip,
        ...Object.keys(tooltips).map((name) => ({ field: name.replace(/[.[\]\\'"]/g, '\\$&') })),
      ],
    },
  };
  const caption = options.caption;
  return vegaFigure(
    body,
    {
      name: 'Map of sequences',
      description: `${count(rows)} sequences in two dimensions${describeColor(labels, title)}`,
      ...(caption === undefined ? {} : { subtitle: caption }),
    },
    options,
    width + 100,
  );
}

interface RankedLabels {
  /** Most frequent first. */
  readonly names: readonly string[];
  of(row: number): string;
}

const UNLABELLED = 'no label';
const OTHERS = 'others';

function rankedLabels(color: readonly string[]): RankedLabels {
  const counts = new Map<string, number>();
  for (const label of color) {
    if (label !== '') counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = ranked.slice(0, ranked.length > MOST_LABELS ? MOST_LABELS - 1 : MOST_LABELS);
  const known = new Set(shown.map(([name]) => name));
  const of = (row: number): string => {
    const label = color[row] ?? '';
    return label === '' ? UNLABELLED : known.has(label) ? label : OTHERS;
  };
  const rest = [
    ...(ranked.length > shown.length ? [OTHERS] : []),
    ...(color.includes('') ? [UNLABELLED] : []),
  ];
  return { names: [...known].sort().concat(rest), of };
}

function labelEncoding({ names }: RankedLabels, title: string | null): VegaPart {
  const { series, baseline } = figureDefaults;
  const isRest = (name: string): boolean => name === OTHERS || name === UNLABELLED;
  const range = names.map((name, i) =>
    isRest(name) ? baseline : (series[i % series.length] ?? baseline),
  );
  const shapes = names.map((name, i) =>
    isRest(name) ? 'circle' : (SHAPES[Math.floor(i / series.length)] ?? 'circle'),
  );
  const field = { field: 'tatabox_color', type: 'nominal', title };
  const legend = {
    columns: names.length > 16 ? 2 : 1,
    symbolLimit: 0,
    symbolOpacity: 1,
    symbolSize: 50,
    symbolStrokeWidth: 0,
  };
  return {
    color: { ...field, scale: { domain: names, range }, legend },
    ...(names.length > series.length
      ? { shape: { ...field, scale: { domain: names, range: shapes }, legend } }
      : {}),
  };
}

function axisOf(
  options: EmbeddingPlotOptions,
  number: 0 | 1,
  field: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): VegaPart {
  const { explainedVariance, axisTitles, axisLabels = explainedVariance !== undefined } = options;
  const share = explainedVariance?.[number];
  const usual = explainedVariance === undefined ? 'Dimension' : 'Principal component';
  const title = axisTitles?.[number] ?? `${usual} ${String(number + 1)}`;
  return {
    field,
    type: 'quantitative',
    title: share === undefined ? title : `${title} (${(100 * share).toFixed(1)} % of variance)`,
    scale: {
      domain: paddedExtent(rows.map((row) => row[field] as number)),
      nice: false,
      zero: false,
    },
    axis: axisLabels ? { grid: false, tickCount: 5 } : { grid: false, labels: false, ticks: false },
  };
}

function describeColor(labels: RankedLabels | undefined, title: string | null): string {
  if (labels === undefined) return title === null ? '' : `, coloured by ${title}`;
  const shown = labels.names.slice(0, 12).join(', ');
  const more = labels.names.length > 12 ? ', …' : '';
  return `, coloured by ${title ?? 'label'}: ${shown}${more}`;
}
