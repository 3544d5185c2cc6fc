import { InputError } from '../core/errors.ts';
import { PairTable } from './pair-table.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The merges of a byte-pair encoding as ids, by rank. */
export interface BpeMerges {
  /** Ids of the first parts. */
  readonly left: Int32Array;
  /** Ids of the second parts. */
  readonly right: Int32Array;
  /** Ids of the merged tokens. */
  readonly result: Int32Array;
  /** Rank of a pair; where a pair is listed twice, the last one counts, as in `tokenizers`. */
  readonly ranks: PairTable;
}

/**
 * Looks merges up in a vocabulary.
 *
 * @param where names merge `index`, for example `merges.txt, line 12`
 * @throws InputError for a part or result that is not in the vocabulary
 */
export function resolveMerges(
  vocabulary: Vocabulary,
  merges: readonly (readonly [string, string])[],
  where: (index: number) => string,
): BpeMerges {
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  const result = new Int32Array(merges.length);
  const ranks = new PairTable(merges.length);
  for (const [index, [first, second]] of merges.entries()) {
    const ids = [first, second, first + second].map((token, part) => {
      const id = vocabulary.id(token);
      if (id !== undefined) return id;
      throw new InputError({
        where: where(index),
        found:
          part === 2
            ? `the merge '${first} ${second}' gives '${token}', which is not in the vocabulary`
            : `the merge '${first} ${second}' has the part '${token}', which is not in the vocabulary`,
        expected: `merges that fit the vocabulary of ${vocabulary.where}`,
        fix: 'Use the vocabulary and merges of one and the same tokenizer.',
      });
    });
    left[index] = ids[0] ?? 0;
    right[index] = ids[1] ?? 0;
    result[index] = ids[2] ?? 0;
    ranks.set(left[index] ?? 0, right[index] ?? 0, index);
  }
  return { left, right, result, ranks };
}
