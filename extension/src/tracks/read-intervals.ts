import { InputError, throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import { LinePlace } from 'tatabox/formats/line-place.ts';
import { streamLines, type LineBatch } from 'tatabox/formats/stream-lines.ts';
import { endOfRecords, isBrowserLine, type ParseLine } from 'tatabox/formats/stream-records.ts';
import { byteColumn } from './growing-column.ts';
import {
  chooseIntervalFormat,
  type IntervalFormat,
  type IntervalRecord,
} from './interval-format.ts';
import { InvalidLines } from './invalid-lines.ts';
import { RowTableBuilder, type RowTable } from './row-table.ts';
import { TextBlocks } from './text-blocks.ts';
import { TranscriptGroups, type FeatureGroups } from './transcript-groups.ts';

/** What a file of intervals holds. */
export interface ReadIntervals {
  readonly format: IntervalFormat;
  readonly table: RowTable;
  readonly text: TextBlocks;
  readonly invalid: InvalidLines;
  /** Only of GTF and GFF3. */
  readonly groups: FeatureGroups | undefined;
  /** What each record is to its transcript; only of GTF and GFF3. */
  readonly parts: Uint8Array | undefined;
  /** Names of attributes, the first ones seen; only of GTF and GFF3. */
  readonly attributes: ReadonlySet<string>;
}

/** Letters of a line at most; no record has as many. */
const LONGEST = 1 << 20;
/** Names of attributes that are kept. */
const MOST_ATTRIBUTES = 200;
/** Milliseconds of work between two pauses. */
const TURN = 12;

/** Reads a file line by line; lines that are no records are collected. */
export async function readIntervals(
  file: string | Uint8Array,
  { name, signal, progress }: LongWorkOptions & { readonly name: string },
): Promise<ReadIntervals> {
  let reader: IntervalReader | undefined;
  let waiting: LineBatch[] = [];
  let turn = performance.now();
  let lines = 0;
  try {
    for await (const batch of streamLines(file)) {
      lines += batch.lines.length;
      if (reader === undefined) {
        waiting.push(batch);
        // A file may begin with a long comment.
        if (batch.lines.every(isBrowserLine)) continue;
        reader = new IntervalReader(
          name,
          waiting.flatMap((each) => each.lines),
        );
        for (const each of waiting) reader.read(each);
        waiting = [];
      } else reader.read(batch);
      if (reader.ended) break;
      if (performance.now() - turn > TURN) {
        progress?.({ task: `reading ${name}`, done: lines, unit: 'lines' });
        await yieldToEventLoop();
        throwIfAborted(signal, `reading ${name}`);
        turn = performance.now();
      }
    }
  } catch (error) {
    // What was read before the damage can be looked at.
    if (!(error instanceof InputError) || reader === undefined || reader.rows === 0) throw error;
    reader.fail(lines + 1, error);
  }
  reader ??= new IntervalReader(
    name,
    waiting.flatMap((each) => each.lines),
  );
  return reader.finish();
}

class IntervalReader {
  readonly #format: IntervalFormat;
  readonly #parse: ParseLine<IntervalRecord>;
  readonly #place: LinePlace;
  readonly #table: RowTableBuilder;
  readonly #text = new TextBlocks();
  readonly #invalid = new InvalidLines();
  readonly #groups: TranscriptGroups | undefined;
  readonly #parts = byteColumn();
  readonly #attributes = new Set<string>();
  ended = false;

  constructor(name: string, lines: readonly string[]) {
    const format = chooseIntervalFormat(name, lines);
    this.#format = format;
    this.#parse = format.parser();
    this.#table = new RowTableBuilder(format.kind === 'bedpe');
    this.#place = new LinePlace(name);
    const isGff = format.kind === 'gtf' || format.kind === 'gff3';
    this.#groups = isGff ? new TranscriptGroups(format.kind === 'gtf') : undefined;
  }

  get rows(): number {
    return this.#table.rows;
  }

  read({ firstLine, lines }: LineBatch): void {
    // The stack of an error takes longer than the line it is about, and nobody sees it. There is no
    // pause before the limit is as it was.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      for (let i = 0; i < lines.length && !this.ended; i++) {
        this.#readLine(lines[i] ?? '', firstLine + i);
      }
    } finally {
      Error.stackTraceLimit = limit;
    }
  }

  /** Says that the file ends at a line in another way than it should. */
  fail(line: number, error: InputError): void {
    this.#place.line = line;
    this.#invalid.add(line, error, this.#place.where(), '');
  }

  finish(): ReadIntervals {
    const { count, firstError } = this.#invalid;
    if (this.#table.rows === 0 && count > 0) throw firstError;
    const groups = this.#groups?.finish();
    return {
      format: this.#format,
      table: this.#table.finish(),
      text: this.#text,
      invalid: this.#invalid,
      groups,
      parts: groups === undefined ? undefined : this.#parts.finish(),
      attributes: this.#attributes,
    };
  }

  #readLine(line: string, number: number): void {
    const place = this.#place;
    place.line = number;
    try {
      if (line.length > LONGEST) {
        throw place.error({
          found: `a line of ${line.length.toLocaleString('en')} letters`,
          expected: `at most ${LONGEST.toLocaleString('en')}`,
        });
      }
      if (line.startsWith('##sequence-region')) this.#readLength(line);
      const record = this.#parse(line, place);
      if (record === undefined) return;
      if (record === endOfRecords) this.ended = true;
      else this.#add(record, line, number);
    } catch (error) {
      this.#invalid.add(number, error, place.where(), line);
    }
  }

  #add(record: IntervalRecord, line: string, number: number): void {
    const { type = '', attributes, chrom, strand = '.' } = record;
    if (this.#groups !== undefined && attributes !== undefined) {
      const place = this.#format.kind === 'gtf' ? `${chrom}\t${strand}` : chrom;
      this.#parts.push(this.#groups.add(this.#table.rows, place, type, attributes));
      if (this.#attributes.size < MOST_ATTRIBUTES) {
        for (const name of Object.keys(attributes)) this.#attributes.add(name);
      }
    }
    this.#table.add(record, number, this.#text.append(line));
  }

  /** `##sequence-region chrI 1 230218` of GFF3. */
  #readLength(line: string): void {
    const [, name = '', , end = ''] = line.trim().split(/\s+/);
    const length = Number(end);
    if (name === '' || !/^\d+$/.test(end) || !Number.isSafeInteger(length)) return;
    this.#table.reach(this.#table.contig(name), length);
  }
}
