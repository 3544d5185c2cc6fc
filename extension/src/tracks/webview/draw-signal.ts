import type { Region } from '../track-types.ts';
import type { Drawing, TrackSettings } from '../tracks-protocol.ts';
import { formatCount, formatValue } from './format-text.ts';
import type { ThemeColors } from './theme-colors.ts';
import type { Viewport } from './viewport.ts';

type Signal = Extract<Drawing, { kind: 'signal' }>;
type Density = Extract<Drawing, { kind: 'density' }>;

/** Where the bins of a drawing lie in the view. */
function binEdges(view: Viewport, region: Region, bins: number): (bin: number) => number {
  const step = (region.end - region.start) / bins;
  return (bin) => view.x(region.start + bin * step);
}

function visibleBins(view: Viewport, region: Region, bins: number): readonly [number, number] {
  const step = (region.end - region.start) / bins;
  const first = Math.max(0, Math.floor((view.start - region.start) / step));
  return [first, Math.min(bins, Math.ceil((view.end - region.start) / step))];
}

/** The axis of a signal: what the user set, or what fits the bins in sight, with zero in it. */
export function signalAxis(
  view: Viewport,
  region: Region,
  { min, max }: Signal,
  scale: TrackSettings['scale'],
): readonly [low: number, high: number] {
  if (scale !== undefined) return scale;
  const [first, last] = visibleBins(view, region, min.length);
  let [low, high] = [0, 0];
  for (let bin = first; bin < last; bin++) {
    const [least = NaN, most = NaN] = [min[bin], max[bin]];
    if (least < low) low = least;
    if (most > high) high = most;
  }
  return low === high ? [low, low + 1] : [low, high];
}

/** Draws the means as area, and lighter the span from smallest to largest value. */
export function drawSignal(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  lane: {
    readonly region: Region;
    readonly drawing: Signal;
    readonly height: number;
    readonly scale: TrackSettings['scale'];
  },
): void {
  const { region, drawing, height, scale } = lane;
  const { min, max, mean } = drawing;
  const [low, high] = signalAxis(view, region, drawing, scale);
  const y = (value: number): number => {
    const share = (value - low) / (high - low);
    return height - 2 - Math.max(0, Math.min(1, share)) * (height - 6);
  };
  const zero = y(Math.max(low, Math.min(high, 0)));
  const edge = binEdges(view, region, mean.length);
  const [first, last] = visibleBins(view, region, mean.length);
  context.fillStyle = colors.signal;
  for (let bin = first; bin < last; bin++) {
    const value = mean[bin] ?? NaN;
    if (Number.isNaN(value)) continue;
    const x = edge(bin);
    const width = Math.max(1, edge(bin + 1) - x);
    const [top, bottom] = [y(max[bin] ?? value), y(min[bin] ?? value)];
    context.globalAlpha = 0.4;
    context.fillRect(x, top, width, Math.max(1, bottom - top));
    context.globalAlpha = 1;
    const at = y(value);
    context.fillRect(x, Math.min(at, zero), width, Math.max(1, Math.abs(zero - at)));
  }
  context.fillStyle = colors.line;
  context.fillRect(0, Math.round(zero), view.width, 1);
  drawAxis(context, colors, [formatValue(high), formatValue(low)], height);
}

/** Draws how many features there are where they are too many to be drawn. */
export function drawDensity(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  lane: { readonly region: Region; readonly drawing: Density; readonly height: number },
): void {
  const { region, drawing, height } = lane;
  const { counts } = drawing;
  const edge = binEdges(view, region, counts.length);
  const [first, last] = visibleBins(view, region, counts.length);
  let most = 1;
  for (let bin = first; bin < last; bin++) most = Math.max(most, counts[bin] ?? 0);
  context.fillStyle = colors.feature;
  for (let bin = first; bin < last; bin++) {
    const count = counts[bin] ?? 0;
    if (count === 0) continue;
    const x = edge(bin);
    const tall = Math.max(1, (count / most) * (height - 16));
    context.fillRect(x, height - tall, Math.max(1, edge(bin + 1) - x), tall);
  }
  const bases = Math.max(1, Math.round((region.end - region.start) / counts.length));
  drawAxis(
    context,
    colors,
    [`up to ${formatCount(most)} in ${formatCount(bases)} bp; zoom in to see each`],
    height,
  );
}

function drawAxis(
  context: CanvasRenderingContext2D,
  colors: ThemeColors,
  [top, bottom]: readonly [top: string, bottom?: string],
  height: number,
): void {
  context.font = colors.font;
  context.textBaseline = 'top';
  const write = (text: string, y: number): void => {
    context.globalAlpha = 0.8;
    context.fillStyle = colors.background;
    context.fillRect(0, y - 1, context.measureText(text).width + 8, 14);
    context.globalAlpha = 1;
    context.fillStyle = colors.foreground;
    context.fillText(text, 4, y);
  };
  write(top, 1);
  if (bottom !== undefined && height >= 34) write(bottom, height - 14);
}
