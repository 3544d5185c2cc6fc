import * as tf from '@tensorflow/tfjs-core';
import { copyRows, kernelCall, LANES } from './kernel-module.ts';

/**
 * Kernels that the `wasm` backend of TensorFlow.js lacks or computes slowly and that training
 * needs, composed from kernels that it has.
 */

/** A tensor on the data of a kernel's input, freed when the surrounding tidy ends. */
function asTensor<T extends tf.Tensor>(info: tf.TensorInfo): T {
  return tf.engine().makeTensorFromTensorInfo({
    dataId: info.dataId,
    shape: info.shape,
    dtype: info.dtype,
  }) as T;
}

/**
 * Runs a composition inside a kernel. The handles on the inputs are made inside the tidy, whose end
 * would free the inputs' data with them; one more reference keeps the data.
 */
function compose(inputs: tf.TensorInfo[], body: (...tensors: tf.Tensor[]) => tf.Tensor): tf.Tensor {
  const backend = tf.backend() as unknown as { incRef(dataId: object): void };
  return tf.tidy(() => {
    for (const { dataId } of inputs) backend.incRef(dataId);
    return body(...inputs.map((info) => asTensor(info)));
  });
}

interface Conv2DAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];

function conv2dInfo(
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

interface DataAccess {
  readSync(dataId: object): Float32Array;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
}

/** Gradient of a filter of height 1 with stride 1, by our own kernel; each row is an example. */
function conv1dBackpropFilter(
  access: DataAccess,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inWidth, outWidth, inChannels, outChannels, filterWidth, padInfo } = info;
  const rows = info.batchSize * info.inHeight;
  const { exports, arena } = kernelCall();
  const columns = Math.ceil(outChannels / LANES) * LANES;
  const size = filterWidth * inChannels;
  const paddedLength = (padInfo.left + inWidth + padInfo.right) * inChannels;
  const inputAt = arena.reserve(paddedLength * 4);
  const gradientAt = arena.reserve(outWidth * columns * 4);
  const resultAt = arena.reserve(size * columns * 4);
  arena.commit();
  const input = arena.floats(inputAt, paddedLength).fill(0);
  const gradient = arena.floats(gradientAt, outWidth * columns);
  const result = arena.floats(resultAt, size * columns).fill(0);
  const inputs = access.readSync(x.dataId);
  const gradients = access.readSync(dy.dataId);
  const inputSize = inWidth * inChannels;
  const outputSize = outWidth * outChannels;
  for (let example = 0; example < rows; example++) {
    input.set(
      inputs.subarray(example * inputSize, (example + 1) * inputSize),
      padInfo.left * inChannels,
    );
    copyRows(
      gradients.subarray(example * outputSize, (example + 1) * outputSize),
      outChannels,
      gradient,
      columns,
    );
    exports.accumulateOuterProducts(
      inputAt,
      inChannels,
      gradientAt,
      outWidth,
      size,
      columns,
      resultAt,
    );
  }
  const values = new Float32Array(size * outChannels);
  copyRows(result, columns, values, outChannels);
  const shape = [1, filterWidth, inChannels, outChannels];
  return { dataId: access.write(values, shape, 'float32'), shape, dtype: 'float32' };
}

/**
 * Gradient of the filter of a convolution: the patches that each tap saw, side by side, times the
 * gradient of the output, as one matrix product.
 */
function conv2dBackpropFilter({
  inputs,
  attrs,
  backend,
}: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const attributes = attrs as unknown as Conv2DAttributes & { filterShape: Shape4D };
  const { x, dy } = inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape } = attributes;
  const info = conv2dInfo(x.shape as Shape4D, filterShape, attributes);
  const [height, width, inChannels, outChannels] = filterShape;
  const { padInfo, strideHeight, strideWidth, outHeight, outWidth, batchSize } = info;
  if (height === 1 && strideHeight === 1 && strideWidth === 1 && info.outHeight === info.inHeight) {
    return conv1dBackpropFilter(backend as DataAccess, x, dy, info);
  }
  return compose([x, dy], (input, gradient) => {
    const padded = tf.pad(input as tf.Tensor4D, [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ]);
    const taps: tf.Tensor4D[] = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const begin: Shape4D = [0, row, column, 0];
        const unit = strideHeight === 1 && strideWidth === 1;
        taps.push(
          unit
            ? tf.slice(padded, begin, [batchSize, outHeight, outWidth, inChannels])
            : (tf.stridedSlice(
                padded,
                begin,
                [
                  batchSize,
                  row + (outHeight - 1) * strideHeight + 1,
                  column + (outWidth - 1) * strideWidth + 1,
                  inChannels,
                ],
                [1, strideHeight, strideWidth, 1],
              ) as tf.Tensor4D),
        );
      }
    }
    const rows = batchSize * outHeight * outWidth;
    const patches = tf.reshape(taps.length === 1 ? (taps[0] as tf.Tensor) : tf.concat(taps, 3), [
      rows,
      height * width * inChannels,
    ]);
    const product = tf.matMul(
      patches,
      tf.reshape(gradient as tf.Tensor, [rows, outChannels]),
      true,
    );
    return tf.reshape(product, filterShape);
  });
}

