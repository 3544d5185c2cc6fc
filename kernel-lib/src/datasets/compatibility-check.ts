import type { ColumnTable } from 'arquero';
import { InputError, TataboxError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import { readBed, type BedRecord } from '../formats/bed.ts';
import { openFasta, type FastaFile } from '../formats/fasta.ts';
import { readTable } from '../formats/table.ts';
import type { Interval } from '../sequence/interval.ts';
import { promoterInterval } from '../sequence/promoter-interval.ts';
import { checkOptionNames } from '../core/check-option-names.ts';
import {
  bedStart,
  checkAgreement,
  checkBedBounds,
  checkBedOrder,
  checkContigs,
  checkMissing,
  checkRow,
  checkStarts,
  checkStrands,
  checkUnique,
  checkValues,
  checkWindows,
  count,
  type CheckedGene,
  type InputCheckRow,
} from './input-checks.ts';
import { splitExamples, textColumn, type SplitOptions } from './split-options.ts';
import { partOfExamples, type Split } from './split.ts';

export type { InputCheckRow, InputStatus } from './input-checks.ts';

/** Columns of the table that the check looks at. */
export interface InputCheckColumns {
  readonly id: string;
  readonly chrom: string;
  readonly strand: string;
  readonly tss: string;
  /** Column of the names that the BED file uses. Default: `id`. */
  readonly bedName?: string;
  readonly target?: string;
  readonly features?: readonly string[];
}

/** Options of `checkInputs`. */
export interface InputCheckOptions extends LongWorkOptions {
  /** The genome, opened or as a path. */
  readonly fasta: FastaFile | string;
  /** Transcripts, read or as a path. */
  readonly bed?: readonly BedRecord[] | string;
  /** One row a gene, read or as a path. */
  readonly table?: ColumnTable | string;
  /** Needed with a table. */
  readonly columns?: InputCheckColumns;
  /** Bases before and from the start on; default 1,000 and 500, beyond the contig an error. */
  readonly window?: {
    readonly upstream: number;
    readonly downstream: number;
    readonly padding?: 'error' | 'unknown';
  };
  /** Genes without a target are an error (default), or dropped when the dataset is built. */
  readonly missingTarget?: 'error' | 'drop';
  /** With a split, equal sequences in different parts are looked for; needs a table. */
  readonly split?: SplitOptions | Split;
}

/** Whether the files of a job fit each other. */
export interface InputCheck {
  readonly rows: readonly InputCheckRow[];
  /** No error; there may be warnings. */
  readonly ok: boolean;
  /** The table that a person reads. */
  readonly view: TableView;
}

/** What could be read; what could not is a row of its own. */
interface ReadInputs {
  fasta: FastaFile | undefined;
  bed: readonly BedRecord[] | undefined;
  table: ColumnTable | undefined;
}

/**
 * Says before training whether genome, transcripts and table fit each other, in one table: names of
 * contigs, bounds, order, strands, names that occur twice or are missing on one side, values, and
 * equal sequences across the split. Nothing is thrown for what the files hold; every finding is a
 * row with its count and the first names.
 *
 * @example
 * const check = await checkInputs({
 *   fasta: 'sacCer3.fa.gz',
 *   bed: 'sacCer3_transcripts.bed',
 *   table: 'yeast_promoter_expression.tsv.gz',
 *   columns: {
 *     id: 'gene_id', bedName: 'gene_name', chrom: 'chrom', strand: 'strand', tss: 'tss',
 *     target: 'fpkm',
 *   },
 * });
 * check.view.show();
 */
export async function checkInputs(options: InputCheckOptions): Promise<InputCheck> {
  checkOptionNames(
    options,
    [
      ...[
        'fasta',
        'bed',
        'table',
        'columns',
        'window',
        'missingTarget',
        'split',
        'signal',
        'progress',
      ],
    ],
    'checkInputs',
  );
  const { columns, window = { upstream: 1000, downstream: 500 } } = options;
  checkOptionNames(window, ['upstream', 'downstream', 'padding'], 'checkInputs, window');
  if (options.table !== undefined && columns === undefined) {
    throw new UsageError({
      where: 'checkInputs',
      found: 'a table without columns',
      fix: "Say which columns hold what: columns: { id: 'gene_id', chrom: 'chrom', strand: 'strand', tss: 'tss' }.",
    });
  }
  const rows: InputCheckRow[] = [];
  const inputs = await readInputs(options, rows);
  const { fasta } = inputs;
  try {
    const transcripts = inputs.bed?.map(bedStart);
    if (inputs.bed !== undefined && fasta !== undefined) {
      rows.push(...checkTranscripts(inputs.bed, fasta));
    }
    const genes =
      inputs.table &&
      columns &&
      checkTable(inputs.table, columns, options.missingTarget ?? 'error', rows);
    if (genes !== undefined && fasta !== undefined) {
      const chroms = genes.map(({ chrom }) => chrom);
      rows.push(checkContigs('table', chroms, fasta));
    }
    if (genes !== undefined && transcripts !== undefined && inputs.table && columns) {
      rows.push(...compareWithBed(genes, transcripts, inputs.table, columns));
    }
    const placed = genes ?? transcripts;
    if (placed !== undefined && fasta !== undefined) {
      rows.push(checkWindows(placed, window, fasta));
    }
    // Sequences are read only where the windows can be.
    const readable = rows.every(({ status }) => status !== 'error');
    const { split } = options;
    if (readable && genes && inputs.table && fasta !== undefined && split !== undefined) {
      rows.push(await checkDuplicates(genes, inputs.table, fasta, window, split, options));
    }
  } finally {
    if (typeof options.fasta === 'string') fasta?.close();
  }
  return {
    rows,
    ok: rows.every(({ status }) => status !== 'error'),
    view: checkView(rows),
  };
}

/**
 * Stops where `checkInputs` found an error.
 *
 * @throws InputError that lists the rows with errors
 */
export function requireInputs(check: InputCheck): void {
  const errors = check.rows.filter(({ status }) => status === 'error');
  if (errors.length === 0) return;
  const lines = errors.map(({ check: what, found, expected, examples }) => {
    const names = examples.length === 0 ? '' : ` (${examples.join(', ')})`;
    // What is expected is a phrase, or a sentence of its own, such as "Did you mean …?".
    const hint = /^[A-Z]/.test(expected) ? `. ${expected}` : `; expected ${expected}`;
    return `\n- ${what}: ${found}${names}${expected === '' ? '' : hint}`;
  });
  throw new InputError({
    where: 'input check',
    found: `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}${lines.join('')}`,
  });
}

function checkView(rows: readonly InputCheckRow[]): TableView {
  return new TableView(
    'Do genome, transcripts and table fit each other?',
    ['check', 'status', 'found', 'expected', 'examples'],
    rows.map((row) => ({ ...row, examples: row.examples.join(', ') })),
  );
}

/** Reads what is a path; a file that cannot be read becomes a row. */
async function readInputs(options: InputCheckOptions, rows: InputCheckRow[]): Promise<ReadInputs> {
  const { fasta, bed, table } = options;
  const read = async <T>(what: string, reader: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await reader();
    } catch (error) {
      if (!(error instanceof TataboxError)) throw error;
      const { found, expected = '', fix = '' } = error.details;
      const where = error.details.where;
      rows.push({
        check: `reading the ${what}`,
        status: 'error',
        found: `${where}: ${found}`,
        expected: [expected, fix].filter((text) => text !== '').join('. '),
        examples: [],
      });
      return undefined;
    }
  };
  return {
    fasta: typeof fasta === 'string' ? await read('FASTA', () => openFasta(fasta)) : fasta,
    bed: typeof bed === 'string' ? await read('BED', () => readBed(bed)) : bed,
    table:
      typeof table === 'string'
        ? await read('table', () => readTable(table))
        : table?.ungroup().reify(),
  };
}

