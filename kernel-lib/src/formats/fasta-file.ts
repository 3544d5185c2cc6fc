import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { DNA } from '../sequence/alphabet.ts';
import { checkInterval, describeInterval } from '../sequence/check-interval.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import type { Interval } from '../sequence/interval.ts';
import type { FastaBytes } from './fasta-bytes.ts';
import type { FastaIndexEntry } from './fasta-index.ts';
import { FastaWindowReader, type WindowRequest } from './fasta-window-reader.ts';

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

/** Windows after which `fetchMany` lets other work run, and bases after which it does in any case. */
const PAUSE_WINDOWS = 512;
const PAUSE_BASES = 1 << 22;
/** Bytes of memory that several results of `fetchMany` share. */
const SHARED_BYTES = 1 << 16;

/**
 * A FASTA file with random access, from `openFasta`. Tokens come straight from the bytes of the file: windows of a
 * few thousand bases from what the system holds in memory, others by way of other threads. It stays open
 * until `close`, or until nothing refers to it any more.
 */
export class FastaFile {
  /** The file as it was named. */
  readonly file: string;
  /** The sequences in the order of the file. */
  readonly contigs: readonly Contig[];
  readonly #entries: ReadonlyMap<string, FastaIndexEntry>;
  readonly #bytes: FastaBytes;
  readonly #reader: FastaWindowReader;
  #closed = false;

  /** @internal Use `openFasta`. */
  constructor(file: string, entries: readonly FastaIndexEntry[], bytes: FastaBytes) {
    this.file = file;
    this.contigs = Object.freeze(entries.map(({ name, length }) => ({ name, length })));
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#bytes = bytes;
    this.#reader = new FastaWindowReader(file, bytes);
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
    checkOptionNames(options, ['padding'], 'fetch');
    const entry = this.#checkFetch(interval, options, 'interval');
    const tokens = new Uint8Array(interval.end - interval.start);
    const request = windowRequest(entry, interval, tokens, 0);
    if (request !== undefined) await this.#reader.read([request]);
    return tokens;
  }

  /**
   * As `fetch`, for code that cannot wait, such as `Dataset.example`: this thread stands still while
   * the disk is read and blocks are decompressed.
   */
  fetchSync(interval: Interval, options: FetchOptions = {}): Uint8Array {
    checkOptionNames(options, ['padding'], 'fetch');
    const entry = this.#checkFetch(interval, options, 'interval');
    const tokens = new Uint8Array(interval.end - interval.start);
    const request = windowRequest(entry, interval, tokens, 0);
    if (request !== undefined) this.#reader.readSync([request]);
    return tokens;
  }

  /**
   * Tokens of many intervals, in their order; they are read in the order of the file, neighbours
   * together. All intervals are checked before anything is read. Short results are views of shared
   * memory: copy with `slice` what is to be kept of many.
   */
  async fetchMany(
    intervals: readonly Interval[],
    options: FetchManyOptions = {},
  ): Promise<Uint8Array[]> {
    const entries = this.#checkAll(intervals, options);
    const results = sharedArrays(intervals.map(({ start, end }) => end - start));
    const requests = results.map((tokens, i) => windowRequest(entries[i], intervals[i], tokens, 0));
    await this.#readAll(requests, options);
    return results;
  }

  /**
   * Tokens of intervals of one length, one after the other in one array: a batch
   * `[intervals, length]` in row-major order. All intervals are checked before anything is read.
   *
   * @throws UsageError for intervals of different lengths
   *
   * @example
   * const tokens = await genome.fetchBatch(windows, { padding: 'unknown' });
   * tokens.subarray(3 * 1000, 4 * 1000); // the fourth of windows of 1,000 bases
   */
  async fetchBatch(
    intervals: readonly Interval[],
    options: FetchManyOptions = {},
  ): Promise<Uint8Array> {
    const entries = this.#checkAll(intervals, options);
    const length = intervals[0] === undefined ? 0 : intervals[0].end - intervals[0].start;
    for (const [place, interval] of intervals.entries()) {
      if (interval.end - interval.start !== length) {
        throw new UsageError({
          where: `fetchBatch, interval ${String(place)}`,
          found: `${describeInterval(interval)} of ${String(interval.end - interval.start)} bases`,
          expected: `${String(length)} bases, as the first interval has`,
          fix: 'Give them one length with resizeInterval, or use fetchMany.',
        });
      }
    }
    const tokens = new Uint8Array(intervals.length * length);
    const requests = intervals.map((interval, i) =>
      windowRequest(entries[i], interval, tokens, i * length),
    );
    await this.#readAll(requests, options);
    return tokens;
  }