/**
 * Gradient of the input of a convolution with stride 1: a convolution of the output's gradient with
 * the filter turned round, which the backend does much faster than its own kernel for it.
 */
function conv2dBackpropInput(
  original: tf.KernelFunc,
  call: Parameters<tf.KernelFunc>[0],
): tf.TensorInfo | tf.TensorInfo[] {
  const attributes = call.attrs as unknown as Conv2DAttributes & { inputShape: Shape4D };
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const { inputShape } = attributes;
  const filterShape = filter.shape as Shape4D;
  const info = conv2dInfo(inputShape, filterShape, attributes);
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return original(call);
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

/** Sums of rows by segment: the gradient of a gather. */
function unsortedSegmentSum({ inputs, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', tf.TensorInfo>;
  const { numSegments } = attrs as unknown as { numSegments: number };
  return compose([x, segmentIds], (values, segments) => {
    const rows = tf.util.sizeFromShape(x.shape.slice(0, segmentIds.shape.length));
    const membership = tf.oneHot(
      tf.cast(tf.reshape(segments as tf.Tensor, [rows]), 'int32'),
      numSegments,
    );
    const sums = tf.matMul(
      tf.cast(membership, 'float32') as tf.Tensor2D,
      tf.reshape(values as tf.Tensor, [rows, -1]),
      true,
    );
    return tf.reshape(sums, [numSegments, ...x.shape.slice(segmentIds.shape.length)]);
  });
}

/**
 * Gradient of max-pooling: each pooled value's gradient goes to the first maximum of its window. The
 * backend's own kernel loses the gradient of windows whose maximum is not above zero, and is slow.
 */
function maxPoolGrad({ inputs, attrs, backend }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const access = backend as DataAccess;
  const { dy, input } = inputs as Record<'dy' | 'input', tf.TensorInfo>;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const info = tf.backend_util.computePool2DInfo(
    input.shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { batchSize, inHeight, inWidth, outHeight, outWidth, outChannels, padInfo } = info;
  const values = access.readSync(input.dataId);
  const upstream = access.readSync(dy.dataId);
  const gradient = new Float32Array(values.length);
  let at = 0;
  for (let example = 0; example < batchSize; example++) {
    const base = example * inHeight * inWidth;
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - padInfo.top;
      const [rowStart, rowEnd] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - padInfo.left;
        const [start, end] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
        for (let channel = 0; channel < outChannels; channel++, at++) {
          let best = -1;
          let highest = -Infinity;
          for (let y = rowStart; y < rowEnd; y++) {
            let position = (base + y * inWidth + start) * outChannels + channel;
            for (let x = start; x < end; x++, position += outChannels) {
              const value = values[position] as number;
              if (value > highest) {
                highest = value;
                best = position;
              }
            }
          }
          if (best >= 0) gradient[best] = (gradient[best] as number) + (upstream[at] as number);
        }
      }
    }
  }
  return {
    dataId: access.write(gradient, input.shape, 'float32'),
    shape: input.shape,
    dtype: 'float32',
  };
}

/**
 * A product with a transposed factor, by transposing first: the backend has a fast kernel for plain
 * products only, and is ten times slower where a factor is transposed.
 */
function batchMatMul(
  original: tf.KernelFunc,
  call: Parameters<tf.KernelFunc>[0],
): tf.TensorInfo | tf.TensorInfo[] {
  const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  if (transposeA !== true && transposeB !== true) return original(call);
  const { a, b } = call.inputs as Record<'a' | 'b', tf.TensorInfo>;
  const turned = (tensor: tf.Tensor): tf.Tensor => {
    const axes = tensor.shape.map((_, axis) => axis);
    const last = axes.length - 1;
    [axes[last - 1], axes[last]] = [last, last - 1];
    return tf.transpose(tensor, axes);
  };
  return compose([a, b], (left, right) =>
    tf.matMul(
      transposeA === true ? turned(left as tf.Tensor) : (left as tf.Tensor),
      transposeB === true ? turned(right as tf.Tensor) : (right as tf.Tensor),
    ),
  );
}

/** Replaces a kernel of the backend by one that may still call it. */
function replaceKernel(
  kernelName: string,
  kernelFunc: (
    original: tf.KernelFunc,
    call: Parameters<tf.KernelFunc>[0],
  ) => ReturnType<tf.KernelFunc>,
): void {
  const original = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...original, kernelFunc: (call) => kernelFunc(original.kernelFunc, call) });
}

/** Registers them on the `wasm` backend; doing so again changes nothing. */
export function registerWasmTrainingKernels(): void {
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: conv2dBackpropFilter,
  });
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: unsortedSegmentSum,
  });
  replaceKernel('Conv2DBackpropInput', conv2dBackpropInput);
  replaceKernel('MaxPoolGrad', (_, call) => maxPoolGrad(call));
  replaceKernel('BatchMatMul', batchMatMul);
}
