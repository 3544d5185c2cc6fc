/** What a layout of rows is made of; all lengths are CSS pixels. */
export interface LayoutOptions {
  /** Bases of the record. */
  readonly length: number;
  /** Room for gutter and bases. */
  readonly width: number;
  /** Width of a letter. */
  readonly cell: number;
  /** Height of a line of text. */
  readonly line: number;
  /** Whether the six frames stand above and below the bases. */
  readonly frames: boolean;
}

/** Where bases stand: rows of a round number of bases, in groups of ten. */
export interface SequenceLayout {
  readonly length: number;
  readonly basesPerRow: number;
  readonly rows: number;
  readonly rowHeight: number;
  readonly cell: number;
  readonly line: number;
  /** Width of the gutter with positions. */
  readonly gutter: number;
  /** Lines of a row above that of the bases. */
  readonly linesAbove: number;
  /** Left edge of a column. */
  xOf(column: number): number;
  /** The column at a distance from the left edge; always one of the row. */
  columnAt(x: number): number;
}

const GROUP = 10;

/** Lays a record out in rows of as many tens of bases as the width holds. */
export function layOutSequence({
  length,
  width,
  cell,
  line,
  frames,
}: LayoutOptions): SequenceLayout {
  const digits = Math.max(5, length.toLocaleString('en').length);
  const gutter = Math.ceil((digits + 2) * cell);
  const gap = Math.round(cell / 2);
  const group = GROUP * cell + gap;
  const groups = Math.max(1, Math.floor((width - gutter - cell + gap) / group));
  const basesPerRow = GROUP * groups;
  const linesAbove = frames ? 3 : 0;
  return {
    length,
    basesPerRow,
    rows: Math.ceil(length / basesPerRow),
    rowHeight: frames ? 7 * line + Math.round(line / 2) : Math.round(line * 1.25),
    cell,
    line,
    gutter,
    linesAbove,
    xOf: (column) => gutter + column * cell + Math.floor(column / GROUP) * gap,
    columnAt(x) {
      const inside = Math.max(0, x - gutter);
      const column = Math.floor(inside / group) * GROUP;
      const rest = Math.min(GROUP - 1, Math.floor((inside % group) / cell));
      return Math.min(basesPerRow - 1, column + rest);
    },
  };
}
