import type { Drawing } from './canvas-surface.ts';
import type { GlyphAtlas } from './glyph-atlas.ts';
import type { ShownHit } from './hit-store.ts';
import type { SequenceLayout } from './sequence-layout.ts';

/** What is painted; positions are those of the record, 0-based. */
export interface SequenceScene {
  readonly layout: SequenceLayout;
  /** Pixels scrolled past. */
  readonly top: number;
  /** Height of the ruler above the rows. */
  readonly ruler: number;
  readonly reverse: boolean;
  readonly frames: boolean;
  /** Byte of the file at a position; 0 where it has not come. */
  letterAt(position: number): number;
  /** What is shown for a byte of the file, and what for the other strand. */
  readonly shown: Uint8Array;
  readonly opposite: Uint8Array;
  /** Amino acid of three shown bases; bytes of ASCII. */
  aminoAcid(first: number, second: number, third: number): number;
  readonly glyphs: GlyphAtlas;
  /** Letters of amino acids. */
  readonly residues: GlyphAtlas;
  readonly font: string;
  readonly selection: { readonly start: number; readonly end: number } | undefined;
  readonly cursor: number;
  readonly focused: boolean;
  hits(start: number, end: number): Iterable<ShownHit>;
}

const STOP = 42;
const START = 77;

/** The part of the rows that is seen, in positions of the view. */
export function visibleColumns(
  { layout, top }: Pick<SequenceScene, 'layout' | 'top'>,
  height: number,
): { readonly start: number; readonly end: number } {
  const { basesPerRow, rowHeight, length } = layout;
  const first = Math.floor(top / rowHeight);
  const last = Math.ceil((top + height) / rowHeight);
  return {
    start: Math.min(length, first * basesPerRow),
    end: Math.min(length, last * basesPerRow),
  };
}

/** Paints the rows that are in view. */
export function paintSequence(drawing: Drawing, scene: SequenceScene): void {
  const { context, width, height, theme, ratio } = drawing;
  const { layout, top, ruler, reverse } = scene;
  const { length, basesPerRow, rowHeight } = layout;
  const seen = visibleColumns(scene, height - ruler);
  const firstRow = Math.floor(seen.start / basesPerRow);
  const snap = (value: number): number => Math.round(value * ratio) / ratio;
  const rowTop = (row: number): number => snap(ruler + row * rowHeight - top);
  paintParts(drawing, scene, seen, rowTop);
  context.font = scene.font;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  const faint = theme('--vscode-editorLineNumber-foreground', '#858585');
  const baseLine = layout.linesAbove * layout.line;
  for (let row = firstRow; row * basesPerRow < seen.end; row++) {
    const start = row * basesPerRow;
    const end = Math.min(length, start + basesPerRow);
    const y = rowTop(row);
    const label = (reverse ? length - start : start + 1).toLocaleString('en');
    context.fillStyle = faint;
    context.fillText(label, layout.gutter - layout.cell, y + baseLine + layout.line / 2);
    paintRow(drawing, scene, start, end, y);
  }
  paintRuler(drawing, scene, width);
}

function paintRow(
  { context, ratio, theme }: Drawing,
  scene: SequenceScene,
  start: number,
  end: number,
  y: number,
): void {
  const { layout, reverse, glyphs, shown } = scene;
  const { length } = layout;
  const baseY = Math.round((y + layout.linesAbove * layout.line) * ratio);
  const codes = new Uint8Array(end - start + 2);
  for (let v = start - 1; v <= end; v++) {
    if (v < 0 || v >= length) continue;
    codes[v - start + 1] = scene.letterAt(reverse ? length - 1 - v : v);
  }
  const pending: number[] = [];
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let column = 0; column < end - start; column++) {
    const code = codes[column + 1] ?? 0;
    if (code === 0) pending.push(column);
    else glyphs.draw(context, shown[code] ?? code, Math.round(layout.xOf(column) * ratio), baseY);
  }
  context.restore();
  if (pending.length > 0) {
    context.fillStyle = theme('--vscode-editorIndentGuide-background1', '#8884');
    const middle = y + (layout.linesAbove + 0.5) * layout.line;
    for (const column of pending) {
      context.fillRect(layout.xOf(column) + layout.cell * 0.25, middle - 1, layout.cell * 0.5, 2);
    }
  }
  if (scene.frames) paintFrames({ context, ratio, theme }, scene, start, codes, y);
}

