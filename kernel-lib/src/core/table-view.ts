import { Displayable, type MimeBundle } from './display.ts';

/** A value of a cell of a table that is shown. */
export type CellValue = string | number | boolean | null | undefined;

/** A small table that a person reads: a data card, a check table, a metrics table. */
export class TableView extends Displayable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, CellValue>>[];

  constructor(
    title: string,
    columns: readonly string[],
    rows: readonly Readonly<Record<string, CellValue>>[],
  ) {
    super();
    this.title = title;
    this.columns = columns;
    this.rows = rows;
  }

  override mimeBundle(): MimeBundle {
    return { 'text/plain': this.toText() };
  }

  /** Aligned columns for a terminal. */
  toText(): string {
    const cells = [
      [...this.columns],
      ...this.rows.map((row) => this.columns.map((column) => formatCell(row[column]))),
    ];
    const widths = this.columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
    const lines = cells.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
    return [this.title, ...lines].join('\n');
  }
}

/** Four significant decimals for fractions, thousands separators for whole numbers. */
export function formatCell(value: CellValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1000 ? value.toFixed(1) : value.toPrecision(4);
}
