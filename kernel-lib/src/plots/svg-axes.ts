import { figureDefaults } from './figure-defaults.ts';
import { formatTick, ticks, type LinearScale } from './linear-scale.ts';
import { svgElement, svgLine, svgText } from './svg.ts';
import { textWidth, wrapText } from './text-width.ts';

/** Ticks of an axis with their labels. */
export interface AxisTick {
  readonly value: number;
  readonly label: string;
}

/** Round ticks of a scale, as many as its length in pixels carries without crowding. */
export function axisTicks(scale: LinearScale, pixelsPerTick: number): AxisTick[] {
  const length = Math.abs(scale.range[1] - scale.range[0]);
  const count = Math.max(2, Math.round(length / pixelsPerTick));
  const [a, b] = scale.domain;
  return ticks([Math.min(a, b), Math.max(a, b)], count).map((value) => ({
    value,
    label: formatTick(value),
  }));
}

/** Width in pixels of the widest tick label. */
export function widestLabel(axis: readonly AxisTick[]): number {
  return axis.reduce(
    (widest, { label }) => Math.max(widest, textWidth(label, figureDefaults.fontSize)),
    0,
  );
}

/** Height in pixels below the plotting area that a bottom axis with a title takes. */
export const bottomAxisHeight = 42;

/** An axis below the plotting area; `y` is the lower edge of the area. */
export function bottomAxis(
  scale: LinearScale,
  y: number,
  axis: readonly AxisTick[],
  title: string,
): string {
  const [from, to] = scale.range;
  const parts = [svgLine([from, y], [to, y])];
  for (const tick of axis) {
    const x = scale(tick.value);
    parts.push(svgLine([x, y], [x, y + 4]), svgText(tick.label, x, y + 16, { anchor: 'middle' }));
  }
  parts.push(
    svgText(title, (from + to) / 2, y + 34, {
      anchor: 'middle',
      size: figureDefaults.axisTitleSize,
    }),
  );
  return svgElement('g', { class: 'axis' }, ...parts);
}

/** Width in pixels left of the plotting area that a left axis takes. */
export function leftAxisWidth(axis: readonly AxisTick[], title: string | undefined): number {
  return widestLabel(axis) + 10 + (title === undefined ? 0 : 22);
}

/** An axis left of the plotting area; `x` is the left edge of the area. */
export function leftAxis(
  scale: LinearScale,
  x: number,
  axis: readonly AxisTick[],
  title?: string,
): string {
  const [from, to] = scale.range;
  const parts = [svgLine([x, from], [x, to])];
  for (const tick of axis) {
    const y = scale(tick.value);
    parts.push(
      svgLine([x - 4, y], [x, y]),
      svgText(tick.label, x - 7, y + figureDefaults.fontSize * 0.35, { anchor: 'end' }),
    );
  }
  if (title !== undefined) {
    parts.push(
      svgText(title, x - leftAxisWidth(axis, title) + 12, (from + to) / 2, {
        anchor: 'middle',
        size: figureDefaults.axisTitleSize,
        rotate: -90,
      }),
    );
  }
  return svgElement('g', { class: 'axis' }, ...parts);
}

/** A title above the figure, broken into lines of at most `width` pixels, and its height. */
export function figureTitle(
  title: string | undefined,
  x: number,
  width: number,
): { readonly svg: string; readonly height: number } {
  if (title === undefined) return { svg: '', height: 0 };
  const size = figureDefaults.titleSize;
  const lines = wrapText(title, width, size, 'bold');
  const svg = lines
    .map((line, i) => svgText(line, x, 8 + size * 0.9 + i * (size + 3), { size, bold: true }))
    .join('');
  return { svg, height: lines.length * (size + 3) + 8 };
}
