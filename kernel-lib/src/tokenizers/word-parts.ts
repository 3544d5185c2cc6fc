import { InputError } from '../core/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import type { SequenceTokenizer, TokenizerOptions } from './sequence-tokenizer.ts';
import { specialTokenIds } from './special-tokens.ts';
import { commonJson, templateJson } from './tokenizer-json.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The special tokens of a vocabulary as tokens that are found in text as a whole. */
export function addedSpecialTokens(
  vocabulary: Vocabulary,
  { specialTokens = {} }: TokenizerOptions,
): AddedToken[] {
  const ids = Object.values(specialTokenIds(specialTokens, vocabulary));
  return [...new Set(ids.filter((id) => id !== undefined))]
    .sort((a, b) => a - b)
    .map((id) => ({ id, content: vocabulary.token(id), special: true }));
}

/** The `tokenizer.json` of a tokenizer whose tokens are words: the model `WordLevel`. */
export function wordLevelJson(tokenizer: SequenceTokenizer, preTokenizer: object): object {
  const { unknown } = tokenizer.special;
  return {
    ...commonJson(tokenizer),
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: templateJson(tokenizer),
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(tokenizer.vocabulary.tokens.map((token, id) => [token, id])),
      unk_token: unknown === undefined ? '<unk>' : tokenizer.token(unknown),
    },
  };
}

/** Throws for letters without a token, where there is none for unknown ones. */
export function unknownLetter(tokenizer: SequenceTokenizer, letters: string, at: number): never {
  throw new InputError({
    where: `sequence, letter ${String(at + 1)}`,
    found: `'${letters}', which is not in the vocabulary, and no token for unknown ones`,
    expected: `letters of ${tokenizer.vocabulary.where}`,
    fix: 'Name a token for unknown letters (specialTokens.unknown), or mend the sequence.',
  });
}
