import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import { encodeWithTokenizer, readsTokens } from '../prediction/model-tokenizer.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** A sequence as a model that reads tokens sees it. */
export interface TokenisedSequence {
  /** The letters, upper case; offsets count in it. */
  readonly text: string;
  /** Token ids of the whole input of the model, padding included. */
  readonly ids: Int32Array;
  /** First real entry of `ids` (0 unless padding lies on the left). */
  readonly start: number;
  /** End (excluded) of the real entries. */
  readonly end: number;
  /**
   * First letter and the one behind the last of each entry of `ids` (0-based, half-open), two
   * numbers each; `0, 0` for start, end and padding.
   */
  readonly offsets: Int32Array;
  /** Letters that the tokens within the model's length stand for. */
  readonly lettersSeen: number;
}

/** The tokenizer and the length in tokens of a model. */
export interface TokenModel {
  readonly tokenizer: Tokenizer;
  /** Tokens of an input. */
  readonly length: number;
}

/**
 * The tokenizer of a model.
 *
 * @param where what is being done, for the message
 * @throws UsageError for a model that reads bases, or one without its tokenizer
 */
export function tokenModel(predictor: Predictor, where: string): TokenModel {
  const { tokenLength, tokenizer, config } = predictor;
  if (!readsTokens(config) || tokenLength === undefined) {
    throw new UsageError({
      where,
      found: `model ${config.model_type}, which reads bases`,
      expected: 'a model that reads tokens of a tokenizer',
      fix: 'For models of bases take ism, gradient, saliency, integrated-gradients or deep-lift.',
    });
  }
  if (tokenizer === undefined) {
    throw new UsageError({
      where,
      found: `model ${config.model_type} without a tokenizer beside it`,
      expected: 'tokenizer.json, or vocab.json and merges.txt',
      fix: 'Put the files of the tokenizer into the folder of the model.',
    });
  }
  return { tokenizer, length: tokenLength };
}

/** The sequence as the text that is cut into tokens. */
export function sequenceText(sequence: SequenceLike): string {
  const text = typeof sequence === 'string' ? sequence : decodeTokens(sequence);
  return text.trim().toUpperCase();
}

/**
 * Cuts sequences into tokens exactly as `Predictor.predict` does, and says which letters each token
 * stands for.
 *
 * @throws UsageError for a model that reads bases, or one without its tokenizer
 */
export function tokeniseSequences(
  predictor: Predictor,
  sequences: readonly SequenceLike[],
  where: string,
): TokenisedSequence[] {
  const { tokenizer, length } = tokenModel(predictor, where);
  const { paddingSide, truncationSide } =
    predictor.config.preprocessing.tokenizer ?? tokenizer.defaults;
  return sequences.map((sequence) => {
    const text = sequenceText(sequence);
    const ids = encodeWithTokenizer([text], tokenizer, predictor.config, length);
    const encoding = tokenizer.encodeWithOffsets(text, { maxLength: length, truncationSide });
    const count = encoding.ids.length;
    const start = paddingSide === 'left' ? length - count : 0;
    const offsets = new Int32Array(2 * length);
    offsets.set(encoding.offsets, 2 * start);
    return {
      text,
      ids,
      start,
      end: start + count,
      offsets,
      lettersSeen: lettersSeen(encoding.offsets),
    };
  });
}

/** Rows of ids alone, as `Predictor.predict` makes them. */
export function encodeRows(
  predictor: Predictor,
  texts: readonly string[],
  where: string,
): Int32Array[] {
  const { tokenizer, length } = tokenModel(predictor, where);
  return texts.map((text) => encodeWithTokenizer([text], tokenizer, predictor.config, length));
}

/** Number of letters that lie in some token. */
function lettersSeen(offsets: Int32Array): number {
  let [first, last] = [Infinity, 0];
  for (let i = 0; i < offsets.length; i += 2) {
    const [start = 0, end = 0] = [offsets[i], offsets[i + 1]];
    if (end > start) [first, last] = [Math.min(first, start), Math.max(last, end)];
  }
  return Math.max(0, last - Math.min(first, last));
}

/** Which entries of a row are tokens of letters: neither padding nor start, end or other specials. */
export function isLetterToken({ offsets }: TokenisedSequence, entry: number): boolean {
  return (offsets[2 * entry + 1] ?? 0) > (offsets[2 * entry] ?? 0);
}

/** What a reader has to know where letters lie beyond the model's length in tokens. */
export function truncationWarnings(sequences: readonly TokenisedSequence[]): string[] {
  const cut = sequences.filter(({ text, lettersSeen: seen }) => seen < text.length);
  const [first] = cut;
  if (first === undefined) return [];
  return [
    `${String(cut.length)} of ${String(sequences.length)} sequences have more tokens than the model takes; of the first of them it sees ${String(first.lettersSeen)} of ${String(first.text.length)} letters, the others have no effect`,
  ];
}

/**
 * Number of an output.
 *
 * @param output its name; default: the first
 * @throws UsageError where the model predicts no values, or has no such output
 */
export function outputNumber(
  predictor: Predictor,
  output: string | undefined,
  where: string,
): number {
  requireOutputValues(predictor, where);
  if (output === undefined) return 0;
  const index = predictor.outputs.indexOf(output);
  if (index >= 0) return index;
  throw new UsageError({
    where,
    found: `no output '${output}'`,
    fix: suggestion(output, predictor.outputs),
  });
}

/**
 * Throws where the network gives something else than values of the outputs.
 *
 * @throws UsageError
 */
export function requireOutputValues(predictor: Predictor, where: string): void {
  const shape = predictor.models[0]?.outputs[0]?.shape ?? [];
  if (shape.length === 2) return;
  throw new UsageError({
    where,
    found: `model ${predictor.config.model_type}, which scores the tokens of its vocabulary`,
    expected: 'a model that predicts values',
    fix: 'Fine-tune it on values (task regression); attention and embed work without that.',
  });
}
