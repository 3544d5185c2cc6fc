import * as tf from '@tensorflow/tfjs-core';

type Tensors<Names extends string> = Record<Names, tf.Tensor>;

/** An operation with a gradient of its own. */
export interface DifferentiableOperation<Names extends string> {
  /** What the operation takes; gradients flow to all of them. */
  readonly inputs: Tensors<Names>;
  /** @param save keeps tensors for the gradient, in this order */
  forward(inputs: Tensors<Names>, save: (tensors: tf.Tensor[]) => void): tf.Tensor;
  /**
   * The gradient of each input, as a function that is called only where it is needed: a frozen
   * weight costs nothing. Runs outside of a tidy; each returned function runs inside one.
   */
  backward(upstream: tf.Tensor, saved: readonly tf.Tensor[]): Record<Names, () => tf.Tensor>;
}

interface CustomGradientEngine {
  runKernelFunc(call: {
    forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor;
    backwardsFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
    inputs: tf.NamedTensorMap;
  }): tf.Tensor;
}

/**
 * Runs an operation whose gradient is written by hand. It differs from `tf.customGrad` in that
 * gradients of inputs that are not asked for are not computed, and in that what a gradient allocates
 * on the way is freed at once and not at the end of the whole backward pass.
 */
export function differentiable<Names extends string>({
  inputs,
  forward,
  backward,
}: DifferentiableOperation<Names>): tf.Tensor {
  // `tf.customGrad` calls the same method of the engine.
  const engine = tf.engine() as unknown as CustomGradientEngine;
  return engine.runKernelFunc({
    forwardFunc: (_, save) => forward(inputs, save),
    backwardsFunc: backward,
    inputs,
  });
}

/** All but the last axis of a tensor as one: `[rows, columns]`. */
export function asRows(tensor: tf.Tensor): tf.Tensor2D {
  if (tensor.rank === 2) return tensor as tf.Tensor2D;
  const columns = tensor.shape.at(-1) ?? 1;
  return tf.reshape(tensor, [tensor.size / Math.max(columns, 1), columns]);
}

/** A tensor of `[rows, columns]` in a shape of as many values. */
export function inShape(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return tensor.rank === shape.length ? tensor : tf.reshape(tensor, [...shape]);
}
