import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { asRows } from './differentiable.ts';
import { embeddingLookup } from './token-and-position-embedding.ts';

/**
 * Takes hidden states `[batch, length, size]` and int32 positions `[batch, count]` of each example, and
 * gives the states at these positions, `[batch, count, size]`. A position may be named more than once.
 * No weights.
 */
export class GatherPositions extends tfl.layers.Layer {
  static readonly className = 'GatherPositions';

  constructor(config: { readonly name: string }) {
    super({ name: config.name });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [hidden, positions] = inputShape as [tfl.Shape, tfl.Shape];
    return [hidden[0] ?? null, positions[1] ?? null, hidden[2] ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [hidden, positions] = inputs as [tf.Tensor, tf.Tensor];
    const [batch = 0, length = 0] = hidden.shape;
    return tf.tidy(() => {
      const starts = tf.reshape(tf.range(0, batch * length, length, 'int32'), [batch, 1]);
      return embeddingLookup(asRows(hidden), tf.add(tf.cast(positions, 'int32'), starts));
    });
  }
}
