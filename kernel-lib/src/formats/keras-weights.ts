/** One weight of a Keras layer. */
export interface KerasWeight {
  /**
   * Of Keras 1 and 2 as in the file, for example `dense_1/kernel:0`; of Keras 3 as the model names it,
   * for example `dense_1/kernel`, or `my_layer/0` where the file does not tell more than the number.
   */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One layer of a Keras file; layers without weights are listed, too. */
export interface KerasLayer {
  readonly name: string;
  readonly weights: readonly KerasWeight[];
}

/** What a Keras file holds. */
export interface KerasWeights {
  readonly kerasVersion: string | undefined;
  readonly backend: string | undefined;
  /** The architecture as Keras describes it; undefined in a file of weights only. */
  readonly modelConfig: unknown;
  /** Layers in the order of the model. */
  readonly layers: readonly KerasLayer[];
}
