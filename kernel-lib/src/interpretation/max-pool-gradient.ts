import * as tf from '@tensorflow/tfjs-core';

/** A max pooling, as TensorFlow.js records it. */
export interface MaxPooling {
  /** Input `[batch, height, width, channels]`. */
  readonly x: tf.Tensor;
  /** Output `[batch, pooled height, pooled width, channels]`. */
  readonly output: tf.Tensor;
  readonly attrs: Parameters<tf.GradFunc>[2];
  /** TensorFlow.js's own gradient for given input and output. */
  original(dy: tf.Tensor, x: tf.Tensor, output: tf.Tensor): tf.Tensor;
}

/**
 * The gradient of max pooling: puts a value of each window at its maximum; equal maxima share it.
 *
 * TensorFlow.js gives all of it to one of several equal maxima, which would make contributions depend
 * on the order of positions. Windows along one axis that do not overlap, as in sequence models, are
 * therefore done by comparison with the output.
 *
 * @param values shape of the output
 * @returns shape of the input
 */
export function maxPoolGradient(values: tf.Tensor, pooling: MaxPooling): tf.Tensor {
  const { x, output, original } = pooling;
  const size = windowAlongOneAxis(pooling);
  if (size === undefined) return original(values, x, output);
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const length = height * width;
  const windows = output.size / (batch * channels);
  const used = windows * size;
  const flat = tf.reshape(x, [batch, length, channels]);
  const cut = used === length ? flat : tf.slice(flat, [0, 0, 0], [batch, used, channels]);
  const byWindow = tf.reshape(cut, [batch * windows, size, channels]);
  const tops = tf.reshape(output, [batch * windows, 1, channels]);
  // An arithmetic mask: below the maximum the difference is negative, at it zero.
  const isTop = tf.sub(1, tf.step(tf.sub(tops, byWindow)));
  const share = tf.div(tf.reshape(values, tops.shape), tf.sum(isTop, 1, true));
  const spread = tf.reshape(tf.mul(isTop, share), [batch, used, channels]);
  const whole =
    used === length
      ? spread
      : tf.pad(spread, [
          [0, 0],
          [0, length - used],
          [0, 0],
        ]);
  return tf.reshape(whole, x.shape);
}

/** Size of the windows where they lie end to end along the only axis longer than 1. */
function windowAlongOneAxis({ x, output, attrs }: MaxPooling): number | undefined {
  const pair = (value: unknown): number[] =>
    Array.isArray(value) ? (value as number[]) : [value as number, value as number];
  const filter = pair(attrs['filterSize']);
  const strides = pair(attrs['strides']);
  if (x.rank !== 4) return undefined;
  for (const [axis, other] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const size = filter[axis - 1] ?? 0;
    const isFlat = x.shape[other] === 1 && output.shape[other] === 1;
    const fits = (output.shape[axis] ?? 0) * size <= (x.shape[axis] ?? 0);
    if (isFlat && fits && size === strides[axis - 1] && attrs['pad'] === 'valid') return size;
  }
  return undefined;
}
