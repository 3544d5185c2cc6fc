import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';

/** What `scaledDotProductAttention` takes besides queries, keys and values. */
export interface AttentionOptions {
  /**
   * Added to the scores before the softmax, broadcast to `[batch, heads, queries, keys]`: a large
   * negative number hides a key. No gradient flows into it.
   */
  readonly bias?: tf.Tensor;
  /** Factors of the probabilities, `[batch, heads, queries, keys]`: a dropout mask. */
  readonly mask?: tf.Tensor;
}

/**
 * softmax(queries · keysᵀ / √size) · values for each head (Vaswani et al. 2017).
 *
 * Forward it takes two batched products and a softmax; backward four products, and the sums that the
 * gradient of the softmax needs are taken over the outputs, not over the larger probabilities.
 *
 * @param queries `[batch, heads, queries, size]`
 * @param keys `[batch, heads, keys, size]`
 * @param values `[batch, heads, keys, size]`
 * @returns `[batch, heads, queries, size]`
 */
export function scaledDotProductAttention(
  queries: tf.Tensor,
  keys: tf.Tensor,
  values: tf.Tensor,
  { bias, mask }: AttentionOptions = {},
): tf.Tensor {
  const scale = 1 / Math.sqrt(queries.shape[3] ?? 1);
  return differentiable({
    inputs: { queries, keys, values },
    forward(inputs, save) {
      const scaled = tf.mul(inputs.queries, scale);
      const products = tf.matMul(scaled, inputs.keys, false, true);
      const scores = bias === undefined ? products : tf.add(products, bias);
      const probabilities = tf.softmax(scores);
      const dropped = mask === undefined ? probabilities : tf.mul(probabilities, mask);
      const output = tf.matMul(dropped, inputs.values);
      const kept = mask === undefined ? [] : [dropped, mask];
      save([scaled, inputs.keys, inputs.values, output, probabilities, ...kept]);
      return output;
    },
    backward(upstream, saved) {
      const [scaled, savedKeys, savedValues, output, probabilities, dropped, savedMask] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor?,
        tf.Tensor?,
      ];
      // Computed at once, because two inputs need it; an outer scope frees it if the last does not.
      const scores = tf.tidy(() => {
        const sums = tf.sum(tf.mul(upstream, output), -1, true);
        const direct = tf.matMul(upstream, savedValues, false, true);
        const ofProbabilities = savedMask === undefined ? direct : tf.mul(direct, savedMask);
        return tf.mul(tf.sub(ofProbabilities, sums), probabilities);
      });
      return {
        queries: () => tf.mul(tf.matMul(scores, savedKeys), scale),
        keys: () => tf.matMul(scores, scaled, true),
        values() {
          scores.dispose();
          return tf.matMul(dropped ?? probabilities, upstream, true);
        },
      };
    },
  });
}