function checkTranscripts(bed: readonly BedRecord[], fasta: FastaFile): InputCheckRow[] {
  const names = bed.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return [
    checkContigs(
      'BED',
      bed.map(({ chrom }) => chrom),
      fasta,
    ),
    checkBedBounds(bed, fasta),
    checkBedOrder(bed),
    checkStrands('BED', bed.map(bedStart)),
    checkUnique('BED', names, 'warning'),
  ];
}

/** Checks the table for itself; gives its genes unless columns are missing. */
function checkTable(
  table: ColumnTable,
  columns: InputCheckColumns,
  missingTarget: 'error' | 'drop',
  rows: InputCheckRow[],
): CheckedGene[] | undefined {
  const { target, features = [] } = columns;
  const known = table.columnNames();
  const wanted = [
    ...[columns.id, columns.chrom, columns.strand, columns.tss],
    ...[columns.bedName ?? columns.id, target ?? columns.id, ...features],
  ];
  const missing = [...new Set(wanted.filter((name) => !known.includes(name)))];
  rows.push(
    checkRow(
      'columns of the table',
      missing.length === 0
        ? 'the columns named'
        : [...new Set(missing.map((name) => suggestion(name, known)))].join(' '),
      missing,
      (n) => (n === '1' ? 'a column is not there' : `${n} columns are not there`),
      { total: `${count(new Set(wanted).size)} columns found`, status: 'error' },
    ),
  );
  if (missing.length > 0) return undefined;
  const ids = textColumn(table, columns.id);
  const chroms = textColumn(table, columns.chrom);
  const strands = textColumn(table, columns.strand);
  const starts = Array.from(table.array(columns.tss) as ArrayLike<unknown>);
  const genes = ids.map((name, row) => {
    const tss = starts[row];
    return {
      name,
      chrom: chroms[row] ?? '',
      strand: strands[row] ?? '',
      tss: typeof tss === 'number' ? tss : NaN,
    };
  });
  rows.push(
    checkUnique('table', ids, 'error'),
    checkStrands('table', genes),
    checkStarts(genes),
    ...[...(target === undefined ? [] : [target]), ...features].flatMap((column) =>
      checkValues(
        column === target ? 'target' : 'feature',
        column,
        Array.from(table.array(column) as ArrayLike<unknown>),
        ids,
        column === target && missingTarget === 'error' ? 'error' : 'warning',
      ),
    ),
  );
  return genes;
}

