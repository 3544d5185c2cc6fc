import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { AddedTokenFinder, type AddedToken } from './added-tokens.ts';
import { specialTokenIds, type SpecialTokenNames } from './special-tokens.ts';
import { TokenSink } from './token-sink.ts';
import type {
  EncodeBatchOptions,
  EncodeOptions,
  Encoding,
  Side,
  SpecialTokenIds,
  TokenBatch,
  Tokenizer,
  TokenizerDefaults,
} from './tokenizer.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What a tokenizer does where a call does not say otherwise, and what its special tokens are. */
export interface TokenizerOptions {
  /** Special tokens by meaning. Default: those of the file, else those with usual names. */
  readonly specialTokens?: SpecialTokenNames;
  /** Most tokens of a sequence, start and end included. Default: none, or that of the file. */
  readonly maxLength?: number;
  /** Default: that of the file, else `right`. */
  readonly truncationSide?: Side;
  /** Default: that of the file, else `right`. */
  readonly paddingSide?: Side;
}

/** Names of {@link TokenizerOptions}, for checks. */
export const tokenizerOptionNames = Object.freeze([
  'specialTokens',
  'maxLength',
  'truncationSide',
  'paddingSide',
]);

/** What all tokenizers are made of. */
export interface TokenizerSettings extends TokenizerOptions {
  readonly vocabulary: Vocabulary;
  /** Tokens that are found in text as a whole. */
  readonly addedTokens: readonly AddedToken[];
  /** Ids put before and behind each sequence; default: start and end, where there are such. */
  readonly template?: TokenizerTemplate;
}

/** Ids put around each sequence. */
export interface TokenizerTemplate {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const encodeOptionNames = ['addSpecialTokens', 'maxLength', 'truncationSide'];
const batchOptionNames = [...encodeOptionNames, 'paddingSide'];

function checkSide(side: Side, option: string): Side {
  if (side === 'left' || side === 'right') return side;
  throw new UsageError({
    where: `option ${option}`,
    found: JSON.stringify(side),
    expected: `'left' or 'right'`,
  });
}

function checkMaxLength(maxLength: number | undefined): number | undefined {
  if (maxLength === undefined || (Number.isSafeInteger(maxLength) && maxLength >= 1)) {
    return maxLength;
  }
  throw new UsageError({
    where: 'option maxLength',
    found: String(maxLength),
    expected: 'a whole number from 1',
  });
}

/** What tokenizers share: special tokens, truncation, padding, ids and text. */
export abstract class SequenceTokenizer implements Tokenizer {
  abstract readonly kind: string;
  readonly special: SpecialTokenIds;
  readonly defaults: TokenizerDefaults;
  readonly vocabulary: Vocabulary;
  readonly addedTokens: readonly AddedToken[];
  /** Ids put before and behind each sequence. */
  readonly template: TokenizerTemplate;
  protected readonly finder: AddedTokenFinder;
  readonly #sink = new TokenSink();
  readonly #leftOut: ReadonlySet<number>;

