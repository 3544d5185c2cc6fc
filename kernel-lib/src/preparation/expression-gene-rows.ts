import { InputError } from '../core/errors.ts';
import {
  duplicateGene,
  type ExpressionCells,
  type ExpressionRows,
  type RowRules,
} from './expression-cells.ts';
import type { ExpressionTable } from './expression-table.ts';

/** The rows of a table with a row a gene (its name first) and a column a tissue. */
export class GeneRows implements ExpressionRows {
  readonly #cells: ExpressionCells;
  readonly #rules: RowRules;
  readonly #tissues: readonly string[];
  /** By column of the file: its column in the result, or -1. */
  readonly #places: readonly number[];
  readonly #replicates: readonly number[];
  readonly #genes: string[] = [];
  readonly #lines = new Map<string, number>();
  readonly #row: Float64Array;
  #values = new Float64Array(1024);
  #length = 0;
  #gene = '';

  constructor(cells: ExpressionCells, rules: RowRules, line: number) {
    this.#cells = cells;
    this.#rules = rules;
    const names = cells.names.map((name, column) =>
      column === 0 || rules.isMetadata(name) ? undefined : rules.rename(name),
    );
    const found = new Set(names.filter((name) => name !== undefined));
    if (found.size === 0) {
      throw new InputError({
        where: cells.line(line),
        found: `the heading ${cells.names.slice(0, 5).join(', ')}`,
        expected: 'a column organism_part and one a gene, or a column of genes and one a tissue',
      });
    }
    this.#tissues = rules.ordered(found);
    this.#places = names.map((name) => (name === undefined ? -1 : this.#tissues.indexOf(name)));
    this.#replicates = this.#tissues.map(
      (_, place) => this.#places.filter((given) => given === place).length,
    );
    this.#row = new Float64Array(this.#tissues.length);
  }

  field(bytes: Uint8Array, start: number, end: number, column: number, line: number): void {
    if (column === 0) this.#gene = this.#cells.text(bytes, start, end, column, line);
    const place = this.#places[column] ?? -1;
    if (place < 0) return;
    const value = this.#cells.value(bytes, start, end, column, line);
    this.#row[place] = (this.#row[place] ?? 0) + value / (this.#replicates[place] ?? 1);
  }

  endLine(line: number): boolean {
    const gene = this.#gene;
    const where = `${this.#cells.line(line)}, column 1`;
    if (gene === '') {
      throw new InputError({ where, found: 'no name', expected: 'the name of a gene' });
    }
    const before = this.#lines.get(gene);
    if (before !== undefined)
      throw duplicateGene(`${where} (first in line ${String(before)})`, gene);
    this.#lines.set(gene, line);
    if (gene.startsWith(this.#rules.genePrefix ?? '')) {
      const width = this.#row.length;
      if (this.#length + width > this.#values.length) {
        const larger = new Float64Array(2 * (this.#length + width));
        larger.set(this.#values.subarray(0, this.#length));
        this.#values = larger;
      }
      this.#values.set(this.#row, this.#length);
      this.#length += width;
      this.#genes.push(gene);
    }
    this.#row.fill(0);
    return true;
  }

  table(): Omit<ExpressionTable, 'source'> {
    return {
      cultivar: undefined,
      genes: this.#genes,
      tissues: [...this.#tissues],
      values: this.#values.slice(0, this.#length),
      replicates: this.#replicates,
    };
  }
}
