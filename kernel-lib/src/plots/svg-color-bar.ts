import { figureDefaults } from './figure-defaults.ts';
import { formatTick, linearScale, ticks } from './linear-scale.ts';
import { svgElement, svgLine, svgText } from './svg.ts';
import { textWidth } from './text-width.ts';

const barWidth = 12;

/** A diverging colour bar that is centred on zero. */
export interface ColorBar {
  /** Colours end at ± this. */
  readonly limit: number;
  /** Whether values lie beyond the limit; the end labels then say ≤ and ≥. */
  readonly beyond: boolean;
  /** Title with the unit, set along the bar. */
  readonly title: string;
}

function barTicks({ limit, beyond }: ColorBar): { value: number; label: string }[] {
  const inner = ticks([-limit, limit], 4).filter((value) => Math.abs(value) < limit * 0.8);
  const end = Number(limit.toPrecision(2));
  return [
    { value: -limit, label: `${beyond ? '≤ ' : ''}${formatTick(-end)}` },
    ...inner.map((value) => ({ value, label: formatTick(value) })),
    { value: limit, label: `${beyond ? '≥ ' : ''}${formatTick(end)}` },
  ];
}

function widestTick(bar: ColorBar): number {
  return Math.max(...barTicks(bar).map(({ label }) => textWidth(label, figureDefaults.fontSize)));
}

/** Width in pixels of a colour bar with its labels and title. */
export function colorBarWidth(bar: ColorBar): number {
  return barWidth + 7 + widestTick(bar) + 24;
}

/**
 * Draws a colour bar whose upper left corner is at x, y. A document that holds it goes through
 * `withUniqueIds`.
 */
export function colorBar(bar: ColorBar, x: number, y: number, height: number): string {
  const scale = linearScale([-bar.limit, bar.limit], [y + height, y]);
  const colors = figureDefaults.diverging;
  const stops = colors.map((color, i) =>
    svgElement('stop', {
      offset: `${(100 * i) / (colors.length - 1)}%`,
      'stop-color': color,
    }),
  );
  return svgElement(
    'g',
    { class: 'color-bar' },
    svgElement('linearGradient', { id: 'effects', x1: 0, y1: 1, x2: 0, y2: 0 }, ...stops),
    svgElement('rect', {
      ...{ x, y, width: barWidth, height, fill: 'url(#effects)' },
      ...{ stroke: figureDefaults.axis, 'stroke-width': 0.8 },
    }),
    ...barTicks(bar).flatMap(({ value, label }) => [
      svgLine([x + barWidth, scale(value)], [x + barWidth + 4, scale(value)]),
      svgText(label, x + barWidth + 7, scale(value) + 4),
    ]),
    svgText(bar.title, x + colorBarWidth(bar) - 6, y + height / 2, {
      ...{ anchor: 'middle', rotate: -90, size: figureDefaults.axisTitleSize },
    }),
  );
}
