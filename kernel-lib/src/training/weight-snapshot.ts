import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * All weights of a model at one moment. It costs no copy: the tensors share their memory with the
 * variables until these are assigned anew.
 */
export class WeightSnapshot {
  readonly #tensors: ReadonlyMap<tf.Variable, tf.Tensor>;

  constructor(model: tfl.LayersModel) {
    const variables = model.weights.map((weight) => weight.read() as tf.Variable);
    this.#tensors = new Map(variables.map((each) => [each, tf.keep(tf.clone(each))]));
  }

  /** Gives the model these weights again. */
  restore(): void {
    this.#tensors.forEach((tensor, variable) => {
      variable.assign(tensor);
    });
  }

  dispose(): void {
    this.#tensors.forEach((tensor) => {
      tensor.dispose();
    });
  }
}