function compareWithBed(
  genes: readonly CheckedGene[],
  transcripts: readonly CheckedGene[],
  table: ColumnTable,
  columns: InputCheckColumns,
): InputCheckRow[] {
  const bedNames = textColumn(table, columns.bedName ?? columns.id);
  const named = genes.map((gene, row) => ({ ...gene, name: bedNames[row] ?? gene.name }));
  const byName = new Map(transcripts.map((transcript) => [transcript.name, transcript]));
  const transcriptNames = transcripts.map(({ name }) => name);
  return [
    checkMissing('genes of the table', bedNames, new Set(transcriptNames), 'BED'),
    checkMissing('transcripts of the BED', transcriptNames, new Set(bedNames), 'table'),
    checkAgreement(named, byName),
  ];
}

/** Equal windows in different parts of the split; windows that cannot be cut are left out. */
async function checkDuplicates(
  genes: readonly CheckedGene[],
  table: ColumnTable,
  fasta: FastaFile,
  window: { upstream: number; downstream: number },
  split: SplitOptions | Split,
  longWork: LongWorkOptions,
): Promise<InputCheckRow> {
  const check = 'duplicates across the split';
  const expected = 'no sequence in more than one part';
  const contigs = new Set(fasta.contigs.map(({ name }) => name));
  const cut = genes.map(({ name, chrom, strand, tss }): Interval | undefined =>
    contigs.has(chrom) &&
    (strand === '+' || strand === '-') &&
    Number.isSafeInteger(tss) &&
    tss >= 0
      ? promoterInterval({ chrom, strand, tss, name }, window)
      : undefined,
  );
  if (cut.includes(undefined)) {
    const found = 'not looked at: not every window can be cut';
    return { check, status: 'warning', found, expected, examples: [] };
  }
  const intervals = cut as Interval[];
  const { signal, progress } = longWork;
  const sequences = await fasta.fetchMany(intervals, { padding: 'unknown', signal, progress });
  try {
    const chosen = await splitExamples(
      split,
      { intervals, table, sequences },
      { signal, progress },
    );
    const parts = partOfExamples(chosen, genes.length);
    const groups = new Map<string, number[]>();
    for (const [row, tokens] of sequences.entries()) {
      const text = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.length).toString('latin1');
      groups.set(text, [...(groups.get(text) ?? []), row]);
    }
    const crossing = [...groups.values()].filter(
      (group) => new Set(group.flatMap((row) => parts[row] ?? [])).size > 1,
    );
    return checkRow(
      check,
      expected,
      crossing.map((group) => group.map((row) => genes[row]?.name ?? '').join(' = ')),
      (n) => `${n} sequences stand in more than one part`,
      { total: `${count(genes.length)} windows, none in two parts`, status: 'warning' },
    );
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error;
    return { check: 'split', status: 'error', found: error.message, expected: '', examples: [] };
  }
}
