import { InputError, TataboxError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { DNA } from '../sequence/alphabet.ts';
import { checkInterval, describeInterval } from '../sequence/check-interval.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import { encodeInto, invalidLetterError } from '../sequence/encode-sequence.ts';
import type { Interval } from '../sequence/interval.ts';
import { reverseComplement } from '../sequence/reverse-complement.ts';
import type { FastaIndexEntry } from './fasta-index.ts';
import { fileError } from './file-error.ts';

/** A sequence of a FASTA file. */
export interface Contig {
  readonly name: string;
  /** Length in bases. */
  readonly length: number;
}

/** Options of {@link FastaFile.fetch}. */
export interface FetchOptions {
  /** What an interval beyond the ends of its contig does: `error` (default) or read as `unknown`. */
  readonly padding?: 'error' | 'unknown';
}

/** Options of {@link FastaFile.fetchMany}. */
export interface FetchManyOptions extends FetchOptions, LongWorkOptions {}

/** Bases that are read and kept at a time: two bgzip blocks. */
const BLOCK_BASES = 1 << 17;
const CACHED_BLOCKS = 128;

/** Reads raw bytes of the uncompressed FASTA. */
export type ByteReader = (length: number, position: number) => Promise<Uint8Array>;
/** Reads the letters of `[start, end)` of a contig. */
export type LetterReader = (
  contig: string,
  start: number,
  end: number,
) => Promise<string | undefined>;

/**
 * A FASTA file with random access, from `openFasta`. Recently read blocks are kept (16 MB, more than a yeast genome), so
 * that neighbouring intervals cost one read.
 */
export class FastaFile {
  /** The file as it was named. */
  readonly file: string;
  /** The sequences in the order of the file. */
  readonly contigs: readonly Contig[];
  readonly #entries: ReadonlyMap<string, FastaIndexEntry>;
  readonly #readBytes: ByteReader;
  readonly #readLetters: LetterReader;
  readonly #blocks = new Map<string, Promise<Uint8Array>>();
  readonly #checkedContigs = new Set<string>();
  #closed = false;

  /** @internal Use `openFasta`. */
  constructor(
    file: string,
    entries: readonly FastaIndexEntry[],
    readBytes: ByteReader,
    readLetters: LetterReader,
  ) {
    this.file = file;
    this.contigs = Object.freeze(entries.map(({ name, length }) => ({ name, length })));
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#readBytes = readBytes;
    this.#readLetters = readLetters;
  }

  /**
   * Length of a contig in bases.
   *
   * @throws InputError for a contig that the file does not have, with the one that may be meant
   */
  contigLength(name: string): number {
    return this.#entry(name).length;
  }

  /**
   * Tokens of an interval; on the strand `-` the reverse complement.
   *
   * @param interval 0-based, half-open
   * @returns one token a base (A 0, C 1, G 2, T 3, unknown 4)
   * @throws InputError for an unknown contig, or an interval beyond its ends without `padding`
   *
   * @example
   * await genome.fetch({ chrom: 'chrIV', start: 1000, end: 2500, strand: '-' });
   */
  async fetch(interval: Interval, options: FetchOptions = {}): Promise<Uint8Array> {
    const length = this.#checkFetch(interval, options, 'interval');
    const { chrom, start, end, strand } = interval;
    const tokens = new Uint8Array(end - start).fill(DNA.unknownToken);
    const first = Math.max(start, 0);
    const last = Math.min(end, length);
    for (let from = first; from < last;) {
      const number = Math.floor(from / BLOCK_BASES);
      const to = Math.min(last, (number + 1) * BLOCK_BASES);
      const block = await this.#block(chrom, number);
      const blockStart = number * BLOCK_BASES;
      tokens.set(block.subarray(from - blockStart, to - blockStart), from - start);
      from = to;
    }
    return strand === '-' ? reverseComplement(tokens) : tokens;
  }

  /**
   * Tokens of many intervals, each block of the file read once; in the order of `intervals`. All
   * intervals are checked before anything is read.
   */
  async fetchMany(
    intervals: readonly Interval[],
    options: FetchManyOptions = {},
  ): Promise<Uint8Array[]> {
    const { signal, progress, ...fetchOptions } = options;
    for (const [place, interval] of intervals.entries()) {
      this.#checkFetch(interval, fetchOptions, `interval ${String(place)}`);
    }
    const offset = (interval: Interval | undefined) =>
      this.#entries.get(interval?.chrom ?? '')?.offset ?? 0;
    const order = [...intervals.keys()].sort(
      (a, b) =>
        offset(intervals[a]) - offset(intervals[b]) ||
        (intervals[a]?.start ?? 0) - (intervals[b]?.start ?? 0),
    );
    const results = new Array<Uint8Array>(intervals.length);
    for (const [done, place] of order.entries()) {
      if (done % 512 === 0) {
        progress?.({ task: 'reading sequences', done, total: order.length, unit: 'intervals' });
        await yieldToEventLoop();
        throwIfAborted(signal, `reading ${this.file}`);
      }
      const interval = intervals[place];
      if (interval !== undefined) results[place] = await this.fetch(interval, fetchOptions);
    }
    const total = order.length;
    progress?.({ task: 'reading sequences', done: total, total, unit: 'intervals' });
    return results;
  }

  /** Forgets what was read; later calls of `fetch` throw. No file stays open between two calls. */
  close(): void {
    this.#closed = true;
    this.#blocks.clear();
  }

  #entry(name: string): FastaIndexEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      throw new InputError({
        where: this.file,
        found: `no contig '${name}'`,
        fix: contigNameAdvice(name, [...this.#entries.keys()]),
      });
    }
    return entry;
  }

  /** Checks a call of `fetch` and gives the length of the contig. */
  #checkFetch(interval: Interval, { padding = 'error' }: FetchOptions, where: string): number {
    if (this.#closed) {
      throw new UsageError({
        where: this.file,
        found: 'the file was closed',
        fix: 'Open it again.',
      });
    }
    if (padding !== 'error' && padding !== 'unknown') {
      throw new UsageError({
        where: 'option padding',
        found: `'${String(padding)}'`,
        expected: "'error' or 'unknown'",
      });
    }
    checkInterval(interval, `${this.file}, ${where}`);
    const { length } = this.#entry(interval.chrom);
    if (padding === 'error' && (interval.start < 0 || interval.end > length)) {
      throw new InputError({
        where: `${this.file}, ${where}`,
        found: `${describeInterval(interval)} reaches beyond ${interval.chrom}`,
        expected: `0 ≤ start and end ≤ ${String(length)}`,
        fix: "Read the missing bases as unknown with padding: 'unknown', or cut it with clipInterval.",
      });
    }
    return length;
  }

  #block(contig: string, number: number): Promise<Uint8Array> {
    const key = `${String(number)} ${contig}`;
    const cached = this.#blocks.get(key);
    const block = cached ?? this.#readBlock(contig, number);
    // Set anew, so that the first key of the map is the block that was not used for longest.
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    if (cached === undefined) {
      block.catch(() => this.#blocks.delete(key));
      const oldest = this.#blocks.keys().next();
      if (this.#blocks.size > CACHED_BLOCKS && oldest.done !== true) {
        this.#blocks.delete(oldest.value);
      }
    }
    return block;
  }

  async #readBlock(contig: string, number: number): Promise<Uint8Array> {
    const entry = this.#entry(contig);
    try {
      await this.#checkHeader(entry);
      const start = number * BLOCK_BASES;
      const end = Math.min(entry.length, start + BLOCK_BASES);
      const letters = (await this.#readLetters(contig, start, end)) ?? '';
      const tokens = new Uint8Array(letters.length);
      const invalid = encodeInto(letters, tokens, 0, DNA);
      if (letters.length !== end - start || letters[invalid] === '>')
        throw this.#staleIndex(contig);
      if (invalid >= 0) {
        const where = `${this.file}, contig ${contig}`;
        const fix =
          'Only files of nucleotides can be read as tokens; streamFasta gives the letters as they are.';
        throw invalidLetterError(letters, invalid, start + invalid, DNA, where, fix);
      }
      return tokens;
    } catch (error) {
      const known = await fileError(this.file, error);
      if (known instanceof TataboxError) throw known;
      throw new InputError(
        {
          where: `${this.file}, contig ${contig}`,
          found: `data that cannot be read (${known.message})`,
          fix: 'Copy or download the file again, and make its index anew with writeFastaIndex.',
        },
        { cause: error },
      );
    }
  }

  /** The line before the first base must be the contig's header, or the index is of another file. */
  async #checkHeader({ name, offset }: FastaIndexEntry): Promise<void> {
    if (this.#checkedContigs.has(name)) return;
    const start = Math.max(0, offset - (1 << 16));
    const before = Buffer.from(await this.#readBytes(offset - start, start)).toString();
    const header = before.slice(before.lastIndexOf('\n', before.length - 2) + 1);
    if (/^>(\S+)[^\n]*\n$/.exec(header)?.[1] !== name) throw this.#staleIndex(name);
    this.#checkedContigs.add(name);
  }

  #staleIndex(contig: string): InputError {
    return new InputError({
      where: `${this.file}.fai`,
      found: `contig '${contig}' is not where the index says`,
      fix: 'The index belongs to another version of the file: make it anew with writeFastaIndex.',
    });
  }
}
