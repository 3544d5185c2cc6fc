import type * as tf from '@tensorflow/tfjs-core';
import type { SubstitutionOptions, SubstitutionScores, Substitutions } from './substitutions.ts';

/**
 * What attribution methods explain: a function from sequences to one score an example. The other
 * inputs of the model (features) are fixed for each example; `rows` says which example each
 * sequence of a batch belongs to, so that variants of an example keep its features.
 */
export interface SequenceScorer {
  /** Length of the sequences in bases. */
  readonly length: number;
  /**
   * Differentiable score. Runs inside `tf.tidy` or `tf.grad`.
   *
   * @param oneHot float32 `[batch, length, 4]`, channels A, C, G, T
   * @param rows example index of each row of the batch
   * @returns float32 `[batch]`
   */
  scoreOneHot(oneHot: tf.Tensor3D, rows: readonly number[]): tf.Tensor1D;
  /**
   * The same scores from tokens, without a gradient (the fast path).
   *
   * @param tokens `batch × length` tokens, row-major
   * @returns one score a row
   */
  scoreTokens(tokens: Uint8Array, rows: readonly number[]): Promise<Float32Array>;
  /**
   * The same scores for substitutions of single bases, by recomputing only what each changes. A
   * scorer without it is asked for every changed sequence whole, which gives the same numbers to
   * float rounding and takes longer.
   */
  scoreSubstitutions?(
    substitutions: Substitutions,
    options?: SubstitutionOptions,
  ): Promise<SubstitutionScores>;
}
