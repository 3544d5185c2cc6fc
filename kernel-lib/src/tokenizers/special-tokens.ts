import { InputError } from '../core/errors.ts';
import type { SpecialTokenIds } from './tokenizer.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Special tokens by what they mean. */
export interface SpecialTokenNames {
  /** Begins a sequence. */
  readonly start?: string;
  /** Ends a sequence. */
  readonly end?: string;
  readonly padding?: string;
  readonly unknown?: string;
  readonly mask?: string;
}

/** What special tokens are usually called, the commonest first. */
const usualNames: Readonly<Record<keyof SpecialTokenIds, readonly string[]>> = {
  start: ['<s>', '[CLS]', '<cls>', '<bos>', '<SOS>', '[SOS]'],
  end: ['</s>', '[SEP]', '<eos>', '<sep>', '<EOS>', '[EOS]'],
  padding: ['<pad>', '[PAD]', '<PAD>'],
  unknown: ['<unk>', '[UNK]', '<UNK>'],
  mask: ['<mask>', '[MASK]', '<MASK>'],
};

/** Meanings in the order in which their tokens are usually numbered. */
export const specialMeanings = Object.freeze([
  'start',
  'end',
  'padding',
  'unknown',
  'mask',
] as const);

/** Names of `tokenizers` and RoBERTa, as `trainByteLevelBpe` gives them. */
export const ROBERTA_SPECIAL_TOKENS: Readonly<Required<SpecialTokenNames>> = Object.freeze({
  start: '<s>',
  end: '</s>',
  padding: '<pad>',
  unknown: '<unk>',
  mask: '<mask>',
});

/** Names of BERT and DNABERT. */
export const BERT_SPECIAL_TOKENS: Readonly<Required<SpecialTokenNames>> = Object.freeze({
  start: '[CLS]',
  end: '[SEP]',
  padding: '[PAD]',
  unknown: '[UNK]',
  mask: '[MASK]',
});

/**
 * Ids of special tokens: those that are named, else those with usual names.
 *
 * @throws InputError for a named one that is not in the vocabulary
 */
export function specialTokenIds(names: SpecialTokenNames, vocabulary: Vocabulary): SpecialTokenIds {
  const idOf = (meaning: keyof SpecialTokenIds): number | undefined => {
    const name = names[meaning];
    if (name !== undefined) {
      const id = vocabulary.id(name);
      if (id !== undefined) return id;
      throw new InputError({
        where: vocabulary.where,
        found: `no token '${name}', the special token for ${meaning}`,
        expected: 'special tokens that are in the vocabulary',
        fix: 'Name the tokens that this vocabulary has.',
      });
    }
    for (const usual of usualNames[meaning]) {
      const id = vocabulary.id(usual);
      if (id !== undefined) return id;
    }
    return undefined;
  };
  return Object.freeze({
    start: idOf('start'),
    end: idOf('end'),
    padding: idOf('padding'),
    unknown: idOf('unknown'),
    mask: idOf('mask'),
  });
}
