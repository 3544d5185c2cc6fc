import * as tf from '@tensorflow/tfjs-core';
import {
  FLOAT32,
  INT32,
  runOperation,
  tensorFlowBackend,
} from '../backend/tensorflow-operations.ts';
import { asRows, differentiable } from '../layers/differentiable.ts';

/** Label of a position that takes no part in a loss, as in PyTorch and Hugging Face. */
export const IGNORED_LABEL = -100;

/**
 * Cross entropy of the softmax of scores against the number of the right class:
 * log Σ exp(scores) − score of the class, 0 where the label is `IGNORED_LABEL`.
 *
 * @param labels int32 `[…]`: classes, or `IGNORED_LABEL`
 * @param scores `[…, classes]`, unnormalised (logits)
 * @returns one loss a row of scores, `[rows]`
 */
export function sparseCrossEntropy(labels: tf.Tensor, scores: tf.Tensor): tf.Tensor1D {
  return differentiable({
    inputs: { scores },
    forward(inputs, save) {
      const flat = tf.cast(tf.reshape(labels, [-1]), 'int32');
      const counted = tf.cast(tf.notEqual(flat, IGNORED_LABEL), 'float32');
      const classes = tf.maximum(flat, tf.scalar(0, 'int32'));
      const { losses, gradient } = lossAndGradient(asRows(inputs.scores), classes);
      save([gradient, counted]);
      return tf.mul(losses, counted);
    },
    backward: (upstream, [gradient, counted]) => ({
      scores() {
        const factors = tf.expandDims(tf.mul(upstream, counted as tf.Tensor), 1);
        return tf.reshape(tf.mul(gradient as tf.Tensor, factors), scores.shape);
      },
    }),
  }) as tf.Tensor1D;
}

/**
 * The loss of masked language modelling: the mean cross entropy over all positions with a label.
 *
 * @param labels int32 `[…]`: tokens, or `IGNORED_LABEL`
 * @param scores `[…, vocabulary]`
 * @returns a scalar; 0 where no position has a label
 */
export function maskedLanguageLoss(labels: tf.Tensor, scores: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const counted = tf.sum(tf.cast(tf.notEqual(labels, IGNORED_LABEL), 'float32'));
    const total = tf.sum(sparseCrossEntropy(labels, scores));
    return tf.div(total, tf.maximum(counted, 1));
  });
}

/** Loss of each row, and the gradient of each loss: softmax − one-hot. */
function lossAndGradient(
  scores: tf.Tensor2D,
  classes: tf.Tensor,
): { losses: tf.Tensor; gradient: tf.Tensor } {
  const native = tensorFlowBackend();
  if (native !== undefined) {
    const [losses, gradient] = runOperation(
      native,
      'SparseSoftmaxCrossEntropyWithLogits',
      [scores, classes],
      { T: FLOAT32, Tlabels: INT32 },
      2,
    ) as [tf.Tensor, tf.Tensor];
    return { losses, gradient };
  }
  const shifted = tf.sub(scores, tf.max(scores, 1, true));
  const exponentials = tf.exp(shifted);
  const sums = tf.sum(exponentials, 1, true);
  const right = tf.cast(tf.oneHot(classes as tf.Tensor1D, scores.shape[1]), 'float32');
  const losses = tf.sub(tf.squeeze(tf.log(sums), [1]), tf.sum(tf.mul(shifted, right), 1));
  return { losses, gradient: tf.sub(tf.div(exponentials, sums), right) };
}
