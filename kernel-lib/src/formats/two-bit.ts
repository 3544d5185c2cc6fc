import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import { DNA } from '../sequence/alphabet.ts';
import { describeInterval } from '../sequence/check-interval.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import type { Interval } from '../sequence/interval.ts';
import { reverseComplement } from '../sequence/reverse-complement.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { checkOneOf, checkOpen, checkResultLength, ContigTable } from './contig-table.ts';
import { damagedFile, dataView, readExactly } from './damaged-file.ts';
import type { Contig, FetchManyOptions, FetchOptions } from './fasta-file.ts';
import { readTwoBitContigs, readTwoBitRecord } from './two-bit-records.ts';
import type { TwoBitContig, TwoBitRecord } from './two-bit-records.ts';

/** Intervals that are read before other work may run. */
const PAUSE_INTERVALS = 256;

/** Tokens of the four bases of each byte: two bits a base, T 0, C 1, A 2, G 3, the first one highest. */
const BASES = Uint8Array.from({ length: 1024 }, (_, i) => {
  const code = ((i >> 2) >> (6 - 2 * (i & 3))) & 3;
  return [3, 1, 0, 2][code] ?? 0;
});

/**
 * A 2bit file with random access, from `openTwoBit`: the same tokens as `FastaFile` gives for the
 * FASTA file that it was made from.
 */
export class TwoBitFile {
  /** The file as messages call it. */
  readonly file: string;
  /** The sequences in the order of the file. */
  readonly contigs: readonly Contig[];
  readonly #source: ByteSource;
  readonly #table: ContigTable<TwoBitContig>;
  readonly #littleEndian: boolean;
  readonly #records = new Map<string, Promise<TwoBitRecord>>();
  #closed = false;

  /** @internal Use `openTwoBit`. */
  constructor(source: ByteSource, contigs: readonly TwoBitContig[], littleEndian: boolean) {
    this.file = source.name;
    this.contigs = Object.freeze(contigs.map(({ name, length }) => ({ name, length })));
    this.#source = source;
    this.#table = new ContigTable(source.name, contigs);
    this.#littleEndian = littleEndian;
  }

  /**
   * Length of a contig in bases.
   *
   * @throws InputError for a contig that the file does not have, with the one that may be meant
   */
  contigLength(name: string): number {
    return this.#table.get(name).length;
  }

  /**
   * Tokens of an interval; on the strand `-` the reverse complement. Lower-case masks are ignored.
   *
   * @param interval 0-based, half-open
   * @returns one token a base (A 0, C 1, G 2, T 3, unknown 4)
   * @throws InputError for an unknown contig, or an interval beyond its ends without `padding`
   *
   * @example
   * await genome.fetch({ chrom: 'chr1', start: 10_000, end: 12_000, strand: '-' });
   */
  async fetch(interval: Interval, options: FetchOptions = {}): Promise<Uint8Array> {
    checkOptionNames(options, ['padding'], 'fetch');
    const contig = this.#check(interval, options);
    return this.#read(contig, interval);
  }

  /** As `fetch`, as letters: A, C, G, T, N. */
  async fetchText(interval: Interval, options: FetchOptions = {}): Promise<string> {
    return decodeTokens(await this.fetch(interval, options));
  }

