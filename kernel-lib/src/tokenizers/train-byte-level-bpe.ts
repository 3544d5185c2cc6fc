import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { streamLines } from '../formats/stream-lines.ts';
import { BpeTrainer } from './bpe-trainer.ts';
import { byteLetters } from './byte-letters.ts';
import { ByteLevelBpeTokenizer } from './byte-level-bpe-tokenizer.ts';
import { tokenizerOptionNames, type TokenizerOptions } from './sequence-tokenizer.ts';
import { ROBERTA_SPECIAL_TOKENS, specialMeanings } from './special-tokens.ts';
import { WordCounter } from './training-words.ts';

/** Where lines of training text come from: in memory, as a stream, or in files (plain or gzip). */
export type TrainingText =
  Iterable<string> | AsyncIterable<string> | { readonly files: readonly FileSource[] };

/** How a tokenizer is trained. */
export interface TrainByteLevelBpeOptions extends TokenizerOptions, LongWorkOptions {
  /**
   * Tokens in all: special ones, 256 bytes, and one a merge. FloraBERT's 5,000 merges are a
   * vocabulary of 5,261.
   */
  readonly vocabularySize: number;
  /** Pairs that stand less often are not merged. Default 2. */
  readonly minFrequency?: number;
  /** More special tokens, which are numbered behind those of `specialTokens`. */
  readonly moreSpecialTokens?: readonly string[];
  /** Puts a space before each text that is encoded. Default false. */
  readonly addPrefixSpace?: boolean;
}

/** A trained tokenizer and what it was trained on. */
export interface TrainedTokenizer {
  readonly tokenizer: ByteLevelBpeTokenizer;
  /** Merges in their order. */
  readonly merges: readonly (readonly [string, string])[];
  readonly lines: number;
  /** Different words: lines, where they are sequences. */
  readonly words: number;
}

/** Milliseconds of work before other things have their turn. */
const TURN_MS = 30;
/** Lines that are counted in one go. */
const BATCH = 256;

async function* linesOf(text: TrainingText): AsyncGenerator<readonly string[]> {
  if (typeof text !== 'string' && 'files' in text) {
    for (const file of text.files) for await (const { lines } of streamLines(file)) yield lines;
    return;
  }
  let batch: string[] = [];
  for await (const line of text) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function startVocabulary(special: readonly string[]): {
  tokens: string[];
  ids: Map<string, number>;
} {
  const letters = [...byteLetters].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
  const tokens = [...new Set([...special, ...letters])];
  return { tokens, ids: new Map(tokens.map((token, id) => [token, id])) };
}

function checkOptions(options: TrainByteLevelBpeOptions, fewest: number): void {
  const { vocabularySize, minFrequency = 2 } = options;
  if (
    !Number.isSafeInteger(vocabularySize) ||
    vocabularySize < fewest ||
    vocabularySize > 1 << 24
  ) {
    throw new UsageError({
      where: 'option vocabularySize',
      found: String(vocabularySize),
      expected: `a whole number from ${String(fewest)}, the special tokens and 256 bytes, to 2^24`,
      fix: 'Add the number of merges that you want to that.',
    });
  }
  if (!Number.isSafeInteger(minFrequency) || minFrequency < 0) {
    throw new UsageError({
      where: 'option minFrequency',
      found: String(minFrequency),
      expected: 'a whole number from 0',
    });
  }
}

/**
 * Trains a byte-level BPE tokenizer with the merges that `ByteLevelBPETokenizer.train` of Python's
 * `tokenizers` gives. Every line is text of its own; line ends, with or without carriage return,
 * are no part of it. There are fewer merges where no pair stands `minFrequency` times any more.
 *
 * @param text lines, or `{ files }`
 * @throws UsageError, InputError; InterruptedError after an abort
 *
 * @example
 * const { tokenizer } = await trainByteLevelBpe(
 *   { files: ['maize_promoters_unlabelled_1.txt.gz'] },
 *   { vocabularySize: 5261, paddingSide: 'left', maxLength: 256 },
 * );
 * await saveTokenizer(tokenizer, 'tokenizer');
 */
export async function trainByteLevelBpe(
  text: TrainingText,
  options: TrainByteLevelBpeOptions,
): Promise<TrainedTokenizer> {
  checkOptionNames(
    options,
    [
      ...tokenizerOptionNames,
      ...['vocabularySize', 'minFrequency', 'moreSpecialTokens', 'addPrefixSpace'],
      ...['signal', 'progress'],
    ],
    'trainByteLevelBpe',
  );
  const { vocabularySize, minFrequency = 2, moreSpecialTokens = [], signal, progress } = options;
  const names = { ...ROBERTA_SPECIAL_TOKENS, ...options.specialTokens };
  const special = [...specialMeanings.map((meaning) => names[meaning]), ...moreSpecialTokens];
  const vocabulary = startVocabulary(special);
  checkOptions(options, vocabulary.tokens.length);
  const counter = new WordCounter();
  let lines = 0;
  for await (const batch of linesOf(text)) {
    throwIfAborted(signal, 'training of the tokenizer');
    for (const line of batch) counter.add(line);
    lines += batch.length;
    progress?.({ task: 'reading training text', done: lines, unit: 'lines' });
    await yieldToEventLoop();
  }
  if (counter.size === 0) {
    throw new InputError({
      where: 'training text of the tokenizer',
      found: 'no letters',
      expected: 'one sequence a line',
    });
  }
  const words = counter.size;
  const idOf = (letter: string): number => vocabulary.ids.get(letter) ?? 0;
  const trainer = new BpeTrainer(
    counter.take(idOf, vocabularySize),
    vocabulary,
    minFrequency,
    vocabularySize,
  );
  const start = vocabulary.tokens.length;
  let turn = performance.now();
  while (vocabulary.tokens.length < vocabularySize && trainer.step()) {
    if (performance.now() - turn < TURN_MS) continue;
    await yieldToEventLoop();
    throwIfAborted(signal, 'training of the tokenizer');
    const done = vocabulary.tokens.length - start;
    progress?.({ task: 'merging pairs', done, total: vocabularySize - start, unit: 'merges' });
    turn = performance.now();
  }
  const { maxLength, truncationSide, paddingSide, addPrefixSpace } = options;
  const tokenizer = new ByteLevelBpeTokenizer({
    vocabulary: vocabulary.ids,
    merges: trainer.merges,
    specialTokens: names,
    addedTokens: moreSpecialTokens.map((content) => ({
      id: idOf(content),
      content,
      special: true,
    })),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(truncationSide === undefined ? {} : { truncationSide }),
    ...(paddingSide === undefined ? {} : { paddingSide }),
    ...(addPrefixSpace === undefined ? {} : { addPrefixSpace }),
  });
  return { tokenizer, merges: trainer.merges, lines, words };
}
