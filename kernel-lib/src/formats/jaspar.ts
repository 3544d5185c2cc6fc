import { InputError } from '../core/errors.ts';
import { parseNumbers, type Motif } from './motif.ts';

const LETTERS = 'ACGT';

/**
 * Motifs of JASPAR format: a line `>ID NAME`, then four rows of counts for A, C, G, T, either
 * `A [ 1 2 … ]` or bare numbers in that order.
 */
export function parseJaspar(lines: readonly string[], file: string): Motif[] {
  const motifs: Motif[] = [];
  let header: { text: string; where: string } | undefined;
  let rows: number[][] = [];
  const finish = () => {
    if (header !== undefined) motifs.push(makeMotif(header.text, rows, header.where));
    rows = [];
  };
  for (const [index, line] of lines.entries()) {
    const where = `${file}, line ${String(index + 1)}`;
    if (line.trim() === '') continue;
    if (line.startsWith('>')) {
      finish();
      header = { text: line.slice(1).trim(), where };
      continue;
    }
    const [, letter, inside = ''] = /^\s*([A-Za-z])\s*\[([^\]]*)\]\s*$/.exec(line) ?? [];
    const expected = LETTERS[rows.length];
    if (expected === undefined || (letter !== undefined && letter.toUpperCase() !== expected)) {
      throw new InputError({
        where,
        found: expected === undefined ? 'a fifth row' : `the row of '${letter ?? ''}'`,
        expected: expected === undefined ? "'>' of the next motif" : `the row of ${expected}`,
      });
    }
    const row = parseNumbers(letter === undefined ? line : inside, where);
    if (row.length !== (rows[0] ?? row).length) {
      throw new InputError({
        where,
        found: `${String(row.length)} positions`,
        expected: `${String(rows[0]?.length)} as in the row of A`,
      });
    }
    rows.push(row);
  }
  finish();
  return motifs;
}

function makeMotif(header: string, rows: readonly number[][], where: string): Motif {
  const [id = '', ...rest] = header.split(/\s+/);
  if (id === '' || rows.length !== 4) {
    throw new InputError({
      where,
      found: id === '' ? "no id after '>'" : `${String(rows.length)} rows of numbers`,
      expected: "'>ID NAME' and four rows, for A, C, G and T",
    });
  }
  const length = rows[0]?.length ?? 0;
  const counts = new Float64Array(length * 4);
  const matrix = new Float64Array(length * 4);
  let sites = 0;
  for (let position = 0; position < length; position++) {
    const column = rows.map((row) => row[position] ?? 0);
    const total = column.reduce((sum, count) => sum + count, 0);
    if (total === 0) {
      throw new InputError({
        where,
        found: `no counts at position ${String(position + 1)} of '${id}'`,
      });
    }
    counts.set(column, position * 4);
    matrix.set(
      column.map((count) => count / total),
      position * 4,
    );
    sites = Math.max(sites, total);
  }
  return { id, name: rest.join(' ') || id, length, matrix, counts, sites };
}
