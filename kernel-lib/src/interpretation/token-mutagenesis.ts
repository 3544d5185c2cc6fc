import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { suggestion } from '../core/nearest.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { DNA } from '../sequence/alphabet.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { checkCount } from './examples.ts';
import type { ExampleMutagenesis } from './mutagenesis.ts';
import {
  encodeRows,
  requireOutputValues,
  tokeniseSequences,
  tokenModel,
  truncationWarnings,
} from './token-model.ts';
import { predictTokenRows } from './token-predictions.ts';

/** Options of `streamTokenMutagenesis`. */
export interface TokenMutagenesisOptions extends LongWorkOptions {
  /** First letter to mutate (0-based); default 0. */
  readonly start?: number;
  /**
   * End (excluded) of the letters to mutate; default the end of each sequence. A sequence that ends
   * before is mutated to its end.
   */
  readonly end?: number;
  /** Rows of tokens that enter the model at once. Default 32. */
  readonly batchSize?: number;
}

/** Effects of all single-base substitutions in one sequence on every output of the model. */
export interface TokenMutagenesis {
  /** Index of the sequence in the call. */
  readonly index: number;
  /** The letters, upper case. */
  readonly sequence: string;
  /** Window of the letters that were mutated (0-based, half-open). */
  readonly start: number;
  readonly end: number;
  readonly outputs: readonly string[];
  /** `[outputs]`: predictions for the sequence as it is. */
  readonly referenceScores: Float32Array;
  /**
   * `[outputs, end − start, 4]`: prediction of the mutant minus that of the sequence; 0 at the base
   * that is there. Where the letter is none of A, C, G and T all four are computed.
   */
  readonly effects: Float32Array;
  /** Different rows of tokens that were computed; mutants that give equal tokens share one. */
  readonly computed: number;
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

const where = 'token mutagenesis';

/**
 * In-silico saturation mutagenesis of a model that reads tokens: each letter is changed to each other
 * base, the changed sequence is cut into tokens anew, and the model predicts. A single change can move
 * the borders of several tokens, which is why effects of neighbours differ more than with a model of
 * bases.
 *
 * @param sequences of any length, as text or tokens of bases
 * @throws UsageError for a model that reads bases or predicts no values, or a bad option;
 *   InterruptedError when aborted
 * @example
 * for await (const result of streamTokenMutagenesis(model, [promoter], { start: 900 })) {
 *   plotMutagenesisHeatmap({
 *     effects: mutagenesisOfOutput(result, 'root').effects,
 *     reference: result.sequence.slice(result.start, result.end),
 *   });
 * }
 */
export async function* streamTokenMutagenesis(
  predictor: Predictor,
  sequences: readonly SequenceLike[],
  options: TokenMutagenesisOptions = {},
): AsyncGenerator<TokenMutagenesis, void, undefined> {
  checkOptionNames(options, ['start', 'end', 'batchSize', 'signal', 'progress'], where);
  const { start: from = 0, end: to = Infinity, batchSize = 32, signal, progress } = options;
  checkCount(batchSize, 1, 'batchSize', where);
  checkCount(from, 0, 'start', where);
  if (to !== Infinity) checkCount(to, from + 1, 'end', where);
  tokenModel(predictor, where);
  requireOutputValues(predictor, where);
  const { outputs } = predictor;
  for (const [index, sequence] of sequences.entries()) {
    throwIfAborted(signal, where);
    const [own] = tokeniseSequences(predictor, [sequence], where);
    if (own === undefined) continue;
    const { text } = own;
    const end = Math.min(to, text.length);
    const start = Math.min(from, end);
    const { mutants, places } = mutate(text, start, end);
    const rows = [own.ids, ...encodeRows(predictor, mutants, where)];
    const { values, computed } = await predictTokenRows(predictor, rows, {
      batchSize,
      signal,
      where,
      onBatch: (done, total) => {
        const task = `${where}, sequence ${String(index + 1)} of ${String(sequences.length)}`;
        progress?.({ task, done, total, unit: 'rows of tokens' });
      },
    });
    const width = (end - start) * 4;
    const effects = new Float32Array(outputs.length * width);
    places.forEach((place, mutant) => {
      for (let output = 0; output < outputs.length; output++) {
        effects[output * width + place] =
          (values[(mutant + 1) * outputs.length + output] ?? NaN) - (values[output] ?? NaN);
      }
    });
    yield {
      index,
      sequence: text,
      start,
      end,
      outputs,
      referenceScores: values.slice(0, outputs.length),
      effects,
      computed,
      warnings: truncationWarnings([own]),
    };
  }
}

/** All substitutions of a window, and the place of each in `[end − start, 4]`. */
function mutate(text: string, start: number, end: number): { mutants: string[]; places: number[] } {
  const bases = encodeSequence(text, { onInvalid: 'unknown' });
  const mutants: string[] = [];
  const places: number[] = [];
  for (let position = start; position < end; position++) {
    for (const [base, letter] of [...DNA.letters].entries()) {
      if (bases[position] === base) continue;
      mutants.push(text.slice(0, position) + letter + text.slice(position + 1));
      places.push((position - start) * 4 + base);
    }
  }
  return { mutants, places };
}

/**
 * The effects on one output in the form of `streamMutagenesis`, for the same plots.
 *
 * @param output default: the first
 * @throws UsageError where there is no such output
 */
export function mutagenesisOfOutput(
  { index, start, end, outputs, referenceScores, effects }: TokenMutagenesis,
  output = outputs[0] ?? '',
): ExampleMutagenesis {
  const number = outputs.indexOf(output);
  if (number < 0) {
    throw new UsageError({
      where,
      found: `no output '${output}'`,
      fix: suggestion(output, outputs),
    });
  }
  const width = (end - start) * 4;
  return {
    index,
    start,
    end,
    referenceScore: referenceScores[number] ?? NaN,
    effects: effects.slice(number * width, (number + 1) * width),
  };
}
