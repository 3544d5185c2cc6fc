import { element } from '../../webviews/element.ts';
import type { Host } from '../../webviews/host.ts';
import type { BaseColors, FastaProtocol } from '../fasta-protocol.ts';
import { CanvasSurface, type Drawing } from './canvas-surface.ts';
import { GlyphAtlas } from './glyph-atlas.ts';
import { letterStyles } from './letter-colors.ts';
import { ScrollBar } from './scroll-bar.ts';
import { ScrollRange } from './scroll-range.ts';
import { shownLetters, type ShownLetters } from './shown-letters.ts';
import { TileCache } from './tile-cache.ts';

/** An alignment and how it is shown. */
export interface AlignmentOptions {
  readonly host: Host<FastaProtocol>;
  readonly alphabet: 'DNA' | 'RNA' | 'protein';
  readonly records: number;
  readonly length: number;
  /** A row was clicked. */
  onSelect(record: number, column: number): void;
  onError(error: unknown): void;
}

const TILE_COLUMNS = 512;
const TILE_ROWS = 32;
const NAMES = 150;
const PLOT = 36;

type Block = FastaProtocol['requests']['block']['result'];
type Columns = FastaProtocol['requests']['conservation']['result'];

/** Records below each other by column, with their agreement and consensus above. */
export class AlignmentView {
  readonly element: HTMLElement;
  readonly #options: AlignmentOptions;
  readonly #surface: CanvasSurface;
  readonly #across = new ScrollRange();
  readonly #down = new ScrollRange();
  readonly #bars: readonly ScrollBar[];
  readonly #blocks: TileCache<Block>;
  readonly #columns: TileCache<Columns>;
  #glyphs: GlyphAtlas | undefined;
  #colors: BaseColors = 'theme';
  #shown: Uint8Array;
  #cell = 9;
  #line = 18;
  #font = '12px monospace';
  #cursor = { record: 0, column: 0 };

