import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';
import { streamFasta } from '../formats/fasta-records.ts';
import { readRange, streamBytes } from '../formats/read-bytes.ts';
import { checkGenePrefixes, type Cultivar } from './expression-cultivars.ts';
import { expressedRows } from './expression-filter.ts';
import { selectTissues, type ExpressionTable } from './expression-table.ts';

/** A gene with its promoter and its expression. */
export interface LabelledPromoter {
  readonly gene: string;
  /** Name of the promoter, for example `Zm00001eb000010::chr1:34616-35616(+)`. */
  readonly name: string;
  readonly cultivar: string;
  /** Empty where it is not known. */
  readonly subpopulation: string;
  /** For example `chr1:34616-35616(+)`, 0-based and half-open; empty where it is not known. */
  readonly region: string;
  /** Empty where no folds were given. */
  readonly fold: string;
  /** TPM, one value a tissue. */
  readonly values: Float64Array;
  /** Upper case. */
  readonly sequence: string;
}

/** What became of the genes of the tables: `genes` is the sum of the counts from `belowMinimum` on. */
export interface LabelledPromoterCounts {
  /** Promoters that were read. */
  readonly promoters: number;
  /** Promoters whose gene is in no table. */
  readonly withoutExpression: number;
  /** Genes of all tables. */
  readonly genes: number;
  /** Not expressed: less than `minimum` TPM in every tissue. */
  readonly belowMinimum: number;
  /** With a missing value (NaN) in one of the tissues. */
  readonly missingValue: number;
  /** Expressed, but without a promoter in the files. */
  readonly withoutPromoter: number;
  /** Expressed, but their promoter has no letters. */
  readonly emptySequence: number;
  /** Expressed, but in no fold. */
  readonly withoutFold: number;
  readonly labelled: number;
}

/** Options of {@link labelPromoters}. */
export interface LabelPromotersOptions extends LongWorkOptions {
  /** One table a cultivar; all with the tissues of the first. */
  readonly tables: readonly ExpressionTable[];
  /**
   * FASTA files whose names begin with the gene (`GENE` or `GENE::region`), or tables with the
   * columns `gene` (`gene_id`, `name`) and `sequence` (`promoter`, `seq`); plain or gzip.
   */
  readonly promoters: readonly FileSource[];
  /** Fold by name of promoter or gene; those without one are left out. Default: no folds. */
  readonly folds?: ReadonlyMap<string, string>;
  /** What is known of the cultivars. Default: nothing. */
  readonly cultivars?: ReadonlyMap<string, Cultivar>;
  /** TPM that a gene reaches in one tissue at least. Default 1. */
  readonly minimum?: number;
}

/** A promoter as it is in a file. */
interface PromoterRecord {
  readonly gene: string;
  readonly name: string;
  readonly region: string;
  readonly sequence: string;
  readonly where: string;
}

/** Where a gene is, and whether its promoter was seen. */
interface GenePlace {
  readonly table: ExpressionTable;
  readonly row: number;
  /** `wanted` until its promoter was read; `below`, `missing`, `empty`, `unfolded`: why it is left out. */
  state: 'wanted' | 'below' | 'missing' | 'used' | 'empty' | 'unfolded';
}

/**
 * Brings promoters and the expression of their genes together, by gene, promoter by promoter in the
 * order of the files: memory holds the tables, and one sequence at a time.
 *
 * @returns the rows, to be read once, and `counts`, which are right when all rows were read
 * @throws InputError for a gene in two tables or with two promoters, a tissue that a table lacks,
 *   genes of another cultivar; UsageError for no tables or promoters
 *
 * @example
 * const { rows, counts } = labelPromoters({ tables: [b73], promoters: ['B73_promoters.fa'] });
 * for await (const { gene, values, sequence } of rows) { … }
 * counts().labelled;
 */
export function labelPromoters(options: LabelPromotersOptions): {
  readonly tissues: readonly string[];
  readonly rows: AsyncGenerator<LabelledPromoter, void, undefined>;
  counts(): LabelledPromoterCounts;
} {
  checkOptionNames(
    options,
    ['tables', 'promoters', 'folds', 'cultivars', 'minimum', 'signal', 'progress'],
    'labelPromoters',
  );
  const { tables, promoters, cultivars = new Map<string, Cultivar>(), minimum = 1 } = options;
  const [first] = tables;
  if (first === undefined || promoters.length === 0) {
    throw new InputError({
      where: 'labelPromoters',
      found: first === undefined ? 'no expression tables' : 'no promoters',
      expected: 'at least one of each',
    });
  }
  const places = new Map<string, GenePlace>();
  for (const given of tables) {
    const table = selectTissues(given, first.tissues);
    checkGenePrefixes(table, cultivars);
    addGenes(places, table, minimum);
  }
  const read = { promoters: 0, withoutExpression: 0 };
  return {
    tissues: first.tissues,
    rows: matched(options, places, cultivars, read),
    counts: () => ({ ...read, ...countStates(places) }),
  };
}

function addGenes(places: Map<string, GenePlace>, table: ExpressionTable, minimum: number): void {
  const expressed = new Set(expressedRows(table, { minimum }));
  const width = table.tissues.length;
  for (const [row, gene] of table.genes.entries()) {
    const other = places.get(gene);
    if (other !== undefined) {
      throw new InputError({
        where: table.source,
        found: `the gene '${gene}', which ${other.table.source} has too`,
        expected: 'each gene in one table',
        fix: 'Give the table of each cultivar once.',
      });
    }
    const values = table.values.subarray(row * width, (row + 1) * width);
    const state = values.some(Number.isNaN) ? 'missing' : expressed.has(row) ? 'wanted' : 'below';
    places.set(gene, { table, row, state });
  }
}