  protected constructor(settings: TokenizerSettings) {
    const { vocabulary, addedTokens } = settings;
    this.vocabulary = vocabulary;
    this.addedTokens = addedTokens;
    this.finder = new AddedTokenFinder(addedTokens, vocabulary.where);
    this.special = specialTokenIds(settings.specialTokens ?? {}, vocabulary);
    this.defaults = Object.freeze({
      maxLength: checkMaxLength(settings.maxLength),
      truncationSide: checkSide(settings.truncationSide ?? 'right', 'truncationSide'),
      paddingSide: checkSide(settings.paddingSide ?? 'right', 'paddingSide'),
    });
    const { start, end } = this.special;
    this.template = settings.template ?? {
      before: start === undefined ? [] : [start],
      after: end === undefined ? [] : [end],
    };
    this.#leftOut = new Set([
      ...Object.values(this.special).filter((id) => id !== undefined),
      ...addedTokens.filter(({ special }) => special).map(({ id }) => id),
    ]);
  }

  get vocabularySize(): number {
    return this.vocabulary.size;
  }

  id(token: string): number | undefined {
    return this.vocabulary.id(token);
  }

  token(id: number): string {
    return this.vocabulary.token(id);
  }

  encode(sequence: string, options: EncodeOptions = {}): Int32Array {
    checkOptionNames(options, encodeOptionNames, 'encode');
    const { from, to, before, after } = this.#run(sequence, options);
    const ids = new Int32Array(before.length + to - from + after.length);
    ids.set(before);
    ids.set(this.#sink.ids.subarray(from, to), before.length);
    ids.set(after, before.length + to - from);
    return ids;
  }

  encodeWithOffsets(sequence: string, options: EncodeOptions = {}): Encoding {
    this.#sink.wantsOffsets = true;
    try {
      const ids = this.encode(sequence, options);
      const { before, after } = this.#around(options);
      const offsets = new Int32Array(ids.length * 2);
      const count = ids.length - before.length - after.length;
      const from = this.#side(options) === 'left' ? this.#sink.count - count : 0;
      offsets.set(this.#sink.offsets.subarray(2 * from, 2 * (from + count)), 2 * before.length);
      return { ids, offsets };
    } finally {
      this.#sink.wantsOffsets = false;
    }
  }

  encodeBatch(sequences: readonly string[], options: EncodeBatchOptions): TokenBatch {
    checkOptionNames(options, batchOptionNames, 'encodeBatch');
    const { paddingSide, ...one } = options;
    const length = checkMaxLength(options.maxLength);
    const side = checkSide(paddingSide ?? this.defaults.paddingSide, 'paddingSide');
    const padding = this.special.padding;
    if (length === undefined || padding === undefined) {
      throw new UsageError({
        where: 'encodeBatch',
        found: length === undefined ? 'no maxLength' : 'a tokenizer without a token for padding',
        expected: length === undefined ? 'tokens of each row' : 'one such token',
        fix: length === undefined ? 'Give maxLength.' : 'Name it: specialTokens.padding.',
      });
    }
    const rows = sequences.length;
    const inputIds = new Int32Array(rows * length).fill(padding);
    const attentionMask = new Int32Array(rows * length);
    for (const [row, sequence] of sequences.entries()) {
      const { from, to, before, after } = this.#run(sequence, one);
      const count = before.length + to - from + after.length;
      const begin = row * length + (side === 'left' ? length - count : 0);
      inputIds.set(before, begin);
      inputIds.set(this.#sink.ids.subarray(from, to), begin + before.length);
      inputIds.set(after, begin + count - after.length);
      attentionMask.fill(1, begin, begin + count);
    }
    return { rows, length, inputIds, attentionMask };
  }

  decode(ids: ArrayLike<number>, options: { readonly keepSpecialTokens?: boolean } = {}): string {
    checkOptionNames(options, ['keepSpecialTokens'], 'decode');
    const { keepSpecialTokens = false } = options;
    const kept: number[] = [];
    for (const id of Array.from(ids)) {
      this.vocabulary.token(id);
      if (keepSpecialTokens || !this.#leftOut.has(id)) kept.push(id);
    }
    return this.joinTokens(kept);
  }

  abstract toJSON(): object;

  /** Tokens of a text, without those put around it, into the sink. */
  protected abstract tokenize(text: string, sink: TokenSink): void;

  /** Text of some ids. */
  protected abstract joinTokens(ids: readonly number[]): string;

  #side(options: EncodeOptions): Side {
    return checkSide(options.truncationSide ?? this.defaults.truncationSide, 'truncationSide');
  }

  #around(options: EncodeOptions): TokenizerTemplate {
    return options.addSpecialTokens === false ? NOTHING : this.template;
  }

  /** Tokenizes into the sink. @returns which of its tokens count, and what goes around them */
  #run(
    sequence: string,
    options: EncodeOptions,
  ): { from: number; to: number; before: readonly number[]; after: readonly number[] } {
    const maxLength = checkMaxLength(options.maxLength ?? this.defaults.maxLength) ?? Infinity;
    const side = this.#side(options);
    const { before, after } = this.#around(options);
    const most = maxLength - before.length - after.length;
    if (most < 0) {
      throw new UsageError({
        where: 'option maxLength',
        found: String(maxLength),
        expected: `at least ${String(before.length + after.length)}, the tokens put around each sequence`,
        fix: 'Give a larger maxLength, or addSpecialTokens: false.',
      });
    }
    if (typeof sequence !== 'string') {
      throw new UsageError({ where: 'sequence', found: typeof sequence, expected: 'a text' });
    }
    const sink = this.#sink;
    sink.clear();
    this.tokenize(sequence, sink);
    const from = side === 'left' ? Math.max(0, sink.count - most) : 0;
    return { from, to: Math.min(sink.count, from + most), before, after };
  }
}

const NOTHING: TokenizerTemplate = Object.freeze({ before: [], after: [] });
