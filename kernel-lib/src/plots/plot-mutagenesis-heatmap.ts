import { InputError, UsageError } from '../core/errors.ts';
import { checkMatrix, checkOptions } from './check-inputs.ts';
import { hexColor, rampColor } from './color-scale.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import {
  extent,
  formatFigure,
  formatTick,
  linearScale,
  niceDomain,
  ticks,
  type LinearScale,
} from './linear-scale.ts';
import { logoLetters } from './plot-sequence-logo.ts';
import { encodePng } from './png-image.ts';
import {
  axisTicks,
  bottomAxis,
  bottomAxisHeight,
  figureTitle,
  leftAxis,
  leftAxisWidth,
} from './svg-axes.ts';
import { colorBar, colorBarWidth } from './svg-color-bar.ts';
import { svgDocument, svgElement, svgLine, svgNumber, svgText, withUniqueIds } from './svg.ts';
import { textWidth } from './text-width.ts';

/** The substitutions of one sequence and what they change. */
export interface MutagenesisEffects {
  /**
   * `length × 4` effects (prediction of the mutant minus that of the reference), row-major or
   * nested, columns A, C, G, T. The reference base's own entry is not used and may be NaN.
   */
  readonly effects: ArrayLike<number> | readonly ArrayLike<number>[];
  /** The sequence: tokens (A 0, C 1, G 2, T 3, other 4) or a string. */
  readonly reference: ArrayLike<number> | string;
}

/** Options of `plotMutagenesisHeatmap`. */
export interface MutagenesisHeatmapOptions extends FigureOptions {
  /** Number of the first base on the axis, for example −1000 relative to the TSS; default 1. */
  readonly start?: number;
  /** Title of the horizontal axis; default `Position`. */
  readonly positionTitle?: string;
  /** Title of the colour bar with the unit; default `Effect of substitution`. */
  readonly valueTitle?: string;
  /** The colours end at ± this; default the 99.5th percentile of the magnitudes. */
  readonly limit?: number;
  /**
   * Shows above the heatmap how much the reference base matters, minus the mean of its three
   * substitutions, as letters where there is room and as bars otherwise; default true.
   */
  readonly logo?: boolean;
  /** Position of the transcription start site on the axis; a line is drawn there where it is given. */
  readonly tss?: number;
}

const where = 'plotMutagenesisHeatmap';
const letters = ['A', 'C', 'G', 'T'];
/** Below this many pixels a base, cells are painted as an image and letters as bars. */
const letterPixels = 4;

/**
 * In-silico saturation mutagenesis as a heatmap: one column a position, one row a substituted base,
 * blue where the substitution lowers the prediction, orange where it raises it; reference bases are
 * white with a dot. Where a pixel holds several positions it shows the strongest.
 *
 * @throws InputError for empty, non-finite or mismatched inputs
 * @throws UsageError for an unknown option or a limit that is not positive
 * @example
 * plotMutagenesisHeatmap(
 *   { effects: [[0, -0.2, -0.1, 0.1], [0.3, 0, 0.1, 0]], reference: 'AC' },
 *   { valueTitle: 'Δ log10 expression' },
 * ).show();
 */
