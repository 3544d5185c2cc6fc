import { InputError, UsageError } from '../core/errors.ts';
import { checkMatrix, checkMode, checkOptions } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import { letterPath } from './letter-outlines.ts';
import { linearScale, niceDomain, type LinearScale } from './linear-scale.ts';
import {
  axisTicks,
  bottomAxis,
  bottomAxisHeight,
  figureTitle,
  leftAxis,
  leftAxisWidth,
  type AxisTick,
} from './svg-axes.ts';
import { svgDocument, svgElement, svgLine, svgText } from './svg.ts';
import { textWidth } from './text-width.ts';

/** What the heights of a logo are. */
export type LogoMode = 'attribution' | 'information' | 'probability';

const modes: readonly LogoMode[] = ['attribution', 'information', 'probability'];

/** A stretch of a logo that is named, for example a motif occurrence: 0-based, half-open. */
export interface LogoHighlight {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** Options of `plotSequenceLogo`. */
export interface SequenceLogoOptions extends FigureOptions {
  /**
   * `attribution` (default): the values are the heights, negative letters hang below the axis
   * upside down. `probability`: each position sums to 1. `information`: probabilities times the
   * information of the position in bits (Schneider and Stephens 1990, doi:10.1093/nar/18.20.6097,
   * without the correction for small samples).
   */
  readonly mode?: LogoMode;
  /** The letters of the columns; default `ACGT`. */
  readonly alphabet?: string;
  /** Number of the first position on the axis, for example −30 relative to the TSS; default 1. */
  readonly start?: number;
  /** Labels of the positions instead of numbers. */
  readonly labels?: readonly string[];
  /** Title of the horizontal axis; default `Position`. */
  readonly positionTitle?: string;
  /** Title of the vertical axis with its unit; default by mode. */
  readonly valueTitle?: string;
  /** Lower and upper end of the vertical axis; default from the data (bits and probabilities: 0 to their maximum). */
  readonly domain?: readonly [number, number];
  /** Named stretches, bracketed above the letters, in the numbers of the axis. */
  readonly highlights?: readonly LogoHighlight[];
}

const where = 'plotSequenceLogo';

/**
 * A sequence logo: at each position the letters stacked with the largest outermost.
 *
 * @param scores `length × alphabet` numbers, row-major or nested: attributions (for example
 *   gradient × input, zero for the absent bases) or the probabilities of a motif
 * @throws InputError for empty or non-finite scores, or probabilities that do not sum to 1
 * @throws UsageError for an unknown mode or option
 * @example
 * plotSequenceLogo([[0.8, 0.1, 0.05, 0.05], [0, 0, 0, 1]], { mode: 'information' }).show();
 */
export function plotSequenceLogo(
  scores: ArrayLike<number> | readonly ArrayLike<number>[],
  options: SequenceLogoOptions = {},
): Figure {
  checkOptions(where, options, [
    ...['mode', 'alphabet', 'start', 'labels', 'positionTitle', 'valueTitle', 'domain'],
    'highlights',
  ]);
  const mode = checkMode(where, options.mode ?? 'attribution', modes);
  const letters = [...(options.alphabet ?? 'ACGT')];
  for (const letter of letters) {
    if (letterPath(letter, [0, 0, 1, 1]) === undefined) {
      throw new UsageError({
        where: `${where} alphabet`,
        found: `'${letter}'`,
        expected: 'capital letters A to Z',
      });
    }
  }
  const matrix = checkMatrix(where, 'scores', scores, letters.length);
  const heights = letterHeights(matrix, letters.length, mode);
  const length = heights.length / letters.length;
  const { start = 1, labels } = options;
  if (labels !== undefined && labels.length !== length) {
    throw new UsageError({
      where: `${where} labels`,
      found: `${labels.length} labels`,
      expected: `${length}, one a position`,
    });
  }

  const width = options.width ?? Math.min(900, Math.max(160, length * 16));
  const height = options.height ?? 130;
  const valueTitle =
    options.valueTitle ??
    { attribution: 'Attribution', information: 'Information (bits)', probability: 'Probability' }[
      mode
    ];
  const domain = options.domain ?? valueDomain(heights, letters.length, mode);
  const highlightHeight = (options.highlights ?? []).length > 0 ? 20 : 4;

  const probe = linearScale(domain, [height, 0]);
  const valueTicks = axisTicks(probe, 38);
  const left = leftAxisWidth(valueTicks, valueTitle) + 8;
  const title = figureTitle(options.title, 8, left + width);
  const top = title.height + highlightHeight + 8;
  const y = linearScale(domain, [top + height, top]);
  const x = linearScale([start - 0.5, start + length - 0.5], [left, left + width]);
  const positionTicks =
    labels === undefined
      ? axisTicks(x, 60).filter(({ value }) => Number.isInteger(value))
      : spacedLabels(labels, start, width / length);

  const svg = svgDocument(
    { width: left + width + 14, height: top + height + bottomAxisHeight + 4 },
    {
      title: options.title ?? 'Sequence logo',
      description: options.description ?? describe(heights, letters, start, valueTitle),
    },
    title.svg,
    logoLetters(heights, letters, x, y),
    svgLine([left, y(0)], [left + width, y(0)], { 'stroke-width': 0.8 }),
    ...(options.highlights ?? []).map((highlight) => bracket(highlight, x, top - 4)),
    leftAxis(y, left - 2, valueTicks, valueTitle),
    bottomAxis(x, top + height + 3, positionTicks, options.positionTitle ?? 'Position'),
  );
  return new Figure({
    svg,
    title: options.title ?? 'Sequence logo',
    description: options.description ?? describe(heights, letters, start, valueTitle),
  });
}

/** The height of every letter by mode, row-major. */
function letterHeights(matrix: Float64Array, columns: number, mode: LogoMode): Float64Array {
  if (mode === 'attribution') return matrix;
  const heights = new Float64Array(matrix.length);
  for (let row = 0; row < matrix.length; row += columns) {
    const probabilities = matrix.subarray(row, row + columns);
    const sum = probabilities.reduce((total, p) => total + p, 0);
    if (Math.abs(sum - 1) > 0.01 || probabilities.some((p) => p < 0)) {
      throw new InputError({
        where: `${where}, position ${row / columns}`,
        found: `values ${Array.from(probabilities, (p) => p.toPrecision(3)).join(', ')}`,
        expected: `probabilities that sum to 1 in mode '${mode}'`,
        fix: "Divide counts by their sum, or use mode 'attribution'.",
      });
    }
    let information = 1;
    if (mode === 'information') {
      information = Math.log2(columns);
      for (const p of probabilities) if (p > 0) information += p * Math.log2(p);
    }
    probabilities.forEach((p, i) => (heights[row + i] = p * Math.max(0, information)));
  }
  return heights;
}

function valueDomain(
  heights: Float64Array,
  columns: number,
  mode: LogoMode,
): readonly [number, number] {
  if (mode === 'probability') return [0, 1];
  if (mode === 'information') return [0, Math.log2(columns)];
  let low = 0;
  let high = 0;
  for (let row = 0; row < heights.length; row += columns) {
    let down = 0;
    let up = 0;
    for (const value of heights.subarray(row, row + columns)) {
      if (value < 0) down += value;
      else up += value;
    }
    low = Math.min(low, down);
    high = Math.max(high, up);
  }
  return low === 0 && high === 0 ? [-1, 1] : niceDomain([low, high], 4);
}

/**
 * The letters of a logo, one path a letter of the alphabet, so that a long logo stays small. The
 * largest stand outermost: on top above the axis, at the bottom below it.
 */
export function logoLetters(
  heights: Float64Array,
  letters: readonly string[],
  x: LinearScale,
  y: LinearScale,
): string {
  const columns = letters.length;
  const paths = letters.map((): string[] => []);
  const step = Math.abs(x(1) - x(0));
  const gap = Math.min(1, step * 0.06);
  const start = x.domain[0] + 0.5;
  for (let position = 0; position * columns < heights.length; position++) {
    const row = heights.subarray(position * columns, (position + 1) * columns);
    const order = letters
      .map((_, i) => i)
      .sort((a, b) => Math.abs(row[a] ?? 0) - Math.abs(row[b] ?? 0));
    let up = 0;
    let down = 0;
    for (const i of order) {
      const value = row[i] ?? 0;
      if (value === 0) continue;
      const from = value > 0 ? up : down;
      const to = from + value;
      if (value > 0) up = to;
      else down = to;
      const upper = Math.min(y(from), y(to));
      const size = Math.abs(y(to) - y(from));
      if (size < 0.05) continue;
      const box = [x(start + position) - step / 2 + gap / 2, upper, step - gap, size] as const;
      const path = letterPath(letters[i] ?? '', box, value < 0);
      if (path !== undefined) paths[i]?.push(path);
    }
  }
  return paths
    .map((path, i) =>
      path.length === 0
        ? ''
        : svgElement('path', {
            class: `letter-${letters[i] ?? ''}`,
            fill: figureDefaults.letters[letters[i] ?? ''] ?? figureDefaults.otherLetter,
            d: path.join(''),
          }),
    )
    .join('');
}

/** Labels of positions, thinned so that none touches the next. */
function spacedLabels(labels: readonly string[], start: number, step: number): AxisTick[] {
  const widest = Math.max(...labels.map((label) => textWidth(label, figureDefaults.fontSize)));
  const every = Math.max(1, Math.ceil((widest + 6) / step));
  return labels.map((label, i) => ({ label, value: start + i })).filter((_, i) => i % every === 0);
}

function bracket(highlight: LogoHighlight, x: LinearScale, y: number): string {
  const from = Math.max(x.range[0], x(highlight.start - 0.5) + 1);
  const to = Math.min(x.range[1], x(highlight.end - 0.5) - 1);
  if (!(to > from)) {
    throw new UsageError({
      where: `${where} highlight '${highlight.label}'`,
      found: `[${highlight.start}, ${highlight.end})`,
      expected: `a stretch inside [${x.domain[0] + 0.5}, ${x.domain[1] + 0.5})`,
    });
  }
  return svgElement(
    'g',
    { class: 'highlight' },
    svgElement('path', {
      d: `M${from.toFixed(1)} ${y + 4}V${y}H${to.toFixed(1)}V${y + 4}`,
      fill: 'none',
      stroke: figureDefaults.mutedText,
    }),
    svgText(highlight.label, (from + to) / 2, y - 4, { anchor: 'middle' }),
  );
}

function describe(
  heights: Float64Array,
  letters: readonly string[],
  start: number,
  valueTitle: string,
): string {
  const length = heights.length / letters.length;
  const consensus = Array.from({ length: Math.min(length, 60) }, (_, position) => {
    const row = Array.from(
      heights.subarray(position * letters.length, (position + 1) * letters.length),
      Math.abs,
    );
    return letters[row.indexOf(Math.max(...row))] ?? '';
  }).join('');
  const tail = length > 60 ? '…' : '';
  return `${valueTitle} of ${length} positions from ${start}; tallest letters ${consensus}${tail}`;
}
