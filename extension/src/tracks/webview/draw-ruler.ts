import { formatCount } from './format-text.ts';
import { rulerTicks } from './ruler-ticks.ts';
import type { ThemeColors } from './theme-colors.ts';
import type { Viewport } from './viewport.ts';

export const OVERVIEW_HEIGHT = 12;
export const RULER_HEIGHT = 26;

/** Draws the whole contig with the place of the view on it. */
export function drawOverview(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
): void {
  const { width, length } = view;
  const middle = OVERVIEW_HEIGHT / 2;
  context.fillStyle = colors.line;
  context.fillRect(0, middle - 2, width, 4);
  const left = (view.start / length) * width;
  const across = Math.max(3, (view.span / length) * width);
  context.fillStyle = colors.focus;
  context.fillRect(Math.min(left, width - across), 1, across, OVERVIEW_HEIGHT - 2);
}

/** Draws the ruler, and the stretch that is being selected on it. */
export function drawRuler(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  selected: readonly [from: number, to: number] | undefined,
): void {
  const { width } = view;
  if (selected !== undefined) {
    const [from, to] = [view.x(Math.min(...selected)), view.x(Math.max(...selected))];
    context.fillStyle = colors.selection;
    context.fillRect(from, 0, to - from, RULER_HEIGHT);
  }
  context.strokeStyle = colors.muted;
  context.fillStyle = colors.foreground;
  context.font = colors.font;
  context.textBaseline = 'top';
  context.lineWidth = 1;
  const { step, labelled } = rulerTicks(view.start, view.end, width);
  const small = step / 10;
  context.beginPath();
  if (small >= 1) {
    for (let at = Math.ceil((view.start + 1) / small) * small; at <= view.end; at += small) {
      const x = Math.round(view.x(at - 0.5)) + 0.5;
      context.moveTo(x, RULER_HEIGHT - 4);
      context.lineTo(x, RULER_HEIGHT);
    }
  }
  for (const at of labelled) {
    // The tick of a base is at its middle.
    const x = Math.round(view.x(at - 0.5)) + 0.5;
    context.moveTo(x, RULER_HEIGHT - 8);
    context.lineTo(x, RULER_HEIGHT);
    const text = formatCount(at);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.max(0, Math.min(x - half, width - 2 * half)), 3);
  }
  context.moveTo(0, RULER_HEIGHT - 0.5);
  context.lineTo(width, RULER_HEIGHT - 0.5);
  context.stroke();
}

/** Height of the lane of bases. */
export const BASES_HEIGHT = 20;

/** Draws letters of the genome, or where there is no room for them blocks of their colours. */
export function drawBases(
  context: CanvasRenderingContext2D,
  view: Viewport,
  colors: ThemeColors,
  { start, letters }: { readonly start: number; readonly letters: string },
): void {
  const width = view.pixelsPerBase;
  const hasRoom = width >= 6;
  const size = Math.round(Math.max(9, Math.min(13, width * 1.5)));
  context.font = `bold ${String(size)}px ${colors.mono}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const first = Math.max(0, Math.floor(view.start) - start);
  const last = Math.min(letters.length, Math.ceil(view.end) - start);
  for (let index = first; index < last; index++) {
    const letter = letters.charAt(index);
    const x = view.x(start + index);
    context.fillStyle = colors.bases[letter] ?? colors.muted;
    if (hasRoom) context.fillText(letter, x + width / 2, BASES_HEIGHT / 2);
    else context.fillRect(x, 4, Math.max(1, width - 0.5), BASES_HEIGHT - 8);
  }
  context.textAlign = 'start';
}
