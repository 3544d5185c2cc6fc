import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Sequences } from './masked-language-dataset.ts';

/** How a tokenizer cuts sequences. */
export interface TokenStatistics {
  readonly sequences: number;
  /** Letters of these sequences. */
  readonly letters: number;
  /** Tokens without those of start, end and padding, before anything is cut off. */
  readonly tokens: number;
  /** How often each token stands there, by id. */
  readonly counts: Float64Array;
  /** Tokens of the longest sequence. */
  readonly longest: number;
  /** Sequences with more tokens than fit into the model. */
  readonly truncated: number;
  /** Tokens that stand for what the vocabulary does not know. */
  readonly unknown: number;
}

/**
 * Counts the tokens of sequences.
 *
 * @param maxLength tokens that fit into the model, with those of start and end
 */
export async function tokenStatistics(
  sequences: Sequences,
  tokenizer: Tokenizer,
  { maxLength, signal, progress }: LongWorkOptions & { readonly maxLength: number },
): Promise<TokenStatistics> {
  const counts = new Float64Array(tokenizer.vocabularySize);
  const added = tokenizer.encode('').length;
  let [letters, tokens, longest, truncated] = [0, 0, 0, 0];
  let lastYield = performance.now();
  for (let index = 0; index < sequences.length; index++) {
    const sequence = sequences.sequence(index);
    const ids = tokenizer.encode(sequence, {
      addSpecialTokens: false,
      maxLength: Number.MAX_SAFE_INTEGER,
    });
    for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
    letters += sequence.length;
    tokens += ids.length;
    longest = Math.max(longest, ids.length);
    if (ids.length + added > maxLength) truncated += 1;
    if (performance.now() - lastYield < 20) continue;
    progress?.({
      task: 'counting tokens',
      done: index,
      total: sequences.length,
      unit: 'sequences',
    });
    await yieldToEventLoop();
    throwIfAborted(signal, 'counting tokens');
    lastYield = performance.now();
  }
  const unknownId = tokenizer.special.unknown;
  return {
    sequences: sequences.length,
    letters,
    tokens,
    counts,
    longest,
    truncated,
    unknown: unknownId === undefined ? 0 : (counts[unknownId] ?? 0),
  };
}
