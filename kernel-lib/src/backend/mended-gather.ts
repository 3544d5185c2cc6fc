import * as tf from '@tensorflow/tfjs-core';
import { compose, type KernelCallArguments } from './mended-composition.ts';

interface GatherAttributes {
  readonly axis: number;
  readonly batchDims: number;
}

const sizeOf = tf.util.sizeFromShape;

/** Rows of each example by its own indices: all axes before `axis` become part of a row's number. */
function gatherOfBatch(
  x: tf.Tensor,
  indices: tf.Tensor,
  { axis, batchDims }: GatherAttributes,
): tf.Tensor {
  const { shape } = x;
  const size = shape[axis] ?? 1;
  const [batch, outer] = [sizeOf(shape.slice(0, batchDims)), sizeOf(shape.slice(batchDims, axis))];
  const inner = shape.slice(axis + 1);
  const starts = tf.range(0, batch * outer * size, size, 'int32');
  const numbers = tf.add(
    tf.reshape(tf.cast(indices, 'int32'), [batch, 1, -1]),
    tf.reshape(starts, [batch, outer, 1]),
  );
  const rows = tf.gather(
    tf.reshape(x, [batch * outer * size, sizeOf(inner)]),
    tf.reshape(numbers, [-1]) as tf.Tensor1D,
  );
  return tf.reshape(rows, [...shape.slice(0, axis), ...indices.shape.slice(batchDims), ...inner]);
}

/**
 * `tf.gather` of any axis and number of batch dimensions: with batch dimensions the kernel of `wasm`
 * takes the indices of the wrong example, and that of `tensorflow` does not know negative axes.
 */
export function gather(
  original: tf.KernelFunc,
  call: KernelCallArguments,
): tf.TensorInfo | tf.TensorInfo[] {
  const { x, indices } = call.inputs as Record<'x' | 'indices', tf.TensorInfo>;
  const { axis, batchDims } = call.attrs as unknown as GatherAttributes;
  const along = axis < 0 ? axis + x.shape.length : axis;
  const isEmpty = sizeOf(x.shape) === 0 || sizeOf(indices.shape) === 0;
  if (batchDims === 0 || isEmpty) {
    return original({ ...call, attrs: { ...call.attrs, axis: along } });
  }
  const attributes = {
    axis: along,
    batchDims: batchDims < 0 ? batchDims + x.shape.length : batchDims,
  };
  return compose([x, indices], (values, numbers) =>
    gatherOfBatch(values as tf.Tensor, numbers as tf.Tensor, attributes),
  );
}
