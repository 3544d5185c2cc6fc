import type * as tf from '@tensorflow/tfjs-core';
import { poolInfo, type ConvolutionInfo } from './convolution-info.ts';
import { callKernels, type KernelCall } from './kernel-call.ts';
import type { KernelCallArguments } from './mended-composition.ts';
import { partsFor } from './kernel-parts.ts';

function geometryOf(call: KernelCall, info: ConvolutionInfo): number {
  return call.geometry([
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  ]);
}

function partsOf(info: ConvolutionInfo): number {
  const window = info.filterHeight * info.filterWidth;
  const outputs = info.batchSize * info.outHeight * info.outWidth * info.outChannels;
  return partsFor(info.batchSize, outputs * window);
}

/**
 * Gradient of max-pooling: each pooled value's gradient goes to the first maximum of its window. The
 * backend's own kernel loses the gradient of windows whose maximum is not above zero, and is slow.
 */
export function maxPoolGrad(call: KernelCallArguments): tf.TensorInfo {
  const { dy, input } = call.inputs as Record<'dy' | 'input', tf.TensorInfo>;
  const info = poolInfo(input.shape, call.attrs);
  return callKernels(call.backend, (kernels) => {
    const output = kernels.output(input.shape);
    kernels.run('maxPoolGradient', partsOf(info), info.batchSize, [
      geometryOf(kernels, info),
      kernels.input(input),
      kernels.input(dy),
      output.at,
    ]);
    return [output];
  })[0] as tf.TensorInfo;
}

/**
 * Gradient of mean pooling: each mean's gradient is shared by the values that it is the mean of. The
 * backend's own kernel divides by the size of the window where a part of it lies beyond the border.
 */
export function avgPoolGrad(call: KernelCallArguments): tf.TensorInfo {
  const { dy, input } = call.inputs as Record<'dy' | 'input', tf.TensorInfo>;
  const info = poolInfo(input.shape, call.attrs);
  return callKernels(call.backend, (kernels) => {
    const output = kernels.output(input.shape);
    kernels.run('averagePoolGradient', partsOf(info), info.batchSize, [
      geometryOf(kernels, info),
      kernels.input(dy),
      output.at,
    ]);
    return [output];
  })[0] as tf.TensorInfo;
}