  /** Tokens of many intervals, in their order. All are checked before anything is read. */
  async fetchMany(
    intervals: readonly Interval[],
    options: FetchManyOptions = {},
  ): Promise<Uint8Array[]> {
    checkOptionNames(options, ['padding', 'signal', 'progress'], 'fetchMany');
    const { signal, progress } = options;
    const contigs = intervals.map((interval) => this.#check(interval, options));
    const results: Uint8Array[] = [];
    for (const [i, interval] of intervals.entries()) {
      if (i % PAUSE_INTERVALS === 0) {
        progress?.({
          task: 'reading sequences',
          done: i,
          total: intervals.length,
          unit: 'intervals',
        });
        await yieldToEventLoop();
        throwIfAborted(signal, `reading ${this.file}`);
      }
      results.push(await this.#read(contigs[i] as TwoBitContig, interval));
    }
    const total = intervals.length;
    progress?.({ task: 'reading sequences', done: total, total, unit: 'intervals' });
    return results;
  }

  /**
   * Tokens of intervals of one length, one after the other in one array: a batch
   * `[intervals, length]` in row-major order.
   *
   * @throws UsageError for intervals of different lengths
   */
  async fetchBatch(
    intervals: readonly Interval[],
    options: FetchManyOptions = {},
  ): Promise<Uint8Array> {
    const length = intervals[0] === undefined ? 0 : intervals[0].end - intervals[0].start;
    for (const [place, interval] of intervals.entries()) {
      if (interval.end - interval.start === length) continue;
      throw new UsageError({
        where: `fetchBatch, interval ${String(place)}`,
        found: `${describeInterval(interval)} of ${String(interval.end - interval.start)} bases`,
        expected: `${String(length)} bases, as the first interval has`,
        fix: 'Give them one length with resizeInterval, or use fetchMany.',
      });
    }
    checkResultLength(intervals.length * length, this.file);
    const tokens = new Uint8Array(intervals.length * length);
    const rows = await this.fetchMany(intervals, options);
    for (const [row, values] of rows.entries()) tokens.set(values, row * length);
    return tokens;
  }

  /** Frees what is held; later calls throw. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#records.clear();
    await this.#source.close();
  }

  #check(interval: Interval, { padding = 'error' }: FetchOptions): TwoBitContig {
    checkOpen(this.#closed, this.file);
    checkOneOf(padding, ['error', 'unknown'], 'padding');
    const contig = this.#table.check(
      interval,
      padding === 'unknown',
      "Read the missing bases as unknown with padding: 'unknown', or cut it with clipInterval.",
    );
    checkResultLength(interval.end - interval.start, this.file);
    return contig;
  }

  #record(contig: TwoBitContig): Promise<TwoBitRecord> {
    const kept = this.#records.get(contig.name);
    if (kept !== undefined) return kept;
    const record = readTwoBitRecord(this.#source, contig, this.#littleEndian);
    this.#records.set(contig.name, record);
    // A failed read is asked for anew the next time.
    record.catch(() => this.#records.delete(contig.name));
    return record;
  }

  async #read(contig: TwoBitContig, interval: Interval): Promise<Uint8Array> {
    const tokens = new Uint8Array(interval.end - interval.start).fill(DNA.unknownToken);
    const start = Math.max(interval.start, 0);
    const end = Math.min(interval.end, contig.length);
    if (start < end) {
      const { dnaPosition, unknownStarts, unknownEnds } = await this.#record(contig);
      const first = Math.floor(start / 4);
      const packed = await readExactly(
        this.#source,
        dnaPosition + first,
        Math.ceil(end / 4) - first,
        `bases of ${contig.name}`,
      );
      const shift = start - interval.start;
      unpack(packed, start - first * 4, tokens.subarray(shift, shift + end - start));
      for (let i = firstEndAfter(unknownEnds, start); i < unknownStarts.length; i++) {
        const from = unknownStarts[i] ?? end;
        if (from >= end) break;
        const to = Math.min(unknownEnds[i] ?? 0, end);
        tokens.fill(DNA.unknownToken, Math.max(from, start) - interval.start, to - interval.start);
      }
    }
    return interval.strand === '-' ? reverseComplement(tokens) : tokens;
  }
}

/** Two bits a base into tokens; `skip` bases of the first byte are passed over. */
function unpack(packed: Uint8Array, skip: number, tokens: Uint8Array): void {
  for (let i = 0, base = skip; i < tokens.length; i++, base++) {
    tokens[i] = BASES[((packed[base >> 2] ?? 0) << 2) | (base & 3)] ?? 0;
  }
}

/** Index of the first of the ascending ends that lies after a position. */
function firstEndAfter(ends: Float64Array, position: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Opens a 2bit file (UCSC, "The .2bit format"; versions 0 and 1, either byte order) from a path, an
 * address or bytes. Of a file on a web server only the parts that are needed are asked for.
 *
 * @throws InputError for a missing file, what is no 2bit file, a damaged one
 *
 * @example
 * const genome = await openTwoBit('https://hgdownload.soe.ucsc.edu/goldenPath/sacCer3/bigZips/sacCer3.2bit');
 * const tokens = await genome.fetch({ chrom: 'chrIV', start: 0, end: 1500 });
 */
export async function openTwoBit(source: FileSource): Promise<TwoBitFile> {
  const bytes = openSource(source);
  try {
    const start = await bytes.read(0, 16);
    const view = dataView(start);
    const littleEndian = start.length === 16 && view.getUint32(0, true) === 0x1a412743;
    if (!littleEndian && (start.length < 16 || view.getUint32(0) !== 0x1a412743)) {
      throw new InputError({
        where: bytes.name,
        found: start.length < 16 ? `a file of ${String(start.length)} bytes` : 'other first bytes',
        expected: 'a 2bit file, which begins with the number 1A412743',
        fix: 'Open a FASTA file with openFasta, or make a 2bit file with faToTwoBit.',
      });
    }
    const version = view.getUint32(4, littleEndian);
    if (version > 1) {
      throw damagedFile(bytes.name, 'header', `version ${String(version)}`, 'version 0 or 1');
    }
    const count = view.getUint32(8, littleEndian);
    const contigs = await readTwoBitContigs(bytes, count, version === 1, littleEndian);
    return new TwoBitFile(bytes, contigs, littleEndian);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
