import { UsageError } from '../core/errors.ts';
import { checkMode, checkNotEmpty, checkOptions, checkValues } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { extent, formatFigure, niceDomain, tickStep } from './linear-scale.ts';
import { count, vegaFigure, type VegaPart } from './vega-parts.ts';

/** Values of one group, for example of one split. */
export interface DistributionGroup {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** How a distribution is drawn. */
export type DistributionMode = 'histogram' | 'density';

/** Options of `plotDistribution`. */
export interface DistributionOptions extends FigureOptions {
  /**
   * `histogram`: counts of one group, outlines of the share a bin of several. `density`: Gaussian
   * kernel estimate with Silverman's bandwidth. Default: histogram for one group, density for
   * several.
   */
  readonly mode?: DistributionMode;
  /** Bins of a histogram, roughly; default 40. */
  readonly bins?: number;
  /** Title of the horizontal axis with the unit; default `Value`. */
  readonly valueTitle?: string;
  /** What is counted, in the plural; default `values`. */
  readonly items?: string;
}

const where = 'plotDistribution';
const modes: readonly DistributionMode[] = ['histogram', 'density'];

/**
 * The distribution of a quantity, for example of the target in each split.
 *
 * @param groups named groups, or the values of a single one
 * @throws InputError for no group, or empty or non-finite values
 * @throws UsageError for an unknown mode or option
 * @example
 * (await plotDistribution(
 *   [{ name: 'train', values: [1, 2, 2, 3] }, { name: 'test', values: [1.5, 2.5] }],
 *   { valueTitle: 'log10(FPKM + 0.1)', items: 'genes' },
 * )).show();
 */
export async function plotDistribution(
  groups: readonly DistributionGroup[] | ArrayLike<number>,
  options: DistributionOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['mode', 'bins', 'valueTitle', 'items']);
  const { items = 'values', valueTitle = 'Value', bins = 40 } = options;
  if (!Number.isInteger(bins) || bins < 2 || bins > 1000) {
    throw new UsageError({
      where: `${where} option bins`,
      found: String(bins),
      expected: 'a whole number from 2 to 1000',
    });
  }
  checkNotEmpty(where, 'groups', groups);
  const named = isGroups(groups) ? groups : [{ name: items, values: groups }];
  const checked = named.map(({ name, values }) => ({
    name,
    values: checkValues(where, `values of '${name}'`, values),
  }));
  const single = checked.length === 1;
  const mode = checkMode(where, options.mode ?? (single ? 'histogram' : 'density'), modes);
  const width = options.width ?? figureDefaults.width;
  const height = options.height ?? 230;
  const legendNames = checked.map(({ name, values }) => `${name} (n = ${count(values.length)})`);
  const all = checked.flatMap(({ values }) => values);
  const drawn = mode === 'density' ? densities(checked, all) : histogram(checked, all, bins);
  const rows = drawn.map((row) => ({ ...row, group: legendNames[row.group] ?? '' }));
  const x = {
    field: 'value',
    type: 'quantitative',
    title: valueTitle,
    scale: { zero: false, nice: false },
    axis: { grid: false },
  };
  const color = {
    field: 'group',
    type: 'nominal',
    scale: { domain: legendNames, range: [...figureDefaults.series] },
    legend: single ? null : { orient: 'top', title: null, symbolType: 'stroke', columns: 4 },
  };
  const yTitle =
    mode === 'density' ? 'Density' : single ? `Number of ${items}` : `Share of ${items} per bin`;
  const y = { field: 'height', type: 'quantitative', title: yTitle, stack: null };
  return vegaFigure(
    { width, height, data: { values: rows }, layer: marks(mode, single, { x, y, color }) },
    {
      name: 'Distribution',
      description: checked.map(({ name, values }) => describe(name, values, valueTitle)).join('; '),
    },
    options,
    width + 60,
  );
}

function isGroups(
  value: readonly DistributionGroup[] | ArrayLike<number>,
): value is readonly DistributionGroup[] {
  return typeof value[0] === 'object';
}

function marks(
  mode: DistributionMode,
  single: boolean,
  encoding: { readonly x: VegaPart; readonly y: VegaPart; readonly color: VegaPart },
): VegaPart[] {
  if (mode === 'histogram' && single) {
    return [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 0.6 },
        encoding: { ...encoding, x2: { field: 'end' }, y2: { datum: 0 } },
      },
    ];
  }
  const interpolate = mode === 'histogram' ? 'step-after' : 'linear';
  const line = { mark: { type: 'line', strokeWidth: 1.8, interpolate }, encoding };
  // Fills of several groups would mix into a colour that no legend names.
  return single ? [{ mark: { type: 'area', opacity: 0.18, interpolate }, encoding }, line] : [line];
}

interface Group {
  readonly name: string;
  readonly values: readonly number[];
}

interface Row {
  readonly group: number;
  readonly value: number;
  readonly height: number;
}

/** Bins of round width that all groups share; shares where there are several groups. */
function histogram(
  groups: readonly Group[],
  all: readonly number[],
  bins: number,
): (Row & { end: number })[] {
  const [least, most] = extent(all);
  const step = tickStep(most > least ? most - least : 1, bins);
  const [low, high] = most > least ? niceDomain([least, most], bins) : [least, least + step];
  const size = Math.max(1, Math.round((high - low) / step));
  return groups.flatMap(({ values }, group) => {
    const counts = new Array<number>(size).fill(0);
    for (const value of values) {
      const bin = Math.min(size - 1, Math.floor((value - low) / step + 1e-9));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const scale = groups.length === 1 ? 1 : 1 / values.length;
    const rows = counts.map((n, i) => ({
      group,
      value: low + i * step,
      end: low + (i + 1) * step,
      height: n * scale,
    }));
    // A step outline needs the end of its last bin.
    if (groups.length > 1) return [...rows, { group, value: high, end: high, height: 0 }];
    return rows.filter(({ height }) => height > 0);
  });
}

/** Kernel density at 160 points each; the bandwidth is Silverman's (1986, equation 3.31). */
function densities(groups: readonly Group[], all: readonly number[]): Row[] {
  const bandwidths = groups.map(({ values }) => silvermanBandwidth(values));
  const widest = Math.max(...bandwidths);
  const [least, most] = extent(all);
  const [low, high] = [least - 2 * widest, most + 2 * widest];
  const points = 160;
  return groups.flatMap(({ values }, group) => {
    const bandwidth = bandwidths[group] ?? 1;
    const factor = 1 / (values.length * bandwidth * Math.sqrt(2 * Math.PI));
    return Array.from({ length: points }, (_, i) => {
      const value = low + ((high - low) * i) / (points - 1);
      let sum = 0;
      for (const other of values) sum += Math.exp(-0.5 * ((value - other) / bandwidth) ** 2);
      return { group, value, height: sum * factor };
    });
  });
}

function silvermanBandwidth(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(
    values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1),
  );
  const spread = Math.min(deviation, (at(0.75) - at(0.25)) / 1.34) || deviation;
  return (spread || 1) * 0.9 * values.length ** -0.2;
}

function describe(name: string, values: readonly number[], valueTitle: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (
    `${valueTitle} of ${name}: n ${count(values.length)}, median ${formatFigure(median)}, ` +
    `from ${formatFigure(sorted[0] ?? 0)} to ${formatFigure(sorted.at(-1) ?? 0)}`
  );
}
