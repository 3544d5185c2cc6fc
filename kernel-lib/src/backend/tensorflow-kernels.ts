import * as tf from '@tensorflow/tfjs-core';
import {
  convolutionInfo,
  type ConvolutionAttributes,
  type ConvolutionInfo,
} from './convolution-info.ts';
import { callKernels, type KernelCall, type KernelOutput } from './kernel-call.ts';
import { compose, replaceKernel, type KernelCallArguments } from './mended-composition.ts';
import {
  canBeSparse,
  nonzeroShare,
  sparseFilterGradient,
  sparseInputGradient,
} from './sparse-gradients.ts';
import {
  FLOAT32,
  runSingle,
  tensorFlowBackend,
  type OperationAttributes,
  type TensorFlowBackend,
} from './tensorflow-operations.ts';

/**
 * Kernels of the `tensorflow` backend that are replaced by faster ones with equal results.
 * `@tensorflow/tfjs-node` runs one TensorFlow operation for each operation of TensorFlow.js; some of
 * these are TensorFlow's slowest way to the result.
 */

type KernelResult = ReturnType<tf.KernelFunc>;

/**
 * Which of oneDNN's own operations are there, known after the first try of each. They are no public
 * operations of TensorFlow: it puts them in the place of public ones in graphs, but not in eager
 * calls, which go through Eigen and take longer.
 */
const privateOperations = new Map<string, boolean>();

/** Runs one of them; undefined where it does not exist, or on a graphics card. */
function runPrivate(
  backend: TensorFlowBackend,
  name: string,
  inputs: readonly tf.TensorInfo[],
  attributes: OperationAttributes,
): tf.Tensor | undefined {
  const there = privateOperations.get(name);
  if (there === false || backend.isUsingGpuDevice === true) return undefined;
  try {
    const result = runSingle(backend, name, inputs, { ...attributes, _kernel: 'MklNameChangeOp' });
    privateOperations.set(name, true);
    return result;
  } catch (error) {
    // Once it has worked, an error is one of the call.
    if (there === true) throw error;
    privateOperations.set(name, false);
    return undefined;
  }
}

/** The attributes of a convolution, or undefined if it is not one that the kernels here take. */
function convolutionAttributes({
  strides,
  pad,
  dataFormat,
  dilations,
}: ConvolutionAttributes): OperationAttributes | undefined {
  if (dataFormat !== 'NHWC' || (pad !== 'same' && pad !== 'valid')) return undefined;
  const pair = (value: [number, number] | number): number[] =>
    typeof value === 'number' ? [1, value, value, 1] : [1, ...value, 1];
  return {
    T: FLOAT32,
    strides: pair(strides),
    dilations: pair(dilations ?? 1),
    padding: pad.toUpperCase(),
    use_cudnn_on_gpu: true,
    data_format: 'NHWC',
  };
}

function hasValues(...infos: readonly tf.TensorInfo[]): boolean {
  return infos.every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));
}

/** A convolution by oneDNN alone: 5 to 15 % faster than the public operation. */
function conv2d(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { x, filter } = call.inputs as Record<'x' | 'filter', tf.TensorInfo>;
  const attributes = convolutionAttributes(call.attrs as unknown as ConvolutionAttributes);
  if (attributes === undefined || !hasValues(x, filter)) return original(call);
  const backend = call.backend as unknown as TensorFlowBackend;
  return runPrivate(backend, '_MklNativeConv2D', [x, filter], attributes) ?? original(call);
}

/**
 * Share of an output's gradient up to which it is faster to copy it into our kernels' memory and to
 * multiply only what is not zero, as it is behind max-pooling over 7 and more.
 */
const SPARSE_UP_TO = 0.15;

const shares = new WeakMap<object, number>();

/** A gradient by our kernels where that of the output is sparse; undefined where it is not. */
function sparseGradient(
  backend: tf.KernelBackend,
  info: ConvolutionInfo,
  dy: tf.TensorInfo,
  compute: (kernels: KernelCall, gradient: number) => KernelOutput[],
): tf.TensorInfo | undefined {
  if (!canBeSparse(info) || (backend as unknown as TensorFlowBackend).isUsingGpuDevice === true) {
    return undefined;
  }
  // The gradients of input and filter are asked for one after the other.
  if ((shares.get(dy.dataId) ?? 0) > SPARSE_UP_TO) return undefined;
  const [result] = callKernels(backend, (kernels) => {
    const gradient = kernels.input(dy);
    const share = nonzeroShare(kernels, gradient, tf.util.sizeFromShape(dy.shape));
    shares.set(dy.dataId, share);
    return share > SPARSE_UP_TO ? [] : compute(kernels, gradient);
  });
  return result;
}

/**
 * Gradient of the input of a convolution by oneDNN alone, which takes two thirds of the time of the
 * public operation.
 */
function conv2dBackpropInput(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const { inputShape } = call.attrs as unknown as { inputShape: number[] };
  const attributes = convolutionAttributes(call.attrs as unknown as ConvolutionAttributes);
  if (attributes === undefined || !hasValues(dy, filter)) return original(call);
  const info = convolutionInfo(inputShape, filter.shape, call.attrs);
  const sparse = sparseGradient(call.backend as tf.KernelBackend, info, dy, (kernels, gradient) =>
    sparseInputGradient(kernels, info, gradient, kernels.input(filter)),
  );
  if (sparse !== undefined) return sparse;
  const backend = call.backend as unknown as TensorFlowBackend;
  const shape = tf.tensor1d(inputShape, 'int32');
  const inputs = [shape, filter, dy];
  const result = runPrivate(backend, '_MklNativeConv2DBackpropInput', inputs, attributes);
  shape.dispose();
  return result ?? original(call);
}