function countStates(places: ReadonlyMap<string, GenePlace>) {
  const counts = { wanted: 0, below: 0, missing: 0, used: 0, empty: 0, unfolded: 0 };
  for (const { state } of places.values()) counts[state]++;
  return {
    genes: places.size,
    belowMinimum: counts.below,
    missingValue: counts.missing,
    withoutPromoter: counts.wanted,
    emptySequence: counts.empty,
    withoutFold: counts.unfolded,
    labelled: counts.used,
  };
}

async function* matched(
  options: LabelPromotersOptions,
  places: ReadonlyMap<string, GenePlace>,
  cultivars: ReadonlyMap<string, Cultivar>,
  read: { promoters: number; withoutExpression: number },
): AsyncGenerator<LabelledPromoter, void, undefined> {
  const { promoters, folds, signal, progress, tables } = options;
  const seen = new Map<string, string>();
  let known = 0;
  for (const source of promoters) {
    for await (const { gene, name, region, sequence, where } of streamPromoters(source)) {
      if (++read.promoters % 1000 === 0) {
        throwIfAborted(signal, 'labelling promoters');
        progress?.({ task: 'labelling promoters', done: read.promoters, unit: 'promoters' });
      }
      const before = seen.get(gene);
      if (before !== undefined) {
        throw new InputError({
          where,
          found: `a second promoter of the gene '${gene}' (the first: ${before})`,
          expected: 'one promoter a gene',
        });
      }
      seen.set(gene, where);
      const place = places.get(gene);
      if (place === undefined) {
        read.withoutExpression++;
        continue;
      }
      known++;
      if (place.state !== 'wanted') continue;
      const fold = folds?.get(name) ?? folds?.get(gene);
      place.state =
        sequence === '' ? 'empty' : folds !== undefined && fold === undefined ? 'unfolded' : 'used';
      if (place.state !== 'used') continue;
      const { table, row } = place;
      const { cultivar = '', tissues, values } = table;
      yield {
        gene,
        name,
        cultivar,
        subpopulation: cultivars.get(cultivar)?.subpopulation ?? '',
        region,
        fold: fold ?? '',
        values: values.slice(row * tissues.length, (row + 1) * tissues.length),
        sequence: letters(sequence, where),
      };
    }
  }
  if (known > 0) return;
  const [example = ''] = seen.keys();
  throw new InputError({
    where: promoters.map(sourceName).join(', '),
    found: `no promoter of a gene of the tables; the first promoter is of '${example}'`,
    expected: `genes as '${tables[0]?.genes[0] ?? ''}'`,
    fix: 'Give promoters and tables of the same genome and annotation.',
  });
}

function letters(sequence: string, where: string): string {
  const strange = /[^A-Za-z]/.exec(sequence)?.[0];
  if (strange === undefined) return sequence.toUpperCase();
  throw new InputError({
    where: `${where}, sequence`,
    found: JSON.stringify(strange),
    expected: 'letters only',
  });
}

/** Promoters of a FASTA file or a table; the first character decides. */
async function* streamPromoters(
  source: FileSource,
): AsyncGenerator<PromoterRecord, void, undefined> {
  const file = sourceName(source);
  if (await isFasta(source)) {
    let record = 0;
    for await (const { name, sequence } of streamFasta(source)) {
      yield promoterOf(name, '', sequence, `${file}, record ${String(++record)}`);
    }
    return;
  }
  let columns: { gene: number; sequence: number; region: readonly number[] } | undefined;
  let width = 0;
  const choose = (line: string) => (line.includes('\t') || !line.includes(',') ? '\t' : ',');
  for await (const { line, fields } of streamDelimited(source, choose)) {
    const where = `${file}, line ${String(line)}`;
    if (columns === undefined) {
      const find = (names: readonly string[]) =>
        names.map((name) => fields.indexOf(name)).find((column) => column >= 0) ?? -1;
      columns = {
        gene: find(['gene_id_full', 'name', 'gene_id', 'gene']),
        sequence: find(['sequence', 'promoter', 'seq']),
        region: ['region', 'contig', 'start', 'end', 'strand'].map((name) => fields.indexOf(name)),
      };
      width = fields.length;
      if (columns.gene < 0 || columns.sequence < 0) {
        throw new InputError({
          where,
          found: `the columns ${fields.slice(0, 12).join(', ')}`,
          expected: 'FASTA, or a table with the columns gene and sequence',
        });
      }
      continue;
    }
    if (fields.length !== width) {
      throw new InputError({
        where,
        found: `${String(fields.length)} fields`,
        expected: `${String(width)} as in the heading`,
      });
    }
    const [region = '', contig, start, end, strand] = columns.region.map((at) => fields[at]);
    const placed =
      contig === undefined || start === undefined || end === undefined
        ? region
        : `${contig}:${start}-${end}(${strand ?? '.'})`;
    yield promoterOf(fields[columns.gene] ?? '', placed, fields[columns.sequence] ?? '', where);
  }
}

function promoterOf(name: string, region: string, sequence: string, where: string): PromoterRecord {
  const [gene = '', place = ''] = name.split('::');
  if (gene === '') throw new InputError({ where, found: 'no gene', expected: 'the gene first' });
  const named = place === '' && region !== '' ? `${gene}::${region}` : name;
  return { gene, name: named, region: place === '' ? region : place, sequence, where };
}

async function isFasta(source: FileSource): Promise<boolean> {
  const start = await readRange(source, 0, 2);
  if (start[0] !== 0x1f) return start[0] === 0x3e;
  for await (const bytes of streamBytes(source)) return bytes[0] === 0x3e;
  return false;
}
