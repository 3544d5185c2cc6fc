import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { describeInterval } from '../sequence/check-interval.ts';
import type { Interval } from '../sequence/interval.ts';
import { readBbiBlocks } from './bbi-blocks.ts';
import {
  BIG_WIG_MAGIC,
  readBbiContigs,
  readBbiHeader,
  readBbiSummary,
  statisticsOf,
  type BbiHeader,
  type BigWigStatistics,
} from './bbi-header.ts';
import { BbiIndex, type ContigStretch } from './bbi-index.ts';
import { visitSection, visitZoomBlock, type SectionReading } from './big-wig-sections.ts';
import { BinCollector, SUMMARIES, type BigWigSummary } from './big-wig-summary.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { checkOneOf, checkOpen, checkResultLength, ContigTable } from './contig-table.ts';
import type { NumberedContig } from './contig-table.ts';
import { damagedFile } from './damaged-file.ts';
import type { Contig } from './fasta-file.ts';

export type { BigWigStatistics } from './bbi-header.ts';
export type { BigWigSummary } from './big-wig-summary.ts';

/** A stretch of bases that have one value: 0-based, half-open. */
export interface BigWigItem {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** What the header of a bigWig file says. */
export interface BigWigHeader {
  /** Version of the format. */
  readonly version: number;
  /** Bases that a summary of each zoom level covers at most, ascending. */
  readonly zoomLevels: readonly number[];
}

/** Options of {@link BigWigFile.values}. */
export interface BigWigValuesOptions {
  /**
   * Bins that the interval is divided into; bin i of n begins at `start + floor(length · i / n)`.
   * Without it, one value a base.
   */
  readonly bins?: number;
  /**
   * What each bin's number says, over those of its bases that have a value: `mean` (default), `max`,
   * `min`, `sum`, `std` (of a sample), or `coverage`, the share of bases that have a value. Only with
   * `bins`.
   */
  readonly summary?: BigWigSummary;
  /**
   * Stands for bases and bins without a value. Default NaN; 0 where silence means none, as in tracks of
   * reads. A mean is over bases that have a value in any case.
   */
  readonly missing?: number;
  /**
   * Whether bins are computed from the values themselves. Default true. With false, as pyBigWig does
   * by default, they come from the largest zoom level whose summaries are at most half as long as a bin:
   * much faster for long intervals, but a summary on the edge of a bin is shared by length. Only with
   * `bins`.
   */
  readonly exact?: boolean;
  /**
   * What an interval beyond the ends of its contig does: `error` (default), or the bases there count
   * as `missing`.
   */
  readonly padding?: 'error' | 'missing';
  /** Stops the reading with an `InterruptedError`. */
  readonly signal?: AbortSignal;
}

const VALUE_OPTIONS = ['bins', 'summary', 'missing', 'exact', 'padding', 'signal'];
const OUTSIDE =
  "Take what lies beyond as missing with padding: 'missing', or cut it with clipInterval.";

/** A bigWig file with random access, from `openBigWig`. */
export class BigWigFile {
  /** The file as messages call it. */
  readonly file: string;
  readonly header: BigWigHeader;
  /** Contigs in the order of the file. */
  readonly contigs: readonly Contig[];
  readonly #source: ByteSource;
  readonly #bbi: BbiHeader;
  readonly #table: ContigTable<NumberedContig>;
  readonly #index: BbiIndex;
  readonly #zoomIndexes = new Map<number, BbiIndex>();
  #closed = false;

