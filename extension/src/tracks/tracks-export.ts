import { writeInPieces } from 'tatabox/core/file-writer.ts';
import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';

/** Rows that are made into text at once. */
const STEP = 5000;

/** Rows that can be written. */
export interface ExportedRows {
  readonly count: number;
  /** Lines before the rows, such as a track line. */
  readonly header?: readonly string[];
  readonly cells: (from: number, to: number) => readonly (readonly string[])[];
}

/**
 * Writes rows as lines of columns with tabs between; the file appears whole or not at all.
 *
 * @returns rows written
 */
export function exportRows(
  file: string,
  { count, header = [], cells }: ExportedRows,
  { signal, progress }: LongWorkOptions = {},
): Promise<number> {
  return writeInPieces(file, async (writer) => {
    if (header.length > 0) await writer.write(`${header.join('\n')}\n`);
    for (let from = 0; from < count; from += STEP) {
      throwIfAborted(signal, 'export');
      const to = Math.min(count, from + STEP);
      const lines = cells(from, to).map((row) => `${withoutEmptyEnd(row).join('\t')}\n`);
      await writer.write(lines.join(''));
      progress?.({ task: 'export', done: to, total: count, unit: 'rows' });
      await yieldToEventLoop();
    }
    return count;
  });
}

/** A row of a file with ragged lines has empty cells behind its last one. */
function withoutEmptyEnd(row: readonly string[]): readonly string[] {
  const last = row.findLastIndex((cell) => cell !== '');
  return row.slice(0, last + 1);
}
