import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import type { FastaFile } from '../formats/fasta.ts';
import { describeInterval } from '../sequence/check-interval.ts';
import type { Interval } from '../sequence/interval.ts';
import { resizeInterval, type ResizeOptions } from '../sequence/reshape-interval.ts';
import type { WindowAugmentation } from './window-augmentation.ts';

/** Options of `intervalDataset`; names in brackets are those of gReLU and Selene. */
export interface IntervalDatasetOptions extends WindowAugmentation {
  /** The genome, or the path of its FASTA file (plain, or bgzip with its index). */
  readonly genome: string | FastaFile;
  /** The intervals, or the path of a BED file (plain or gzip). */
  readonly intervals: string | readonly Interval[];
  /** For a BED file whose further columns are its own: see `readBed` (6 for narrowPeak). */
  readonly bedColumns?: number;
  /**
   * Bases of each example (`seq_len`, `sequence_length`): the intervals are resized to it. Default:
   * the intervals as they are, which must then have one length.
   */
  readonly length?: number;
  /** What stays in place when intervals are resized: `centre` (default), `start` or `end`. */
  readonly anchor?: ResizeOptions['anchor'];
  /**
   * Reads all intervals from the forward strand. Default false: an interval on the strand `-` is
   * read as its reverse complement.
   */
  readonly ignoreStrand?: boolean;
  /**
   * What a window beyond the ends of its contig does: be filled up with `unknown` bases (default) or
   * `error`. A window without any base of its contig is always an error; augmentation always fills
   * up.
   */
  readonly padding?: 'unknown' | 'error';
  /** Name of the input. Default `sequence`. */
  readonly inputName?: string;
  /**
   * One unique name an example. Default: the intervals' names where all have one and none is
   * repeated, otherwise the windows themselves, such as `chrI:1000-2000(+)` (0-based, half-open).
   */
  readonly ids?: readonly string[];
  /** Default none. */
  readonly targetNames?: readonly string[];
  /** `intervals × targetNames`, row-major; needed when there are target names. */
  readonly targets?: Float32Array;
  /** One weight an interval. Default: no weights. */
  readonly weights?: Float32Array;
}

const optionNames: Readonly<Record<keyof IntervalDatasetOptions, true>> = {
  genome: true,
  intervals: true,
  bedColumns: true,
  length: true,
  anchor: true,
  ignoreStrand: true,
  padding: true,
  inputName: true,
  ids: true,
  targetNames: true,
  targets: true,
  weights: true,
  maxShift: true,
  reverseComplement: true,
  mutationRate: true,
  maskRate: true,
};

/** Throws UsageError for options that are unknown or cannot be. */
export function checkIntervalDatasetOptions(options: IntervalDatasetOptions): void {
  checkOptionNames(options, Object.keys(optionNames), 'intervalDataset');
  const { padding = 'unknown', intervals, bedColumns } = options;
  if (padding !== 'unknown' && padding !== 'error') {
    throw new UsageError({
      where: 'intervalDataset, padding',
      found: `'${String(padding)}'`,
      expected: "'unknown' or 'error'",
    });
  }
  if (bedColumns !== undefined && typeof intervals !== 'string') {
    throw new UsageError({
      where: 'intervalDataset, bedColumns',
      found: 'intervals that come from no file',
      fix: 'Leave it out.',
    });
  }
}

/** Throws UsageError unless there is one value of everything for each interval. */
export function checkExampleCounts(options: IntervalDatasetOptions, examples: number): void {
  const { ids, targetNames = [], targets, weights } = options;
  const expected: readonly [string, number, number][] = [
    ['ids', ids?.length ?? examples, examples],
    ['targets', targets?.length ?? 0, examples * targetNames.length],
    ['weights', weights?.length ?? examples, examples],
  ];
  for (const [name, found, wanted] of expected) {
    if (found !== wanted) {
      throw new UsageError({
        where: `intervalDataset, ${name}`,
        found: `${String(found)} values`,
        expected:
          name === 'targets'
            ? `${String(examples)} intervals × ${String(targetNames.length)} target names`
            : `one for each of ${String(examples)} intervals`,
      });
    }
  }
  const seen = new Set<string>();
  for (const id of ids ?? []) {
    if (seen.has(id)) {
      throw new UsageError({
        where: 'intervalDataset, ids',
        found: `'${id}' twice`,
        expected: 'one name an example',
      });
    }
    seen.add(id);
  }
}

/**
 * The window of each interval, checked against the genome.
 *
 * @param where what the intervals come from
 * @throws InputError for an unknown contig, a window beyond its ends, intervals of several lengths
 */
export function windowsOf(
  intervals: readonly Interval[],
  genome: FastaFile,
  { length, anchor, padding = 'unknown' }: IntervalDatasetOptions,
  where: string,
): Interval[] {
  const [first] = intervals;
  if (first === undefined) {
    throw new InputError({ where, found: 'no interval', expected: 'at least one' });
  }
  const wanted = length ?? first.end - first.start;
  if (wanted < 1) {
    throw new InputError({
      where,
      found: `${describeInterval(first)} without a base`,
      fix: 'Set length, or give intervals of at least one base.',
    });
  }
  return intervals.map((interval, index) => {
    const window = length === undefined ? interval : resizeInterval(interval, length, { anchor });
    if (window.end - window.start !== wanted) {
      throw new InputError({
        where: `${where}, interval ${String(index)}`,
        found: `${describeInterval(interval)} of ${String(interval.end - interval.start)} bases`,
        expected: `${String(wanted)} bases, as the first interval has`,
        fix: 'Set length to give all examples one length.',
      });
    }
    const contigLength = genome.contigLength(window.chrom);
    const outside = window.end <= 0 || window.start >= contigLength;
    if (outside || (padding === 'error' && (window.start < 0 || window.end > contigLength))) {
      throw new InputError({
        where: `${where}, interval ${String(index)}`,
        found: `${describeInterval(window)} lies ${outside ? '' : 'partly '}outside ${window.chrom}`,
        expected: `0 ≤ start and end ≤ ${String(contigLength)}`,
        fix: outside
          ? 'The intervals may be of another assembly than the genome: check both.'
          : "Fill up with unknown bases by padding: 'unknown', or leave the interval out.",
      });
    }
    return window;
  });
}
