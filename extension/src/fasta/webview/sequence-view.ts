import { element } from '../../webviews/element.ts';
import type { BaseColors, RecordRow } from '../fasta-protocol.ts';
import { aminoAcidOf } from '../translate.ts';

import { CanvasSurface, type Drawing } from './canvas-surface.ts';
import { GlyphAtlas } from './glyph-atlas.ts';
import type { HitStore, ShownHit } from './hit-store.ts';
import { LetterCache } from './letter-cache.ts';
import { letterStyles } from './letter-colors.ts';
import { paintSequence, visibleColumns } from './paint-sequence.ts';
import { ScrollBar } from './scroll-bar.ts';
import { ScrollRange } from './scroll-range.ts';
import { layOutSequence, type SequenceLayout } from './sequence-layout.ts';
import { handleSequenceInput } from './sequence-input.ts';
import { shownLetters, type ShownLetters } from './shown-letters.ts';

/** How a sequence is shown. */
export interface SequenceChoices {
  readonly alphabet: 'DNA' | 'RNA' | 'protein';
  readonly reverse: boolean;
  readonly letters: ShownLetters;
  readonly frames: boolean;
  readonly colors: BaseColors;
}

/** What a sequence view asks and tells. */
export interface SequenceViewOptions {
  load(record: number, start: number, end: number, signal: AbortSignal): Promise<Uint8Array>;
  onError(error: unknown): void;
  /** The cursor or the selection changed. */
  onSelect(): void;
  /** Other bases are seen. */
  onScroll(): void;
  onCopy(): void;
}

const RULER = 22;

/** Rows of bases on a canvas; only those in view exist. */
export class SequenceView {
  readonly element: HTMLElement;
  readonly options: SequenceViewOptions;
  readonly range = new ScrollRange();
  readonly #surface: CanvasSurface;
  readonly #bar: ScrollBar;
  #record: RecordRow = { record: 0, name: '', description: '', length: 0 };
  #choices: SequenceChoices;
  #cache: LetterCache | undefined;
  #glyphs: GlyphAtlas | undefined;
  #residues: GlyphAtlas | undefined;
  #font = '';
  #layout: SequenceLayout | undefined;
  #hits: HitStore | undefined;
  #cursor = 0;
  #anchor: number | undefined;
  #shown: Uint8Array = new Uint8Array(0);
  #opposite: Uint8Array = new Uint8Array(0);
  /** Where to begin when there is a layout. */
  #waiting: number | undefined;

