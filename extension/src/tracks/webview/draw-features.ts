import type { Feature } from '../track-types.ts';
import type { FeatureRows } from './feature-rows.ts';
import type { ThemeColors } from './theme-colors.ts';
import type { Viewport } from './viewport.ts';

/** A feature where it was drawn, to be found by the pointer and the keyboard. */
export interface DrawnFeature {
  readonly feature: Feature;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

/** Features with what is marked among them. */
export interface FeatureLane {
  readonly features: readonly Feature[];
  readonly height: number;
  readonly chrom: string;
  readonly selected: number | undefined;
  readonly hovered: number | undefined;
  /** Where they were before: they stay in their rows. */
  readonly rows: FeatureRows;
}

/** Letters of a label at most. */
const LONGEST_LABEL = 40;
/** Pixels between a feature and its label. */
const GAP = 4;

const labelOf = ({ name }: Feature): string =>
  name.length > LONGEST_LABEL ? `${name.slice(0, LONGEST_LABEL)}…` : name;

/** Draws features in packed rows. @returns where each one in sight is */
export function drawFeatures(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  lane: FeatureLane,
): readonly DrawnFeature[] {
  const { features, height, chrom } = lane;
  context.font = colors.font;
  context.textBaseline = 'middle';
  const arcs = features.filter(({ mate }) => mate !== undefined && mate.chrom === chrom);
  if (arcs.length > features.length / 2) return drawArcs(context, view, colors, lane);
  const { rows, rowCount, rowHeight, hasLabels } = lane.rows.place(features, {
    chrom,
    height,
    pixelsPerBase: view.pixelsPerBase,
    labelWidth: (feature) => {
      const label = labelOf(feature);
      return label === '' ? 0 : context.measureText(label).width;
    },
  });
  const shade = scoreShade(features);
  const drawn: DrawnFeature[] = [];
  let hidden = 0;
  features.forEach((feature, index) => {
    const [left, right] = [view.x(feature.start), view.x(Math.max(feature.end, feature.start + 1))];
    if (right < 0 || left > view.width) return;
    const row = rows[index] ?? -1;
    const top = row * rowHeight + 2;
    if (row < 0 || top + rowHeight - 2 > height) {
      hidden++;
      return;
    }
    const place = { feature, left, right: Math.max(right, left + 1), top, height: rowHeight - 3 };
    drawn.push(place);
    const color = feature.color === undefined ? colors.feature : colors.readable(feature.color);
    context.globalAlpha = shade(feature);
    drawShape(context, view, place, color, colors);
    context.globalAlpha = 1;
    if (hasLabels) drawLabel(context, view, place, colors);
    if (feature.row === lane.selected || feature.row === lane.hovered) {
      context.strokeStyle = feature.row === lane.selected ? colors.focus : colors.foreground;
      context.lineWidth = feature.row === lane.selected ? 2 : 1;
      const from = Math.max(-4, left - 1.5);
      const across = Math.min(view.width + 4, place.right + 1.5) - from;
      context.strokeRect(from, top - 1, across, place.height + 2);
    }
  });
  if (hidden > 0) {
    const note = `${hidden.toLocaleString('en')} more in ${String(rowCount)} rows: make the track taller`;
    const width = context.measureText(note).width + 8;
    context.fillStyle = colors.background;
    context.fillRect(view.width - width, height - 15, width, 15);
    context.fillStyle = colors.muted;
    context.fillText(note, view.width - width + 4, height - 7);
  }
  return drawn;
}

/** Opacity by score where scores differ: BED counts to 1,000, others to the largest in sight. */
function scoreShade(features: readonly Feature[]): (feature: Feature) => number {
  let [least, most] = [Infinity, -Infinity];
  for (const { score } of features) {
    // JSON makes null of what is no number.
    if (typeof score !== 'number' || !Number.isFinite(score)) continue;
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  if (!(most > least) || most <= 0) return () => 1;
  const full = most <= 1 ? 1 : most <= 1000 && most > 100 ? 1000 : most;
  return ({ score }) =>
    Number.isFinite(score) ? 0.35 + 0.65 * Math.max(0, Math.min(1, score / full)) : 1;
}

function drawShape(
  context: CanvasRenderingContext2D,
  view: Viewport,
  { feature, left, right, top, height }: DrawnFeature,
  color: string,
  colors: ThemeColors,
): void {
  const middle = top + height / 2;
  context.fillStyle = color;
  if (right - left < 3) {
    context.fillRect(left, top, right - left, height);
    return;
  }
  const { blocks, thickStart, thickEnd, strand } = feature;
  const hasThick = thickEnd > thickStart;
  const isWhole = !hasThick || (thickStart <= feature.start && thickEnd >= feature.end);
  if (blocks.length > 1) {
    context.fillRect(left, Math.floor(middle), right - left, 1);
    drawChevrons(context, view, { left, right, middle, height, strand }, color);
  }
  const thin = Math.max(2, Math.round(height * 0.5));
  for (const [start, end] of blocks) {
    const [from, to] = [view.x(start), view.x(end)];
    if (to < 0 || from > view.width) continue;
    if (isWhole) fillBar(context, view, from, to, top, height);
    else {
      fillBar(context, view, from, to, Math.round(middle - thin / 2), thin);
      const [thickFrom, thickTo] = [Math.max(start, thickStart), Math.min(end, thickEnd)];
      if (thickTo > thickFrom) {
        fillBar(context, view, view.x(thickFrom), view.x(thickTo), top, height);
      }
    }
    if (to - from > 12 && height >= 7) {
      const alpha = context.globalAlpha;
      context.globalAlpha = 1;
      drawChevrons(
        context,
        view,
        { left: from, right: to, middle, height, strand },
        colors.background,
      );
      context.globalAlpha = alpha;
    }
  }
}

function fillBar(
  context: CanvasRenderingContext2D,
  view: Viewport,
  from: number,
  to: number,
  top: number,
  height: number,
): void {
  const left = Math.max(-2, from);
  context.fillRect(left, top, Math.max(1, Math.min(view.width + 2, to) - left), height);
}

/** Marks `>` or `<` along a stretch, by the strand. */
function drawChevrons(
  context: CanvasRenderingContext2D,
  view: Viewport,
  at: {
    readonly left: number;
    readonly right: number;
    readonly middle: number;
    readonly height: number;
    readonly strand: Feature['strand'];
  },
  color: string,
): void {
  const { left, right, middle, height, strand } = at;
  if (strand === '.') return;
  const size = Math.max(2, Math.min(3, height / 3));
  const step = strand === '+' ? size : -size;
  context.strokeStyle = color;
  context.lineWidth = 1.2;
  context.beginPath();
  const inset = Math.min(8, (right - left) / 2);
  const first = left + inset + Math.max(0, Math.ceil((-8 - left) / 16)) * 16;
  for (let x = first; x < Math.min(right - 4, view.width + 8); x += 16) {
    context.moveTo(x - step / 2, middle - size);
    context.lineTo(x + step / 2, middle);
    context.lineTo(x - step / 2, middle + size);
  }
  context.stroke();
}

/** The name behind a feature, or inside it where its end is out of sight. */
function drawLabel(
  context: CanvasRenderingContext2D,
  view: Viewport,
  { feature, left, right, top, height }: DrawnFeature,
  colors: ThemeColors,
): void {
  const label = labelOf(feature);
  if (label === '') return;
  const width = context.measureText(label).width;
  const middle = top + height / 2 + 0.5;
  const from = right + GAP;
  if (from + width <= view.width) {
    context.fillStyle = colors.foreground;
    context.fillText(label, from, middle);
    return;
  }
  const inside = Math.max(left, 0) + 4;
  if (inside + width + 4 > Math.min(right, view.width)) return;
  context.fillStyle = colors.background;
  context.fillRect(inside - 2, top + 1, width + 4, height - 2);
  context.fillStyle = colors.foreground;
  context.fillText(label, inside, middle);
}

/** Pairs of regions as arcs between their middles, taller the farther they are apart. */
function drawArcs(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  { features, height, chrom, selected, hovered }: FeatureLane,
): readonly DrawnFeature[] {
  const floor = height - 8;
  const shade = scoreShade(features);
  const drawn: DrawnFeature[] = [];
  for (const feature of features) {
    const [left, right] = [view.x(feature.start), view.x(feature.end)];
    if (right < 0 || left > view.width) continue;
    const isMarked = feature.row === selected || feature.row === hovered;
    const color = feature.color === undefined ? colors.arc : colors.readable(feature.color);
    context.globalAlpha = isMarked ? 1 : shade(feature);
    context.fillStyle = context.strokeStyle = isMarked ? colors.focus : color;
    context.lineWidth = isMarked ? 2 : 1;
    for (const [start, end] of feature.blocks) {
      fillBar(context, view, view.x(start), view.x(end), floor, 6);
    }
    const [one, other] = [feature.blocks[0], feature.blocks.at(-1)];
    let top = floor;
    if (feature.mate?.chrom === chrom && one !== undefined && other !== undefined) {
      const [from, to] = [view.x((one[0] + one[1]) / 2), view.x((other[0] + other[1]) / 2)];
      const tall = Math.min(floor - 4, 10 + (Math.abs(to - from) / view.width) * floor);
      top = floor - tall;
      context.beginPath();
      context.moveTo(from, floor);
      // The middle of a quadratic curve is half as high as its handle.
      context.quadraticCurveTo((from + to) / 2, floor - 2 * tall, to, floor);
      context.stroke();
    } else if (feature.mate !== undefined) {
      context.globalAlpha = 1;
      context.fillText(`→ ${feature.mate.chrom}`, left, floor - 8);
    }
    context.globalAlpha = 1;
    drawn.push({ feature, left, right, top, height: height - top - 2 });
  }
  return drawn;
}
