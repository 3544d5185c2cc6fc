/** Ids of the tokens with a meaning of their own; undefined where a vocabulary has none. */
export interface SpecialTokenIds {
  /** Begins a sequence: `<s>`, `[CLS]`. */
  readonly start: number | undefined;
  /** Ends a sequence: `</s>`, `[SEP]`. */
  readonly end: number | undefined;
  readonly padding: number | undefined;
  readonly unknown: number | undefined;
  readonly mask: number | undefined;
}

/** On which side of a sequence something is added or cut off. */
export type Side = 'left' | 'right';

/** How one sequence is encoded. */
export interface EncodeOptions {
  /** Puts the tokens of start and end around it, as the tokenizer says. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Most tokens, start and end included; default: the tokenizer's own, or no limit. */
  readonly maxLength?: number;
  /** Where a sequence with too many tokens is cut; default: the tokenizer's own, else `right`. */
  readonly truncationSide?: Side;
}

/** How sequences are encoded to rows of equal length. */
export interface EncodeBatchOptions extends EncodeOptions {
  /** Tokens of each row. */
  readonly maxLength: number;
  /** Where padding goes; default: the tokenizer's own, else `right`. */
  readonly paddingSide?: Side;
}

/** Tokens of one sequence with the letters that each stands for. */
export interface Encoding {
  readonly ids: Int32Array;
  /**
   * First letter and the one behind the last (0-based, half-open) of each token: `[start₀, end₀,
   * start₁, end₁, …]`. Tokens of start and end have the empty range `0, 0`.
   */
  readonly offsets: Int32Array;
}

/** Rows of tokens. */
export interface TokenBatch {
  readonly rows: number;
  /** Tokens of each row. */
  readonly length: number;
  /** `rows × length`, row-major. */
  readonly inputIds: Int32Array;
  /** `rows × length`: 1 for tokens, 0 for padding. */
  readonly attentionMask: Int32Array;
}

/** What the tokenizer does where a call does not say otherwise. */
export interface TokenizerDefaults {
  readonly maxLength: number | undefined;
  readonly truncationSide: Side;
  readonly paddingSide: Side;
}

/**
 * Turns sequences into token ids and back. Letters are taken as they are: a vocabulary of capital
 * letters does not know small ones, so whoever encodes soft-masked sequences makes them upper case.
 */
export interface Tokenizer {
  /** `byte-level-bpe`, `bpe`, `k-mer` or `character`. */
  readonly kind: string;
  /** Number of ids, special tokens included. */
  readonly vocabularySize: number;
  readonly special: SpecialTokenIds;
  readonly defaults: TokenizerDefaults;
  /** Id of a token, undefined where it is not in the vocabulary. */
  id(token: string): number | undefined;
  /**
   * Text of a token.
   *
   * @throws UsageError for an id outside the vocabulary
   */
  token(id: number): string;
  /** Token ids of a sequence, without padding. */
  encode(sequence: string, options?: EncodeOptions): Int32Array;
  /** Token ids and the letters that they stand for. */
  encodeWithOffsets(sequence: string, options?: EncodeOptions): Encoding;
  /** Rows of equal length. */
  encodeBatch(sequences: readonly string[], options: EncodeBatchOptions): TokenBatch;
  /** The sequence of some ids; special tokens are left out unless asked for. */
  decode(ids: ArrayLike<number>, options?: { readonly keepSpecialTokens?: boolean }): string;
  /** The tokenizer as the object of a Hugging Face `tokenizer.json`. */
  toJSON(): object;
}