export function plotMutagenesisHeatmap(
  data: MutagenesisEffects,
  options: MutagenesisHeatmapOptions = {},
): Figure {
  checkOptions(where, options, [
    ...['start', 'positionTitle', 'valueTitle', 'limit', 'logo', 'tss'],
  ]);
  const { effects, reference } = checkEffects(data);
  const length = reference.length;
  const limit = checkLimit(options.limit) ?? robustLimit(effects);
  const strongest = effects.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const { start = 1, valueTitle = 'Effect of substitution', logo = true } = options;

  const width = options.width ?? Math.min(900, Math.max(240, length * 12));
  const height = options.height ?? 88;
  const logoHeight = logo ? 70 : 0;
  const rowHeight = height / 4;
  const importance = importanceHeights(effects, reference);

  // Zero is in it: a position has importance in the column of its own base alone.
  const [lowest, highest] = extent(importance);
  const domain = highest > lowest ? niceDomain([lowest, highest], 3) : ([-1, 1] as const);
  const importanceTicks = ticks(domain, 3).map((value) => ({ value, label: formatTick(value) }));
  const left = Math.max(logo ? leftAxisWidth(importanceTicks, 'Importance') + 8 : 0, 36);
  const bar = { limit, beyond: strongest > limit, title: valueTitle };
  const title = figureTitle(options.title, 8, left + width);
  const tssLabelHeight = options.tss === undefined ? 0 : 14;
  const top = title.height + 8 + tssLabelHeight;
  const mapTop = top + logoHeight + (logo ? 10 : 0);
  const x = linearScale([start - 0.5, start + length - 0.5], [left, left + width]);

  const parts: string[] = [title.svg];
  if (logo) {
    const y = linearScale(domain, [top + logoHeight, top]);
    parts.push(
      width / length >= letterPixels
        ? logoLetters(importance, letters, x, y)
        : bars(importance, x, y, width),
      svgLine([left, y(0)], [left + width, y(0)], { 'stroke-width': 0.8 }),
      leftAxis(y, left - 2, importanceTicks, 'Importance'),
    );
  }
  parts.push(
    svgElement('rect', { x: left, y: mapTop, width, height, fill: '#ffffff' }),
    width / length >= letterPixels
      ? cells({ effects, reference, limit, x, mapTop, rowHeight })
      : image({ effects, reference, limit, left, mapTop, width, height }),
    svgElement('rect', {
      ...{ x: left, y: mapTop, width, height, fill: 'none' },
      ...{ stroke: figureDefaults.axis, 'stroke-width': 0.8 },
    }),
    ...letters.map((letter, row) =>
      svgText(letter, left - 8, mapTop + (row + 0.5) * rowHeight + 4, { anchor: 'end' }),
    ),
    bottomAxis(
      x,
      mapTop + height,
      axisTicks(x, 60).filter(({ value }) => Number.isInteger(value)),
      options.positionTitle ?? 'Position',
    ),
    colorBar(bar, left + width + 18, mapTop, height),
  );
  if (options.tss !== undefined) {
    parts.push(tssLine(options.tss, x, top, mapTop + height));
  }
  const labels = {
    title: options.title ?? 'In-silico mutagenesis',
    description: options.description ?? describe(effects, reference, start, valueTitle),
  };
  // The colour bar's title is centred on the heatmap and may be longer than it is high.
  const titleOverhang = Math.max(
    0,
    textWidth(valueTitle, figureDefaults.axisTitleSize) / 2 - height / 2 - bottomAxisHeight,
  );
  const svg = svgDocument(
    {
      width: left + width + 18 + colorBarWidth(bar) + 6,
      height: mapTop + height + bottomAxisHeight + titleOverhang + 4,
    },
    labels,
    ...parts,
  );
  return new Figure({ svg: withUniqueIds(svg), ...labels });
}

interface CheckedEffects {
  readonly effects: Float64Array;
  readonly reference: Uint8Array;
}

function checkEffects(data: MutagenesisEffects): CheckedEffects {
  const reference =
    typeof data.reference === 'string'
      ? Uint8Array.from(data.reference.toUpperCase().replace(/U/g, 'T'), (letter) => {
          const token = letters.indexOf(letter);
          return token < 0 ? 4 : token;
        })
      : Uint8Array.from(data.reference);
  // Row-major numbers with the unused entries at zero, so that NaN is an error only elsewhere.
  const nested = Array.from(data.effects as ArrayLike<number | ArrayLike<number>>);
  const flat = nested.flatMap((row) => (typeof row === 'number' ? [row] : Array.from(row)));
  if (flat.length !== reference.length * 4) {
    throw new InputError({
      where,
      found: `${flat.length} effects for a reference of ${reference.length} bases`,
      expected: `${reference.length * 4} (length × 4)`,
    });
  }
  reference.forEach((token, position) => {
    if (token < 4) flat[position * 4 + token] = 0;
  });
  return { effects: checkMatrix(where, 'effects', flat, 4), reference };
}

function checkLimit(limit: number | undefined): number | undefined {
  if (limit !== undefined && !(Number.isFinite(limit) && limit > 0)) {
    throw new UsageError({
      where: `${where} option limit`,
      found: String(limit),
      expected: 'a positive number',
    });
  }
  return limit;
}

/** The 99.5th percentile of the magnitudes: a single outlier must not bleach the map. */
function robustLimit(effects: Float64Array): number {
  const sizes = effects
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort();
  if (sizes.length === 0) return 1;
  return sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * 0.995))] ?? 1;
}

/** Minus the mean effect of the three substitutions, in the column of the reference base. */
function importanceHeights(effects: Float64Array, reference: Uint8Array): Float64Array {
  const heights = new Float64Array(effects.length);
  reference.forEach((token, position) => {
    if (token > 3) return;
    const sum = effects.subarray(position * 4, position * 4 + 4).reduce((a, b) => a + b, 0);
    heights[position * 4 + token] = -sum / 3;
  });
  return heights;
}

function colorOf(effect: number, limit: number): readonly [number, number, number] {
  return rampColor(figureDefaults.diverging, 0.5 + effect / limit / 2);
}

interface MapParts extends CheckedEffects {
  readonly limit: number;
  readonly mapTop: number;
}

