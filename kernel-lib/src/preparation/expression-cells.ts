import { InputError } from '../core/errors.ts';
import { fieldNumber, fieldText } from '../formats/wide-table.ts';
import type { ExpressionTable } from './expression-table.ts';

/** What the options say of rows and columns. */
export interface RowRules {
  readonly genePrefix: string | undefined;
  readonly cultivar: string | undefined;
  /** Undefined where all tissues are. */
  readonly wanted: ReadonlySet<string> | undefined;
  rename(tissue: string): string;
  isMetadata(column: string): boolean;
  /** The wanted tissues in their order; throws where one was not found. */
  ordered(found: ReadonlySet<string>): string[];
}

/** Collects the rows of one of the two forms. */
export interface ExpressionRows {
  field(bytes: Uint8Array, start: number, end: number, column: number, line: number): void;
  /** Whether the row is one of those that were asked for. */
  endLine(line: number): boolean;
  table(): Omit<ExpressionTable, 'source'>;
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null']);

/** How the cells of an expression table are read, and how messages name them. */
export class ExpressionCells {
  readonly file: string;
  /** Names of the columns, as soon as they are known. */
  names: readonly string[] = [];
  readonly #keepsMissing: boolean;

  constructor(file: string, missing: 'error' | 'nan') {
    this.file = file;
    this.#keepsMissing = missing === 'nan';
  }

  line(line: number): string {
    return `${this.file}, line ${String(line)}`;
  }

  where(column: number, line: number): string {
    const name = this.names[column] ?? '';
    return `${this.line(line)}, column ${count(column + 1)}${name === '' ? '' : ` (${name})`}`;
  }

  text(bytes: Uint8Array, start: number, end: number, column: number, line: number): string {
    return fieldText(bytes, start, end, () => this.where(column, line));
  }

  /** A TPM value; NaN where it is missing and that is allowed. */
  value(bytes: Uint8Array, start: number, end: number, column: number, line: number): number {
    const value = fieldNumber(bytes, start, end);
    if (value >= 0 && value < Infinity) return value;
    const text = this.text(bytes, start, end, column, line).slice(0, 60);
    if (!MISSING.has(text.toLowerCase())) {
      throw new InputError({
        where: this.where(column, line),
        found: `'${text}'`,
        expected: 'a number from 0 (TPM)',
        fix:
          value < 0
            ? 'If these are log2 values (normalized_tpm_*.tabular), read them with readNormalisedExpression.'
            : 'If the column is no gene or tissue, name it in metadataColumns or give genePrefix.',
      });
    }
    if (this.#keepsMissing) return NaN;
    throw new InputError({
      where: this.where(column, line),
      found: text === '' ? 'an empty cell' : `'${text}', a missing value`,
      expected: 'a number from 0 (TPM)',
      fix: "With missing: 'nan' it is read as NaN, and the gene is left out of labelled tables.",
    });
  }
}

/** The error for a gene that a table has twice. */
export function duplicateGene(where: string, gene: string): InputError {
  return new InputError({
    where,
    found: `the gene '${gene}' for a second time`,
    expected: 'each gene once',
    fix: 'Add them up, or leave one of them out.',
  });
}

/** A count for people: 39,756. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
