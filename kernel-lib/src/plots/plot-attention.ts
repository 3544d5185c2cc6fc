import { InputError, UsageError } from '../core/errors.ts';
import {
  attentionMap,
  attentionOfLetters,
  attentionRollout,
} from '../interpretation/attention-letters.ts';
import type { AttentionMaps } from '../interpretation/attention.ts';
import { checkMode, checkOptions } from './check-inputs.ts';
import { hexColor, rampColor } from './color-scale.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import { formatFigure, formatTick, linearScale } from './linear-scale.ts';
import { encodePng } from './png-image.ts';
import { axisTicks, bottomAxis, bottomAxisHeight, figureTitle, leftAxis } from './svg-axes.ts';
import { svgDocument, svgElement, svgLine, svgText, withUniqueIds } from './svg.ts';
import { textWidth } from './text-width.ts';

/** Options of `plotAttention`. */
export interface AttentionPlotOptions extends FigureOptions {
  /** Layer to show, from 0; a grid of all layers and heads where neither this nor `head` is given. */
  readonly layer?: number;
  /** Head to show, from 0; the mean over heads where only the layer is given. */
  readonly head?: number;
  /** Shows attention rollout, all layers multiplied, in place of a layer. Default false. */
  readonly rollout?: boolean;
  /** Rows and columns: `tokens`, or the `letters` that they stand for. Default `tokens`. */
  readonly unit?: 'tokens' | 'letters';
  /** Number of the first letter on the axes, for `letters`. Default 1. */
  readonly start?: number;
  /** Colours end at this. Default: the 99.5th percentile. */
  readonly limit?: number;
}

const where = 'plotAttention';

/** Up to so many tokens their texts are shown. */
const LABELLED = 60;

interface Panel {
  readonly title: string;
  readonly map: Float32Array;
}

/**
 * Attention as heatmaps: a row is a token that attends, a column one that is attended to; dark is much.
 * Without a layer or head, small maps of all of them.
 *
 * @throws UsageError for a layer or head that is not there
 * @example
 * plotAttention(maps).show();
 * plotAttention(maps, { layer: 3, head: 0, unit: 'letters' }).show();
 */
export function plotAttention(maps: AttentionMaps, options: AttentionPlotOptions = {}): Figure {
  checkOptions(where, options, ['layer', 'head', 'rollout', 'unit', 'start', 'limit']);
  const unit = checkMode(where, options.unit ?? 'tokens', ['tokens', 'letters'] as const);
  const { layer, head, rollout = false } = options;
  if (rollout && (layer !== undefined || head !== undefined)) {
    throw new UsageError({
      where,
      found: 'rollout with a layer or head',
      expected: 'one of them: rollout takes all layers and heads',
    });
  }
  const isGrid = !rollout && layer === undefined && head === undefined;
  const tokenPanels = rollout
    ? [{ title: 'Attention rollout', map: attentionRollout(maps) }]
    : isGrid
      ? allPanels(maps)
      : [{ title: panelTitle(layer, head), map: attentionMap(maps, { layer, head }) }];
  const count = unit === 'tokens' ? maps.tokens.length : maps.sequence.length;
  if (count === 0) throw new InputError({ where, found: 'no letters', expected: 'at least one' });
  const panels: Panel[] =
    unit === 'tokens'
      ? tokenPanels
      : tokenPanels.map(({ title, map }) => ({ title, map: attentionOfLetters(maps, map) }));
  const limit = options.limit ?? robustLimit(panels);
  if (!(limit > 0 && Number.isFinite(limit))) {
    throw new UsageError({
      where: `${where}, limit`,
      found: String(limit),
      expected: 'a positive number',
    });
  }
  const drawn = isGrid
    ? grid(panels, { maps, count, limit, side: options.width ?? 96 })
    : single(panels[0]?.map ?? new Float32Array(), {
        ...{ maps, count, limit, unit },
        side: options.width ?? Math.min(640, Math.max(280, count * 11)),
        start: options.start ?? 1,
      });
  const title = figureTitle(
    options.title ?? (isGrid ? undefined : panels[0]?.title),
    8,
    drawn.width,
  );
  const barX = drawn.width + 14;
  const most = formatTick(Number(limit.toPrecision(2)));
  const labels = {
    title: options.title ?? 'Attention',
    description:
      options.description ??
      `Attention between ${String(count)} ${unit}, ${isGrid ? `${String(maps.layers)} layers and ${String(maps.heads)} heads` : (panels[0]?.title.toLowerCase() ?? '')}; largest ${formatFigure(largest(panels))}`,
  };
  const svg = svgDocument(
    {
      width: barX + 12 + 10 + textWidth(`≥ ${most}`, figureDefaults.fontSize) + 34,
      height: title.height + Math.max(drawn.height, 140),
    },
    labels,
    title.svg,
    svgElement(
      'g',
      { transform: `translate(0 ${String(title.height)})` },
      drawn.svg,
      sequentialBar(barX, 24, 100, most),
    ),
  );
  return new Figure({ svg: withUniqueIds(svg), ...labels });
}

