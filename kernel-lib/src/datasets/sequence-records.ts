import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';
import { streamLines } from '../formats/stream-lines.ts';
import { streamSequences } from '../formats/stream-sequences.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';

/** A sequence and its name. */
export interface SequenceRecord {
  readonly id: string;
  /** DNA tokens. */
  readonly tokens: Uint8Array;
}

/** Options of `streamSequenceRecords`. */
export interface SequenceRecordOptions {
  /** Column of a table that holds the sequences. Default: `sequence`, `seq` or `promoter`. */
  readonly sequenceColumn?: string;
  /** Column of a table that holds the names. Default: its first column. */
  readonly idColumn?: string;
}

/** Names of columns that are taken for sequences without being told. */
const SEQUENCE_COLUMNS = ['sequence', 'seq', 'promoter'];

/** What a text file with sequences is, by its first line. */
type Layout = 'fasta' | 'table' | 'lines';

function layoutOf(firstLine: string, options: SequenceRecordOptions): Layout {
  if (firstLine.startsWith('>')) return 'fasta';
  const wantsTable = options.sequenceColumn !== undefined || options.idColumn !== undefined;
  return wantsTable || /[\t,;]/.test(firstLine) ? 'table' : 'lines';
}

/**
 * The sequences of a file one after the other: FASTA, a table with a heading (tab, comma or
 * semicolon), or one sequence a line; plain or gzip. Lines are named `line-N`, from 1; empty lines
 * are passed over.
 *
 * @throws InputError with file and line for a letter that is no nucleotide code, a missing column,
 *   an empty file
 *
 * @example
 * for await (const { id, tokens } of streamSequenceRecords('promoters.fa.gz')) { … }
 */
export async function* streamSequenceRecords(
  source: FileSource,
  options: SequenceRecordOptions = {},
): AsyncGenerator<SequenceRecord, void, undefined> {
  const file = sourceName(source);
  const firstLine = await readFirstLine(source);
  if (firstLine === undefined) {
    throw new InputError({
      where: file,
      found: 'an empty file',
      expected: 'FASTA, a table, or one sequence a line',
    });
  }
  const layout = layoutOf(firstLine, options);
  if (layout === 'table') {
    yield* tableRecords(source, file, options);
    return;
  }
  if (layout === 'fasta') {
    if (options.sequenceColumn !== undefined || options.idColumn !== undefined) {
      throw new UsageError({
        where: file,
        found: 'FASTA',
        expected: 'a table with the column given',
      });
    }
  }
  for await (const batch of streamSequences(source)) {
    for (const { name, place, sequence } of batch) {
      const text = sequence.trim();
      if (text === '' && layout === 'lines') continue;
      yield { id: name, tokens: encodeSequence(text, { where: `${file}, ${place}` }) };
    }
  }
}

async function readFirstLine(source: FileSource): Promise<string | undefined> {
  for await (const { lines } of streamLines(source)) {
    const line = lines.find((each) => each.trim() !== '');
    if (line !== undefined) return line;
  }
  return undefined;
}

async function* tableRecords(
  source: FileSource,
  file: string,
  options: SequenceRecordOptions,
): AsyncGenerator<SequenceRecord, void, undefined> {
  let columns: { sequence: number; id: number; count: number } | undefined;
  const choose = (heading: string): string =>
    ['\t', ',', ';'].find((delimiter) => heading.includes(delimiter)) ?? '\t';
  for await (const { line, fields } of streamDelimited(source, choose)) {
    if (columns === undefined) {
      columns = findColumns(file, fields, options);
      continue;
    }
    const where = `${file}, line ${String(line)}`;
    if (fields.length !== columns.count) {
      throw new InputError({
        where,
        found: `${String(fields.length)} fields`,
        expected: `${String(columns.count)} as in the heading`,
      });
    }
    const text = (fields[columns.sequence] ?? '').trim();
    yield { id: fields[columns.id] ?? '', tokens: encodeSequence(text, { where }) };
  }
}

function findColumns(
  file: string,
  names: readonly string[],
  { sequenceColumn, idColumn }: SequenceRecordOptions,
): { sequence: number; id: number; count: number } {
  const where = `${file}, line 1`;
  const find = (name: string): number => {
    const column = names.indexOf(name);
    if (column >= 0) return column;
    throw new InputError({ where, found: `no column '${name}'`, fix: suggestion(name, names) });
  };
  const sequence =
    sequenceColumn === undefined
      ? names.findIndex((name) => SEQUENCE_COLUMNS.includes(name.toLowerCase()))
      : find(sequenceColumn);
  if (sequence < 0) {
    throw new InputError({
      where,
      found: `a table without a column ${SEQUENCE_COLUMNS.join(', ')}`,
      expected: 'a column of sequences',
      fix: 'Name it (option sequenceColumn, --sequence-column).',
    });
  }
  return { sequence, id: idColumn === undefined ? 0 : find(idColumn), count: names.length };
}
