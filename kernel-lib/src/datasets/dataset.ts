import type { Random } from '../core/random.ts';

/** The values of one input for one example, row-major. */
export type InputValues = Uint8Array | Int32Array | Float32Array;

/** What an input of the examples looks like. */
export interface ExampleInput {
  readonly kind: 'tokens' | 'features';
  /** Shape of one example. */
  readonly shape: readonly number[];
  /** Column names of a `features` input, in order. */
  readonly names?: readonly string[];
}

/** One example. */
export interface Example {
  readonly id: string;
  readonly inputs: Readonly<Record<string, InputValues>>;
  /** One value a target name; absent where only predictions are wanted. */
  readonly target?: Float32Array;
  readonly weight?: number;
}

/**
 * A finite, indexable source of examples. `example(index)` gives the example as it is; with
 * `random` it applies the dataset's augmentation, drawing only from that generator, so that a run
 * that resumes draws the same.
 */
export interface Dataset {
  readonly length: number;
  readonly inputs: Readonly<Record<string, ExampleInput>>;
  readonly targetNames: readonly string[];
  readonly ids: readonly string[];
  example(index: number, random?: Random): Example;
  /**
   * Several examples at once, each as `example(index, random?.derive(index))` gives it. A dataset has
   * this where examples come from a disk: reading goes on while the caller computes.
   */
  examples?(indices: ArrayLike<number>, random?: Random): Promise<Example[]>;
  /** A view of some of the examples, in the given order. */
  subset(indices: ArrayLike<number>): Dataset;
}