/** Gradient of a filter, in the fastest way that there is for its shape. */
function conv2dBackpropFilter(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape, dataFormat } = call.attrs as unknown as ConvolutionAttributes & {
    filterShape: number[];
  };
  if (dataFormat !== 'NHWC' || !hasValues(x, dy)) return original(call);
  const info = convolutionInfo(x.shape, filterShape, call.attrs);
  const sparse = sparseGradient(call.backend as tf.KernelBackend, info, dy, (kernels, gradient) =>
    sparseFilterGradient(kernels, info, kernels.input(x), gradient),
  );
  return (
    sparse ??
    filterGradientByProduct(info, x, dy) ??
    filterGradientByOneDnn(call, filterShape) ??
    original(call)
  );
}

/**
 * Gradient of a filter of height 1 with stride 1: the input times the output's gradient shifted to
 * each tap, side by side, as one matrix product. Where a convolution narrows the channels this takes
 * two thirds of the time of TensorFlow's own operation; where it widens them the copies of the gradient
 * would cost more than they spare.
 */
function filterGradientByProduct(
  info: ConvolutionInfo,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
): tf.TensorInfo | tf.TensorInfo[] | undefined {
  const { inHeight, inWidth, outWidth, padInfo } = info;
  const { filterWidth: width, inChannels: channels, outChannels: filters } = info;
  const { filterHeight, dilationWidth, strideHeight, strideWidth } = info;
  const simple = [filterHeight, dilationWidth, strideHeight, strideWidth].every((n) => n === 1);
  if (!simple || info.outHeight !== inHeight || 2 * filters > channels) return undefined;
  const rows = info.batchSize * inHeight;
  return compose([x, dy], (input, gradient) => {
    // Position t of the input meets tap j in the output at t − j + left.
    const padded = tf.pad(tf.reshape(gradient as tf.Tensor, [rows, outWidth, filters]), [
      [0, 0],
      [width - 1 - padInfo.left, inWidth - outWidth + padInfo.left],
      [0, 0],
    ]);
    const shifted = Array.from({ length: width }, (_, tap) =>
      tf.slice(padded, [0, width - 1 - tap, 0], [rows, inWidth, filters]),
    );
    const positions = rows * inWidth;
    const taps = tf.reshape(tf.concat(shifted, 2), [positions, width * filters]);
    const flat = tf.reshape(input as tf.Tensor, [positions, channels]);
    const product = tf.reshape(tf.matMul(flat, taps, true), [channels, width, filters]);
    return tf.reshape(tf.transpose(product, [1, 0, 2]), info.filterShape);
  });
}

function filterGradientByOneDnn(
  call: KernelCallArguments,
  filterShape: readonly number[],
): tf.Tensor | undefined {
  const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const attributes = convolutionAttributes(call.attrs as unknown as ConvolutionAttributes);
  if (attributes === undefined) return undefined;
  const backend = call.backend as unknown as TensorFlowBackend;
  const shape = tf.tensor1d([...filterShape], 'int32');
  const inputs = [x, shape, dy];
  const result = runPrivate(backend, '_MklNativeConv2DBackpropFilter', inputs, attributes);
  shape.dispose();
  return result;
}

/**
 * Products of matrices, one or a batch, by oneDNN alone. The public operation goes through Eigen's
 * blocks, which takes a tenth longer for large matrices and twice as long for batches of matrices of
 * the size of an attention head.
 */
function batchMatMul(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { a, b } = call.inputs as Record<'a' | 'b', tf.TensorInfo>;
  const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  const backend = call.backend as unknown as TensorFlowBackend;
  const alike = a.shape.slice(0, -2).join() === b.shape.slice(0, -2).join();
  if (!alike || !hasValues(a, b)) return original(call);
  const product = runPrivate(backend, '_MklBatchMatMulV2', [a, b], {
    T: FLOAT32,
    adj_x: transposeA === true,
    adj_y: transposeB === true,
  });
  return product ?? original(call);
}

/** Sums of the columns of a matrix, by the operation for the gradient of a bias. */
function sum(original: tf.KernelFunc, call: KernelCallArguments): KernelResult {
  const { x } = call.inputs as Record<'x', tf.TensorInfo>;
  const { axis, keepDims } = call.attrs as { axis?: number | number[]; keepDims?: boolean };
  const columns = x.shape.length === 2 && [axis].flat().join() === '0' && keepDims !== true;
  if (!columns || !hasValues(x)) return original(call);
  const backend = call.backend as unknown as TensorFlowBackend;
  return runSingle(backend, 'BiasAddGrad', [x], { T: FLOAT32, data_format: 'NHWC' });
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
  replaceKernel('Conv2D', 'tensorflow', conv2d);
  replaceKernel('Conv2DBackpropInput', 'tensorflow', conv2dBackpropInput);
  replaceKernel('Conv2DBackpropFilter', 'tensorflow', conv2dBackpropFilter);
  replaceKernel('BatchMatMul', 'tensorflow', batchMatMul);
  replaceKernel('Sum', 'tensorflow', sum);
  replaceKernel('Step', 'tensorflow', step);
}
