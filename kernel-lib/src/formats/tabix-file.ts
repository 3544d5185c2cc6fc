import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Interval } from '../sequence/interval.ts';
import { compareBgzfPositions, streamBgzfBlocks, type BgzfPosition } from './bgzf-blocks.ts';
import type { ByteSource } from './byte-source.ts';
import { LinePlace } from './line-place.ts';
import type { BgzfRange, TabixIndex } from './tabix-index.ts';

/** A stretch of a chromosome, 0-based, half-open; all of it by default. */
export interface TabixRegion {
  readonly chrom: string;
  readonly start?: number;
  readonly end?: number;
}

/** Makes a record of a line; undefined for a line that is none. */
export type TabixParser<T> = (line: string, place: LinePlace) => T | undefined;

/** Characters of a line at most, that a damaged file does not fill the memory. */
const LONGEST_LINE = 1 << 28;

/** A line and the first byte of the block in which it ends. */
interface Line {
  readonly text: string;
  readonly block: number;
}

/** A bgzip file that is read by region with an index; `openTabix` makes one. */
export class TabixFile<T extends Interval> {
  /** Chromosomes with records, in the order of the index. */
  readonly chroms: readonly string[];
  readonly #source: ByteSource;
  readonly #index: TabixIndex;
  readonly #indexName: string;
  readonly #declared: ReadonlySet<string>;
  readonly #makeParser: () => TabixParser<T>;

  /**
   * @param declared chromosomes that the file's header names; they may have no records
   * @param makeParser makes the parser of one query
   */
  constructor(
    source: ByteSource,
    index: TabixIndex,
    indexName: string,
    declared: Iterable<string>,
    makeParser: () => TabixParser<T>,
  ) {
    this.#source = source;
    this.#index = index;
    this.#indexName = indexName;
    this.#declared = new Set(declared);
    this.#makeParser = makeParser;
    this.chroms = index.names;
  }

  /**
   * The records that overlap a region, in the order of the file.
   *
   * @throws InputError for a chromosome that the file does not have, for a line that is no record, for
   *   an index of another file; UsageError for a region that is none
   *
   * @example
   * for await (const gene of genes.fetch({ chrom: 'chrI', start: 0, end: 10_000 })) …
   */
  async *fetch(region: TabixRegion): AsyncGenerator<T, void, undefined> {
    const { chrom, start = 0, end = Infinity } = region;
    checkRegion(start, end);
    if (!this.chroms.includes(chrom)) {
      if (this.#declared.has(chrom)) return;
      throw new InputError({
        where: this.#source.name,
        found: `no records on '${chrom}'`,
        fix: suggestion(chrom, this.chroms),
      });
    }
    if (start === end) return;
    const parse = this.#makeParser();
    const place = new LinePlace(this.#source.name, 'block at byte');
    const { columns } = this.#index;
    let before = -Infinity;
    for (const range of this.#index.ranges(chrom, start, end)) {
      for await (const { text, block } of this.#lines(range)) {
        if (text === '' || (columns.comment !== '' && text.startsWith(columns.comment))) continue;
        place.line = block;
        // Before it is parsed: an index of another file leads into the middle of a line.
        if (columnOf(text, columns.chrom) !== chrom) throw this.#otherFile();
        const record = parse(text, place);
        if (record === undefined) continue;
        if (record.start < before) throw this.#otherFile();
        before = record.start;
        if (record.start >= end) return;
        if (record.end > start) yield record;
      }
    }
  }

  /** Throws `InputError` where records follow on the last one that the index knows, or it is not there. */
  async checkEnd(): Promise<void> {
    const { lastEnd, columns } = this.#index;
    if (lastEnd.block > (await this.#source.size())) throw this.#otherFile();
    const comment = columns.comment.charCodeAt(0);
    try {
      for await (const { position, content } of streamBgzfBlocks(this.#source, lastEnd.block)) {
        const from = position === lastEnd.block ? lastEnd.within : 0;
        if (from > content.length) throw this.#otherFile();
        if (content.length === from) continue;
        const next = content[from];
        if (next !== comment && next !== 10 && next !== 13) throw this.#otherFile();
        return;
      }
    } catch (error) {
      // No block begins where the index says that one does.
      throw error instanceof InputError ? this.#otherFile(error) : error;
    }
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#source.close();
  }

  async *#lines({ begin, end }: BgzfRange): AsyncGenerator<Line, void, undefined> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let pieces: Uint8Array[] = [];
    let length = 0;
    for await (const { position, content } of streamBgzfBlocks(this.#source, begin.block)) {
      const bytes = this.#cut(content, position, begin, end);
      let at = 0;
      for (;;) {
        const newline = bytes.indexOf(10, at);
        pieces.push(bytes.subarray(at, newline < 0 ? bytes.length : newline));
        length += (newline < 0 ? bytes.length : newline) - at;
        if (newline < 0 || length > LONGEST_LINE) break;
        yield { text: this.#decode(decoder, pieces, position), block: position };
        pieces = [];
        length = 0;
        at = newline + 1;
      }
      if (length > LONGEST_LINE) throw this.#otherFile();
      if (compareBgzfPositions({ block: position, within: content.length }, end) >= 0) break;
      if (position >= end.block) break;
    }
    if (length > 0) yield { text: this.#decode(decoder, pieces, end.block), block: end.block };
  }

  /** The part of a block's content that is within a range. */
  #cut(content: Uint8Array, block: number, begin: BgzfPosition, end: BgzfPosition): Uint8Array {
    const from = block === begin.block ? begin.within : 0;
    const to = block === end.block ? end.within : content.length;
    const isLineStart = from === 0 || content[from - 1] === 10;
    if (block > end.block || from > content.length || to > content.length || !isLineStart) {
      throw this.#otherFile();
    }
    return content.subarray(from, to);
  }

  #decode(
    decoder: InstanceType<typeof TextDecoder>,
    pieces: readonly Uint8Array[],
    block: number,
  ): string {
    const [single] = pieces;
    const bytes = pieces.length === 1 && single !== undefined ? single : Buffer.concat(pieces);
    try {
      return decoder.decode(bytes).replace(/\r$/, '');
    } catch (error) {
      throw new InputError(
        {
          where: `${this.#source.name}, block at byte ${String(block)}`,
          found: 'bytes that are no UTF-8 text',
        },
        { cause: error },
      );
    }
  }

  #otherFile(cause?: unknown): InputError {
    return new InputError(
      {
        where: this.#indexName,
        found: `an index that does not fit ${this.#source.name}`,
        expected: 'the index of this version of the file',
        fix: 'Make it anew with tabix; the file must be sorted by position.',
      },
      { cause },
    );
  }
}

function checkRegion(start: number, end: number): void {
  const isValid =
    Number.isSafeInteger(start) &&
    (Number.isSafeInteger(end) || end === Infinity) &&
    start >= 0 &&
    start <= end;
  if (isValid) return;
  throw new UsageError({
    where: 'fetch',
    found: `the region ${String(start)} to ${String(end)}`,
    expected: 'whole numbers 0 ≤ start ≤ end',
  });
}

/** The text in a column, by its number from 1. */
function columnOf(line: string, column: number): string {
  let start = 0;
  for (let i = 1; i < column; i++) {
    const tab = line.indexOf('\t', start);
    if (tab < 0) return '';
    start = tab + 1;
  }
  const tab = line.indexOf('\t', start);
  return line.slice(start, tab < 0 ? line.length : tab);
}