function panelTitle(layer: number | undefined, head: number | undefined): string {
  const parts = [
    layer === undefined ? 'mean over layers' : `layer ${String(layer)}`,
    head === undefined ? 'mean over heads' : `head ${String(head)}`,
  ];
  return `Attention, ${parts.join(', ')}`;
}

function allPanels(maps: AttentionMaps): Panel[] {
  return Array.from({ length: maps.layers * maps.heads }, (_, i) => {
    const [layer, head] = [Math.floor(i / maps.heads), i % maps.heads];
    return { title: panelTitle(layer, head), map: attentionMap(maps, { layer, head }) };
  });
}

/** The 99.5th percentile of all panels: the start token, which much goes to, must not bleach the rest. */
function robustLimit(panels: readonly Panel[]): number {
  const total = panels.reduce((sum, { map }) => sum + map.length, 0);
  const all = new Float32Array(total);
  let at = 0;
  for (const { map } of panels) {
    all.set(map, at);
    at += map.length;
  }
  all.sort();
  const limit = all[Math.min(total - 1, Math.floor(total * 0.995))] ?? 1;
  return limit > 0 ? limit : (all.at(-1) ?? 0) > 0 ? (all.at(-1) ?? 1) : 1;
}

function largest(panels: readonly Panel[]): number {
  let most = 0;
  for (const { map } of panels) for (const value of map) most = Math.max(most, value);
  return most;
}

/** White for 0, then light to dark. */
const COLORS = ['#ffffff', ...figureDefaults.sequential];

/** A map as an image; viewers smooth images that they enlarge, so small maps are painted larger. */
function mapImage(
  map: Float32Array,
  count: number,
  limit: number,
  place: { readonly x: number; readonly y: number; readonly side: number },
): string {
  const scale = Math.max(1, Math.ceil((2 * place.side) / count));
  const pixels = count * scale;
  const stride = pixels * 3;
  const image = new Uint8Array(pixels * stride);
  for (let row = 0; row < count; row++) {
    const line = image.subarray(row * scale * stride, (row * scale + 1) * stride);
    for (let column = 0; column < count; column++) {
      const color = rampColor(COLORS, (map[row * count + column] ?? 0) / limit);
      for (let i = 0; i < scale; i++) line.set(color, (column * scale + i) * 3);
    }
    for (let i = 1; i < scale; i++) image.set(line, (row * scale + i) * stride);
  }
  const { x, y, side } = place;
  return (
    svgElement('image', {
      ...{ x, y, width: side, height: side, preserveAspectRatio: 'none' },
      'image-rendering': 'optimizeSpeed',
      'xlink:href': `data:image/png;base64,${encodePng(image, pixels, pixels).toString('base64')}`,
    }) +
    svgElement('rect', {
      ...{ x, y, width: side, height: side, fill: 'none' },
      ...{ stroke: figureDefaults.axis, 'stroke-width': 0.8 },
    })
  );
}

