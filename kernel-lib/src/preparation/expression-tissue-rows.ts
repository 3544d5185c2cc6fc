import { InputError } from '../core/errors.ts';
import {
  duplicateGene,
  type ExpressionCells,
  type ExpressionRows,
  type RowRules,
} from './expression-cells.ts';
import type { ExpressionTable } from './expression-table.ts';

/** Sums of the measurements of one tissue. */
interface TissueSum {
  readonly values: Float64Array;
  measurements: number;
}

type Meaning = 'gene' | 'tissue' | 'cultivar' | 'none';

/** The rows of a table with a row a tissue and a column a gene. */
export class TissueRows implements ExpressionRows {
  readonly #cells: ExpressionCells;
  readonly #rules: RowRules;
  readonly #meanings: readonly Meaning[];
  readonly #hasCultivars: boolean;
  readonly #genes: string[] = [];
  readonly #sums = new Map<string, TissueSum>();
  readonly #found = new Set<string>();
  readonly #cultivars = new Set<string>();
  #row: Float64Array;
  #nextGene = 0;
  #tissue = '';
  #cultivar = '';

  constructor(cells: ExpressionCells, rules: RowRules, tissueColumn: number, line: number) {
    this.#cells = cells;
    this.#rules = rules;
    const { genePrefix = '' } = rules;
    this.#meanings = cells.names.map((name, column): Meaning => {
      if (column === tissueColumn) return 'tissue';
      if (name.toLowerCase() === 'cultivar') return 'cultivar';
      return rules.isMetadata(name) || !name.startsWith(genePrefix) ? 'none' : 'gene';
    });
    this.#hasCultivars = this.#meanings.includes('cultivar');
    const seen = new Set<string>();
    for (const [column, name] of cells.names.entries()) {
      if (this.#meanings[column] !== 'gene') continue;
      const where = cells.where(column, line);
      if (name === '') {
        throw new InputError({ where, found: 'no name', expected: 'the name of a gene' });
      }
      if (seen.has(name)) throw duplicateGene(where, name);
      seen.add(name);
      this.#genes.push(name);
    }
    if (seen.size === 0) {
      throw new InputError({
        where: cells.line(line),
        found: genePrefix === '' ? 'no gene' : `no gene that begins with '${genePrefix}'`,
        expected: 'a column a gene behind those that describe the row',
        fix: `The first columns are ${cells.names.slice(0, 5).join(', ')}.`,
      });
    }
    this.#row = new Float64Array(seen.size);
  }

  field(bytes: Uint8Array, start: number, end: number, column: number, line: number): void {
    const meaning = this.#meanings[column];
    if (meaning === 'gene') {
      this.#row[this.#nextGene++] = this.#cells.value(bytes, start, end, column, line);
    } else if (meaning === 'tissue') {
      this.#tissue = this.#cells.text(bytes, start, end, column, line);
    } else if (meaning === 'cultivar') {
      this.#cultivar = this.#cells.text(bytes, start, end, column, line);
    }
  }

  endLine(line: number): boolean {
    this.#nextGene = 0;
    const { cultivar, rename, wanted } = this.#rules;
    if (this.#hasCultivars && cultivar !== undefined && this.#cultivar !== cultivar) return false;
    const tissue = rename(this.#tissue);
    if (tissue === '') {
      throw new InputError({
        where: this.#cells.line(line),
        found: 'no tissue',
        expected: 'the tissue of each row',
      });
    }
    if (this.#cultivar !== '') this.#cultivars.add(this.#cultivar);
    this.#found.add(tissue);
    if (wanted !== undefined && !wanted.has(tissue)) return true;
    const sum = this.#sums.get(tissue);
    if (sum === undefined) {
      this.#sums.set(tissue, { values: this.#row, measurements: 1 });
      this.#row = new Float64Array(this.#genes.length);
    } else {
      sum.measurements++;
      for (let gene = 0; gene < this.#row.length; gene++) {
        sum.values[gene] = (sum.values[gene] ?? 0) + (this.#row[gene] ?? 0);
      }
    }
    return true;
  }

  table(): Omit<ExpressionTable, 'source'> {
    const tissues = this.#rules.ordered(this.#found);
    const width = tissues.length;
    const values = new Float64Array(this.#genes.length * width);
    for (const [j, tissue] of tissues.entries()) {
      const { values: sums, measurements } = this.#sums.get(tissue) ?? {
        values: [],
        measurements: 0,
      };
      for (let gene = 0; gene < this.#genes.length; gene++) {
        values[gene * width + j] = (sums[gene] ?? NaN) / measurements;
      }
    }
    const cultivars = [...this.#cultivars];
    return {
      cultivar: cultivars.length === 1 ? cultivars[0] : undefined,
      genes: this.#genes,
      tissues,
      values,
      replicates: tissues.map((tissue) => this.#sums.get(tissue)?.measurements ?? 0),
    };
  }
}
