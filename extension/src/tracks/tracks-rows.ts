import { throwIfAborted, UsageError } from 'tatabox/core/errors.ts';
import { yieldToEventLoop } from 'tatabox/core/progress.ts';
import type { Column, Feature } from './track-types.ts';
import type { RowDetails } from './tracks-protocol.ts';

/** The rows of a table as its details need them. */
export interface DetailedRows {
  readonly columns: readonly Column[];
  readonly rows: number;
  row(index: number): Feature & { readonly chrom: string; readonly line: number };
  rowOfView(position: number): number;
  cells(from: number, to: number): readonly (readonly string[])[];
}

/** Rows looked at between two yields. */
const STEP = 50_000;

/** What is told of a row; its cells where it is in the table. */
export function rowDetails(rows: DetailedRows, index: number, position: number): RowDetails {
  const { chrom, start, end, line, strand, name } = rows.row(index);
  const cells = position < 0 ? [] : (rows.cells(position, position + 1)[0] ?? []);
  return {
    row: index,
    line,
    region: { chrom, start, end },
    strand,
    name,
    cells: cells.map((value, column) => ({
      name: rows.columns[column]?.name ?? `column ${String(column + 1)}`,
      value,
    })),
  };
}

/** Where a row of the file stands in the table; −1 where the filter leaves it out. */
export async function positionOf(
  rows: DetailedRows,
  index: number,
  count: number,
  signal?: AbortSignal,
): Promise<number> {
  // In the order of the file, unfiltered, the answer is the first that is tried.
  if (index < count && rows.rowOfView(index) === index) return index;
  for (let position = 0; position < count; position++) {
    if (rows.rowOfView(position) === index) return position;
    if (position % STEP === STEP - 1) {
      await yieldToEventLoop();
      throwIfAborted(signal, 'search');
    }
  }
  return -1;
}

/**
 * The first row with a name, upper or lower case.
 *
 * @throws UsageError where no row has it
 */
export async function rowNamed(
  rows: Pick<DetailedRows, 'rows' | 'row'>,
  name: string,
  signal?: AbortSignal,
): Promise<number> {
  const wanted = name.trim().toLowerCase();
  for (let index = 0; index < rows.rows; index++) {
    if (rows.row(index).name.toLowerCase() === wanted) return index;
    if (index % STEP === STEP - 1) {
      await yieldToEventLoop();
      throwIfAborted(signal, 'search');
    }
  }
  throw noSuchPlace(name);
}

/** The error of a text that is neither a region nor a name. */
export function noSuchPlace(text: string): UsageError {
  return new UsageError({
    where: 'go to',
    found: `'${text.trim()}', which is no region, contig or name of a feature here`,
    expected: 'for example chrI:1,000-20,000, 1,000-20,000, chrI or the name of a gene',
  });
}