interface Drawn {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

function grid(
  panels: readonly Panel[],
  {
    maps,
    count,
    limit,
    side,
  }: {
    readonly maps: AttentionMaps;
    readonly count: number;
    readonly limit: number;
    readonly side: number;
  },
): Drawn {
  const [left, top, step] = [66, 24, side + 8];
  const parts: string[] = [];
  for (let head = 0; head < maps.heads; head++) {
    const middle = left + head * step + side / 2;
    parts.push(svgText(`Head ${String(head)}`, middle, top - 7, { anchor: 'middle' }));
  }
  for (let layer = 0; layer < maps.layers; layer++) {
    const middle = top + layer * step + side / 2 + 4;
    parts.push(svgText(`Layer ${String(layer)}`, left - 8, middle, { anchor: 'end' }));
  }
  panels.forEach(({ map }, i) => {
    const x = left + (i % maps.heads) * step;
    const y = top + Math.floor(i / maps.heads) * step;
    parts.push(mapImage(map, count, limit, { x, y, side }));
  });
  return {
    svg: parts.join(''),
    width: left + maps.heads * step,
    height: top + maps.layers * step + 6,
  };
}

interface SingleLayout {
  readonly maps: AttentionMaps;
  readonly count: number;
  readonly limit: number;
  readonly unit: 'tokens' | 'letters';
  readonly side: number;
  readonly start: number;
}

function single(map: Float32Array, layout: SingleLayout): Drawn {
  const { maps, count, limit, unit, side, start } = layout;
  const size = Math.min(figureDefaults.fontSize, (side / count) * 1.05);
  const names = unit === 'tokens' && count <= LABELLED ? maps.tokens : undefined;
  const widest = Math.max(0, ...(names ?? []).map((name) => textWidth(name, size)));
  const left = (names === undefined ? 58 : widest + 34) + 4;
  const top = 12;
  const parts = [mapImage(map, count, limit, { x: left, y: top, side })];
  const what = unit === 'tokens' ? 'token' : 'position';
  if (names === undefined) {
    const [first, last] = unit === 'tokens' ? [0, count - 1] : [start, start + count - 1];
    const x = linearScale([first - 0.5, last + 0.5], [left, left + side]);
    const y = linearScale([first - 0.5, last + 0.5], [top, top + side]);
    const whole = (scale: typeof x) =>
      axisTicks(scale, 60).filter(({ value }) => Number.isInteger(value));
    parts.push(
      bottomAxis(x, top + side, whole(x), `Attended ${what}`),
      leftAxis(y, left, whole(y), `Attending ${what}`),
    );
    return { svg: parts.join(''), width: left + side, height: top + side + bottomAxisHeight + 4 };
  }
  const cell = side / count;
  names.forEach((name, i) => {
    const at = (i + 0.5) * cell;
    parts.push(
      svgText(name, left - 5, top + at + size * 0.35, { size, anchor: 'end' }),
      svgText(name, left + at + size * 0.35, top + side + 5, { size, anchor: 'end', rotate: -90 }),
    );
  });
  const titleSize = figureDefaults.axisTitleSize;
  parts.push(
    svgText('Attended token', left + side / 2, top + side + widest + 24, {
      anchor: 'middle',
      size: titleSize,
    }),
    svgText('Attending token', 16, top + side / 2, {
      anchor: 'middle',
      size: titleSize,
      rotate: -90,
    }),
  );
  return { svg: parts.join(''), width: left + side, height: top + side + widest + 34 };
}

function sequentialBar(x: number, y: number, height: number, most: string): string {
  const stops = COLORS.map((color, i) =>
    svgElement('stop', {
      offset: `${String((100 * i) / (COLORS.length - 1))}%`,
      'stop-color': hexColor(rampColor([color, color], 0)),
    }),
  );
  const right = x + 12;
  return svgElement(
    'g',
    { class: 'color-bar' },
    svgElement('linearGradient', { id: 'attention', x1: 0, y1: 1, x2: 0, y2: 0 }, ...stops),
    svgElement('rect', {
      ...{ x, y, width: 12, height, fill: 'url(#attention)' },
      ...{ stroke: figureDefaults.axis, 'stroke-width': 0.8 },
    }),
    svgLine([right, y], [right + 4, y]),
    svgLine([right, y + height], [right + 4, y + height]),
    svgText(`≥ ${most}`, right + 7, y + 4),
    svgText('0', right + 7, y + height + 4),
    svgText(
      'Attention',
      right + 7 + textWidth(`≥ ${most}`, figureDefaults.fontSize) + 16,
      y + height / 2,
      {
        ...{ anchor: 'middle', rotate: -90, size: figureDefaults.axisTitleSize },
      },
    ),
  );
}
