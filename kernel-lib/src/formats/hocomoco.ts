import { InputError } from '../core/errors.ts';
import { quoted } from './line-place.ts';
import type { Motif } from './motif.ts';

/** What the numbers of a HOCOMOCO file are. */
type Kind = 'counts' | 'probabilities' | 'weights';

interface Matrix {
  readonly id: string;
  readonly where: string;
  readonly rows: number[][];
}

/** Rows of printed probabilities sum to 1 but for rounding. */
const ROUNDING = 0.01;

/** Whether a line is the heading of a HOCOMOCO motif: `>AHR_HUMAN.H11MO.0.B`, `>AHR.H12CORE.0.P.B`. */
export function isHocomocoHeading(line: string): boolean {
  return /^>\S+\.H\d\d[A-Z]+\.\d/.test(line);
}

/**
 * Whether lines that begin with `>` headings are in HOCOMOCO's layout (a row of four numbers for each
 * position) and not in that of JASPAR (four rows, for A, C, G and T): by its names, or since a motif
 * has another number of rows than four, all of four numbers.
 */
export function isHocomoco(lines: readonly string[]): boolean {
  let rows = 0;
  let hasOtherLength = false;
  for (const line of lines) {
    if (line.startsWith('>')) {
      if (isHocomocoHeading(line)) return true;
      hasOtherLength ||= rows > 0 && rows !== 4;
      rows = 0;
    } else if (line.trim() !== '') {
      if (!/^\s*[-+\d.]/.test(line) || line.trim().split(/\s+/).length !== 4) return false;
      rows++;
    }
  }
  return hasOtherLength || (rows > 0 && rows !== 4);
}

/**
 * Motifs of HOCOMOCO's text files, v9 to v12 (https://hocomoco.autosome.org): a line `>ID`, then a
 * row for each position with the numbers of A, C, G and T. They are counts (PCM), probabilities (PFM)
 * or weights (PWM); the numbers of the whole file tell which. Weights are natural logarithms of
 * probabilities over a background of 0.25, which HOCOMOCO makes with a pseudocount of the logarithm
 * of the number of sites: the probabilities contain it.
 *
 * @throws InputError naming file and line
 */
export function parseHocomoco(lines: readonly string[], file: string): Motif[] {
  const matrices = parseMatrices(lines, file);
  const kind = kindOf(matrices);
  return matrices.map((matrix) => toMotif(matrix, kind));
}

function parseMatrices(lines: readonly string[], file: string): Matrix[] {
  const matrices: Matrix[] = [];
  for (const [index, line] of lines.entries()) {
    const where = `${file}, line ${String(index + 1)}`;
    if (line.trim() === '') continue;
    if (line.startsWith('>')) {
      const id = line.slice(1).trim().split(/\s+/)[0] ?? '';
      if (id === '') throw new InputError({ where, found: "no id after '>'" });
      matrices.push({ id, where, rows: [] });
      continue;
    }
    const items = line.trim().split(/\s+/);
    const row = items.map(Number);
    if (row.length !== 4 || !row.every((value) => Number.isFinite(value))) {
      throw new InputError({
        where,
        found: quoted(line),
        expected: 'four numbers, for A, C, G and T',
      });
    }
    const matrix = matrices.at(-1);
    if (matrix === undefined) {
      throw new InputError({ where, found: quoted(line), expected: "'>' and the id of a motif" });
    }
    matrix.rows.push(row);
  }
  const empty = matrices.find(({ rows }) => rows.length === 0);
  if (empty !== undefined) {
    throw new InputError({
      where: empty.where,
      found: `no rows for motif '${empty.id}'`,
      expected: 'a row of four numbers for each position',
    });
  }
  return matrices;
}

const sumOf = (row: readonly number[]): number => row.reduce((sum, value) => sum + value, 0);

function kindOf(matrices: readonly Matrix[]): Kind {
  const every = (test: (row: readonly number[]) => boolean) =>
    matrices.every(({ rows }) => rows.every(test));
  if (!every((row) => row.every((value) => value >= 0))) return 'weights';
  return every((row) => Math.abs(sumOf(row) - 1) < ROUNDING) ? 'probabilities' : 'counts';
}

function toMotif({ id, where, rows }: Matrix, kind: Kind): Motif {
  const matrix = new Float64Array(rows.length * 4);
  let sites = 0;
  for (const [position, row] of rows.entries()) {
    const values = kind === 'weights' ? row.map((weight) => Math.exp(weight) / 4) : row;
    const total = sumOf(values);
    if (!(total > 0 && total < Infinity)) {
      throw new InputError({
        where,
        found: `numbers that sum to ${String(total)} at position ${String(position + 1)} of '${id}'`,
      });
    }
    if (kind === 'weights' && Math.abs(total - 1) > ROUNDING) {
      throw new InputError({
        where,
        found: `weights at position ${String(position + 1)} of '${id}' whose probabilities sum to ${total.toPrecision(4)}`,
        expected: 'natural logarithms of probabilities over a background of 0.25',
        fix: 'Read the file of counts (pcm) instead.',
      });
    }
    matrix.set(
      values.map((value) => value / total),
      position * 4,
    );
    sites = Math.max(sites, total);
  }
  const motif = { id, name: id, length: rows.length, matrix };
  return kind === 'counts' ? { ...motif, counts: Float64Array.from(rows.flat()), sites } : motif;
}
