import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Added to standard deviations, so that a silent channel is not blown up. */
const EPSILON = 1e-3;

/**
 * Brings each channel to mean 0 and deviation 1, with mean and deviation measured once, on the first
 * batch of training, and kept from then on (data-dependent initialisation, Salimans and Kingma 2016).
 * Unlike batch normalisation it does not depend on the batch, in training or in prediction.
 *
 * Weights (not trained): `mean` and `scale` `[channels]`, `measured` (1 once they are measured).
 */
export class FixedStandardisation extends tfl.layers.Layer {
  static readonly className = 'FixedStandardisation';
  #mean?: tfl.LayerVariable;
  #scale?: tfl.LayerVariable;
  #measured?: tfl.LayerVariable;

  constructor(config: { readonly name: string }) {
    super({ name: config.name });
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape).at(-1) ?? null;
    const zeros = tfl.initializers.zeros();
    const fixed = [undefined, false] as const;
    this.#mean = this.addWeight('mean', [channels], 'float32', zeros, ...fixed);
    this.#scale = this.addWeight('scale', [channels], 'float32', tfl.initializers.ones(), ...fixed);
    this.#measured = this.addWeight('measured', [1], 'float32', zeros, ...fixed);
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    const [mean, scale, measured] = [this.#mean, this.#scale, this.#measured];
    if (mean === undefined || scale === undefined || measured === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return tf.tidy(() => {
      if (kwargs.training === true && measured.read().dataSync()[0] === 0) {
        const axes = input.shape.map((_, axis) => axis).slice(0, -1);
        const moments = tf.moments(input, axes);
        mean.write(moments.mean);
        scale.write(tf.div(1, tf.add(tf.sqrt(moments.variance), EPSILON)));
        measured.write(tf.ones([1]));
      }
      return tf.mul(tf.sub(input, mean.read()), scale.read());
    });
  }
}
