import { InputError, UsageError } from '../core/errors.ts';
import { checkOptions, checkSameLength, checkValues } from './check-inputs.ts';
import { hexColor, rampColor } from './color-scale.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import { formatFigure } from './linear-scale.ts';
import { figureTitle } from './svg-axes.ts';
import { colorBar, colorBarWidth } from './svg-color-bar.ts';
import { svgDocument, svgElement, svgLine, svgNumber, svgText, withUniqueIds } from './svg.ts';
import { textWidth } from './text-width.ts';

/** Contributions of the letters of a sequence, as `attributeTokens` gives them. */
export interface LetterContributions {
  readonly sequence: string;
  /** One number a letter. */
  readonly contributions: ArrayLike<number>;
  /** First letter and the one behind the last of each token, two numbers each; draws their borders. */
  readonly offsets?: ArrayLike<number>;
}

/** Options of `plotTokenAttributions`. `height` is not used: it follows from the letters. */
export interface TokenAttributionsPlotOptions extends FigureOptions {
  /** Letters of a line. Default 60. */
  readonly lettersPerLine?: number;
  /** Number of the first letter on the axis, for example −1000. Default 1. */
  readonly start?: number;
  /** Title of the colour bar with the unit. Default `Contribution`. */
  readonly valueTitle?: string;
  /** Colours end at ± this. Default: the 99th percentile of the sizes. */
  readonly limit?: number;
}

const where = 'plotTokenAttributions';
const LINE = 24;

/**
 * The letters of a sequence, line by line, on colours that say what each contributes: blue lowers the
 * prediction, orange raises it. Ticks under the letters are the borders of tokens. Letters that no
 * token within the model's length stands for are grey.
 *
 * @throws InputError for an empty sequence or numbers that are not finite
 * @example
 * plotTokenAttributions(attribution, { start: -attribution.sequence.length }).show();
 */
export function plotTokenAttributions(
  data: LetterContributions,
  options: TokenAttributionsPlotOptions = {},
): Figure {
  checkOptions(where, options, ['lettersPerLine', 'start', 'valueTitle', 'limit']);
  const { sequence, offsets } = data;
  const { lettersPerLine = 60, start = 1, valueTitle = 'Contribution' } = options;
  if (sequence === '') {
    throw new InputError({ where, found: 'an empty sequence', expected: 'at least one letter' });
  }
  const values = checkValues(where, 'contributions', data.contributions);
  checkSameLength(where, ['letters', sequence.length], ['contributions', values.length]);
  if (!Number.isInteger(lettersPerLine) || lettersPerLine < 10 || lettersPerLine > 500) {
    throw new UsageError({
      where: `${where}, lettersPerLine`,
      found: String(lettersPerLine),
      expected: 'a whole number from 10 to 500',
    });
  }
  const limit = options.limit ?? robustLimit(values);
  if (!(limit > 0 && Number.isFinite(limit))) {
    throw new UsageError({
      where: `${where}, limit`,
      found: String(limit),
      expected: 'a positive number',
    });
  }
  const strongest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const lines = Math.ceil(sequence.length / lettersPerLine);
  const numbers = Array.from({ length: lines }, (_, line) =>
    String(start + line * lettersPerLine).replace('-', '−'),
  );
  const size = figureDefaults.fontSize;
  const left = 8 + Math.max(...numbers.map((text) => textWidth(text, size))) + 8;
  const perLine = Math.min(lettersPerLine, sequence.length);
  const cell = Math.max(4, (options.width ?? Math.max(120, perLine * 11)) / perLine);
  const width = cell * perLine;
  const title = figureTitle(options.title, 8, left + width);
  const top = title.height + 10;
  const seen = lettersInTokens(sequence.length, offsets);
  const parts = [title.svg];
  for (let line = 0; line < lines; line++) {
    const y = top + line * LINE;
    parts.push(
      svgText(numbers[line] ?? '', left - 8, y + 13, {
        anchor: 'end',
        color: figureDefaults.mutedText,
      }),
    );
    const end = Math.min(sequence.length, (line + 1) * lettersPerLine);
    for (let at = line * lettersPerLine; at < end; at++) {
      const x = left + (at % lettersPerLine) * cell;
      const color = rampColor(figureDefaults.diverging, 0.5 + (values[at] ?? 0) / limit / 2);
      const fill = seen?.[at] === 0 ? '#f2f2f2' : hexColor(color);
      parts.push(
        svgElement('rect', { x, y, width: cell, height: 17, fill }),
        svgText(sequence[at] ?? '', x + cell / 2, y + 13, {
          size: Math.min(size, cell * 1.1),
          anchor: 'middle',
          color: luminance(color) < 110 && seen?.[at] !== 0 ? '#ffffff' : figureDefaults.text,
        }),
      );
    }
  }
  parts.push(tokenBorders(offsets, { left, top, cell, lettersPerLine, length: sequence.length }));
  const height = lines * LINE;
  const bar = { limit, beyond: strongest > limit, title: valueTitle };
  // The title along the bar may be longer than a few lines of letters are high.
  const titleLength = textWidth(valueTitle, figureDefaults.axisTitleSize);
  const barHeight = Math.max(90, Math.min(height, 160), titleLength - 10);
  parts.push(colorBar(bar, left + width + 16, top, barHeight));
  const labels = {
    title: options.title ?? 'Contributions of letters',
    description: options.description ?? describe(sequence, values, start, valueTitle),
  };
  const svg = svgDocument(
    {
      width: left + width + 16 + colorBarWidth(bar) + 6,
      height: top + Math.max(height, barHeight) + 14,
    },
    labels,
    ...parts,
  );
  return new Figure({ svg: withUniqueIds(svg), ...labels });
}

