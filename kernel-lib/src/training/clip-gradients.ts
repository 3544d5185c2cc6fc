import * as tf from '@tensorflow/tfjs-core';
import type { ClipOptions } from './clip-options.ts';

/** A gradient, or undefined where the loss does not depend on the weight. */
export type Gradient = tf.Tensor | undefined;

const SMALLEST_WEIGHT_NORM = 1e-3;
const SMALLEST_GRADIENT_NORM = 1e-6;

/**
 * Clips gradients; the result is new tensors, the caller keeps and disposes both.
 *
 * @param weights the weights, in the order of the gradients
 */
export function clipGradients(
  gradients: readonly Gradient[],
  weights: readonly tf.Tensor[],
  { value, variableNorm, globalNorm, adaptive }: ClipOptions,
): Gradient[] {
  const each = (clip: (gradient: tf.Tensor, index: number) => tf.Tensor) =>
    gradients.map((gradient, index) =>
      gradient === undefined ? undefined : tf.tidy(() => clip(gradient, index)),
    );
  if (value !== undefined) return each((gradient) => tf.clipByValue(gradient, -value, value));
  if (variableNorm !== undefined) {
    return each((gradient) => tf.mul(gradient, scaleTo(variableNorm, tf.norm(gradient))));
  }
  if (globalNorm !== undefined) {
    const scale = tf.tidy(() => scaleTo(globalNorm, tf.sqrt(sumOfSquares(gradients))));
    const clipped = each((gradient) => tf.mul(gradient, scale));
    scale.dispose();
    return clipped;
  }
  if (adaptive !== undefined) {
    return each((gradient, index) => {
      const weight = weights[index] ?? gradient;
      const gradientNorm = unitNorm(gradient);
      const largest = tf.mul(tf.maximum(unitNorm(weight), SMALLEST_WEIGHT_NORM), adaptive);
      const scale = tf.minimum(
        tf.div(largest, tf.maximum(gradientNorm, SMALLEST_GRADIENT_NORM)),
        1,
      );
      return tf.mul(gradient, scale);
    });
  }
  return each((gradient) => tf.clone(gradient));
}

function scaleTo(limit: number, norm: tf.Tensor): tf.Tensor {
  // x / max(x, limit) without dividing by zero
  return tf.div(limit, tf.maximum(norm, limit));
}

function sumOfSquares(gradients: readonly Gradient[]): tf.Tensor {
  return tf.addN(
    gradients.flatMap((gradient) => (gradient === undefined ? [] : [tf.sum(tf.square(gradient))])),
  );
}

/** Norms of units as Basenji takes them: vectors whole, matrices and 1-D kernels along axis 0. */
function unitNorm(values: tf.Tensor): tf.Tensor {
  const squares = tf.square(values);
  if (values.rank <= 1) return tf.sqrt(tf.sum(squares));
  return tf.sqrt(tf.sum(squares, values.rank === 4 ? [0, 1, 2] : [0], true));
}
