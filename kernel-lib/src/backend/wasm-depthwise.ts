import type * as tf from '@tensorflow/tfjs-core';
import { convolutionInfo, type ConvolutionInfo } from './convolution-info.ts';
import { callKernels, type KernelCall } from './kernel-call.ts';
import type { KernelCallArguments } from './mended-composition.ts';
import { partsFor, sumOfParts } from './kernel-parts.ts';

/** Rows whose filter gradients are summed apart, whatever the number of threads. */
const GRADIENT_PARTS = 8;

function geometryOf(call: KernelCall, info: ConvolutionInfo): number {
  return call.geometry([
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outChannels / info.inChannels,
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

/** Multiplications and additions of each of the three kernels; they take a lane of four at once. */
function work({ batchSize, outHeight, outWidth, outChannels, ...info }: ConvolutionInfo): number {
  return batchSize * outHeight * outWidth * outChannels * info.filterHeight * info.filterWidth;
}

const first = (infos: tf.TensorInfo[]): tf.TensorInfo => infos[0] as tf.TensorInfo;

/**
 * Depthwise convolution. The backend's own kernel gives zeros where the stride is larger than the
 * filter, and takes up to nine times as long for filters that are long in one direction.
 */
export function depthwiseConv2d(call: KernelCallArguments): tf.TensorInfo {
  const { x, filter } = call.inputs as Record<'x' | 'filter', tf.TensorInfo>;
  const info = convolutionInfo(x.shape, filter.shape, call.attrs, true);
  return first(
    callKernels(call.backend, (kernels) => {
      const output = kernels.output(info.outShape);
      const units = info.batchSize * info.outHeight;
      kernels.run('depthwise', partsFor(units, work(info)), units, [
        geometryOf(kernels, info),
        kernels.input(x),
        kernels.input(filter),
        output.at,
      ]);
      return [output];
    }),
  );
}

/** Gradient of the input of a depthwise convolution. */
export function depthwiseBackpropInput(call: KernelCallArguments): tf.TensorInfo {
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const { inputShape } = call.attrs as unknown as { inputShape: number[] };
  const info = convolutionInfo(inputShape, filter.shape, call.attrs, true);
  return first(
    callKernels(call.backend, (kernels) => {
      const output = kernels.output(info.inShape);
      const units = info.batchSize * info.inHeight;
      kernels.run('depthwiseInputGradient', partsFor(units, work(info)), units, [
        geometryOf(kernels, info),
        kernels.input(dy),
        kernels.input(filter),
        output.at,
      ]);
      return [output];
    }),
  );
}

/** Gradient of the filter of a depthwise convolution. */
export function depthwiseBackpropFilter(call: KernelCallArguments): tf.TensorInfo {
  const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape } = call.attrs as unknown as { filterShape: number[] };
  const info = convolutionInfo(x.shape, filterShape, call.attrs, true);
  const units = info.batchSize * info.outHeight;
  const parts = Math.min(partsFor(units, work(info)), GRADIENT_PARTS);
  return first(
    callKernels(call.backend, (kernels) => [
      sumOfParts(kernels, parts, filterShape, (partials) => {
        kernels.run('depthwiseFilterGradient', parts, units, [
          geometryOf(kernels, info),
          kernels.input(x),
          kernels.input(dy),
          partials,
        ]);
      }),
    ]),
  );
}