/** The 99th percentile of the sizes that are not 0. */
function robustLimit(values: readonly number[]): number {
  const sizes = Float64Array.from(values, Math.abs)
    .filter((size) => size > 0)
    .sort();
  return sizes[Math.floor(sizes.length * 0.99)] ?? sizes.at(-1) ?? 1;
}

/** 1 for letters in a token; undefined where tokens are not given. */
function lettersInTokens(
  length: number,
  offsets: ArrayLike<number> | undefined,
): Uint8Array | undefined {
  if (offsets === undefined) return undefined;
  const seen = new Uint8Array(length);
  for (let i = 0; i + 1 < offsets.length; i += 2) seen.fill(1, offsets[i], offsets[i + 1]);
  return seen;
}

interface Layout {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly lettersPerLine: number;
  readonly length: number;
}

function tokenBorders(offsets: ArrayLike<number> | undefined, layout: Layout): string {
  const { left, top, cell, lettersPerLine, length } = layout;
  const borders = new Set<number>();
  for (let i = 0; i + 1 < (offsets?.length ?? 0); i += 2) {
    const [start = 0, end = 0] = [offsets?.[i], offsets?.[i + 1]];
    if (end > start) borders.add(start).add(end);
  }
  const ticks = [...borders]
    .filter((border) => border > 0 && border < length)
    .map((border) => {
      const x = left + (border % lettersPerLine) * cell;
      const y = top + Math.floor(border / lettersPerLine) * LINE + 17;
      return svgLine([x, y - 5], [x, y + 3], { stroke: figureDefaults.text, 'stroke-width': 0.8 });
    });
  return svgElement('g', { class: 'token-borders' }, ...ticks);
}

function luminance([red, green, blue]: readonly [number, number, number]): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function describe(
  sequence: string,
  values: readonly number[],
  start: number,
  valueTitle: string,
): string {
  const strongest = values.reduce(
    (best, value, i) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? i : best),
    0,
  );
  const sum = values.reduce((a, b) => a + b, 0);
  return `${valueTitle} of ${svgNumber(sequence.length)} letters, in all ${formatFigure(sum)}; the strongest is ${sequence[strongest] ?? ''} at ${String(start + strongest)} (${formatFigure(values[strongest] ?? 0)})`;
}
