import path from 'node:path';
import { InputError, throwIfAborted, UsageError } from 'tatabox/core/errors.ts';
import { writeInPieces } from 'tatabox/core/file-writer.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import { streamLines } from 'tatabox/formats/stream-lines.ts';

/** Rows of a table that can be written to a file. */
export interface ExportedRows {
  /** The file that the rows are from. */
  readonly source: string | Uint8Array;
  readonly count: number;
  /** Number of a row's line in the file, from 1, by its position in the table. */
  readonly line: (position: number) => number;
  /** Cells of rows, for an order other than the file's. */
  readonly cells: (from: number, to: number) => readonly (readonly string[])[];
}

/** What takes rows as text. */
export interface RowWriter {
  write(text: string): Promise<unknown>;
}

/** Rows between two yields. */
const STEP = 5000;
/** Lines before the records that belong to the file as a whole. */
const HEADING = /^(#|track\b|browser\b)/;
/** What ends a cell that is cut because it is too long for a table. */
const CUT = '…';

/**
 * Writes rows to a file that appears whole or not at all: the lines as they stand in their file where
 * they are in its order, with its header lines; sorted otherwise, the cells with tabs between.
 *
 * @returns rows written
 * @throws InputError where the file changed meanwhile, UsageError where a sorted cell is too long
 */
export function exportRows(
  file: string,
  rows: ExportedRows,
  options: LongWorkOptions = {},
): Promise<number> {
  return writeInPieces(file, (writer) => writeRows(writer, rows, options));
}

/** As {@link exportRows}, to where the caller puts it. */
export async function writeRows(
  writer: RowWriter,
  rows: ExportedRows,
  options: LongWorkOptions = {},
): Promise<number> {
  const lines = await linesInOrder(rows, options);
  if (lines !== undefined) return copyLines(writer, rows, lines, options);
  await writeHeading(writer, rows.source);
  return writeCells(writer, rows, options);
}

/** The rows' lines; undefined where they are not in the order of the file. */
async function linesInOrder(
  { count, line }: ExportedRows,
  { signal }: LongWorkOptions,
): Promise<Uint32Array | undefined> {
  const lines = new Uint32Array(count);
  for (let position = 0; position < count; position++) {
    lines[position] = line(position);
    if (position > 0 && (lines[position] ?? 0) <= (lines[position - 1] ?? 0)) return undefined;
    if (position % STEP === STEP - 1) {
      throwIfAborted(signal, 'export');
      await yieldToEventLoop();
    }
  }
  return lines;
}

async function copyLines(
  writer: RowWriter,
  { source, count }: ExportedRows,
  lines: Uint32Array,
  { signal, progress }: LongWorkOptions,
): Promise<number> {
  let done = 0;
  let isHeading = true;
  for await (const batch of streamLines(source)) {
    throwIfAborted(signal, 'export');
    const kept: string[] = [];
    batch.lines.forEach((text, index) => {
      const isWanted = batch.firstLine + index === lines[done];
      if (isWanted) done++;
      isHeading &&= text.trim() === '' || HEADING.test(text);
      if (isWanted || (isHeading && text.trim() !== '')) kept.push(`${text.replace(/\r$/, '')}\n`);
    });
    if (kept.length > 0) await writer.write(kept.join(''));
    progress?.({ task: 'export', done, total: count, unit: 'rows' });
    if (done === count) return count;
    await yieldToEventLoop();
  }
  if (done === count) return count;
  throw new InputError({
    where: typeof source === 'string' ? path.basename(source) : 'export',
    found: 'fewer lines than were read before',
    fix: 'The file changed: load it again, then export.',
  });
}

async function writeHeading(writer: RowWriter, source: string | Uint8Array): Promise<void> {
  for await (const { lines } of streamLines(source)) {
    for (const text of lines) {
      if (text.trim() === '') continue;
      if (!HEADING.test(text)) return;
      await writer.write(`${text.replace(/\r$/, '')}\n`);
    }
  }
}

async function writeCells(
  writer: RowWriter,
  { count, cells }: ExportedRows,
  { signal, progress }: LongWorkOptions,
): Promise<number> {
  for (let from = 0; from < count; from += STEP) {
    throwIfAborted(signal, 'export');
    const to = Math.min(count, from + STEP);
    const lines = cells(from, to).map((row) => {
      const last = row.findLastIndex((cell) => cell !== '');
      const cut = row.findIndex((cell) => cell.length > 2000 && cell.endsWith(CUT));
      if (cut >= 0) {
        throw new UsageError({
          where: 'export',
          found: `a cell of more than 2,000 letters (${row.slice(0, 3).join(' ')}) in a sorted table`,
          fix: 'Export in the order of the file: click the sorted header until its arrow is gone.',
        });
      }
      return `${row.slice(0, last + 1).join('\t')}\n`;
    });
    await writer.write(lines.join(''));
    progress?.({ task: 'export', done: to, total: count, unit: 'rows' });
    await yieldToEventLoop();
  }
  return count;
}
