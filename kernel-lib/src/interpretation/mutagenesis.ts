import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import {
  attributionOptionNames,
  centreOverBases,
  contributionsOfBases,
  type Attribution,
  type AttributionOptions,
} from './attribution.ts';
import {
  checkCount,
  checkWindow,
  exampleRows,
  toExamples,
  type TokenExamples,
} from './examples.ts';
import { scoreMutants } from './score-mutants.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Options of saturation mutagenesis. */
export interface MutagenesisOptions extends AttributionOptions {
  /** First position to mutate (0-based); default 0. */
  readonly start?: number;
  /** End (excluded) of the positions to mutate; default the length of the model. */
  readonly end?: number;
  /** Mutants that are computed at once; default 256. */
  readonly batchSize?: number;
}

/** Effects of all single-base substitutions in one example. */
export interface ExampleMutagenesis {
  /** Index of the example in the call. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Score of the sequence as it is. */
  readonly referenceScore: number;
  /** `[end − start, 4]`: score of the mutant minus `referenceScore`; 0 at the base that is there. */
  readonly effects: Float32Array;
}

/** Effects of all single-base substitutions in many examples. */
export interface SaturationMutagenesis {
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** `[count]`: scores of the sequences as they are. */
  readonly referenceScores: Float32Array;
  /**
   * `[count, end − start, 4]`: score of the mutant minus the reference score; 0 at the base that is
   * there. Where the base is unknown, all four are computed.
   */
  readonly effects: Float32Array;
}

const optionNames = [...attributionOptionNames, 'start', 'end'];

/**
 * Saturation mutagenesis, one example at a time: work on a whole genome needs the memory of the few
 * examples that share a batch. Batches run across examples, so that short windows fill them too.
 *
 * A scorer of a `Predictor` recomputes only what each substitution changes; see docs/interpretation.md.
 *
 * @throws UsageError on a bad window or option, InputError on sequences of a wrong length
 * @example
 * for await (const { index, effects } of streamMutagenesis(scorer, tokens)) save(index, effects);
 */
export async function* streamMutagenesis(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: MutagenesisOptions = {},
): AsyncGenerator<ExampleMutagenesis, void, undefined> {
  const where = 'saturation mutagenesis';
  checkOptionNames(options, optionNames, where);
  const { batchSize = 256, signal, progress } = options;
  const { length } = scorer;
  const { start, end } = checkWindow(options.start ?? 0, options.end ?? length, length, where);
  checkCount(batchSize, 1, 'batchSize', where);
  const examples = toExamples(length, tokens, where);
  const rows = exampleRows(examples.length, options.rows, where);

  const begun = Date.now();
  let finished = 0;
  const work = { examples, rows, start, end, batchSize, signal, where };
  for await (const { index, referenceScore, scores } of scoreMutants(scorer, work)) {
    const example = examples[index] ?? new Uint8Array(0);
    // Turned into effects in place: nobody else holds the scores.
    for (let at = 0; at < scores.length; at++) {
      const isReference = example[start + (at >> 2)] === (at & 3);
      scores[at] = isReference ? 0 : (scores[at] ?? 0) - referenceScore;
    }
    finished++;
    const seconds = (Date.now() - begun) / 1000;
    const rate = seconds > 0 ? finished / seconds : undefined;
    progress?.({
      task: where,
      done: finished,
      total: examples.length,
      unit: 'examples',
      rate,
      secondsLeft: rate === undefined ? undefined : (examples.length - finished) / rate,
    });
    yield { index, start, end, referenceScore, effects: scores };
  }
}

/**
 * Scores every single-base substitution in a window of each sequence (in-silico saturation
 * mutagenesis: Zhou and Troyanskaya 2015). The base that is there is not scored again.
 *
 * @param tokens sequences of the scorer's length
 * @returns effects `[count, end − start, 4]`; memory for all examples, see `streamMutagenesis`
 * @throws UsageError on a bad window or option, InputError on sequences of a wrong length,
 *   InterruptedError when the signal is aborted
 * @example
 * const { effects } = await saturationMutagenesis(scorer, tokens, { start: 900, end: 1100 });
 */
export async function saturationMutagenesis(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: MutagenesisOptions = {},
): Promise<SaturationMutagenesis> {
  const count = tokens instanceof Uint8Array ? tokens.length / scorer.length : tokens.length;
  if (count === 0) throw noExamples('saturation mutagenesis');
  let result: SaturationMutagenesis | undefined;
  for await (const example of streamMutagenesis(scorer, tokens, options)) {
    const { start, end, index } = example;
    result ??= {
      count,
      start,
      end,
      referenceScores: new Float32Array(count),
      effects: new Float32Array(count * (end - start) * 4),
    };
    result.referenceScores[index] = example.referenceScore;
    result.effects.set(example.effects, index * (end - start) * 4);
  }
  if (result === undefined) throw noExamples('saturation mutagenesis');
  return result;
}

function noExamples(where: string): UsageError {
  return new UsageError({ where, found: 'no sequences', expected: 'at least one' });
}

/**
 * Saturation mutagenesis as an attribution: at each position the effects minus their mean over the
 * four bases (the effect of the base that is there is 0). The contribution of a base is therefore
 * how far the score lies above the mean of the four alternatives there.
 */
export async function mutagenesisAttribution(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: MutagenesisOptions = {},
): Promise<Attribution> {
  const { length } = scorer;
  const examples = toExamples(length, tokens, 'saturation mutagenesis');
  const mutagenesis = await saturationMutagenesis(scorer, examples, options);
  const { count, start, end, effects } = mutagenesis;
  const scores = new Float32Array(count * length * 4);
  const width = (end - start) * 4;
  for (let index = 0; index < count; index++) {
    const at = (index * length + start) * 4;
    scores.set(effects.subarray(index * width, (index + 1) * width), at);
    centreOverBases(scores, at, at + width);
  }
  return {
    method: 'ism',
    count,
    length,
    start,
    end,
    scores,
    contributions: contributionsOfBases(examples, length, scores),
    exampleScores: mutagenesis.referenceScores,
    warnings: [],
  };
}
