import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The variables of a batch normalisation, each `[channels]`. */
export interface BatchNormalisationVariables {
  readonly gamma: tfl.LayerVariable;
  readonly beta: tfl.LayerVariable;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
}

/**
 * Batch normalisation over the last axis (Ioffe and Szegedy 2015), with Keras's defaults: by the
 * moments of the batch in training, by their moving averages in prediction.
 */
export class BatchStatistics {
  readonly #variables: BatchNormalisationVariables;
  readonly #momentum: number;
  readonly #epsilon: number;

  constructor(
    variables: BatchNormalisationVariables,
    { momentum = 0.99, epsilon = 1e-3 }: { momentum?: number; epsilon?: number },
  ) {
    this.#variables = variables;
    this.#momentum = momentum;
    this.#epsilon = epsilon;
  }

  /** Normalises by the batch and moves the averages on. */
  normaliseBatch<T extends tf.Tensor>(input: T): T {
    const { gamma, beta, movingMean, movingVariance } = this.#variables;
    const axes = input.shape.map((_, axis) => axis).slice(0, -1);
    const { mean, variance } = tf.moments(input, axes);
    const move = (average: tfl.LayerVariable, value: tf.Tensor): void => {
      average.write(
        tf.add(tf.mul(average.read(), this.#momentum), tf.mul(value, 1 - this.#momentum)),
      );
    };
    move(movingMean, mean);
    move(movingVariance, variance);
    const scale = tf.mul(gamma.read(), tf.rsqrt(tf.add(variance, this.#epsilon)));
    return tf.add(tf.mul(tf.sub(input, mean), scale), beta.read()) as T;
  }

  /** Filters `[width, 4, channels]` and bias that give the normalised values at once. */
  fold(kernel: tf.Tensor3D, bias: tf.Tensor1D): { kernel: tf.Tensor3D; bias: tf.Tensor1D } {
    const { gamma, beta, movingMean, movingVariance } = this.#variables;
    const scale = tf.mul(gamma.read(), tf.rsqrt(tf.add(movingVariance.read(), this.#epsilon)));
    return {
      kernel: tf.mul(kernel, scale),
      bias: tf.add(tf.mul(tf.sub(bias, movingMean.read()), scale), beta.read()),
    };
  }
}
