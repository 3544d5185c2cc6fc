import { InputError } from '../core/errors.ts';
import { checkWholeNumber } from './check-interval.ts';
import type { Interval } from './interval.ts';

/** Where transcription of a gene starts. */
export interface TranscriptionStart {
  readonly chrom: string;
  /** `+` or `-`; a promoter has a direction. */
  readonly strand: string;
  /**
   * 0-based. On `+` the first base of the transcript; on `-` the exclusive end of the transcript,
   * that is the coordinate right of its first base: `start` and `end` of a BED record.
   */
  readonly tss: number;
  readonly name?: string;
}

/** How far a promoter reaches. */
export interface PromoterOptions {
  /** Bases before the transcription start, in the direction of transcription. */
  readonly upstream: number;
  /** Bases from the transcription start on. */
  readonly downstream: number;
}

/**
 * The promoter around a transcription start: on `+` `[tss − upstream, tss + downstream)`, on `-`
 * `[tss − downstream, tss + upstream)`. It may reach beyond the chromosome; a FASTA pads it there
 * with `padding: 'unknown'`.
 *
 * @example
 * promoterInterval({ chrom: 'chrI', strand: '-', tss: 2169 }, { upstream: 1000, downstream: 500 });
 * // { chrom: 'chrI', start: 1669, end: 3169, strand: '-' }
 */
export function promoterInterval(
  transcriptionStart: TranscriptionStart,
  options: PromoterOptions,
): Interval {
  const { chrom, strand, tss, name } = transcriptionStart;
  const { upstream, downstream } = options;
  checkWholeNumber(upstream, 'promoterInterval, upstream', 0);
  checkWholeNumber(downstream, 'promoterInterval, downstream', 0);
  const where = `transcription start${name === undefined ? '' : ` of ${name}`}`;
  if (strand !== '+' && strand !== '-') {
    throw new InputError({
      where,
      found: `strand '${strand}'`,
      expected: "'+' or '-'",
      fix: 'Leave out genes without a strand, or give them one.',
    });
  }
  if (!Number.isSafeInteger(tss) || tss < 0) {
    throw new InputError({ where, found: `tss ${String(tss)}`, expected: 'a whole number from 0' });
  }
  const [left, right] = strand === '+' ? [upstream, downstream] : [downstream, upstream];
  return {
    chrom,
    start: tss - left,
    end: tss + right,
    strand,
    ...(name === undefined ? {} : { name }),
  };
}
