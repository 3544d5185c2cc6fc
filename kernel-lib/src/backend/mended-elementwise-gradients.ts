import * as tf from '@tensorflow/tfjs-core';

/** A gradient summed over the axes along which its input was repeated. */
export function sumToShape(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], gradient.shape);
  const sum = axes.length === 0 ? gradient : tf.sum(gradient, axes);
  return tf.reshape(sum, [...shape]);
}

/** Gradients of the two inputs before they are summed over repeated axes. */
type Partials = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => { a: tf.Tensor; b: tf.Tensor };

/** The gradient of an operation of two inputs, either of which may be repeated. */
function broadcasting(
  kernelName: string,
  partial: { [input in keyof ReturnType<Partials>]: (...given: Parameters<Partials>) => tf.Tensor },
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () => sumToShape(partial.a(dy as tf.Tensor, a, b), a.shape),
        b: () => sumToShape(partial.b(dy as tf.Tensor, a, b), b.shape),
      };
    },
  };
}

const where = (dy: tf.Tensor, condition: tf.Tensor): tf.Tensor =>
  tf.mul(dy, tf.cast(condition, 'float32'));

/** The gradient of what changes in jumps: zero. */
function flat(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]?.shape ?? [])])),
  };
}

/**
 * Gradients that TensorFlow.js 4.22 has wrong: of maxima, minima and squared differences of tensors
 * that are repeated along an axis (they keep the repeated shape), of cumulative sums along any but
 * the last axis (their axes are exchanged), of products (they call a method that tensors lack); and
 * of comparisons and logical operations, which it does not have, so that `tf.where(x > 0, …)` had
 * none.
 */
export const elementwiseGradients: readonly tf.GradConfig[] = [
  broadcasting(tf.Maximum, {
    a: (dy, a, b) => where(dy, tf.greaterEqual(a, b)),
    b: (dy, a, b) => where(dy, tf.less(a, b)),
  }),
  broadcasting(tf.Minimum, {
    a: (dy, a, b) => where(dy, tf.lessEqual(a, b)),
    b: (dy, a, b) => where(dy, tf.greater(a, b)),
  }),
  broadcasting(tf.SquaredDifference, {
    a: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  }),
  ...[
    tf.Greater,
    tf.GreaterEqual,
    tf.Less,
    tf.LessEqual,
    tf.Equal,
    tf.NotEqual,
    tf.LogicalAnd,
    tf.LogicalOr,
  ].map((name) => flat(name, ['a', 'b'])),
  ...[tf.LogicalNot, tf.Any, tf.All].map((name) => flat(name, ['x'])),
  {
    kernelName: tf.Cumsum,
    gradFunc: (dy, _, attributes) => {
      const { axis, exclusive, reverse } = attributes as unknown as Readonly<{
        axis: number;
        exclusive: boolean;
        reverse: boolean;
      }>;
      return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
    },
  },
  {
    kernelName: tf.Prod,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const [x] = saved as [tf.Tensor];
      const { axis } = attributes as unknown as { axis?: number | number[] | null };
      return { x: () => productGradient(dy as tf.Tensor, x, axis ?? undefined) };
    },
  },
];

/** dy times the product of all other factors, which no division gives where one of them is zero. */
function productGradient(dy: tf.Tensor, x: tf.Tensor, axis?: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number, x.shape);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const moved = tf.transpose(x, order);
  const factors = tf.util.sizeFromShape(axes.map((i) => x.shape[i] ?? 1));
  const rows = tf.reshape(moved, [x.size / factors, factors]);
  const others = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
  const gradient = tf.reshape(tf.mul(others, tf.reshape(dy, [-1, 1])), moved.shape);
  return tf.transpose(
    gradient,
    order.map((_, i) => order.indexOf(i)),
  );
}