  /** Frees what is held; later calls throw, and so do those that have not read all they need. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bytes.close();
  }

  /** Where the contig of each interval lies. */
  #checkAll(intervals: readonly Interval[], options: FetchManyOptions): FastaIndexEntry[] {
    checkOptionNames(options, ['padding', 'signal', 'progress'], 'fetch');
    return intervals.map((interval, place) =>
      this.#checkFetch(interval, options, `interval ${String(place)}`),
    );
  }

  async #readAll(
    wanted: readonly (WindowRequest | undefined)[],
    { signal, progress }: LongWorkOptions,
  ): Promise<void> {
    const requests = wanted.filter((request) => request !== undefined);
    const total = wanted.length;
    // Those that lie beyond their contig are nothing but padding.
    const padded = total - requests.length;
    const report = (done: number) =>
      progress?.({ task: 'reading sequences', done, total, unit: 'intervals' });
    const windowBases = (requests[0]?.end ?? 0) - (requests[0]?.start ?? 0);
    const pauseEvery = Math.min(PAUSE_WINDOWS, PAUSE_BASES / Math.max(1, windowBases));
    let nextPause = pauseEvery;
    const pause = async (done: number) => {
      nextPause = done + pauseEvery;
      report(padded + done);
      await yieldToEventLoop();
      throwIfAborted(signal, `reading ${this.file}`);
    };
    report(padded);
    throwIfAborted(signal, `reading ${this.file}`);
    await this.#reader.read(requests, (done) => (done >= nextPause ? pause(done) : undefined));
    report(total);
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

  /** Checks a call of `fetch` and gives where the contig lies. */
  #checkFetch(
    interval: Interval,
    { padding = 'error' }: FetchOptions,
    where: string,
  ): FastaIndexEntry {
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
    const entry = this.#entry(interval.chrom);
    const { length } = entry;
    if (padding === 'error' && (interval.start < 0 || interval.end > length)) {
      throw new InputError({
        where: `${this.file}, ${where}`,
        found: `${describeInterval(interval)} reaches beyond ${interval.chrom}`,
        expected: `0 ≤ start and end ≤ ${String(length)}`,
        fix: "Read the missing bases as unknown with padding: 'unknown', or cut it with clipInterval.",
      });
    }
    return entry;
  }
}

/** Arrays in common pieces of memory: thousands of pieces of their own take as long as the reading. */
function sharedArrays(lengths: readonly number[]): Uint8Array[] {
  let memory = new Uint8Array(0);
  let used = 0;
  let left = lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map((length) => {
    if (memory.length < used + length) {
      memory = new Uint8Array(Math.max(length, Math.min(left, SHARED_BYTES)));
      used = 0;
    }
    const array = memory.subarray(used, used + length);
    used += length;
    left -= length;
    return array;
  });
}

/** Pads what lies beyond the contig, and says what is to be read to `at` of `target`. */
function windowRequest(
  entry: FastaIndexEntry | undefined,
  interval: Interval | undefined,
  target: Uint8Array,
  at: number,
): WindowRequest | undefined {
  if (entry === undefined || interval === undefined) return undefined;
  const reverse = interval.strand === '-';
  const start = Math.min(Math.max(interval.start, 0), entry.length);
  const end = Math.max(Math.min(interval.end, entry.length), start);
  const length = interval.end - interval.start;
  const read = end - start;
  if (read === length && read > 0) return { entry, start, end, reverse, target, at };
  const padding = reverse ? interval.end - end : start - interval.start;
  const before = Math.min(padding, length);
  target.fill(DNA.unknownToken, at, at + before);
  target.fill(DNA.unknownToken, at + before + read, at + length);
  return read === 0 ? undefined : { entry, start, end, reverse, target, at: at + before };
}
