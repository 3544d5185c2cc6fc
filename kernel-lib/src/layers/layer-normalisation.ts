import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { asRows, differentiable, inShape } from './differentiable.ts';

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016): the last axis to mean 0 and variance 1, then times
 * `gamma` plus `beta`. The variance is that of the values (divided by n), as in PyTorch and Keras.
 *
 * @param x `[…, size]`
 * @param gamma `[size]`
 * @param beta `[size]`
 * @param epsilon added to the variance
 */
export function layerNormalisation(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  return differentiable({
    inputs: { x, gamma, beta },
    forward(inputs, save) {
      const rows = asRows(inputs.x);
      const centred = tf.sub(rows, tf.mean(rows, 1, true));
      const variance = tf.mean(tf.square(centred), 1, true);
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const normal = tf.mul(centred, inverse);
      save([normal, inverse, inputs.gamma]);
      return inShape(tf.add(tf.mul(normal, inputs.gamma), inputs.beta), x.shape);
    },
    backward: (upstream, saved) => {
      const [normal, inverse, savedGamma] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return {
        x() {
          const gradient = tf.mul(asRows(upstream), savedGamma);
          const mean = tf.mean(gradient, 1, true);
          const slope = tf.mean(tf.mul(gradient, normal), 1, true);
          const change = tf.sub(tf.sub(gradient, mean), tf.mul(normal, slope));
          return inShape(tf.mul(change, inverse), x.shape);
        },
        gamma: () => tf.sum(tf.mul(asRows(upstream), normal), 0),
        beta: () => tf.sum(asRows(upstream), 0),
      };
    },
  });
}

/** Config of a `LayerNormalisation` layer. */
export interface LayerNormalisationConfig {
  readonly name: string;
  /** Added to the variance. Default 1e-5, as in PyTorch. */
  readonly epsilon?: number;
}

/**
 * `layerNormalisation` with trained weights `gamma` `[size]` (ones at first) and `beta` `[size]`
 * (zeros), size being that of the last axis.
 */
export class LayerNormalisation extends tfl.layers.Layer {
  static readonly className = 'LayerNormalisation';
  readonly epsilon: number;
  #gamma?: tfl.LayerVariable;
  #beta?: tfl.LayerVariable;

  constructor(config: LayerNormalisationConfig) {
    super({ name: config.name });
    this.epsilon = config.epsilon ?? 1e-5;
    if (!(this.epsilon > 0)) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `epsilon ${String(this.epsilon)}`,
        expected: 'a number above 0',
      });
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const size = (inputShape as tfl.Shape).at(-1) ?? null;
    this.#gamma = this.addWeight('gamma', [size], 'float32', tfl.initializers.ones());
    this.#beta = this.addWeight('beta', [size], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (this.#gamma === undefined || this.#beta === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return layerNormalisation(input, this.#gamma.read(), this.#beta.read(), this.epsilon);
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
