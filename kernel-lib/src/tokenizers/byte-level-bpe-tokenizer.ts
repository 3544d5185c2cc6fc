import { checkOptionNames } from '../core/check-option-names.ts';
import type { AddedToken } from './added-tokens.ts';
import { resolveMerges } from './bpe-merges.ts';
import { BpeTokenizer } from './bpe-tokenizer.ts';
import { tokenizerOptionNames, type TokenizerOptions } from './sequence-tokenizer.ts';
import { specialTokenIds } from './special-tokens.ts';
import { Vocabulary } from './vocabulary.ts';

/** Vocabulary and merges of a byte-level BPE tokenizer, and how it is used. */
export interface ByteLevelBpeOptions extends TokenizerOptions {
  /** Id of each token, special ones included. */
  readonly vocabulary: Readonly<Record<string, number>> | ReadonlyMap<string, number>;
  /** Pairs that are merged, the first first. */
  readonly merges: readonly (readonly [string, string])[];
  /** Puts a space before each text. Default false. */
  readonly addPrefixSpace?: boolean;
  /** More tokens that are found in text as a whole; the special ones always are. */
  readonly addedTokens?: readonly AddedToken[];
  /** What messages call vocabulary and merges. */
  readonly names?: { readonly vocabulary: string; readonly merges: (index: number) => string };
}

/**
 * A byte-level BPE tokenizer as GPT-2, RoBERTa and FloraBERT use it: bytes of the text are
 * letters, words are cut by GPT-2's pattern, pairs are merged by rank, `<s>` and `</s>` go around.
 *
 * @example
 * const tokenizer = new ByteLevelBpeTokenizer({ vocabulary, merges, maxLength: 256 });
 * const ids = tokenizer.encode('ACGTACGT');
 */
export class ByteLevelBpeTokenizer extends BpeTokenizer {
  /** @throws InputError for a vocabulary or merges that are wrong or do not fit each other */
  constructor(options: ByteLevelBpeOptions) {
    checkOptionNames(
      options,
      [...tokenizerOptionNames, 'vocabulary', 'merges', 'addPrefixSpace', 'addedTokens', 'names'],
      'ByteLevelBpeTokenizer',
    );
    const {
      vocabulary: entries,
      merges,
      addPrefixSpace,
      addedTokens = [],
      names,
      ...rest
    } = options;
    const pairs = entries instanceof Map ? entries.entries() : Object.entries(entries);
    const vocabulary = Vocabulary.from(pairs, names?.vocabulary ?? 'the vocabulary');
    const special = specialTokenIds(rest.specialTokens ?? {}, vocabulary);
    const known = new Set(addedTokens.map(({ id }) => id));
    const specialIds = Object.values(special).filter((id) => id !== undefined && !known.has(id));
    super({
      ...rest,
      vocabulary,
      merges: resolveMerges(
        vocabulary,
        merges,
        names?.merges ?? ((index) => `merge ${String(index + 1)}`),
      ),
      addedTokens: [
        ...addedTokens,
        ...[...new Set(specialIds)]
          .sort((a, b) => a - b)
          .map((id) => ({
            id,
            content: vocabulary.token(id),
            special: true,
            // RoBERTa's mask takes the space before it with it.
            leftStrip: id === special.mask,
          })),
      ],
      byteLevel: true,
      preSplit: 'gpt-2',
      ...(addPrefixSpace === undefined ? {} : { addPrefixSpace }),
    });
  }
}