  /** @internal Use `openBigWig`. */
  constructor(source: ByteSource, bbi: BbiHeader, contigs: readonly NumberedContig[]) {
    this.file = source.name;
    this.#source = source;
    this.#bbi = bbi;
    this.#table = new ContigTable(source.name, contigs);
    this.#index = new BbiIndex(source, bbi.indexOffset, bbi.littleEndian);
    this.header = Object.freeze({
      version: bbi.version,
      zoomLevels: Object.freeze(bbi.zoomLevels.map(({ reduction }) => reduction)),
    });
    this.contigs = Object.freeze(contigs.map(({ name, length }) => ({ name, length })));
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
   * Values of an interval, one a base or one a bin; on the strand `-` the last base comes first, as in
   * the tokens of that strand.
   *
   * @param interval 0-based, half-open
   * @throws InputError for an unknown contig, an interval beyond its ends without `padding`, a damaged
   *   file; UsageError for more bins than bases, and for options that say nothing without `bins`
   *
   * @example
   * const perBase = await track.values({ chrom: 'chr1', start: 0, end: 1000 }, { missing: 0 });
   * const tops = await track.values(gene, { bins: 100, summary: 'max' });
   */
  async values(interval: Interval, options: BigWigValuesOptions = {}): Promise<Float32Array> {
    const { bins, missing = NaN, signal } = options;
    const contig = this.#check(interval, options);
    const stretch = cut(interval, contig);
    const { start, end } = interval;
    let values: Float32Array;
    if (bins === undefined) {
      checkResultLength(end - start, this.file);
      values = new Float32Array(end - start).fill(missing);
      await this.#visit(stretch, signal, (from, to, value) => {
        if (to - from === 1) values[from - start] = value;
        else values.fill(value, from - start, to - start);
      });
    } else {
      const collector = new BinCollector(start, end, bins);
      await this.#collect(stretch, options.exact ?? true, (end - start) / bins, collector, signal);
      values = collector.results(options.summary ?? 'mean', missing);
    }
    return interval.strand === '-' ? values.reverse() : values;
  }

  /** The items of the file that meet an interval, cut to it, in ascending order. */
  async intervals(interval: Interval): Promise<BigWigItem[]> {
    const items: BigWigItem[] = [];
    for await (const item of this.streamIntervals(interval)) items.push(item);
    return items;
  }

