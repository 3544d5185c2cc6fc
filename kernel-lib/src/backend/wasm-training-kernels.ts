import * as tf from '@tensorflow/tfjs-core';
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './wasm-convolution.ts';
import { matrixProduct } from './wasm-matrix-product.ts';

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

type Shape4D = [number, number, number, number];

interface DataAccess {
  readSync(dataId: object): Float32Array;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
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
  replaceKernel('Conv2D', conv2d);
  replaceKernel('FusedConv2D', conv2d);
  replaceKernel('Conv2DBackpropInput', (_, call) => conv2dBackpropInput(call));
  replaceKernel('MaxPoolGrad', (_, call) => maxPoolGrad(call));
  replaceKernel('BatchMatMul', matrixProduct);
  replaceKernel('_FusedMatMul', matrixProduct);
}
