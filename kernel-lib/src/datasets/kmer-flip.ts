import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';

/** The letters in the order in which the original study numbers its k-mers. */
const LETTERS = 'ATGC';

/** 4^15 k-mers can be told apart by one draw. */
const LONGEST = 15;

/** What draws: `Random`, or `PythonRandom` for the draws of the original study. */
export interface IntegerSource {
  /** A whole number in [0, bound). */
  integer(bound: number): number;
}

/** Options of {@link kmerFlip}. */
export interface KmerFlipOptions {
  /** Letters of the k-mer, 1 to 15. */
  readonly k: number;
  readonly random: IntegerSource;
  /**
   * Ranges of positions (0-based, half-open), of which one is drawn first; only those that end
   * inside the sequence take part, and where none does, the whole sequence is one. Default: the
   * whole sequence. `positionBuckets` makes them from their ends.
   */
  readonly buckets?: readonly (readonly [start: number, end: number])[];
  /**
   * From where `buckets` are counted: `start`, the first letter of the sequence (default, as in
   * the original study: of a promoter that is the far 5′ end), or `tss`, the last letter, which is
   * the one next to the transcription start.
   */
  readonly countFrom?: 'start' | 'tss';
}

/** A sequence with one k-mer replaced. */
export interface KmerFlip {
  readonly sequence: string;
  /** First letter of the k-mer, 0-based from the start of the sequence; -1 where none was drawn. */
  readonly index: number;
  /** The k-mer that was there. */
  readonly from: string;
  /** The one that is there now; it may be the same. */
  readonly to: string;
}

/**
 * Ranges of positions from where they end: `[10, 100]` gives `[0, 10)` and `[10, 100)`.
 *
 * @throws UsageError for ends that do not rise
 */
export function positionBuckets(ends: readonly number[]): [start: number, end: number][] {
  return ends.map((end, i) => {
    const start = ends[i - 1] ?? 0;
    if (Number.isInteger(end) && end > start) return [start, end];
    throw new UsageError({
      where: 'positionBuckets',
      found: ends.join(', '),
      expected: 'whole numbers above 0 that rise, for example 10, 100, 1000',
    });
  });
}

/**
 * Replaces one k-mer by a random one (A, C, G, T alike), at a random place: the augmentation and
 * the perturbation of FloraBERT (Levy et al. 2022). With `PythonRandom` it draws what the original
 * code drew: the bucket, the place, the k-mer. A sequence shorter than k stays as it is.
 *
 * @throws UsageError for a k outside 1 … 15, or a bucket that k letters do not fit into
 *
 * @example
 * kmerFlip('TTTTTTTTTTTT', { k: 3, random: new Random(1) }).sequence;
 * kmerFlip(promoter, { k: 3, random, buckets: positionBuckets([10, 100, 1000]), countFrom: 'tss' });
 */
export function kmerFlip(sequence: string, options: KmerFlipOptions): KmerFlip {
  const { k, random, buckets = [], countFrom = 'start' } = options;
  checkKmerFlipOptions(options);
  if (sequence.length < k) return { sequence, index: -1, from: '', to: '' };
  const inside = buckets.filter(([, end]) => end <= sequence.length);
  const [start, end] =
    inside.length === 0
      ? [0, sequence.length]
      : (inside[random.integer(inside.length)] ?? [0, sequence.length]);
  const first = countFrom === 'tss' ? sequence.length - end : start;
  const index = first + random.integer(end - start - k + 1);
  const to = kmerOfRank(random.integer(4 ** k), k);
  return {
    sequence: sequence.slice(0, index) + to + sequence.slice(index + k),
    index,
    from: sequence.slice(index, index + k),
    to,
  };
}

/** Throws for options of {@link kmerFlip} that cannot work, whatever the sequence. */
export function checkKmerFlipOptions(options: KmerFlipOptions): void {
  const { k, buckets = [], countFrom = 'start' } = options;
  checkOptionNames(options, ['k', 'random', 'buckets', 'countFrom'], 'kmerFlip');
  if (!Number.isInteger(k) || k < 1 || k > LONGEST) {
    throw new UsageError({
      where: 'kmerFlip, k',
      found: String(k),
      expected: `a whole number from 1 to ${String(LONGEST)}`,
    });
  }
  if (countFrom !== 'start' && countFrom !== 'tss') {
    throw new UsageError({
      where: 'kmerFlip, countFrom',
      found: `'${String(countFrom)}'`,
      expected: "'start' or 'tss'",
    });
  }
  for (const [start, end] of buckets) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end - start < k) {
      throw new UsageError({
        where: 'kmerFlip, buckets',
        found: `${String(start)} to ${String(end)}`,
        expected: `whole numbers from 0, with place for ${String(k)} letters`,
      });
    }
  }
}

function kmerOfRank(rank: number, k: number): string {
  let kmer = '';
  for (let rest = rank; kmer.length < k; rest = Math.floor(rest / 4)) {
    kmer = (LETTERS[rest % 4] ?? '') + kmer;
  }
  return kmer;
}
