import * as tf from '@tensorflow/tfjs-core';
import { callKernels } from './kernel-call.ts';
import { compose, type KernelCallArguments } from './mended-composition.ts';
import { partsFor } from './kernel-parts.ts';

/** Columns that a part has at least: two lines of the cache, of which no other part writes. */
const LEAST_COLUMNS = 32;

/** Sums of rows by segment: the gradient of a gather. Rows of a negative number are left out. */
export function unsortedSegmentSum(call: KernelCallArguments): tf.TensorInfo {
  const { x, segmentIds } = call.inputs as Record<'x' | 'segmentIds', tf.TensorInfo>;
  const { numSegments } = call.attrs as unknown as { numSegments: number };
  if (x.dtype !== 'float32') {
    return compose([x, segmentIds], (values, segments) =>
      tf.cast(
        tf.unsortedSegmentSum(tf.cast(values, 'float32'), segments as tf.Tensor1D, numSegments),
        x.dtype,
      ),
    );
  }
  const inner = x.shape.slice(segmentIds.shape.length);
  const rows = tf.util.sizeFromShape(segmentIds.shape);
  const columns = tf.util.sizeFromShape(inner);
  return callKernels(call.backend, (kernels) => {
    const output = kernels.output([numSegments, ...inner]);
    const stretches = Math.max(1, Math.floor(columns / LEAST_COLUMNS));
    kernels.run('segmentSum', partsFor(stretches, rows * columns), columns, [
      kernels.input(x),
      kernels.input(segmentIds),
      rows,
      columns,
      numSegments,
      output.at,
    ]);
    return [output];
  })[0] as tf.TensorInfo;
}
