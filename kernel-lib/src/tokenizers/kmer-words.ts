import { UsageError } from '../core/errors.ts';

/** How a sequence is cut into k-mers. */
export interface KmerCut {
  /** Letters of a k-mer. */
  readonly k: number;
  /** Letters from one start to the next: 1 for overlapping k-mers, k for k-mers side by side. */
  readonly stride: number;
}

/** @throws UsageError for what are no whole numbers from 1 */
export function checkKmerCut({ k, stride }: KmerCut): void {
  for (const [name, value] of Object.entries({ k, stride })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 64) {
      throw new UsageError({
        where: `option ${name}`,
        found: String(value),
        expected: 'a whole number from 1 to 64',
      });
    }
  }
  if (stride > k) {
    throw new UsageError({
      where: 'option stride',
      found: String(stride),
      expected: `at most k (${String(k)}), so that no letter is passed over`,
    });
  }
}

/**
 * The whole k-mers of a sequence.
 *
 * @example
 * sequenceToKmers('AAATCGTCG', 6); // ['AAATCG', 'AATCGT', 'ATCGTC', 'TCGTCG']
 */
export function sequenceToKmers(sequence: string, k: number, stride = 1): string[] {
  checkKmerCut({ k, stride });
  const kmers: string[] = [];
  for (let at = 0; at + k <= sequence.length; at += stride) kmers.push(sequence.slice(at, at + k));
  return kmers;
}

/**
 * The sequence of k-mers that overlap: the first `stride` letters of each, and all of the last.
 *
 * @example
 * kmersToSequence(['AAATCG', 'AATCGT', 'ATCGTC', 'TCGTCG']); // 'AAATCGTCG'
 */
export function kmersToSequence(kmers: readonly string[], stride = 1): string {
  const last = kmers.at(-1) ?? '';
  return kmers
    .slice(0, -1)
    .map((kmer) => kmer.slice(0, stride))
    .concat(last)
    .join('');
}

/**
 * All words of `k` letters, the first letter changing slowest.
 *
 * @throws UsageError where there are more than 16 million
 */
export function allKmers(letters: string, k: number): string[] {
  checkKmerCut({ k, stride: 1 });
  if (letters.length ** k > 2 ** 24) {
    throw new UsageError({
      where: 'k-mer vocabulary',
      found: `${String(letters.length)}^${String(k)} words`,
      expected: 'at most 2^24',
      fix: 'Choose a smaller k.',
    });
  }
  let words = [''];
  for (let i = 0; i < k; i++) words = words.flatMap((word) => [...letters].map((l) => word + l));
  return words;
}