function cells(map: MapParts & { readonly x: LinearScale; readonly rowHeight: number }): string {
  const { effects, reference, limit, x, mapTop, rowHeight } = map;
  const step = x(1) - x(0);
  const start = x.domain[0] + 0.5;
  // One path a colour: neighbours of equal colour share it and the file stays small.
  const paths = new Map<string, string[]>();
  const dots: string[] = [];
  reference.forEach((token, position) => {
    const middle = x(start + position);
    for (let base = 0; base < 4; base++) {
      const upper = mapTop + base * rowHeight;
      if (base === token) {
        dots.push(
          svgElement('circle', {
            cx: middle,
            cy: upper + rowHeight / 2,
            r: Math.min(2.2, step / 4),
          }),
        );
        continue;
      }
      const color = hexColor(colorOf(effects[position * 4 + base] ?? 0, limit));
      if (color === '#ffffff') continue;
      const path = paths.get(color) ?? [];
      path.push(
        `M${svgNumber(middle - step / 2)} ${svgNumber(upper)}h${svgNumber(step)}v${svgNumber(rowHeight)}h${svgNumber(-step)}z`,
      );
      paths.set(color, path);
    }
  });
  const painted = [...paths].map(([fill, path]) => svgElement('path', { fill, d: path.join('') }));
  return (
    svgElement('g', { class: 'cells', 'shape-rendering': 'crispEdges' }, ...painted) +
    svgElement('g', { class: 'reference', fill: figureDefaults.mutedText }, ...dots)
  );
}

function image(
  map: MapParts & { readonly left: number; readonly width: number; readonly height: number },
): string {
  const { effects, reference, limit, left, mapTop, width, height } = map;
  const length = reference.length;
  const columns = Math.min(length, Math.floor(width));
  // Viewers smooth an image that they enlarge, so cells are painted larger than they are shown.
  const across = Math.ceil((2 * width) / columns);
  const down = Math.ceil(height / 2);
  const stride = columns * across * 3;
  const pixels = new Uint8Array(4 * down * stride);
  for (let base = 0; base < 4; base++) {
    const row = pixels.subarray(base * down * stride, (base * down + 1) * stride);
    for (let column = 0; column < columns; column++) {
      const [from, to] = binOf(column, columns, length);
      let strongest = 0;
      for (let position = from; position < to; position++) {
        const effect = effects[position * 4 + base] ?? 0;
        if (Math.abs(effect) > Math.abs(strongest)) strongest = effect;
      }
      const color = colorOf(strongest, limit);
      for (let i = 0; i < across; i++) row.set(color, (column * across + i) * 3);
    }
    for (let i = 1; i < down; i++) pixels.set(row, (base * down + i) * stride);
  }
  const data = encodePng(pixels, columns * across, 4 * down).toString('base64');
  return svgElement('image', {
    ...{ x: left, y: mapTop, width, height, preserveAspectRatio: 'none' },
    'image-rendering': 'optimizeSpeed',
    'xlink:href': `data:image/png;base64,${data}`,
  });
}

/** The positions that share a column of pixels. */
function binOf(column: number, columns: number, length: number): [from: number, to: number] {
  const from = Math.floor((column * length) / columns);
  return [from, Math.max(from + 1, Math.floor(((column + 1) * length) / columns))];
}

/** The importance of more positions than letters have room for, strongest of each pixel. */
function bars(importance: Float64Array, x: LinearScale, y: LinearScale, width: number): string {
  const length = importance.length / 4;
  const columns = Math.min(length, Math.floor(width));
  const path: string[] = [];
  for (let column = 0; column < columns; column++) {
    const [from, to] = binOf(column, columns, length);
    let strongest = 0;
    for (const value of importance.subarray(from * 4, to * 4)) {
      if (Math.abs(value) > Math.abs(strongest)) strongest = value;
    }
    if (strongest === 0) continue;
    const middle = x.range[0] + ((column + 0.5) * width) / columns;
    path.push(`M${svgNumber(middle)} ${svgNumber(y(0))}V${svgNumber(y(strongest))}`);
  }
  return svgElement('path', {
    d: path.join(''),
    fill: 'none',
    stroke: figureDefaults.text,
    'stroke-width': Math.max(0.6, (width / columns) * 0.8),
  });
}

function tssLine(tss: number, x: LinearScale, top: number, bottom: number): string {
  if (!(tss >= x.domain[0] && tss <= x.domain[1])) {
    throw new UsageError({
      where: `${where} option tss`,
      found: String(tss),
      expected: `a position from ${x.domain[0] + 0.5} to ${x.domain[1] - 0.5}`,
    });
  }
  return svgElement(
    'g',
    { class: 'tss' },
    svgLine([x(tss), top], [x(tss), bottom], { 'stroke-dasharray': '3 3' }),
    svgText('TSS', x(tss), top - 4, { anchor: 'middle' }),
  );
}

function describe(
  effects: Float64Array,
  reference: Uint8Array,
  start: number,
  valueTitle: string,
): string {
  let at = 0;
  effects.forEach((effect, i) => {
    if (Math.abs(effect) > Math.abs(effects[at] ?? 0)) at = i;
  });
  const position = Math.floor(at / 4);
  const from = letters[reference[position] ?? 4] ?? 'N';
  return (
    `${valueTitle} at ${reference.length} positions from ${start}; the strongest is ` +
    `${from}→${letters[at % 4] ?? ''} at ${start + position} (${formatFigure(effects[at] ?? 0)})`
  );
}
