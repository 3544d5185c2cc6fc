import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { allKmers, checkKmerCut, kmersToSequence } from './kmer-words.ts';
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

/** What becomes of letters that make no whole k-mer. */
export type KmerRemainder = 'drop' | 'unknown' | 'letters';

/** What a k-mer tokenizer is made of. */
export interface KmerTokenizerOptions extends TokenizerOptions {
  /** Letters of a k-mer. */
  readonly k: number;
  /** Letters from one k-mer to the next. Default 1: overlapping; k: side by side. */
  readonly stride?: number;
  /**
   * What becomes of the letters at the end that make no whole k-mer: `drop` leaves them out,
   * `unknown` gives an unknown token for each, `letters` (with stride k) gives each letter its own
   * token, there and wherever a k-mer is not in the vocabulary. Default `drop`.
   */
  readonly remainder?: KmerRemainder;
  /** Ids by token; default: BERT's special tokens, then all words of `letters`. */
  readonly vocabulary?: Readonly<Record<string, number>> | ReadonlyMap<string, number>;
  /** Letters of the default vocabulary. Default `ACGT`. */
  readonly letters?: string;
  /** Ids put around each sequence. Default: start and end. */
  readonly template?: TokenizerTemplate;
  /** What messages call the vocabulary. */
  readonly where?: string;
}

const remainders: readonly KmerRemainder[] = ['drop', 'unknown', 'letters'];

function defaultVocabulary(options: KmerTokenizerOptions): Map<string, number> {
  const { letters = 'ACGT', k, remainder, specialTokens = {} } = options;
  const { padding, unknown, start, end, mask } = { ...BERT_SPECIAL_TOKENS, ...specialTokens };
  const words = allKmers(letters, k);
  const single = remainder === 'letters' && k > 1 ? [...letters] : [];
  const tokens = [padding, unknown, start, end, mask, ...single, ...words];
  return new Map(tokens.map((token, id) => [token, id]));
}

/**
 * A tokenizer of k-mers: overlapping as in DNABERT, or side by side as in the Nucleotide
 * Transformer.
 *
 * @example
 * const tokenizer = new KmerTokenizer({ k: 6 });
 * tokenizer.encode('AAATCGT'); // [CLS], AAATCG, AATCGT, [SEP]
 */
export class KmerTokenizer extends SequenceTokenizer {
  readonly kind = 'k-mer';
  readonly k: number;
  readonly stride: number;
  readonly remainder: KmerRemainder;

  /** @throws UsageError, InputError */
  constructor(options: KmerTokenizerOptions) {
    checkOptionNames(
      options,
      [
        ...tokenizerOptionNames,
        'k',
        'stride',
        'remainder',
        'vocabulary',
        'letters',
        'template',
        'where',
      ],
      'KmerTokenizer',
    );
    const { k, stride = 1, remainder = 'drop', where = 'the k-mer vocabulary' } = options;
    checkKmerCut({ k, stride });
    if (!remainders.includes(remainder) || (remainder === 'letters' && stride !== k)) {
      throw new UsageError({
        where: 'option remainder',
        found: `'${remainder}' with k ${String(k)} and stride ${String(stride)}`,
        expected: `'drop', 'unknown', or with stride k 'letters'`,
      });
    }
    const entries = options.vocabulary ?? defaultVocabulary(options);
    const pairs = entries instanceof Map ? entries.entries() : Object.entries(entries);
    const vocabulary = Vocabulary.from(pairs, where);
    super({ ...options, vocabulary, addedTokens: addedSpecialTokens(vocabulary, options) });
    this.k = k;
    this.stride = stride;
    this.remainder = remainder;
  }

  toJSON(): object {
    return wordLevelJson(this, this.#preTokenizer());
  }

  protected tokenize(text: string, sink: TokenSink): void {
    for (const { id, start, end } of this.finder.split(text)) {
      if (id !== undefined) sink.add(id, start, end);
      else this.#tokenizePart(text, start, end, sink);
    }
  }

  #tokenizePart(text: string, from: number, to: number, sink: TokenSink): void {
    const { k, stride, remainder } = this;
    for (let at = from; at < to;) {
      const end = at + k;
      const id = end <= to ? this.vocabulary.id(text.slice(at, end)) : undefined;
      if (id !== undefined) {
        sink.add(id, at, end);
        at += stride;
      } else if (remainder === 'letters') {
        const letter = this.vocabulary.id(text.charAt(at)) ?? this.#unknown(text, at, at + 1);
        sink.add(letter, at, at + 1);
        at++;
      } else {
        if (end <= to || remainder === 'unknown') {
          sink.add(this.#unknown(text, at, Math.min(end, to)), at, Math.min(end, to));
        }
        at += stride;
      }
    }
  }

  #unknown(text: string, start: number, end: number): number {
    return this.special.unknown ?? unknownLetter(this, text.slice(start, end), start);
  }

  protected joinTokens(ids: readonly number[]): string {
    let text = '';
    let run: string[] = [];
    const kinds = new Set(this.addedTokens.map(({ id }) => id));
    for (const id of ids) {
      const token = this.token(id);
      if (!kinds.has(id) && token.length === this.k) run.push(token);
      else {
        text += kmersToSequence(run, this.stride) + token;
        run = [];
      }
    }
    return text + kmersToSequence(run, this.stride);
  }

  /** What lets Python cut alike; overlapping k-mers it must be given with spaces between them. */
  #preTokenizer(): object {
    const { k, stride, remainder } = this;
    if (stride !== k) return { type: 'WhitespaceSplit' };
    const added = new Set(this.addedTokens.map(({ id }) => id));
    const words = this.vocabulary.tokens.filter(
      (token, id) => !added.has(id) && token.length === k,
    );
    const letters = [...new Set(words.join(''))].join('');
    const size = String(k);
    const Regex = remainder === 'letters' ? `[${letters}]{${size}}|[\\s\\S]` : `[\\s\\S]{${size}}`;
    const behavior = remainder === 'drop' ? 'Removed' : 'Isolated';
    return { type: 'Split', pattern: { Regex }, behavior, invert: remainder === 'drop' };
  }
}