  /** As `intervals`, one by one; without an interval all items of the file, contig by contig. */
  async *streamIntervals(interval?: Interval): AsyncGenerator<BigWigItem, void, undefined> {
    const stretches =
      interval === undefined
        ? this.#table.list.map(whole)
        : [cut(interval, this.#check(interval, {}))];
    for (const stretch of stretches) {
      const chrom = this.#table.list.find(({ id }) => id === stretch.id)?.name ?? '';
      const reading = this.#reading(stretch);
      for await (const block of this.#blocks(this.#index, stretch)) {
        const items: BigWigItem[] = [];
        visitSection(block, reading, (start, end, value) => {
          items.push({ chrom, start, end, value });
        });
        yield* items;
      }
    }
  }

  /**
   * Figures about all values of the file: those that it carries, or else computed from all of its
   * values.
   */
  async statistics(): Promise<BigWigStatistics> {
    checkOpen(this.#closed, this.file);
    const stored = await readBbiSummary(this.#source, this.#bbi);
    if (stored !== undefined) return stored;
    // Version 1 of the format has none. One bin for all contigs: only the sums matter.
    const collector = new BinCollector(0, 2 ** 32, 1);
    for (const contig of this.#table.list) {
      await this.#visit(whole(contig), undefined, (start, end, value) => {
        collector.add(start, end, value);
      });
    }
    return statisticsOf(collector.totals());
  }

  /** Frees what is held; later calls throw. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#source.close();
  }

  #check(interval: Interval, options: BigWigValuesOptions): NumberedContig {
    checkOpen(this.#closed, this.file);
    checkOptionNames(options, VALUE_OPTIONS, 'values');
    const { bins, summary, exact, padding = 'error', missing = NaN } = options;
    checkOneOf(padding, ['error', 'missing'], 'padding');
    if (summary !== undefined) checkOneOf(summary, SUMMARIES, 'summary');
    if (typeof missing !== 'number') {
      throw new UsageError({
        where: 'option missing',
        found: String(missing),
        expected: 'a number, such as NaN or 0',
      });
    }
    const idle = exact !== undefined ? 'exact' : summary !== undefined ? 'summary' : undefined;
    if (bins === undefined && idle !== undefined) {
      throw new UsageError({
        where: `option ${idle}`,
        found: 'no bins',
        expected: 'bins, since values of single bases have no summary',
        fix: 'Give bins, too.',
      });
    }
    const contig = this.#table.check(interval, padding === 'missing', OUTSIDE);
    const length = interval.end - interval.start;
    if (bins !== undefined && (!Number.isSafeInteger(bins) || bins < 1 || bins > length)) {
      throw new UsageError({
        where: 'option bins',
        found: `${String(bins)} for ${describeInterval(interval)}`,
        expected: `a whole number from 1 to its ${String(length)} bases`,
      });
    }
    if (bins !== undefined) checkResultLength(bins, this.file);
    return contig;
  }

  async #collect(
    stretch: ContigStretch,
    exact: boolean,
    basesPerBin: number,
    collector: BinCollector,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const level = exact ? undefined : this.#zoomFor(basesPerBin);
    if (level === undefined) {
      await this.#visit(stretch, signal, (start, end, value) => {
        collector.add(start, end, value);
      });
      return;
    }
    const reading = this.#reading(stretch);
    for await (const block of this.#blocks(level, stretch, signal)) {
      visitZoomBlock(block, reading, (...summary) => {
        collector.addSummary(...summary);
      });
    }
  }

  /** Index of the largest zoom level whose summaries are at most half as long as a bin. */
  #zoomFor(basesPerBin: number): BbiIndex | undefined {
    let best: { reduction: number; indexOffset: number } | undefined;
    for (const level of this.#bbi.zoomLevels) {
      if (level.reduction <= basesPerBin / 2 && level.reduction > (best?.reduction ?? 0)) {
        best = level;
      }
    }
    if (best === undefined) return undefined;
    const { indexOffset } = best;
    const index =
      this.#zoomIndexes.get(indexOffset) ??
      new BbiIndex(this.#source, indexOffset, this.#bbi.littleEndian);
    this.#zoomIndexes.set(indexOffset, index);
    return index;
  }

  async #visit(
    stretch: ContigStretch,
    signal: AbortSignal | undefined,
    visit: (start: number, end: number, value: number) => void,
  ): Promise<void> {
    const reading = this.#reading(stretch);
    for await (const block of this.#blocks(this.#index, stretch, signal)) {
      visitSection(block, reading, visit);
    }
  }

  #reading(stretch: ContigStretch): SectionReading {
    return { file: this.file, littleEndian: this.#bbi.littleEndian, stretch, last: 0 };
  }

  async *#blocks(
    index: BbiIndex,
    stretch: ContigStretch,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkOpen(this.#closed, this.file);
    if (stretch.start >= stretch.end) return;
    const blocks = await index.blocks(stretch);
    yield* readBbiBlocks(this.#source, blocks, this.#bbi.uncompressedBytes, signal);
  }
}

function whole({ id, length }: NumberedContig): ContigStretch {
  return { id, start: 0, end: length };
}

/** The part of an interval that lies on its contig. */
function cut({ start, end }: Interval, { id, length }: NumberedContig): ContigStretch {
  return { id, start: Math.max(0, start), end: Math.min(end, length) };
}

/**
 * Opens a bigWig file (Kent et al. 2010, Bioinformatics 26:2204, supplement; either byte order) from a
 * path, an address or bytes. Of a file on a web server only the parts that are needed are asked for.
 *
 * @throws InputError for a missing file, what is no bigWig file, a damaged one
 *
 * @example
 * const track = await openBigWig('coverage.bw');
 * const profile = await track.values({ chrom: 'chrI', start: 0, end: 10_000 }, { bins: 100 });
 */
export async function openBigWig(source: FileSource): Promise<BigWigFile> {
  const bytes = openSource(source);
  try {
    const header = await readBbiHeader(bytes, BIG_WIG_MAGIC, 'bigWig');
    const contigs = await readBbiContigs(bytes, header);
    if (new Set(contigs.map(({ id }) => id)).size !== contigs.length) {
      throw damagedFile(bytes.name, 'tree of contigs', 'a number that two contigs have');
    }
    return new BigWigFile(bytes, header, contigs);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
