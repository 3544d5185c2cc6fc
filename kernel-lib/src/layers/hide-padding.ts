import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * Sets hidden states to zero where a mask is 0: takes `[hidden, mask]` of `[batch, length, size]` and
 * `[batch, length]`, gives the shape of `hidden`. No weights; the mask gets no gradient.
 */
export class HidePadding extends tfl.layers.Layer {
  static readonly className = 'HidePadding';

  constructor(config: { readonly name: string }) {
    super({ name: config.name });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return (inputShape as tfl.Shape[])[0] as tfl.Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [hidden, mask] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => tf.mul(hidden, tf.expandDims(tf.cast(mask, 'float32'), 2)));
  }
}
