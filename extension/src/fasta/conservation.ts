import { yieldToEventLoop } from 'tatabox/core/progress.ts';
import type { Conservation } from './sequence-types.ts';

/** Columns that are counted together. */
const COLUMNS = 4096;
/** Records that are read at a time. */
const TOGETHER = 32;
/** Letters and `*`, by their place in the alphabet; all else is a gap. */
const KINDS = 27;
const GAP = '-';

function kindOf(letter: number): number {
  if (letter === 42) return KINDS - 1;
  const upper = letter & 0xdf;
  return upper > 64 && upper < 91 ? upper - 65 : -1;
}

/** How much records of one length agree in columns. */
export async function measureConservation(
  records: number,
  start: number,
  end: number,
  read: (record: number, start: number, end: number) => Promise<Uint8Array>,
): Promise<Conservation> {
  const identity = new Float32Array(Math.max(0, end - start));
  const consensus: string[] = [];
  for (let from = start; from < end; from += COLUMNS) {
    const columns = Math.min(COLUMNS, end - from);
    const counts = new Uint16Array(KINDS * columns);
    for (let first = 0; first < records; first += TOGETHER) {
      const some = Math.min(TOGETHER, records - first);
      const rows = await Promise.all(
        Array.from({ length: some }, (_, i) => read(first + i, from, from + columns)),
      );
      for (const row of rows) {
        for (let i = 0; i < columns; i++) {
          const kind = kindOf(row[i] ?? 0);
          if (kind >= 0) counts[KINDS * i + kind] = (counts[KINDS * i + kind] ?? 0) + 1;
        }
      }
      await yieldToEventLoop();
    }
    for (let i = 0; i < columns; i++) {
      const column = counts.subarray(KINDS * i, KINDS * (i + 1));
      const most = Math.max(...column);
      const kind = column.indexOf(most);
      const letter = kind === KINDS - 1 ? '*' : String.fromCharCode(65 + kind);
      consensus.push(most === 0 ? GAP : letter);
      identity[from - start + i] = most / records;
    }
  }
  return { identity, consensus: consensus.join('') };
}
