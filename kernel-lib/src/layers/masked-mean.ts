import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { differentiable } from './differentiable.ts';

/**
 * The mean over the positions of a sequence at which a mask is 1. A sequence without such a position
 * has the mean 0: the count is taken as at least 1.
 *
 * @param hidden `[batch, length, size]`
 * @param mask `[batch, length]`, 0 or 1; gets no gradient
 * @returns `[batch, size]`
 */
export function maskedMean(hidden: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const [batch = 0, length = 0, size = 0] = hidden.shape;
  return differentiable({
    inputs: { hidden },
    forward(inputs, save) {
      const visible = tf.cast(mask, 'float32');
      const count = tf.maximum(tf.sum(visible, 1, true), 1);
      const shares = tf.reshape(tf.div(visible, count), [batch, 1, length]);
      save([shares]);
      return tf.reshape(tf.matMul(shares, inputs.hidden), [batch, size]);
    },
    backward: (upstream, [shares]) => ({
      hidden: () =>
        tf.matMul(shares as tf.Tensor, tf.reshape(upstream, [batch, 1, size]), true, false),
    }),
  });
}

/** `maskedMean` as a layer: takes `[hidden, mask]`. No weights. */
export class MaskedMean extends tfl.layers.Layer {
  static readonly className = 'MaskedMean';

  constructor(config: { readonly name: string }) {
    super({ name: config.name });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [hidden] = inputShape as [tfl.Shape, tfl.Shape];
    return [hidden[0] ?? null, hidden[2] ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [hidden, mask] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => maskedMean(hidden, mask));
  }
}
