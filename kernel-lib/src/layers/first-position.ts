import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The hidden state of the first position of each sequence, that of the token of start: takes
 * `[batch, length, size]`, gives `[batch, size]`. No weights.
 */
export class FirstPosition extends tfl.layers.Layer {
  static readonly className = 'FirstPosition';

  constructor(config: { readonly name: string }) {
    super({ name: config.name });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, , size] = inputShape as tfl.Shape;
    return [batch ?? null, size ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const hidden = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor3D;
    const [batch, , size] = hidden.shape;
    return tf.tidy(() => tf.reshape(tf.slice(hidden, [0, 0, 0], [-1, 1, -1]), [batch, size]));
  }
}
