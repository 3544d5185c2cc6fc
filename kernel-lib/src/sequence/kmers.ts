import { UsageError } from '../core/errors.ts';
import { DNA } from './alphabet.ts';

const BASES = 4;
/** 4^15 is the last power of four whose indices fit a 32-bit signed integer. */
const LONGEST_INDEXED = 15;
const MOST_COUNTS = 2 ** 28;

function checkWidth(k: number, longest: number): void {
  if (!Number.isInteger(k) || k < 1 || k > longest) {
    throw new UsageError({
      where: 'k-mer length k',
      found: String(k),
      expected: `a whole number from 1 to ${String(longest)}`,
    });
  }
}

/** Calls `visit(start, index)` for each k-mer without an unknown base. */
function forEachKmer(
  tokens: Uint8Array,
  k: number,
  visit: (start: number, index: number) => void,
): void {
  const mask = BASES ** k - 1;
  let index = 0;
  let known = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? DNA.unknownToken;
    if (token >= DNA.unknownToken) {
      known = 0;
      index = 0;
      continue;
    }
    // Only the last 2k bits count; the mask drops the base that leaves the k-mer.
    index = ((index << 2) | token) & mask;
    known++;
    if (known >= k) visit(i - k + 1, index);
  }
}

/**
 * Index of the k-mer that starts at each position, its first base most significant
 * (AA…A is 0, TT…T is 4^k − 1).
 *
 * @param k 1 … 15
 * @returns length − k + 1 indices, −1 where the k-mer has an unknown base; empty where the
 *   sequence is shorter than k
 *
 * @example
 * kmerIndices(encodeSequence('ACGN'), 2); // Int32Array [1, 6, -1]
 */
export function kmerIndices(tokens: Uint8Array, k: number): Int32Array {
  checkWidth(k, LONGEST_INDEXED);
  const indices = new Int32Array(Math.max(0, tokens.length - k + 1)).fill(-1);
  forEachKmer(tokens, k, (start, index) => {
    indices[start] = index;
  });
  return indices;
}

/** Options of {@link kmerCounts}. */
export interface KmerCountOptions {
  /** Length of the k-mers. */
  readonly k: number;
  /** In how many parts of the sequence to count separately. Default 1. */
  readonly bins?: number;
}

/**
 * Counts of k-mers in equal parts of a sequence. A k-mer that starts at `i` of the
 * `n = length − k + 1` starts is counted in bin ⌊i · bins / n⌋; k-mers with an unknown base are
 * left out.
 *
 * @returns `bins × 4^k` counts, row-major, k-mers in the order of {@link kmerNames}
 *
 * @example
 * kmerCounts(encodeSequence('AACC'), { k: 1, bins: 2 }); // [2, 0, 0, 0,  0, 2, 0, 0]
 */
export function kmerCounts(tokens: Uint8Array, options: KmerCountOptions): Float32Array {
  const { k, bins = 1 } = options;
  checkWidth(k, LONGEST_INDEXED);
  const kinds = BASES ** k;
  if (!Number.isInteger(bins) || bins < 1 || bins * kinds > MOST_COUNTS) {
    throw new UsageError({
      where: 'kmerCounts, bins',
      found: `${String(bins)} bins of ${String(kinds)} k-mers`,
      expected: `a whole number of bins, at least 1, with at most ${String(MOST_COUNTS)} counts in all`,
      fix: 'Take a smaller k or fewer bins, or work with kmerIndices.',
    });
  }
  const counts = new Float32Array(bins * kinds);
  const starts = tokens.length - k + 1;
  forEachKmer(tokens, k, (start, index) => {
    const cell = Math.floor((start * bins) / starts) * kinds + index;
    counts[cell] = (counts[cell] ?? 0) + 1;
  });
  return counts;
}

/**
 * The 4^k k-mers in the order of {@link kmerIndices}: AA…A first, TT…T last.
 *
 * @param k 1 … 10
 */
export function kmerNames(k: number): string[] {
  checkWidth(k, 10);
  let names = [''];
  for (let i = 0; i < k; i++) {
    names = names.flatMap((name) => [...DNA.letters].map((letter) => name + letter));
  }
  return names;
}
