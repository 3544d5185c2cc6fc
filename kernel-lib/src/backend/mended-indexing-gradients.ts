import * as tf from '@tensorflow/tfjs-core';

const sizeOf = tf.util.sizeFromShape;

/** Adds zeros around and between the values of an axis: the opposite of a slice with a stride. */
function spread(
  gradient: tf.Tensor,
  axis: number,
  { size, begin, stride }: { size: number; begin: number; stride: number },
): tf.Tensor {
  const { shape } = gradient;
  const count = shape[axis] ?? 0;
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const step = Math.abs(stride);
  const forward = stride > 0 ? gradient : tf.reverse(gradient, axis);
  const reach = (count - 1) * step + 1;
  const start = stride > 0 ? begin : begin - (reach - 1);
  const gaps = tf.pad(tf.reshape(forward, [outer * count, inner]), [
    [0, 0],
    [0, (step - 1) * inner],
  ]);
  const spaced = tf.slice(
    tf.reshape(gaps, [outer, count * step, inner]),
    [0, 0, 0],
    [outer, reach, inner],
  );
  const whole = tf.pad(spaced, [
    [0, 0],
    [start, size - start - reach],
    [0, 0],
  ]);
  return tf.reshape(whole, [...shape.slice(0, axis), size, ...shape.slice(axis + 1)]);
}

interface StridedSliceAttributes {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

function stridedSliceGradient(
  dy: tf.Tensor,
  shape: readonly number[],
  attributes: StridedSliceAttributes,
): tf.Tensor {
  if (dy.size === 0) return tf.zeros([...shape]);
  const { begin, end, strides } = tf.slice_util.sliceInfo(
    [...shape],
    attributes.begin,
    attributes.end,
    attributes.strides,
    attributes.beginMask,
    attributes.endMask,
    attributes.ellipsisMask,
    attributes.newAxisMask,
    attributes.shrinkAxisMask,
  );
  // The result may have lost axes, or have new ones: all of size 1.
  const sliced = tf.reshape(dy, tf.slice_util.computeOutShape(begin, end, strides));
  return shape.reduce<tf.Tensor>(
    (gradient, size, axis) =>
      gradient.shape[axis] === size && strides[axis] === 1
        ? gradient
        : spread(gradient, axis, { size, begin: begin[axis] ?? 0, stride: strides[axis] ?? 1 }),
    sliced,
  );
}

/**
 * Gradient of `tf.gather`: the rows of dy are added to the rows that they were taken from, all in
 * one sum of segments; what lies before the axis becomes part of the number of a row.
 */
function gatherGradient(
  dy: tf.Tensor,
  shape: readonly number[],
  indices: tf.Tensor,
  { axis, batchDims }: { axis: number; batchDims: number },
): tf.Tensor {
  const along = axis < 0 ? axis + shape.length : axis;
  const size = shape[along] ?? 0;
  const batch = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, along));
  const taken = sizeOf(indices.shape.slice(batchDims));
  const inner = sizeOf(shape.slice(along + 1));
  const rows = tf.reshape(tf.cast(indices, 'int32'), [batch, 1, taken]);
  const starts = tf.range(0, batch * outer * size, Math.max(size, 1), 'int32');
  const numbers = batch * outer === 1 ? rows : tf.add(rows, tf.reshape(starts, [batch, outer, 1]));
  const sums = tf.unsortedSegmentSum(
    tf.reshape(dy, [batch * outer * taken, inner]),
    tf.reshape(numbers, [-1]) as tf.Tensor1D,
    batch * outer * size,
  );
  return tf.reshape(sums, [...shape]);
}

/** Gradient of `tf.tile`: sums over the repetitions, axis by axis. */
function tileGradient(
  dy: tf.Tensor,
  shape: readonly number[],
  repetitions: readonly number[],
): tf.Tensor {
  return shape.reduce<tf.Tensor>((gradient, size, axis) => {
    const times = repetitions[axis] ?? 1;
    if (times === 1) return gradient;
    const [before, behind] = [gradient.shape.slice(0, axis), gradient.shape.slice(axis + 1)];
    const parts = tf.reshape(gradient, [sizeOf(before), times, size * sizeOf(behind)]);
    return tf.reshape(tf.sum(parts, 1), [...before, size, ...behind]);
  }, dy);
}

