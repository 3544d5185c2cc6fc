import * as tf from '@tensorflow/tfjs-core';
import { callKernels, type KernelCall, type KernelOutput } from './kernel-call.ts';
import type { KernelCallArguments } from './mended-composition.ts';
import { partsFor } from './wasm-matrix-product.ts';

type Shape4D = [number, number, number, number];
type Info = tf.backend_util.Conv2DInfo;

interface DepthwiseAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Rows whose filter gradients are summed apart, whatever the number of threads. */
const GRADIENT_PARTS = 8;

function depthwiseInfo(input: Shape4D, filter: Shape4D, call: KernelCallArguments): Info {
  const { strides, pad, dilations, dimRoundingMode } = call.attrs as unknown as DepthwiseAttributes;
  return tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
    'channelsLast',
  );
}

function geometryOf(call: KernelCall, info: Info): number {
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
function work({ batchSize, outHeight, outWidth, outChannels, ...info }: Info): number {
  return batchSize * outHeight * outWidth * outChannels * info.filterHeight * info.filterWidth;
}

const first = (infos: tf.TensorInfo[]): tf.TensorInfo => infos[0] as tf.TensorInfo;

/**
 * Depthwise convolution. The backend's own kernel gives zeros where the stride is larger than the
 * filter, and takes up to nine times as long for filters that are long in one direction.
 */
export function depthwiseConv2d(call: KernelCallArguments): tf.TensorInfo {
  const { x, filter } = call.inputs as Record<'x' | 'filter', tf.TensorInfo>;
  const info = depthwiseInfo(x.shape as Shape4D, filter.shape as Shape4D, call);
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
  const { inputShape } = call.attrs as unknown as { inputShape: Shape4D };
  const info = depthwiseInfo(inputShape, filter.shape as Shape4D, call);
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
  const { filterShape } = call.attrs as unknown as { filterShape: Shape4D };
  const info = depthwiseInfo(x.shape as Shape4D, filterShape, call);
  return first(
    callKernels(call.backend, (kernels) => filterGradient(kernels, info, x, dy, filterShape)),
  );
}

function filterGradient(
  call: KernelCall,
  info: Info,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filterShape: Shape4D,
): KernelOutput[] {
  const size = tf.util.sizeFromShape(filterShape);
  const units = info.batchSize * info.outHeight;
  // The number of parts decides about rounding, so it depends on the shapes alone.
  const parts = Math.min(partsFor(units, work(info)), GRADIENT_PARTS);
  const output = call.output(filterShape);
  const partials = parts === 1 ? output.at : call.scratch(parts * size * 4);
  call.run('depthwiseFilterGradient', parts, units, [
    geometryOf(call, info),
    call.input(x),
    call.input(dy),
    partials,
  ]);
  if (parts > 1) {
    call.run('sumParts', partsFor(16, parts * size), size, [partials, parts, size, output.at]);
  }
  return [output];
}
