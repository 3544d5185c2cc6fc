import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/**
 * The tissues of the maize NAM study in the order of FloraBERT's labels: tassel, leaf base, anther,
 * leaf middle, ear, shoot, leaf tip, root.
 */
export const maizeTissues: readonly string[] = Object.freeze([
  ...['tassel', 'base', 'anther', 'middle', 'ear', 'shoot', 'tip', 'root'],
]);

/** Expression of genes in tissues, in transcripts per million (TPM). */
export interface ExpressionTable {
  /** The file, for messages. */
  readonly source: string;
  /** Line or cultivar whose genes these are; undefined where the file names none or several. */
  readonly cultivar: string | undefined;
  readonly genes: readonly string[];
  readonly tissues: readonly string[];
  /** `genes × tissues`, row-major. NaN where a value is missing. */
  readonly values: Float64Array;
  /** Measurements whose mean each tissue is, in the order of `tissues`. */
  readonly replicates: readonly number[];
}

/** The tissues of a table in another order, or some of them. */
export function selectTissues(table: ExpressionTable, tissues: readonly string[]): ExpressionTable {
  const columns = tissueColumns(table, tissues);
  const width = table.tissues.length;
  const values = new Float64Array(table.genes.length * columns.length);
  for (let gene = 0; gene < table.genes.length; gene++) {
    for (const [j, column] of columns.entries()) {
      values[gene * columns.length + j] = table.values[gene * width + column] ?? NaN;
    }
  }
  return {
    ...table,
    tissues: [...tissues],
    values,
    replicates: columns.map((column) => table.replicates[column] ?? 0),
  };
}

/** Some genes of a table, by their rows. */
export function selectGenes(table: ExpressionTable, rows: ArrayLike<number>): ExpressionTable {
  const width = table.tissues.length;
  const values = new Float64Array(rows.length * width);
  const genes: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    genes.push(table.genes[row] ?? '');
    values.set(table.values.subarray(row * width, (row + 1) * width), i * width);
  }
  return { ...table, genes, values };
}

/**
 * Columns of some tissues.
 *
 * @throws InputError for a tissue that the table does not have, UsageError for one that is asked
 *   for twice
 */
export function tissueColumns(table: ExpressionTable, tissues: readonly string[]): number[] {
  checkTissueList(tissues);
  return tissues.map((tissue) => {
    const column = table.tissues.indexOf(tissue);
    if (column >= 0) return column;
    throw missingTissue(table.source, tissue, table.tissues);
  });
}

/** The error for a tissue that a table does not have. */
export function missingTissue(
  source: string,
  tissue: string,
  known: readonly string[],
): InputError {
  return new InputError({
    where: source,
    found: `no tissue '${tissue}'`,
    expected: 'every tissue that is asked for',
    fix: `${suggestion(tissue, known)} Name the tissues that you want (option tissues), or rename those of the table (option rename).`,
  });
}

/** Throws for a list of tissues that is empty or has one twice. */
export function checkTissueList(tissues: readonly string[]): void {
  const repeated = tissues.find((tissue, i) => tissues.indexOf(tissue) < i);
  if (repeated === undefined && tissues.length > 0) return;
  throw new UsageError({
    where: 'option tissues',
    found: repeated === undefined ? 'no tissue' : `'${repeated}' twice`,
    expected: 'the name of each tissue once',
  });
}
