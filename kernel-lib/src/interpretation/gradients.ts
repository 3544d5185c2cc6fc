import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import {
  attributionOptionNames,
  centreOverBases,
  contributionsOfBases,
  type Attribution,
  type AttributionOptions,
} from './attribution.ts';
import {
  checkCount,
  exampleRows,
  toExamples,
  writeOneHot,
  type TokenExamples,
} from './examples.ts';
import { inputGradient } from './input-gradient.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Options of the gradient methods. */
export interface GradientOptions extends AttributionOptions {
  /** Sequences that enter the model at once; default 64. */
  readonly batchSize?: number;
  /**
   * Subtracts the gradient's mean over the four bases at each position. One-hot sequences lie on a
   * simplex, and the part of the gradient that points off it is noise (Majdandzic et al. 2023,
   * Genome Biology 24:109). Default true.
   */
  readonly correct?: boolean;
}

interface Gradients {
  readonly examples: Uint8Array[];
  readonly gradient: Float32Array;
  readonly scores: Float32Array;
}

async function gradientsOfExamples(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: GradientOptions,
  where: string,
): Promise<Gradients> {
  checkOptionNames(options, [...attributionOptionNames, 'correct'], where);
  const { batchSize = 64, correct = true, signal, progress } = options;
  checkCount(batchSize, 1, 'batchSize', where);
  const { length } = scorer;
  const examples = toExamples(length, tokens, where);
  const rows = exampleRows(examples.length, options.rows, where);
  const gradient = new Float32Array(examples.length * length * 4);
  const scores = new Float32Array(examples.length);
  for (let first = 0; first < examples.length; first += batchSize) {
    throwIfAborted(signal, where);
    const batch = examples.slice(first, first + batchSize);
    const oneHot = new Float32Array(batch.length * length * 4);
    batch.forEach((example, index) => {
      writeOneHot(example, oneHot, index * length * 4);
    });
    const result = await inputGradient(scorer, oneHot, rows.slice(first, first + batch.length));
    gradient.set(result.gradient, first * length * 4);
    scores.set(result.scores, first);
    progress?.({
      task: where,
      done: first + batch.length,
      total: examples.length,
      unit: 'examples',
    });
    await yieldToEventLoop();
  }
  if (correct) centreOverBases(gradient);
  return { examples, gradient, scores };
}

/**
 * Gradient × input (Shrikumar et al. 2016): the gradient of the score with respect to the one-hot
 * sequence gives hypothetical contributions, its value at the base that is there the contribution.
 *
 * @throws UsageError on a bad option, InputError on sequences of a wrong length
 * @example
 * const { contributions } = await gradientTimesInput(scorer, tokens);
 */
export async function gradientTimesInput(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: GradientOptions = {},
): Promise<Attribution> {
  const where = 'gradient times input';
  const { examples, gradient, scores } = await gradientsOfExamples(scorer, tokens, options, where);
  return {
    method: 'gradient',
    count: examples.length,
    length: scorer.length,
    start: 0,
    end: scorer.length,
    scores: gradient,
    contributions: contributionsOfBases(examples, scorer.length, gradient),
    exampleScores: scores,
    warnings: [],
  };
}

/**
 * Saliency (Simonyan et al. 2014): `scores` are the absolute gradients, `contributions` their
 * maximum over the four bases; always ≥ 0, also where the base is unknown.
 *
 * @throws UsageError on a bad option, InputError on sequences of a wrong length
 */
export async function saliency(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: GradientOptions = {},
): Promise<Attribution> {
  const where = 'saliency';
  const { examples, gradient, scores } = await gradientsOfExamples(scorer, tokens, options, where);
  const absolute = gradient.map(Math.abs);
  const contributions = new Float32Array(examples.length * scorer.length);
  for (let at = 0; at < contributions.length; at++) {
    contributions[at] = Math.max(...absolute.subarray(at * 4, at * 4 + 4));
  }
  return {
    method: 'saliency',
    count: examples.length,
    length: scorer.length,
    start: 0,
    end: scorer.length,
    scores: absolute,
    contributions,
    exampleScores: scores,
    warnings: [],
  };
}
