import { throwIfAborted } from 'tatabox/core/errors.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { openBigWig, type BigWigFile, type BigWigStatistics } from 'tatabox/formats/big-wig.ts';
import { checkBins } from './count-in-bins.ts';
import type { Contig, Region } from './track-types.ts';

/** What a signal is in each of some equal parts of a region; NaN where it has no value. */
export interface SignalBins {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly mean: Float32Array;
}

/** A bigWig file, read by ranges: of a long region the zoom levels that the file carries. */
export class SignalDocument {
  readonly format = 'bigWig';
  readonly contigs: readonly Contig[];
  readonly #file: BigWigFile;

  private constructor(file: BigWigFile) {
    this.#file = file;
    this.contigs = file.contigs;
  }

  /** @throws InputError for what is no bigWig file */
  static async open(
    file: string | Uint8Array,
    { signal }: LongWorkOptions = {},
  ): Promise<SignalDocument> {
    throwIfAborted(signal, `opening a bigWig file`);
    return new SignalDocument(await openBigWig(file));
  }

  /**
   * The signal of a region in `bins` equal parts; of a region of fewer bases several parts show the same
   * base.
   *
   * @throws InputError for an unknown contig or a damaged file
   */
  async signal(
    region: Region,
    bins: number,
    { signal }: Pick<LongWorkOptions, 'signal'> = {},
  ): Promise<SignalBins> {
    checkBins(bins);
    const { chrom } = region;
    const start = Math.floor(region.start);
    const end = Math.max(start, Math.ceil(region.end));
    const length = end - start;
    if (length === 0) {
      const none = (): Float32Array => new Float32Array(bins).fill(NaN);
      return { min: none(), max: none(), mean: none() };
    }
    const place = { chrom, start, end };
    const options = {
      bins: Math.min(bins, length),
      exact: false,
      padding: 'missing',
      ...(signal === undefined ? {} : { signal }),
    } as const;
    const values = (summary: 'min' | 'max' | 'mean'): Promise<Float32Array> =>
      this.#file.values(place, { ...options, summary });
    const [min, max, mean] = await Promise.all([values('min'), values('max'), values('mean')]);
    if (length >= bins) return { min, max, mean };
    const spread = (few: Float32Array): Float32Array =>
      Float32Array.from(
        { length: bins },
        (_, bin) => few[Math.floor((bin * length) / bins)] ?? NaN,
      );
    return { min: spread(min), max: spread(max), mean: spread(mean) };
  }

  /** Figures about all values of the file. */
  statistics(): Promise<BigWigStatistics> {
    return this.#file.statistics();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
