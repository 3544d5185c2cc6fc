import { checkOptionNames } from '../core/check-option-names.ts';
import {
  SequenceTokenizer,
  tokenizerOptionNames,
  type TokenizerOptions,
  type TokenizerTemplate,
} from './sequence-tokenizer.ts';
import { BERT_SPECIAL_TOKENS } from './special-tokens.ts';
import type { TokenSink } from './token-sink.ts';
import { addedSpecialTokens, unknownLetter, wordLevelJson } from './word-parts.ts';
import { Vocabulary } from './vocabulary.ts';

/** What a tokenizer of letters is made of. */
export interface CharacterTokenizerOptions extends TokenizerOptions {
  /** Ids by token; default: BERT's special tokens, then `letters`. */
  readonly vocabulary?: Readonly<Record<string, number>> | ReadonlyMap<string, number>;
  /** Letters of the default vocabulary. Default `ACGTN`. */
  readonly letters?: string;
  /** Ids put around each sequence. Default: start and end. */
  readonly template?: TokenizerTemplate;
  /** What messages call the vocabulary. */
  readonly where?: string;
}

function defaultVocabulary({ letters = 'ACGTN', specialTokens }: CharacterTokenizerOptions) {
  const { padding, unknown, start, end, mask } = { ...BERT_SPECIAL_TOKENS, ...specialTokens };
  return new Map(
    [padding, unknown, start, end, mask, ...letters].map((token, id) => [token, id] as const),
  );
}

/**
 * A tokenizer of single letters, as for protein models (ESM) and DNA models of single bases.
 *
 * @example
 * new CharacterTokenizer({ letters: 'ACGTN' }).encode('ACG'); // [CLS], A, C, G, [SEP]
 */
export class CharacterTokenizer extends SequenceTokenizer {
  readonly kind = 'character';

  /** @throws UsageError, InputError */
  constructor(options: CharacterTokenizerOptions = {}) {
    checkOptionNames(
      options,
      [...tokenizerOptionNames, 'vocabulary', 'letters', 'template', 'where'],
      'CharacterTokenizer',
    );
    const entries = options.vocabulary ?? defaultVocabulary(options);
    const pairs = entries instanceof Map ? entries.entries() : Object.entries(entries);
    const vocabulary = Vocabulary.from(pairs, options.where ?? 'the vocabulary of letters');
    super({ ...options, vocabulary, addedTokens: addedSpecialTokens(vocabulary, options) });
  }

  toJSON(): object {
    const Regex = '[\\s\\S]';
    const split = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
    return wordLevelJson(this, split);
  }

  protected tokenize(text: string, sink: TokenSink): void {
    for (const { id, start, end } of this.finder.split(text)) {
      if (id !== undefined) sink.add(id, start, end);
      else {
        let at = start;
        for (const letter of text.slice(start, end)) {
          const known = this.vocabulary.id(letter) ?? this.special.unknown;
          sink.add(known ?? unknownLetter(this, letter, at), at, at + letter.length);
          at += letter.length;
        }
      }
    }
  }

  protected joinTokens(ids: readonly number[]): string {
    return ids.map((id) => this.token(id)).join('');
  }
}
