import { gzipSync } from 'node:zlib';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { Interval, Strand } from '../sequence/interval.ts';
import type { FileSource } from './byte-source.ts';
import {
  collectBatches,
  isBrowserLine,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/**
 * A record of a BED file (GA4GH BED specification 1.0), 0-based, half-open. Columns that the file
 * lacks, and a `.` as name, are undefined.
 */
export interface BedRecord extends Interval {
  /** Any finite number: peak callers write more than the 0 … 1000 of the specification. */
  readonly score?: number;
  /** Start and end of the thick part, for a transcript its coding part. */
  readonly thickStart?: number;
  readonly thickEnd?: number;
  readonly itemRgb?: string;
  readonly blockCount?: number;
  /** Lengths of the blocks (exons) in bases. */
  readonly blockSizes?: readonly number[];
  /** Starts of the blocks, relative to `start`. */
  readonly blockStarts?: readonly number[];
}

/** Options of {@link readBed} and {@link streamBed}. */
export interface BedOptions {
  /**
   * How many leading columns are BED columns (3 … 9 or 12), where others follow: 6 for narrowPeak
   * and broadPeak. Default: all columns of the first record.
   */
  readonly columns?: number;
}

/** Names of the twelve columns, in their order. */
export const BED_COLUMN_NAMES = [
  'chrom',
  'start',
  'end',
  'name',
  'score',
  'strand',
  'thickStart',
  'thickEnd',
  'itemRgb',
  'blockCount',
  'blockSizes',
  'blockStarts',
] as const;

/**
 * The records of a BED file one after the other, BED3 to BED12, plain or gzip. Lines that are
 * empty or begin with `browser`, `track` or `#` are skipped. The records before a bad line are yielded
 * before its error is thrown.
 *
 * @throws InputError naming file, line and column for what is no BED
 */
export async function* streamBed(
  file: FileSource,
  options: BedOptions = {},
): AsyncGenerator<BedRecord, void, undefined> {
  for await (const records of streamBatches(file, options)) yield* records;
}

/**
 * All records of a BED file; see {@link streamBed}.
 *
 * @example
 * const transcripts = await readBed('transcripts.bed');
 */
export async function readBed(file: FileSource, options: BedOptions = {}): Promise<BedRecord[]> {
  return collectBatches(streamBatches(file, options));
}

function streamBatches(
  source: FileSource,
  options: BedOptions,
): AsyncGenerator<BedRecord[], void, undefined> {
  checkOptionNames(options, ['columns'], 'readBed');
  return streamRecordBatches(source, bedLineParser(options.columns));
}

/**
 * Makes the parser of a BED file's lines; all of them must have as many columns as the first.
 *
 * @param columns how many of them are BED columns; undefined for all
 * @param columnsInAll undefined for as many as the first record has
 */
export function bedLineParser(columns?: number, columnsInAll?: number): ParseLine<BedRecord> {
  if (columns !== undefined && !isBedWidth(columns)) {
    throw new UsageError({
      where: 'option columns',
      found: String(columns),
      expected: '3 to 9, or 12',
    });
  }
  let width = columnsInAll;
  return (line, place) => {
    if (isBrowserLine(line)) return undefined;
    const where = place.where();
    const fields = line.split('\t');
    width ??= checkWidth(fields, line, columns, where);
    if (fields.length !== width) throw raggedRecord(fields, line, width, where);
    return parseBedFields(columns === undefined ? fields : fields.slice(0, columns), where);
  };
}

function isBedWidth(width: number): boolean {
  return (Number.isInteger(width) && width >= 3 && width <= 9) || width === 12;
}

function checkWidth(
  fields: readonly string[],
  line: string,
  columns: number | undefined,
  where: string,
): number {
  if (fields.length < 3) throw tooFewColumns(fields, line, where);
  if (fields.length < (columns ?? 0)) {
    throw new InputError({
      where,
      found: `${String(fields.length)} columns`,
      expected: `at least the ${String(columns)} that the option columns says`,
    });
  }
  if (columns === undefined && !isBedWidth(fields.length)) {
    throw new InputError({
      where,
      found: `${String(fields.length)} columns`,
      expected: '3 to 9, or 12',
      fix: 'For narrowPeak, broadPeak and other files with further columns give { columns: 6 }, the number of BED columns.',
    });
  }
  return fields.length;
}

function tooFewColumns(fields: readonly string[], line: string, where: string): InputError {
  const spaces = fields.length === 1 && /^\S+ +\d+ +\d+/.test(line);
  return new InputError({
    where,
    found: spaces
      ? 'columns separated by spaces'
      : `${String(fields.length)} ${fields.length === 1 ? 'column' : 'columns'}`,
    expected: spaces ? 'tabs' : 'at least 3 columns (chrom, start, end) separated by tabs',
    fix: spaces
      ? 'Replace the spaces by tabs.'
      : 'Check that this is a BED file; a heading line must begin with #.',
  });
}

function raggedRecord(
  fields: readonly string[],
  line: string,
  width: number,
  where: string,
): InputError {
  if (fields.length === 1) return tooFewColumns(fields, line, where);
  return new InputError({
    where,
    found: `${String(fields.length)} columns`,
    expected: `${String(width)} columns as in the records before`,
  });
}

/** Parses the BED columns of one line, 3 to 9 or 12; `where` names it in messages. */
export function parseBedFields(fields: readonly string[], where: string): BedRecord {
  const wholeNumber = (column: number): number => {
    const text = fields[column] ?? '';
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    const heading = column === 1 && /^[a-z_]+$/i.test(text);
    throw new InputError({
      where: `${where}, column ${String(column + 1)} (${BED_COLUMN_NAMES[column] ?? ''})`,
      found: `'${text}'`,
      expected: 'a whole number from 0',
      fix: heading ? 'If it is a heading line, begin it with #.' : undefined,
    });
  };
  const chrom = fields[0] ?? '';
  if (chrom === '') throw new InputError({ where, found: 'no chromosome in column 1' });
  const start = wholeNumber(1);
  const end = wholeNumber(2);
  if (end < start) {
    throw new InputError({
      where,
      found: `end ${String(end)} before start ${String(start)}`,
      expected: 'start ≤ end',
      fix: "On the '-' strand, too, start is the smaller coordinate.",
    });
  }
  const { length } = fields;
  const name = fields[3];
  // Fields one by one: spreading conditional objects takes several times as long.
  const record: Mutable<BedRecord> = { chrom, start, end };
  if (name !== undefined && name !== '.') record.name = name;
  if (length > 4) {
    const score = parseScore(fields[4] ?? '', where);
    if (score !== undefined) record.score = score;
  }
  if (length > 5) record.strand = parseStrand(fields[5] ?? '', where);
  if (length > 6) record.thickStart = wholeNumber(6);
  if (length > 7) record.thickEnd = wholeNumber(7);
  if (length > 8) record.itemRgb = fields[8] ?? '';
  if (length > 11) Object.assign(record, parseBlocks(fields, wholeNumber(9), record, where));
  return record;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function parseScore(text: string, where: string): number | undefined {
  if (text === '.') return undefined;
  const score = Number(text);
  if (text.trim() !== '' && Number.isFinite(score)) return score;
  throw new InputError({
    where: `${where}, column 5 (score)`,
    found: `'${text}'`,
    expected: "a number or '.'",
  });
}

function parseStrand(text: string, where: string): Strand {
  if (text === '+' || text === '-' || text === '.') return text;
  throw new InputError({
    where: `${where}, column 6 (strand)`,
    found: `'${text}'`,
    expected: "'+', '-' or '.'",
  });
}

function parseBlocks(
  fields: readonly string[],
  blockCount: number,
  { start, end }: Interval,
  where: string,
): Pick<BedRecord, 'blockCount' | 'blockSizes' | 'blockStarts'> {
  const list = (column: number): number[] => {
    const items = (fields[column] ?? '').replace(/,$/, '').split(',');
    const numbers = items.map((item) => (/^\d+$/.test(item) ? Number(item) : NaN));
    if (numbers.length !== blockCount || !numbers.every((number) => Number.isSafeInteger(number))) {
      throw new InputError({
        where: `${where}, column ${String(column + 1)} (${BED_COLUMN_NAMES[column] ?? ''})`,
        found: `'${fields[column] ?? ''}'`,
        expected: `${String(blockCount)} whole numbers separated by commas (blockCount)`,
      });
    }
    return numbers;
  };
  const blockSizes = list(10);
  const blockStarts = list(11);
  for (const [block, blockStart] of blockStarts.entries()) {
    if (start + blockStart + (blockSizes[block] ?? 0) > end) {
      throw new InputError({
        where,
        found: `block ${String(block + 1)} reaches beyond the end ${String(end)}`,
        fix: 'Block starts are relative to the start of the record.',
      });
    }
  }
  return { blockCount, blockSizes, blockStarts };
}

/**
 * Writes a BED file with as many columns as the records need; a missing name, score or strand is
 * written as `.`, a missing thick part as the whole record, missing blocks as one. Compressed where
 * the name ends in `.gz`.
 */
export async function writeBed(file: string, records: Iterable<BedRecord>): Promise<void> {
  const all = [...records];
  const width = all.reduce((widest, record) => Math.max(widest, columnsNeeded(record)), 3);
  const text = all.map((record) => `${formatRecord(record, width)}\n`).join('');
  await writeFileAtomically(file, file.endsWith('.gz') ? gzipSync(text) : text);
}

function columnsNeeded(record: BedRecord): number {
  if (record.blockCount !== undefined || record.blockSizes !== undefined) return 12;
  if (record.itemRgb !== undefined) return 9;
  if (record.thickStart !== undefined || record.thickEnd !== undefined) return 8;
  if (record.strand !== undefined) return 6;
  if (record.score !== undefined) return 5;
  return record.name === undefined ? 3 : 4;
}

function formatRecord(record: BedRecord, width: number): string {
  const { chrom, start, end, name = '.', score = '.', strand = '.' } = record;
  const { thickStart = start, thickEnd = end, itemRgb = '0' } = record;
  const { blockSizes = [end - start], blockStarts = [0] } = record;
  const valid =
    [start, end, thickStart, thickEnd].every(
      (value) => Number.isSafeInteger(value) && value >= 0,
    ) &&
    start <= end &&
    blockSizes.length === blockStarts.length &&
    [chrom, name, itemRgb].every((text) => text !== '' && !/[\t\r\n]/.test(text));
  if (!valid || /^(#|track\b|browser\b)/.test(chrom)) {
    throw new UsageError({
      where: 'writeBed',
      found: `the record ${JSON.stringify(record)}`,
      expected:
        'whole numbers 0 ≤ start ≤ end, as many block sizes as starts, and texts without tabs',
    });
  }
  const columns = [chrom, start, end, name, score, strand, thickStart, thickEnd, itemRgb];
  const blocks = [blockSizes.length, blockSizes.join(','), blockStarts.join(',')];
  return [...columns, ...blocks].slice(0, width).join('\t');
}
