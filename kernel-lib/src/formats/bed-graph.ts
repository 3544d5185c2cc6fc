import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { FileSource } from './byte-source.ts';
import { quoted, type LinePlace } from './line-place.ts';
import {
  collectBatches,
  isBrowserLine,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/** A stretch of a signal with one value: 0-based, half-open. */
export interface BedGraphRecord {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** Options of {@link readBedGraph} and {@link streamBedGraph}. */
export interface BedGraphOptions {
  /**
   * `sorted`: each chromosome in one piece, its records by start and without overlaps, as tools that
   * make a bigWig of it want it; anything else is an error. `any`: no check. Default `sorted`.
   */
  readonly order?: 'sorted' | 'any';
  /** What to do with `nan` in place of a value: an error, or no record. Default `error`. */
  readonly missing?: 'error' | 'skip';
}

/** Options of {@link writeBedGraph}. */
export interface WriteBedGraphOptions {
  /** Stops the work with an `InterruptedError`; no file is left. */
  readonly signal?: AbortSignal;
}

/** Characters that are written at a time. */
const PIECE = 1 << 20;

/**
 * The records of a bedGraph file one after the other, plain, gzip or bgzip (UCSC Genome Browser,
 * "bedGraph track format"). Lines that are empty or begin with `browser`, `track` or `#` are skipped.
 *
 * @throws InputError naming file, line and column for what is no bedGraph, and for records that
 *   overlap or are not sorted unless `order` allows it
 */
export async function* streamBedGraph(
  source: FileSource,
  options: BedGraphOptions = {},
): AsyncGenerator<BedGraphRecord, void, undefined> {
  for await (const records of streamBatches(source, options)) yield* records;
}

/**
 * All records of a bedGraph file; see {@link streamBedGraph}.
 *
 * @example
 * const coverage = await readBedGraph('H3K4me3.bedGraph.gz');
 */
export async function readBedGraph(
  source: FileSource,
  options: BedGraphOptions = {},
): Promise<BedGraphRecord[]> {
  return collectBatches(streamBatches(source, options));
}

function streamBatches(
  source: FileSource,
  options: BedGraphOptions,
): AsyncGenerator<BedGraphRecord[], void, undefined> {
  checkOptionNames(options, ['order', 'missing'], 'readBedGraph');
  const { order = 'sorted', missing = 'error' } = options;
  checkChoice('order', order, ['sorted', 'any']);
  checkChoice('missing', missing, ['error', 'skip']);
  return streamRecordBatches(source, bedGraphParser(order === 'sorted', missing === 'skip'));
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new UsageError({
    where: `readBedGraph, ${name}`,
    found: quoted(value),
    expected: choices.join(' or '),
  });
}

/** Makes the parser of a bedGraph file's lines; see {@link BedGraphOptions}. */
export function bedGraphParser(
  mustBeSorted: boolean,
  skipMissing: boolean,
): ParseLine<BedGraphRecord> {
  const order = new RecordOrder();
  return (line, place) => {
    if (isBrowserLine(line)) return undefined;
    const fields = line.includes('\t') ? line.split('\t') : line.trim().split(/ +/);
    const [chrom = '', startText = '', endText = '', valueText = ''] = fields;
    if (fields.length !== 4 || chrom === '' || isWiggle(line))
      throw badLine(line, fields.length, place);
    const start = place.wholeNumber(startText, [2, 'start']);
    const end = place.wholeNumber(endText, [3, 'end']);
    if (end <= start) {
      throw place.error({
        found: `start ${String(start)} and end ${String(end)}`,
        expected: 'start < end',
      });
    }
    if (mustBeSorted) {
      const problem = order.problemOf({ chrom, start, end });
      if (problem !== undefined) {
        throw place.error({
          found: problem,
          expected: 'records sorted by chromosome and start, without overlaps',
          fix: "Sort the file (sort -k1,1 -k2,2n) and merge overlaps, or say { order: 'any' }.",
        });
      }
    }
    if (/^[+-]?nan$/i.test(valueText)) {
      if (skipMissing) return undefined;
      throw place.error(
        {
          found: quoted(valueText),
          expected: 'a number',
          fix: "Where there is no value there should be no line; { missing: 'skip' } passes over them.",
        },
        [4, 'value'],
      );
    }
    return { chrom, start, end, value: place.number(valueText, [4, 'value']) };
  };
}

const isWiggle = (line: string): boolean => /^(fixedStep|variableStep)\b/.test(line);

function badLine(line: string, columns: number, place: LinePlace): Error {
  const wiggle = isWiggle(line);
  return place.error({
    found: wiggle
      ? 'a wiggle declaration'
      : `${String(columns)} ${columns === 1 ? 'column' : 'columns'}`,
    expected: '4 columns: chrom, start, end, value',
    fix: wiggle ? 'Make a bigWig of it with wigToBigWig, and read that.' : undefined,
  });
}

/** Watches that chromosomes are in one piece and records by start, without overlaps. */
class RecordOrder {
  readonly #seen = new Set<string>();
  #chrom: string | undefined;
  #start = 0;
  #end = 0;

  /** What is wrong with the next record; undefined where nothing is. */
  problemOf({ chrom, start, end }: Omit<BedGraphRecord, 'value'>): string | undefined {
    if (chrom !== this.#chrom) {
      if (this.#seen.has(chrom))
        return `'${chrom}' for a second time, after '${this.#chrom ?? ''}'`;
      this.#seen.add(chrom);
      this.#chrom = chrom;
    } else if (start < this.#start) {
      return `start ${String(start)} after a record that starts at ${String(this.#start)}`;
    } else if (start < this.#end) {
      return `start ${String(start)} within the record before, which ends at ${String(this.#end)}`;
    }
    this.#start = start;
    this.#end = end;
    return undefined;
  }
}

/**
 * Writes a bedGraph file, record by record; compressed where the name ends in `.gz`. Numbers are
 * written with all digits that they need to be read back as they are.
 *
 * @throws UsageError for what no reader would take: values that are not finite, and records that
 *   overlap or are not sorted
 *
 * @example
 * await writeBedGraph('predicted.bedGraph.gz', [{ chrom: 'chrI', start: 0, end: 32, value: 1.5 }]);
 */
export async function writeBedGraph(
  file: string,
  records: Iterable<BedGraphRecord> | AsyncIterable<BedGraphRecord>,
  options: WriteBedGraphOptions = {},
): Promise<void> {
  checkOptionNames(options, ['signal'], 'writeBedGraph');
  const text = formatPieces(records, options.signal);
  const pieces = file.endsWith('.gz')
    ? pipeline(Readable.from(text, { objectMode: false }), createGzip(), () => undefined)
    : text;
  await writeInPieces(file, async (writer) => {
    for await (const piece of pieces as AsyncIterable<string | Uint8Array>) {
      await writer.write(piece);
    }
  });
}

async function* formatPieces(
  records: Iterable<BedGraphRecord> | AsyncIterable<BedGraphRecord>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  const order = new RecordOrder();
  let text = '';
  for await (const record of records) {
    text += formatRecord(record, order);
    if (text.length < PIECE) continue;
    throwIfAborted(signal, 'writeBedGraph');
    yield text;
    text = '';
  }
  throwIfAborted(signal, 'writeBedGraph');
  if (text !== '') yield text;
}

function formatRecord(record: BedGraphRecord, order: RecordOrder): string {
  const { chrom, start, end, value } = record;
  const isValid =
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(end) &&
    start >= 0 &&
    start < end &&
    Number.isFinite(value) &&
    /^[^\s#][^\s]*$/.test(chrom) &&
    !/^(track|browser)\b/.test(chrom);
  const problem = isValid ? order.problemOf(record) : `the record ${JSON.stringify(record)}`;
  if (problem === undefined)
    return `${chrom}\t${String(start)}\t${String(end)}\t${String(value)}\n`;
  throw new UsageError({
    where: 'writeBedGraph',
    found: problem,
    expected: isValid
      ? 'records sorted by chromosome and start, without overlaps'
      : 'a chromosome, whole numbers 0 ≤ start < end, and a finite value',
  });
}