/** Gradient of mirrored borders: they are added to the values that they mirror, axis by axis. */
function mirrorPadGradient(
  dy: tf.Tensor,
  shape: readonly number[],
  { paddings, mode }: { paddings: [number, number][]; mode: 'reflect' | 'symmetric' },
): tf.Tensor {
  // `reflect` does not repeat the value at the border itself.
  const skipped = mode === 'reflect' ? 1 : 0;
  return shape.reduce<tf.Tensor>((gradient, size, axis) => {
    const [before = 0, behind = 0] = paddings[axis] ?? [];
    if (before === 0 && behind === 0) return gradient;
    const [outside, inside] = [gradient.shape.slice(0, axis), gradient.shape.slice(axis + 1)];
    const [outer, inner] = [sizeOf(outside), sizeOf(inside)];
    const flat = tf.reshape(gradient, [outer, before + size + behind, inner]);
    const part = (from: number, count: number): tf.Tensor =>
      tf.slice(flat, [0, from, 0], [outer, count, inner]);
    const mirrored = (from: number, count: number, at: number): tf.Tensor[] =>
      count === 0
        ? []
        : [
            tf.pad(tf.reverse(part(from, count), 1), [
              [0, 0],
              [at, size - count - at],
              [0, 0],
            ]),
          ];
    const sum = tf.addN([
      part(before, size),
      ...mirrored(0, before, skipped),
      ...mirrored(before + size, behind, size - behind - skipped),
    ]);
    return tf.reshape(sum, [...outside, size, ...inside]);
  }, dy);
}

/** Gradient of the largest values of each row: they go back to where they were. */
function topKGradient(dy: tf.Tensor, shape: readonly number[], places: tf.Tensor): tf.Tensor {
  const size = shape.at(-1) ?? 1;
  const [rows, count] = [sizeOf([...shape]) / size, places.shape.at(-1) ?? 1];
  const starts = tf.reshape(tf.range(0, rows * size, size, 'int32'), [rows, 1]);
  const numbers = tf.add(tf.reshape(tf.cast(places, 'int32'), [rows, count]), starts);
  const sums = tf.unsortedSegmentSum(
    tf.reshape(dy, [rows * count]),
    tf.reshape(numbers, [-1]) as tf.Tensor1D,
    rows * size,
  );
  return tf.reshape(sums, [...shape]);
}

/**
 * Gradients of operations that choose or repeat values: of slices with strides, `tf.gatherND`,
 * `tf.scatterND` and `tf.topk`, which TensorFlow.js 4.22 does not have; of `tf.gather` with batch
 * dimensions, which calls methods that tensors lack; of `tf.mirrorPad`, which leaves out the mirrored
 * values; and of `tf.tile`, which takes one addition a repetition and at most four axes.
 */
export const indexingGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.StridedSlice,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () =>
        stridedSliceGradient(
          dy as tf.Tensor,
          x?.shape ?? [],
          attributes as unknown as StridedSliceAttributes,
        ),
    }),
  },
  {
    kernelName: tf.GatherV2,
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, saved, attributes) => {
      const [x, indices] = saved as [tf.Tensor, tf.Tensor];
      return {
        x: () =>
          gatherGradient(
            dy as tf.Tensor,
            x.shape,
            indices,
            attributes as unknown as { axis: number; batchDims: number },
          ),
        indices: () => tf.zeros(indices.shape),
      };
    },
  },
  {
    kernelName: tf.GatherNd,
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, saved) => {
      const [params, indices] = saved as [tf.Tensor, tf.Tensor];
      return {
        params: () => tf.scatterND(indices, dy as tf.Tensor, params.shape),
        indices: () => tf.zeros(indices.shape),
      };
    },
  },
  {
    kernelName: tf.ScatterNd,
    inputsToSave: ['indices'],
    gradFunc: (dy, [indices]) => ({
      updates: () => tf.gatherND(dy as tf.Tensor, indices as tf.Tensor),
      indices: () => tf.zeros(indices?.shape ?? []),
    }),
  },
  {
    kernelName: tf.TopK,
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [x, places] = saved as [tf.Tensor, tf.Tensor];
      return { x: () => topKGradient((dys as tf.Tensor[])[0] as tf.Tensor, x.shape, places) };
    },
  },
  {
    kernelName: tf.MirrorPad,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () =>
        mirrorPadGradient(
          dy as tf.Tensor,
          x?.shape ?? [],
          attributes as unknown as { paddings: [number, number][]; mode: 'reflect' | 'symmetric' },
        ),
    }),
  },
  {
    kernelName: tf.Tile,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () =>
        tileGradient(
          dy as tf.Tensor,
          x?.shape ?? [],
          (attributes as unknown as { reps: number[] }).reps,
        ),
    }),
  },
];