  constructor(options: AlignmentOptions) {
    this.#options = options;
    this.#shown = shownLetters({ alphabet: options.alphabet, letters: 'file', complement: false });
    const ask = (): void => {
      this.#surface.ask();
    };
    this.#surface = new CanvasSurface(
      'alignment-canvas',
      (drawing) => {
        this.#paint(drawing);
      },
      () => {
        this.#glyphs = undefined;
      },
    );
    const shared = { onLoad: ask, onError: options.onError };
    this.#blocks = new TileCache({
      ...shared,
      load: (column, row, signal) =>
        options.host.request(
          'block',
          {
            records: [row * TILE_ROWS, (row + 1) * TILE_ROWS],
            start: column * TILE_COLUMNS,
            end: Math.min(options.length, (column + 1) * TILE_COLUMNS),
          },
          { signal },
        ),
    });
    this.#columns = new TileCache({
      ...shared,
      load: (column, _row, signal) =>
        options.host.request(
          'conservation',
          { start: column * TILE_COLUMNS, end: (column + 1) * TILE_COLUMNS },
          { signal },
        ),
    });
    this.#bars = [
      new ScrollBar(this.#down, { label: 'Scroll records', onScroll: ask }),
      new ScrollBar(this.#across, {
        label: 'Scroll columns',
        orientation: 'horizontal',
        onScroll: ask,
      }),
    ];
    this.element = element(
      'div',
      { class: 'alignment-view', tabIndex: 0 },
      this.#surface.element,
      ...this.#bars.map((bar) => bar.element),
    );
    this.element.setAttribute('role', 'application');
    this.element.setAttribute('aria-roledescription', 'alignment');
    this.#surface.element.setAttribute('aria-hidden', 'true');
    this.#listen(ask);
  }

  set colors(colors: BaseColors) {
    this.#colors = colors;
    this.#glyphs = undefined;
    this.#surface.ask();
  }

  set letters(letters: ShownLetters) {
    const { alphabet } = this.#options;
    this.#shown = shownLetters({ alphabet, letters, complement: false });
    this.#surface.ask();
  }

  /** Goes to a column and, where given, a record. */
  goTo(column: number, record?: number): void {
    this.#cursor = { record: record ?? this.#cursor.record, column };
    const { page } = this.#across;
    const x = column * this.#cell;
    if (x < this.#across.top || x + this.#cell > this.#across.top + page) {
      this.#across.top = x - page / 3;
    }
    if (record !== undefined) this.#down.reveal(record * this.#line, (record + 1) * this.#line);
    this.#describe();
    this.#surface.ask();
  }

  #head(): number {
    return PLOT + 2 * this.#line;
  }

  #listen(ask: () => void): void {
    const canvas = this.#surface.element;
    this.element.addEventListener(
      'wheel',
      (event) => {
        if (event.ctrlKey) return;
        event.preventDefault();
        const unit = event.deltaMode === 1 ? this.#line : 1;
        const sideways = event.shiftKey && event.deltaX === 0;
        this.#across.top += (sideways ? event.deltaY : event.deltaX) * unit;
        if (!sideways) this.#down.top += event.deltaY * unit;
        ask();
      },
      { passive: false },
    );
    canvas.addEventListener('pointerdown', (event) => {
      const y = event.offsetY - this.#head() + this.#down.top;
      const x = event.offsetX - NAMES + this.#across.top;
      const record = Math.floor(y / this.#line);
      const column = Math.floor(x / this.#cell);
      if (event.offsetY < this.#head() || record >= this.#options.records) return;
      this.#move(record, Math.max(0, column));
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.altKey || event.metaKey) return;
      const { record, column } = this.#cursor;
      const last = this.#options.length - 1;
      const rows = Math.max(1, Math.floor(this.#down.page / this.#line) - 1);
      const step = event.ctrlKey ? 10 : 1;
      const targets: Readonly<Record<string, readonly [number, number]>> = {
        ArrowLeft: [record, column - step],
        ArrowRight: [record, column + step],
        ArrowUp: [record - 1, column],
        ArrowDown: [record + 1, column],
        PageUp: [record - rows, column],
        PageDown: [record + rows, column],
        Home: [event.ctrlKey ? 0 : record, 0],
        End: [event.ctrlKey ? this.#options.records - 1 : record, last],
      };
      const target = targets[event.key];
      if (target === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(...target);
    });
  }

  #move(record: number, column: number): void {
    const { records, length, onSelect } = this.#options;
    const to = Math.min(records - 1, Math.max(0, record));
    this.goTo(Math.min(length - 1, Math.max(0, column)), to);
    onSelect(to, this.#cursor.column);
  }

  #letter(record: number, column: number): number {
    const block = this.#blocks.at(
      Math.floor(column / TILE_COLUMNS),
      Math.floor(record / TILE_ROWS),
    );
    if (block === undefined || block.names.length === 0) return 0;
    const width = block.letters.length / block.names.length;
    return block.letters[(record % TILE_ROWS) * width + (column % TILE_COLUMNS)] ?? 0;
  }

  #describe(): void {
    const { record, column } = this.#cursor;
    const code = this.#letter(record, column);
    const letter = code === 0 ? '' : `, ${String.fromCharCode(this.#shown[code] ?? code)}`;
    const { records, length } = this.#options;
    this.element.setAttribute(
      'aria-label',
      `Alignment of ${String(records)} records, ${length.toLocaleString('en')} columns. ` +
        `Record ${String(record + 1)}, column ${(column + 1).toLocaleString('en')}${letter}`,
    );
  }

  #measure({ context, width, height, ratio, theme, light }: Drawing): GlyphAtlas {
    const style = getComputedStyle(this.element);
    const size = Number.parseFloat(style.fontSize) || 12;
    this.#font = `${String(size)}px ${style.fontFamily}`;
    context.font = this.#font;
    this.#cell = Math.round((context.measureText('W').width + 1) * ratio) / ratio;
    this.#line = Math.round(size * 1.4 * ratio) / ratio;
    const { records, length, alphabet } = this.#options;
    this.#across.resize(length * this.#cell, Math.max(0, width - NAMES));
    this.#down.resize(records * this.#line, Math.max(0, height - this.#head()));
    this.#glyphs ??= new GlyphAtlas({
      font: `${String(size * ratio)}px ${style.fontFamily}`,
      width: Math.round(this.#cell * ratio),
      height: Math.round(this.#line * ratio),
      styles: letterStyles(this.#colors, alphabet, theme, light),
      text: theme('--vscode-editor-foreground', '#ccc'),
    });
    return this.#glyphs;
  }

  #paint(drawing: Drawing): void {
    const { context, width, height, ratio, theme } = drawing;
    const glyphs = this.#measure(drawing);
    for (const bar of this.#bars) bar.update();
    const { records, length } = this.#options;
    const [cell, line, head] = [this.#cell, this.#line, this.#head()];
    const firstColumn = Math.floor(this.#across.top / cell);
    const lastColumn = Math.min(length, Math.ceil((this.#across.top + width - NAMES) / cell));
    const firstRow = Math.floor(this.#down.top / line);
    const lastRow = Math.min(records, Math.ceil((this.#down.top + height - head) / line));
    const tiles = (from: number, to: number, size: number): readonly [number, number] => [
      Math.floor(from / size),
      Math.ceil(to / size),
    ];
    const wide = tiles(firstColumn, lastColumn, TILE_COLUMNS);
    this.#blocks.want(wide, tiles(firstRow, lastRow, TILE_ROWS));
    this.#columns.want(wide, [0, 1]);
    const x = (column: number): number => NAMES + column * cell - this.#across.top;
    const y = (row: number): number => head + row * line - this.#down.top;
    const foreground = theme('--vscode-editor-foreground', '#ccc');
    const faint = theme('--vscode-descriptionForeground', '#888');
    const background = theme('--vscode-editor-background', '#1f1f1f');
    const draw = (code: number, left: number, top: number): void => {
      glyphs.draw(context, code, Math.round(left * ratio), Math.round(top * ratio));
    };
    const letters = (each: () => void): void => {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      each();
      context.restore();
    };
    letters(() => {
      for (let row = firstRow; row < lastRow; row++) {
        for (let column = firstColumn; column < lastColumn; column++) {
          const code = this.#letter(row, column);
          if (code !== 0) draw(this.#shown[code] ?? code, x(column), y(row));
        }
      }
    });
    context.strokeStyle = theme('--vscode-editorCursor-foreground', '#aeafad');
    const at = this.#cursor;
    context.strokeRect(x(at.column), y(at.record) + 0.5, cell, line - 1);
    context.fillStyle = background;
    context.fillRect(0, 0, width, head);
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    context.font = this.#font;
    for (let column = firstColumn; column < lastColumn; column++) {
      const part = this.#columns.at(Math.floor(column / TILE_COLUMNS), 0);
      const share = part?.identity[column % TILE_COLUMNS] ?? 0;
      context.fillStyle = theme('--vscode-charts-blue', '#3794ff');
      context.globalAlpha = 0.35 + 0.65 * share;
      context.fillRect(x(column), line + PLOT * (1 - share), cell - 1, PLOT * share);
      context.globalAlpha = 1;
      if ((column + 1) % 10 !== 0) continue;
      context.fillStyle = faint;
      context.fillText((column + 1).toLocaleString('en'), x(column) + cell / 2, line / 2);
    }
    letters(() => {
      for (let column = firstColumn; column < lastColumn; column++) {
        const part = this.#columns.at(Math.floor(column / TILE_COLUMNS), 0);
        const code = part?.consensus.charCodeAt(column % TILE_COLUMNS) ?? 0;
        if (code > 0) draw(this.#shown[code] ?? code, x(column), line + PLOT);
      }
    });
    // Names lie above letters that were scrolled under them.
    context.fillStyle = background;
    context.fillRect(0, 0, NAMES - 4, height);
    context.textAlign = 'left';
    context.fillStyle = faint;
    context.fillText('Conservation', 10, line + PLOT / 2);
    context.fillText('Consensus', 10, line * 1.5 + PLOT);
    context.save();
    context.beginPath();
    context.rect(0, head, NAMES - 12, height - head);
    context.clip();
    context.fillStyle = foreground;
    for (let row = firstRow; row < lastRow; row++) {
      const block = this.#blocks.at(wide[0], Math.floor(row / TILE_ROWS));
      context.fillText(block?.names[row % TILE_ROWS] ?? '…', 10, y(row) + line / 2);
    }
    context.restore();
    this.#describe();
  }
}
