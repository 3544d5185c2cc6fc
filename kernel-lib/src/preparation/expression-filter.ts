import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { selectGenes, tissueColumns, type ExpressionTable } from './expression-table.ts';

/** Options of {@link filterExpressed}. */
export interface FilterExpressedOptions {
  /** TPM that a gene reaches in one of the tissues at least. Default 1. */
  readonly minimum?: number;
  /** Tissues that count. Default: all of the table. */
  readonly tissues?: readonly string[];
}

/** The genes that are expressed somewhere, and how many there were. */
export interface FilteredExpression {
  readonly table: ExpressionTable;
  readonly kept: number;
  readonly total: number;
}

/**
 * Keeps the genes with at least `minimum` TPM in at least one of the tissues.
 *
 * @throws InputError for a tissue that the table does not have
 *
 * @example
 * const { table, kept, total } = filterExpressed(b73); // 28,366 of 39,756
 */
export function filterExpressed(
  table: ExpressionTable,
  options: FilterExpressedOptions = {},
): FilteredExpression {
  checkOptionNames(options, ['minimum', 'tissues'], 'filterExpressed');
  const rows = expressedRows(table, options);
  return { table: selectGenes(table, rows), kept: rows.length, total: table.genes.length };
}

/** Rows of the genes that {@link filterExpressed} keeps. */
export function expressedRows(table: ExpressionTable, options: FilterExpressedOptions): number[] {
  const { minimum = 1, tissues = table.tissues } = options;
  if (Number.isNaN(minimum)) {
    throw new UsageError({ where: 'filterExpressed, minimum', found: 'NaN', expected: 'a number' });
  }
  const columns = tissueColumns(table, tissues);
  const width = table.tissues.length;
  const rows: number[] = [];
  for (let gene = 0; gene < table.genes.length; gene++) {
    if (columns.some((column) => (table.values[gene * width + column] ?? NaN) >= minimum)) {
      rows.push(gene);
    }
  }
  return rows;
}
