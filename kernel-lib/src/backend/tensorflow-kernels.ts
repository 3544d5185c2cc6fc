import * as tf from '@tensorflow/tfjs-core';
import { compose, replaceKernel, type KernelCallArguments } from './mended-composition.ts';
import {
  FLOAT32,
  runSingle,
  tensorFlowBackend,
  type TensorFlowBackend,
} from './tensorflow-operations.ts';

/**
 * Kernels of the `tensorflow` backend that are replaced by faster ones with equal results.
 * `@tensorflow/tfjs-node` runs one TensorFlow operation for each operation of TensorFlow.js; some of
 * these are TensorFlow's slowest way to the result.
 */

type KernelResult = ReturnType<tf.KernelFunc>;
type Shape4D = [number, number, number, number];

interface Conv2DAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function convolutionInfo(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, pad, dimRoundingMode }: Conv2DAttributes,
): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    'channelsLast',
  );
}

/**
 * Gradient of the input of a convolution with stride 1: a convolution of the output's gradient with
 * the filter turned round. TensorFlow's own operation takes 1.7 times as long.
 */
function conv2dBackpropInput(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const attributes = call.attrs as unknown as Conv2DAttributes & { inputShape: Shape4D };
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const filterShape = filter.shape as Shape4D;
  const info = convolutionInfo(attributes.inputShape, filterShape, attributes);
  if (attributes.dataFormat !== 'NHWC' || info.strideHeight !== 1 || info.strideWidth !== 1) {
    return original(call);
  }
  const [height, width] = filterShape;
  const { padInfo } = info;
  return compose([dy, filter], (gradient, weights) => {
    const turned = tf.transpose(tf.reverse(weights as tf.Tensor4D, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(gradient as tf.Tensor4D, turned as tf.Tensor4D, 1, [
      [0, 0],
      [height - 1 - padInfo.top, height - 1 - padInfo.bottom],
      [width - 1 - padInfo.left, width - 1 - padInfo.right],
      [0, 0],
    ]);
  });
}

/**
 * Gradient of a filter of height 1 with stride 1: the input times the output's gradient shifted to
 * each tap, side by side, as one matrix product. Where a convolution narrows the channels this takes
 * two thirds of the time of TensorFlow's own operation; where it widens them the copies of the gradient
 * would cost more than they spare.
 */
function conv2dBackpropFilter(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const attributes = call.attrs as unknown as Conv2DAttributes & { filterShape: Shape4D };
  const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape, dataFormat } = attributes;
  const info = convolutionInfo(x.shape as Shape4D, filterShape, attributes);
  const [height, width, channels, filters] = filterShape;
  const simple =
    dataFormat === 'NHWC' && height === 1 && info.strideHeight === 1 && info.strideWidth === 1;
  if (!simple || info.outHeight !== info.inHeight || 2 * filters > channels) return original(call);
  const { left } = info.padInfo;
  const rows = info.batchSize * info.inHeight;
  const { inWidth, outWidth } = info;
  return compose([x, dy], (input, gradient) => {
    // Position t of the input meets tap j in the output at t − j + left.
    const padded = tf.pad(tf.reshape(gradient as tf.Tensor, [rows, outWidth, filters]), [
      [0, 0],
      [width - 1 - left, inWidth - outWidth + left],
      [0, 0],
    ]);
    const shifted = Array.from({ length: width }, (_, tap) =>
      tf.slice(padded, [0, width - 1 - tap, 0], [rows, inWidth, filters]),
    );
    const positions = rows * inWidth;
    const taps = tf.reshape(tf.concat(shifted, 2), [positions, width * filters]);
    const flat = tf.reshape(input as tf.Tensor, [positions, channels]);
    const product = tf.reshape(tf.matMul(flat, taps, true), [channels, width, filters]);
    return tf.reshape(tf.transpose(product, [1, 0, 2]), filterShape);
  });
}

/** Whether oneDNN's batched product, which is no public operation, is there; unknown before a try. */
let fastBatchedProduct: boolean | undefined;

/**
 * Products of batches of matrices by oneDNN. The public operation goes through Eigen, which takes
 * twice as long for matrices of the size of an attention head.
 */
function batchMatMul(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { a, b } = call.inputs as Record<'a' | 'b', tf.TensorInfo>;
  const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  const backend = call.backend as unknown as TensorFlowBackend;
  const batched =
    a.dtype === 'float32' &&
    b.dtype === 'float32' &&
    a.shape.length > 2 &&
    a.shape.slice(0, -2).join() === b.shape.slice(0, -2).join() &&
    [...a.shape, ...b.shape].every((size) => size > 0);
  if (!batched || fastBatchedProduct === false || backend.isUsingGpuDevice === true) {
    return original(call);
  }
  try {
    const product = runSingle(backend, '_MklBatchMatMulV2', [a, b], {
      T: FLOAT32,
      adj_x: transposeA === true,
      adj_y: transposeB === true,
      _kernel: 'MklNameChangeOp',
    });
    fastBatchedProduct = true;
    return product;
  } catch (error) {
    // Once it has worked, an error is one of the call.
    if (fastBatchedProduct === true) throw error;
    fastBatchedProduct = false;
    return original(call);
  }
}

/** 1 above zero, 0 elsewhere, NaN for NaN: two operations where the package runs five. */
function step(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { x } = call.inputs as Record<'x', tf.TensorInfo>;
  const { alpha = 0 } = call.attrs as { alpha?: number };
  if (alpha !== 0 || x.dtype !== 'float32') return original(call);
  return compose([x], (input) => tf.relu(tf.sign(input)));
}

let registered = false;

/** Registers them on the `tensorflow` backend, which is the current one; again changes nothing. */
export function registerTensorFlowKernels(): void {
  if (registered || tensorFlowBackend() === undefined) return;
  registered = true;
  replaceKernel('Conv2DBackpropInput', 'tensorflow', conv2dBackpropInput);
  replaceKernel('Conv2DBackpropFilter', 'tensorflow', conv2dBackpropFilter);
  replaceKernel('BatchMatMul', 'tensorflow', batchMatMul);
  replaceKernel('Step', 'tensorflow', step);
}