/** The six frames of a row: three of the shown strand above the bases, three of the other below. */
function paintFrames(
  { context, ratio, theme }: Pick<Drawing, 'context' | 'ratio' | 'theme'>,
  scene: SequenceScene,
  start: number,
  codes: Uint8Array,
  y: number,
): void {
  const { layout, reverse, residues, shown, opposite } = scene;
  const { line, length, cell } = layout;
  context.textAlign = 'right';
  context.fillStyle = theme('--vscode-editorLineNumber-foreground', '#858585');
  for (let frame = 0; frame < 3; frame++) {
    const [above, below] = reverse ? ['−', '+'] : ['+', '−'];
    const label = (sign: string): string => `${sign}${String(frame + 1)}`;
    context.fillText(label(above), layout.gutter - cell, y + (frame + 0.5) * line);
    context.fillText(label(below), layout.gutter - cell, y + (frame + 4.5) * line);
  }
  const stop = theme('--vscode-editorError-foreground', '#f14c4c');
  const first = theme('--vscode-testing-iconPassed', '#73c991');
  const draw = (code: number, column: number, lineOf: number): void => {
    const x = layout.xOf(column);
    const top = y + lineOf * line;
    if (code === STOP || code === START) {
      // Filled for a stop, a frame for a start: told apart without colour.
      context.globalAlpha = code === STOP ? 0.45 : 1;
      context.fillStyle = stop;
      context.strokeStyle = first;
      if (code === STOP) context.fillRect(x, top + 1, cell, line - 2);
      else context.strokeRect(x + 0.5, top + 1.5, cell - 1, line - 3);
      context.globalAlpha = 1;
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    residues.draw(context, code, Math.round(x * ratio), Math.round(top * ratio));
    context.restore();
  };
  const of = (table: Uint8Array, at: number): number => table[codes[at] ?? 0] ?? 0;
  for (let middle = 1; middle < codes.length - 1; middle++) {
    if (codes[middle - 1] === 0 || codes[middle] === 0 || codes[middle + 1] === 0) continue;
    const position = start + middle - 1;
    // The frame follows from the codon's lowest position on the record, whichever way it is shown.
    const lowest = reverse ? length - 1 - (position + 1) : position - 1;
    const frame = lowest % 3;
    const [a, b, c] = [middle - 1, middle, middle + 1];
    draw(scene.aminoAcid(of(shown, a), of(shown, b), of(shown, c)), b - 1, frame);
    const other = scene.aminoAcid(of(opposite, c), of(opposite, b), of(opposite, a));
    draw(other, b - 1, frame + 4);
  }
}

/** What lies behind and around letters: hits, the selection, the cursor. */
function paintParts(
  { context, theme, light }: Drawing,
  scene: SequenceScene,
  seen: { readonly start: number; readonly end: number },
  rowTop: (row: number) => number,
): void {
  const { layout, reverse } = scene;
  const { length, basesPerRow, line, cell } = layout;
  const view = (start: number, end: number): readonly [number, number] =>
    reverse ? [length - end, length - start] : [start, end];
  const each = (
    [from, to]: readonly [number, number],
    draw: (x: number, y: number, width: number, first: boolean, last: boolean) => void,
  ): void => {
    const [start, end] = [Math.max(from, seen.start), Math.min(to, seen.end)];
    for (let at = start; at < end;) {
      const row = Math.floor(at / basesPerRow);
      const stop = Math.min(end, (row + 1) * basesPerRow);
      const x = layout.xOf(at - row * basesPerRow);
      const right = layout.xOf(stop - 1 - row * basesPerRow) + cell;
      draw(x, rowTop(row) + layout.linesAbove * line, right - x, at === from, stop === to);
      at = stop;
    }
  };
  const [recordStart, recordEnd] = view(seen.start, seen.end);
  const back = theme('--vscode-editor-findMatchHighlightBackground', '#ea5c0055');
  const mark = theme('--vscode-editorInfo-foreground', light ? '#1a85ff' : '#3794ff');
  for (const hit of scene.hits(recordStart, recordEnd)) {
    const forward = hit.reverse === reverse;
    each(view(hit.start, hit.end), (x, y, width, first, last) => {
      context.fillStyle = back;
      context.fillRect(x, y, width, line);
      context.fillStyle = mark;
      // A line above with its head at the right is the strand shown, one below the other strand.
      const edge = forward ? y : y + line - 2;
      context.fillRect(x, edge, width, 2);
      const tip = forward ? (last ? x + width : undefined) : first ? x : undefined;
      if (tip === undefined) return;
      const [back2, middle] = [tip + (forward ? -5 : 5), edge + 1];
      context.beginPath();
      context.moveTo(tip, middle);
      context.lineTo(back2, middle - 3.5);
      context.lineTo(back2, middle + 3.5);
      context.fill();
    });
  }
  if (scene.selection !== undefined) {
    const { start, end } = scene.selection;
    const border = theme('--vscode-contrastActiveBorder', '');
    context.fillStyle = theme('--vscode-editor-selectionBackground', '#264f78aa');
    each(view(start, end), (x, y, width) => {
      context.fillRect(x, y, width, line);
      if (border === '') return;
      context.strokeStyle = border;
      context.strokeRect(x + 0.5, y + 0.5, width - 1, line - 1);
    });
  }
  context.strokeStyle = scene.focused
    ? theme('--vscode-editorCursor-foreground', '#aeafad')
    : theme('--vscode-editorLineNumber-foreground', '#858585');
  context.lineWidth = scene.focused ? 2 : 1;
  each(view(scene.cursor, scene.cursor + 1), (x, y) => {
    context.strokeRect(x, y + 0.5, cell, line - 1);
  });
  context.lineWidth = 1;
}

/** Numbers of the columns above the rows, which stand under it when scrolled. */
function paintRuler(
  { context, theme }: Drawing,
  { layout, ruler }: SequenceScene,
  width: number,
): void {
  context.fillStyle = theme('--vscode-editor-background', '#1f1f1f');
  context.fillRect(0, 0, width, ruler);
  context.fillStyle = theme('--vscode-editorLineNumber-foreground', '#858585');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let column = 10; column <= layout.basesPerRow; column += 10) {
    const x = layout.xOf(column - 1) + layout.cell;
    context.fillText(String(column), x, ruler / 2 - 1);
    context.fillRect(x - layout.cell / 2, ruler - 4, 1, 4);
  }
  context.fillStyle = theme('--vscode-editorRuler-foreground', '#5a5a5a');
  context.fillRect(layout.gutter, ruler - 1, width - layout.gutter, 1);
}
