import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { scanFields, type FieldVisitor } from '../formats/wide-table.ts';
import { count, ExpressionCells, type ExpressionRows, type RowRules } from './expression-cells.ts';
import { GeneRows } from './expression-gene-rows.ts';
import { TissueRows } from './expression-tissue-rows.ts';
import {
  checkTissueList,
  maizeTissues,
  missingTissue,
  type ExpressionTable,
} from './expression-table.ts';

/** Options of {@link readExpressionTable}. */
export interface ReadExpressionOptions extends LongWorkOptions {
  /**
   * Tissues to keep, in this order, or `all`, in the order of the file. Default: the eight tissues
   * of maize that FloraBERT predicts ({@link maizeTissues}).
   */
  readonly tissues?: readonly string[] | 'all';
  /** Other names of tissues, as name in the file → name here. Default `shoot system` → `shoot`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Only genes whose name begins with this, for example `Zm`. Default: all. */
  readonly genePrefix?: string;
  /**
   * Whose table it is: of a file with a column `Cultivar`, its rows alone are read; another file is
   * named by it. Default: what the column says, all rows.
   */
  readonly cultivar?: string;
  /** Column that names the tissue of a row. Default `organism_part`, or `tissue`. */
  readonly tissueColumn?: string;
  /** Other columns that are no genes, by name. Default {@link expressionMetadataColumns}. */
  readonly metadataColumns?: readonly string[];
  /** An empty cell, NA or NaN is an error (default), or NaN in the table. */
  readonly missing?: 'error' | 'nan';
}

/** Columns of expression tables that say where a row is from; upper and lower case are equal. */
export const expressionMetadataColumns: readonly string[] = Object.freeze([
  ...['Run', 'growth_condition', 'Cultivar', 'Developmental_stage', 'Age'],
]);

const TISSUE_COLUMNS = ['organism_part', 'tissue'];

/**
 * Reads a table of TPM values in one pass, plain or gzip. Two forms are told apart by the heading:
 * a row a tissue with one column a gene (there is a column `organism_part` or `tissue`), or a row a
 * gene with one column a tissue. Measurements of one tissue are averaged. Beside the table itself,
 * memory holds one piece of the file.
 *
 * @throws InputError for a missing tissue, a duplicate gene, a row with too few or too many fields, a
 *   value that is negative, infinite or no number
 *
 * @example
 * const b73 = await readExpressionTable('B73_TPM.txt.gz', { genePrefix: 'Zm' });
 * b73.values[b73.tissues.length * 3 + 1]; // gene 3, tissue 1
 */
export async function readExpressionTable(
  source: FileSource,
  options: ReadExpressionOptions = {},
): Promise<ExpressionTable> {
  checkOptionNames(
    options,
    [
      ...['tissues', 'rename', 'genePrefix', 'cultivar', 'tissueColumn', 'metadataColumns'],
      ...['missing', 'signal', 'progress'],
    ],
    'readExpressionTable',
  );
  const { missing = 'error', tissues = maizeTissues } = options;
  if (missing !== 'error' && missing !== 'nan') {
    throw new UsageError({
      where: 'readExpressionTable, missing',
      found: `'${String(missing)}'`,
      expected: "'error' or 'nan'",
    });
  }
  if (tissues !== 'all') checkTissueList(tissues);
  const reader = new ExpressionReader(sourceName(source), options);
  const { signal } = options;
  await scanFields(source, reader, signal === undefined ? {} : { signal });
  return reader.table();
}

class ExpressionReader implements FieldVisitor {
  readonly #cells: ExpressionCells;
  readonly #options: ReadExpressionOptions;
  readonly #heading: string[] = [];
  #rows: ExpressionRows | undefined;
  #done = 0;

  constructor(file: string, options: ReadExpressionOptions) {
    this.#cells = new ExpressionCells(file, options.missing ?? 'error');
    this.#options = options;
  }

  field(bytes: Uint8Array, start: number, end: number, column: number, line: number): void {
    if (this.#rows !== undefined) this.#rows.field(bytes, start, end, column, line);
    else this.#heading.push(this.#cells.text(bytes, start, end, column, line));
  }

  endLine(columns: number, line: number): void {
    const { file } = this.#cells;
    if (this.#rows === undefined) {
      this.#cells.names = this.#heading;
      this.#rows = this.#rowsOf(line);
      return;
    }
    if (columns !== this.#heading.length) {
      throw new InputError({
        where: this.#cells.line(line),
        found: `${count(columns)} ${columns === 1 ? 'field' : 'fields'}`,
        expected: `${count(this.#heading.length)} as in the heading`,
        fix: 'If the file was copied, copy it again: it may have been cut off.',
      });
    }
    if (this.#rows.endLine(line)) this.#done++;
    // A long table has 40,000 rows; a wide one has ten.
    if (this.#done % 1000 === 0 || this.#heading.length > 1000) {
      this.#options.progress?.({ task: `reading ${file}`, done: this.#done, unit: 'rows' });
    }
  }

  table(): ExpressionTable {
    const { file } = this.#cells;
    const { cultivar } = this.#options;
    if (this.#rows === undefined || this.#done === 0) {
      const only = cultivar === undefined ? '' : ` of cultivar '${cultivar}'`;
      throw new InputError({
        where: file,
        found: this.#rows === undefined ? 'an empty file' : `a heading and no rows${only}`,
        expected: 'a heading line, and a row a tissue or a row a gene',
      });
    }
    const table = this.#rows.table();
    return { source: file, ...table, cultivar: cultivar ?? table.cultivar };
  }

  #rowsOf(line: number): ExpressionRows {
    const { tissueColumn } = this.#options;
    const names = this.#cells.names.map((name) => name.toLowerCase());
    const wanted = tissueColumn === undefined ? TISSUE_COLUMNS : [tissueColumn.toLowerCase()];
    const tissue = names.findIndex((name) => wanted.includes(name));
    if (tissue < 0 && tissueColumn !== undefined) {
      throw new InputError({
        where: this.#cells.line(line),
        found: `no column '${tissueColumn}'`,
        expected: 'the column that names the tissue of each row',
        fix: `The first columns are ${this.#cells.names.slice(0, 5).join(', ')}.`,
      });
    }
    const rules = rulesOf(this.#cells.file, this.#options);
    return tissue >= 0
      ? new TissueRows(this.#cells, rules, tissue, line)
      : new GeneRows(this.#cells, rules, line);
  }
}

function rulesOf(file: string, options: ReadExpressionOptions): RowRules {
  const { genePrefix, cultivar, tissues = maizeTissues } = options;
  const { rename = { 'shoot system': 'shoot' } } = options;
  const { metadataColumns = expressionMetadataColumns } = options;
  const metadata = new Set(metadataColumns.map((name) => name.toLowerCase()));
  const wanted = tissues === 'all' ? undefined : new Set(tissues);
  return {
    genePrefix,
    cultivar,
    wanted,
    rename: (tissue) => (Object.hasOwn(rename, tissue) ? (rename[tissue] ?? tissue) : tissue),
    isMetadata: (column) => metadata.has(column.toLowerCase()),
    ordered: (found) => {
      if (wanted === undefined) return [...found];
      for (const tissue of wanted) {
        if (!found.has(tissue)) throw missingTissue(file, tissue, [...found]);
      }
      return [...wanted];
    },
  };
}
