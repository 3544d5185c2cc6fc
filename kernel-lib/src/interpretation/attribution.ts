import type { LongWorkOptions } from '../core/progress.ts';

/** Scores of how much each base of each example matters to a model's output. */
export interface Attribution {
  /** Name of the method, as in the table of `attribute`. */
  readonly method: string;
  /** Number of examples. */
  readonly count: number;
  /** Bases an example. */
  readonly length: number;
  /** First position that was attributed (0-based); scores before it are 0. */
  readonly start: number;
  /** End (excluded) of the positions that were attributed; scores from it on are 0. */
  readonly end: number;
  /**
   * `[count, length, 4]`, row-major, channels A, C, G, T: hypothetical contributions, that is what
   * each of the four bases would contribute at that position.
   */
  readonly scores: Float32Array;
  /** `[count, length]`: the contribution of the base that is there. */
  readonly contributions: Float32Array;
  /** The model's score of each example. */
  readonly exampleScores: Float32Array;
  /**
   * Convergence delta of each example, where the method has one: the sum of its contributions
   * minus the change of the score that they should add up to. Over several references it is the
   * one farthest from zero.
   */
  readonly deltas?: Float32Array;
  /** Mean score of each example's references, where the method has references. */
  readonly referenceScores?: Float32Array;
  /** What the reader should know before trusting the numbers; empty when all is well. */
  readonly warnings: readonly string[];
}

/** Options of every attribution method. */
export interface AttributionOptions extends LongWorkOptions {
  /** Row of the model's other inputs for each sequence; by default the i-th for the i-th. */
  readonly rows?: readonly number[];
  /** Sequences that enter the model at once; for methods with references it counts the pairs. */
  readonly batchSize?: number;
}

/** Option names of `AttributionOptions`, for the check of unknown options. */
export const attributionOptionNames: readonly string[] = [
  'rows',
  'batchSize',
  'signal',
  'progress',
];

/** `contributions[i] = scores[i, base]`: zero where the base is unknown. */
export function contributionsOfBases(
  examples: readonly Uint8Array[],
  length: number,
  scores: Float32Array,
): Float32Array {
  const contributions = new Float32Array(examples.length * length);
  examples.forEach((example, index) => {
    for (let i = 0; i < length; i++) {
      const at = index * length + i;
      const base = example[i] ?? 4;
      contributions[at] = base < 4 ? (scores[at * 4 + base] ?? 0) : 0;
    }
  });
  return contributions;
}

/** Subtracts the mean over the four bases at each position, in place. */
export function centreOverBases(scores: Float32Array, from = 0, to = scores.length): void {
  for (let at = from; at < to; at += 4) {
    const mean =
      ((scores[at] ?? 0) + (scores[at + 1] ?? 0) + (scores[at + 2] ?? 0) + (scores[at + 3] ?? 0)) /
      4;
    for (let base = 0; base < 4; base++) scores[at + base] = (scores[at + base] ?? 0) - mean;
  }
}
