import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import type { Motif } from '../formats/motifs.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { dinucleotideShuffle } from '../sequence/shuffle-sequence.ts';
import {
  checkCount,
  checkWindow,
  exampleRows,
  scoreExamples,
  toExamples,
  type TokenExamples,
} from './examples.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Scores of sequences before and after they were changed. */
export interface Perturbation {
  /** `[count]`: scores of the sequences as they were. */
  readonly before: Float32Array;
  /** `[count]`: scores after the change; over several shuffles their mean. */
  readonly after: Float32Array;
  /** `[count]`: after − before. */
  readonly effects: Float32Array;
  readonly meanEffect: number;
  /** Standard error of the mean effect over sequences; NaN for one. */
  readonly standardError: number;
  /** The changed sequences, to be attributed or written; shuffles of one sequence end to end. */
  readonly changed: readonly Uint8Array[];
}

/** Options of `marginalize`. */
export interface MarginalizeOptions extends LongWorkOptions {
  /** Where the motif's first base goes (0-based); default so that it lies in the middle. */
  readonly position?: number;
  /** Row of the model's other inputs for each background; by default the i-th for the i-th. */
  readonly rows?: readonly number[];
  /** Sequences that enter the model at once; default 256. */
  readonly batchSize?: number;
}

/** Options of `ablate`. */
export interface AblateOptions extends LongWorkOptions {
  /** First position of the window to shuffle (0-based). */
  readonly start: number;
  /** End (excluded) of the window. */
  readonly end: number;
  /** Shuffles a sequence; default 10. */
  readonly shuffles?: number;
  /** Seed of the shuffles; default 0. */
  readonly seed?: number;
  readonly rows?: readonly number[];
  /** Sequences that enter the model at once; default 256. */
  readonly batchSize?: number;
}

/**
 * What a motif does on its own: inserts it in background sequences (it overwrites bases, so that
 * lengths stay) and compares the scores. Backgrounds are usually shuffled sequences, so that what
 * else is in them averages out.
 *
 * @param insert a motif, whose most probable base at each position is inserted; a consensus in IUPAC
 *   letters; or tokens. An unknown base leaves what the background has there.
 * @throws UsageError when it does not fit at the position
 * @example
 * const { meanEffect, standardError } = await marginalize(scorer, 'TATAAAA', backgrounds);
 */
export async function marginalize(
  scorer: SequenceScorer,
  insert: Motif | string | Uint8Array,
  backgrounds: TokenExamples,
  options: MarginalizeOptions = {},
): Promise<Perturbation> {
  const where = 'marginalization';
  checkOptionNames(options, ['position', 'rows', 'batchSize', 'signal', 'progress'], where);
  const examples = toExamples(scorer.length, backgrounds, where);
  const tokens = insertTokens(insert);
  const position = options.position ?? Math.floor((scorer.length - tokens.length) / 2);
  const window = checkWindow(position, position + tokens.length, scorer.length, where);
  const changed = examples.map((background) => {
    const copy = background.slice();
    tokens.forEach((token, i) => {
      if (token < 4) copy[window.start + i] = token;
    });
    return copy;
  });
  return compare(scorer, examples, changed, 1, options, where);
}

function insertTokens(insert: Motif | string | Uint8Array): Uint8Array {
  if (typeof insert === 'string') return encodeSequence(insert, { where: 'marginalization' });
  if (insert instanceof Uint8Array) return insert;
  return Uint8Array.from({ length: insert.length }, (_, position) => {
    const column = insert.matrix.subarray(position * 4, position * 4 + 4);
    return column.indexOf(Math.max(...column));
  });
}

/**
 * What a window contributes: shuffles it, keeping its dinucleotide counts, and compares the scores.
 *
 * @throws UsageError on a window outside of the sequence
 * @example
 * const { effects } = await ablate(scorer, tokens, { start: 900, end: 1000, shuffles: 20 });
 */
export async function ablate(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: AblateOptions,
): Promise<Perturbation> {
  const where = 'ablation';
  const names = ['start', 'end', 'shuffles', 'seed', 'rows', 'batchSize', 'signal', 'progress'];
  checkOptionNames(options, names, where);
  const { shuffles = 10, seed = 0 } = options;
  checkCount(shuffles, 1, 'shuffles', where);
  const examples = toExamples(scorer.length, tokens, where);
  const { start, end } = checkWindow(options.start, options.end, scorer.length, where);
  const rows = exampleRows(examples.length, options.rows, where);
  const changed = examples.flatMap((example, index) =>
    Array.from({ length: shuffles }, (_, number) => {
      const random = new Random(seed).derive(rows[index] ?? index, number);
      const copy = example.slice();
      copy.set(dinucleotideShuffle(example.slice(start, end), random), start);
      return copy;
    }),
  );
  return compare(scorer, examples, changed, shuffles, options, where);
}

async function compare(
  scorer: SequenceScorer,
  examples: readonly Uint8Array[],
  changed: readonly Uint8Array[],
  each: number,
  options: MarginalizeOptions | AblateOptions,
  where: string,
): Promise<Perturbation> {
  const { batchSize = 256, signal, progress } = options;
  checkCount(batchSize, 1, 'batchSize', where);
  if (examples.length === 0) {
    throw new UsageError({ where, found: 'no sequences', expected: 'at least one' });
  }
  const rows = exampleRows(examples.length, options.rows, where);
  const all = [...examples, ...changed];
  const allRows = [...rows, ...changed.map((_, i) => rows[Math.floor(i / each)] ?? 0)];
  const scores = new Float32Array(all.length);
  for (let first = 0; first < all.length; first += batchSize) {
    throwIfAborted(signal, where);
    const batch = all.slice(first, first + batchSize);
    const batchRows = allRows.slice(first, first + batchSize);
    scores.set(await scoreExamples(scorer, batch, batchRows, batchSize), first);
    progress?.({ task: where, done: first + batch.length, total: all.length, unit: 'sequences' });
    await yieldToEventLoop();
  }
  const count = examples.length;
  const before = scores.slice(0, count);
  const after = before.map((_, i) => {
    const own = scores.subarray(count + i * each, count + (i + 1) * each);
    return own.reduce((sum, score) => sum + score, 0) / each;
  });
  const effects = after.map((score, i) => score - (before[i] ?? 0));
  const meanEffect = effects.reduce((sum, effect) => sum + effect, 0) / count;
  const squares = effects.reduce((sum, effect) => sum + (effect - meanEffect) ** 2, 0);
  const standardError = count > 1 ? Math.sqrt(squares / (count - 1) / count) : NaN;
  return { before, after, effects, meanEffect, standardError, changed };
}