  constructor(choices: SequenceChoices, options: SequenceViewOptions) {
    this.options = options;
    this.#choices = choices;
    this.#surface = new CanvasSurface(
      'sequence-canvas',
      (drawing) => {
        this.#paint(drawing);
      },
      () => {
        this.#glyphs = this.#residues = undefined;
        this.#layOut();
      },
    );
    this.#bar = new ScrollBar(this.range, {
      label: 'Scroll the sequence',
      onScroll: () => {
        this.scrolled();
      },
    });
    this.element = element(
      'div',
      { class: 'sequence-view', tabIndex: 0, 'aria-describedby': 'sequence-description' },
      this.#surface.element,
      this.#bar.element,
    );
    this.element.setAttribute('role', 'application');
    this.element.setAttribute('aria-roledescription', 'sequence');
    this.#surface.element.setAttribute('aria-hidden', 'true');
    handleSequenceInput(this, this.#surface.element, RULER);
    for (const event of ['focus', 'blur']) {
      this.element.addEventListener(event, () => {
        this.#surface.ask();
      });
    }
    this.#choose();
  }

  get record(): RecordRow {
    return this.#record;
  }

  get choices(): SequenceChoices {
    return this.#choices;
  }

  set choices(choices: SequenceChoices) {
    const { start, end } = this.visible;
    // The other strand is shown of the same place.
    const first = choices.reverse ? end - 1 : start;
    this.#choices = choices;
    this.#choose();
    this.#glyphs = this.#residues = undefined;
    this.#layOut();
    this.startWith(first);
  }

  set hits(hits: HitStore | undefined) {
    this.#hits = hits;
    this.#surface.ask();
  }

  get layout(): SequenceLayout | undefined {
    return this.#layout;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** What is selected, at least one base; undefined where nothing is. */
  get selection(): { readonly start: number; readonly end: number } | undefined {
    if (this.#anchor === undefined) return undefined;
    const start = Math.min(this.#anchor, this.#cursor);
    return { start, end: Math.max(this.#anchor, this.#cursor) + 1 };
  }

  /** The bases that are seen, as positions of the record. */
  get visible(): { readonly start: number; readonly end: number } {
    const layout = this.#layout;
    if (layout === undefined) return { start: 0, end: 0 };
    const { start, end } = visibleColumns({ layout, top: this.range.top }, this.range.page);
    const { length } = this.#record;
    return this.#choices.reverse ? { start: length - end, end: length - start } : { start, end };
  }

  /** Positions of the record and of the view are each other's mirror on the reverse strand. */
  mirror(position: number): number {
    return this.#choices.reverse ? this.#record.length - 1 - position : position;
  }

  /** The letter that is shown for a position of the record; undefined where it has not come. */
  letter(position: number): string | undefined {
    const code = this.#cache?.at(position) ?? 0;
    return code === 0 ? undefined : String.fromCharCode(this.#shown[code] ?? code);
  }

  /** The rows that are seen as text: position, tab, letters. */
  visibleText(): string {
    const layout = this.#layout;
    if (layout === undefined) return '';
    const seen = visibleColumns({ layout, top: this.range.top }, this.range.page);
    const rows: string[] = [];
    for (let start = seen.start; start < seen.end; start += layout.basesPerRow) {
      const end = Math.min(seen.end, start + layout.basesPerRow);
      let row = `${String(this.mirror(start) + 1)}\t`;
      for (let v = start; v < end; v++) row += this.letter(this.mirror(v)) ?? '…';
      rows.push(row);
    }
    return rows.join('\n');
  }

  /** Shows a record from its beginning. */
  show(record: RecordRow): void {
    this.#cache?.dispose();
    this.#record = record;
    this.#cursor = 0;
    this.#anchor = undefined;
    this.#cache = new LetterCache({
      length: record.length,
      load: (start, end, signal) => this.options.load(record.record, start, end, signal),
      onLoad: () => {
        this.#surface.ask();
        this.options.onSelect();
      },
      onError: this.options.onError,
    });
    this.element.setAttribute('aria-label', `Sequence of ${record.name}`);
    this.range.top = 0;
    this.#layOut();
    if (this.#choices.reverse) this.#cursor = Math.max(0, record.length - 1);
    this.options.onSelect();
  }

  /** Goes to a place of the record; selects it where it is more than a base. */
  goTo(start: number, end: number): void {
    const last = Math.max(0, this.#record.length - 1);
    const from = Math.min(last, Math.max(0, start));
    const to = Math.min(last, Math.max(from, end - 1));
    if (to > from) this.select(to, from);
    else this.select(from);
    const layout = this.#layout;
    if (layout === undefined) return;
    const head = this.mirror(this.#choices.reverse ? to : from);
    const y = Math.floor(head / layout.basesPerRow) * layout.rowHeight;
    const seen = y >= this.range.top && y + layout.rowHeight <= this.range.top + this.range.page;
    if (!seen)
      this.range.top = y - Math.floor(this.range.page / 3 / layout.rowHeight) * layout.rowHeight;
    this.scrolled();
  }

  /** Scrolls so that a base stands in the first row. */
  startWith(position: number): void {
    const layout = this.#layout;
    if (layout === undefined) {
      this.#waiting = position;
      return;
    }
    this.range.top = Math.floor(this.mirror(position) / layout.basesPerRow) * layout.rowHeight;
    this.scrolled();
  }

  /** Puts the cursor somewhere; with an anchor everything between is selected. */
  select(cursor: number, anchor?: number): void {
    const last = Math.max(0, this.#record.length - 1);
    this.#cursor = Math.min(last, Math.max(0, cursor));
    this.#anchor = anchor === undefined ? undefined : Math.min(last, Math.max(0, anchor));
    this.#surface.ask();
    this.options.onSelect();
  }

  /** Where a selection that is made larger begins. */
  get anchor(): number {
    return this.#anchor ?? this.#cursor;
  }

  /** Scrolls until the cursor is seen. */
  reveal(): void {
    this.#revealCursor();
    this.scrolled();
  }

  #revealCursor(): void {
    const layout = this.#layout;
    if (layout === undefined) return;
    const row = Math.floor(this.mirror(this.#cursor) / layout.basesPerRow);
    this.range.reveal(row * layout.rowHeight, (row + 1) * layout.rowHeight);
  }

  #isCursorSeen(): boolean {
    const { start, end } = this.visible;
    return this.#cursor >= start && this.#cursor < end;
  }

  /** To be called when {@link range} was changed. */
  scrolled(): void {
    this.#surface.ask();
    this.options.onScroll();
  }

  #choose(): void {
    const { alphabet, letters, reverse } = this.#choices;
    this.#shown = shownLetters({ alphabet, letters, complement: reverse });
    this.#opposite = shownLetters({ alphabet, letters, complement: !reverse });
  }

  #layOut(): void {
    const { clientWidth: width, clientHeight: height } = this.#surface.element;
    if (width === 0) return;
    const { ratio } = this.#surface;
    const style = getComputedStyle(this.element);
    const size = Number.parseFloat(style.fontSize) || 12;
    this.#font = `${String(size)}px ${style.fontFamily}`;
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) return;
    context.font = this.#font;
    const advance = Math.max(context.measureText('M').width, context.measureText('W').width);
    const cell = Math.max(1, Math.round((advance + 1) * ratio)) / ratio;
    const line = Math.max(1, Math.round(size * 1.5 * ratio)) / ratio;
    const before = this.#layout;
    const cursorSeen = this.#isCursorSeen();
    const first = before === undefined ? 0 : this.range.top / before.rowHeight;
    const frames = this.#choices.frames && this.#choices.alphabet !== 'protein';
    const { length } = this.#record;
    const layout = layOutSequence({ length, width, cell, line, frames });
    this.#layout = layout;
    this.range.resize(layout.rows * layout.rowHeight, Math.max(0, height - RULER));
    if (before !== undefined) {
      // Another width breaks the rows elsewhere: the first base that was seen stays the first.
      const base = first * before.basesPerRow;
      this.range.top = (base / layout.basesPerRow) * layout.rowHeight;
      if (cursorSeen) this.#revealCursor();
    } else if (this.#waiting !== undefined) {
      const position = this.#waiting;
      this.#waiting = undefined;
      this.startWith(position);
    }
    this.scrolled();
  }

  #paint(drawing: Drawing): void {
    if (this.#layout === undefined) this.#layOut();
    const layout = this.#layout;
    const cache = this.#cache;
    if (layout === undefined || cache === undefined) return;
    this.#bar.update();
    const { ratio, theme, light } = drawing;
    const { alphabet, colors, reverse, frames } = this.#choices;
    const text = theme('--vscode-editor-foreground', '#ccc');
    const scale = /^([\d.]+)px (.*)$/s.exec(this.#font);
    const glyphs = {
      font: `${String(Number(scale?.[1] ?? 12) * ratio)}px ${scale?.[2] ?? 'monospace'}`,
      width: Math.round(layout.cell * ratio),
      height: Math.round(layout.line * ratio),
      text,
    };
    const styles = letterStyles(colors, alphabet, theme, light);
    this.#glyphs ??= new GlyphAtlas({ ...glyphs, styles });
    // Amino acids are letters of another kind: colours of bases would mislead.
    this.#residues ??= new GlyphAtlas({ ...glyphs, styles: new Map() });
    const { start, end } = this.visible;
    cache.want(start, end);
    paintSequence(drawing, {
      layout,
      top: this.range.top,
      ruler: RULER,
      reverse,
      frames: frames && alphabet !== 'protein',
      letterAt: (position) => cache.at(position),
      shown: this.#shown,
      opposite: this.#opposite,
      aminoAcid: aminoAcidOf,
      glyphs: this.#glyphs,
      residues: this.#residues,
      font: this.#font,
      selection: this.selection,
      cursor: this.#cursor,
      focused: document.activeElement === this.element,
      hits: (from, to): Iterable<ShownHit> =>
        this.#hits?.overlapping(this.#record.record, from, to) ?? [],
    });
  }
}
