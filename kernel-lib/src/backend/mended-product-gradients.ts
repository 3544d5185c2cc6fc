import * as tf from '@tensorflow/tfjs-core';
import { sumToShape } from './mended-elementwise-gradients.ts';

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** All but the last axis of a tensor as one. */
function asRows(tensor: tf.Tensor): tf.Tensor2D {
  return tf.reshape(tensor, [-1, tensor.shape.at(-1) ?? 1]);
}

/** Whether one matrix is multiplied with many. */
function isShared(matrix: tf.Tensor, product: tf.Tensor): boolean {
  const outer = tf.util.sizeFromShape(matrix.shape.slice(0, -2));
  return outer === 1 && tf.util.sizeFromShape(product.shape.slice(0, -2)) > 1;
}

function gradientOfA(
  dy: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { transposeA, transposeB }: ProductAttributes,
): tf.Tensor {
  const gradient = transposeA
    ? tf.matMul(b, dy, transposeB, true)
    : tf.matMul(dy, b, false, !transposeB);
  return sumToShape(gradient, a.shape);
}

function gradientOfB(
  dy: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { transposeA, transposeB }: ProductAttributes,
): tf.Tensor {
  if (!transposeA && isShared(b, dy) && !isShared(a, dy)) {
    // One product over all examples, where the general case would sum a product of each.
    const [rows, gradient] = [asRows(a), asRows(dy)];
    const sum = transposeB ? tf.matMul(gradient, rows, true) : tf.matMul(rows, gradient, true);
    return tf.reshape(sum, b.shape);
  }
  const gradient = transposeB
    ? tf.matMul(dy, a, true, transposeA)
    : tf.matMul(a, dy, !transposeA, false);
  return sumToShape(gradient, b.shape);
}

/**
 * Gradient of products of matrices. That of TensorFlow.js 4.22 does not sum over the batch where one
 * matrix is multiplied with many.
 */
export const productGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, given) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const attributes = given as unknown as ProductAttributes;
      return {
        a: () => gradientOfA(dy as tf.Tensor, a, b, attributes),
        b: () => gradientOfB(dy as tf.Tensor, a, b, attributes),
      };
    },
  },
];
