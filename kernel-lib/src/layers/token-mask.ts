import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Config of a `TokenMask` layer. */
export interface TokenMaskConfig {
  readonly name: string;
  /** Tokens where the mask is 0. */
  readonly leftOut: readonly number[];
}

/**
 * Takes int32 tokens `[batch, length]` and gives an int32 mask of the same shape: 0 where the token is
 * one of those left out (padding, say), 1 elsewhere. No weights, no gradient.
 */
export class TokenMask extends tfl.layers.Layer {
  static readonly className = 'TokenMask';
  readonly leftOut: readonly number[];

  constructor(config: TokenMaskConfig) {
    super({ name: config.name });
    this.leftOut = [...new Set(config.leftOut)];
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const tokens = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    return tf.tidy(() => {
      const numbers = tf.cast(tokens, 'int32');
      const masks = this.leftOut.map((token) =>
        tf.cast(tf.notEqual(numbers, tf.scalar(token, 'int32')), 'int32'),
      );
      return masks.reduce((both, mask) => tf.mul(both, mask), tf.onesLike(numbers));
    });
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), leftOut: [...this.leftOut] };
  }
}
