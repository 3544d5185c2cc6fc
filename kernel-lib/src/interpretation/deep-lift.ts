import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import {
  attributionOptionNames,
  type Attribution,
  type AttributionOptions,
} from './attribution.ts';
import { withDeepLiftRules } from './deep-lift-rules.ts';
import {
  checkCount,
  exampleRows,
  toExamples,
  writeOneHot,
  type TokenExamples,
} from './examples.ts';
import { inputGradient } from './input-gradient.ts';
import {
  makeReferences,
  PairAverage,
  referenceOptionNames,
  type ReferenceOptions,
} from './references.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Options of DeepLIFT. */
export interface DeepLiftOptions extends AttributionOptions, ReferenceOptions {
  /** Pairs of sequence and reference that enter the model at once; default 32. */
  readonly batchSize?: number;
}

const where = 'DeepLIFT';

/**
 * DeepLIFT with the rescale rule (Shrikumar et al. 2017), averaged over several references (which
 * makes it DeepSHAP, Lundberg and Lee 2017). Each batch holds sequences and references; while it
 * runs, the gradients of TensorFlow.js's non-linear kernels are replaced by quotients of
 * differences: activations, max pooling and max, products, quotients, squares, softmax.
 *
 * Other non-linear steps keep their ordinary gradient (FusedBatchNorm on statistics of the input as
 * in LayerNormalization, Maximum and Minimum of two computed tensors, Pow, Min, Prod, LogSoftmax,
 * steps that move the batch away from the first axis); the convergence deltas show it: 1e-3 of the
 * score difference and less is rounding, more means such a step, and `warnings` says so. A large
 * delta does not make the attributions look wrong, so read it.
 *
 * @throws UsageError on a bad option, InputError on sequences of a wrong length
 * @example
 * const { contributions, deltas, warnings } = await deepLift(scorer, tokens, { references: 20 });
 */
export async function deepLift(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: DeepLiftOptions = {},
): Promise<Attribution> {
  checkOptionNames(options, [...attributionOptionNames, ...referenceOptionNames], where);
  const { batchSize = 32, signal, progress } = options;
  checkCount(batchSize, 1, 'batchSize', where);
  const { length } = scorer;
  const size = length * 4;
  const examples = toExamples(length, tokens, where);
  const rows = exampleRows(examples.length, options.rows, where);
  const references = makeReferences(examples, rows, options, where);
  const average = new PairAverage(examples, length, references.each);

  const total = examples.length * references.each;
  for (let first = 0; first < total; first += batchSize) {
    throwIfAborted(signal, where);
    const pairs = Math.min(batchSize, total - first);
    const oneHot = new Float32Array(2 * pairs * size);
    const pairRows: number[] = [];
    for (let i = 0; i < pairs; i++) {
      const index = Math.floor((first + i) / references.each);
      writeOneHot(examples[index] ?? new Uint8Array(0), oneHot, i * size);
      references.write(index, (first + i) % references.each, oneHot, (pairs + i) * size);
      pairRows.push(rows[index] ?? 0);
    }
    const { gradient, scores } = await inputGradient(
      scorer,
      oneHot,
      [...pairRows, ...pairRows],
      withDeepLiftRules,
    );
    for (let i = 0; i < pairs; i++) {
      average.add({
        example: Math.floor((first + i) / references.each),
        multipliers: gradient.subarray(i * size, (i + 1) * size),
        reference: oneHot.subarray((pairs + i) * size, (pairs + i + 1) * size),
        exampleScore: scores[i] ?? NaN,
        referenceScore: scores[pairs + i] ?? NaN,
      });
    }
    progress?.({
      task: where,
      done: Math.floor((first + pairs) / references.each),
      total: examples.length,
      unit: 'examples',
    });
    await yieldToEventLoop();
  }
  return average.finish(
    'deep-lift',
    'The model has a non-linear step without a DeepLIFT rule: prefer integrated gradients for it.',
  );
}
