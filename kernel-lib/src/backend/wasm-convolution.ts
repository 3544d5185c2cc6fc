import * as tf from '@tensorflow/tfjs-core';
import { convolutionInfo, type ConvolutionInfo } from './convolution-info.ts';
import { callKernels, type KernelCall, type KernelOutput } from './kernel-call.ts';
import { partsFor, sumOfParts } from './kernel-parts.ts';
import {
  canBeSparse,
  nonzeroShare,
  sparseFilterGradient,
  sparseInputGradient,
} from './sparse-gradients.ts';
import { packRight } from './wasm-matrix-product.ts';

type Call = Parameters<tf.KernelFunc>[0];

/** Output positions of a unit of work, as in assembly/convolution.ts. */
const CHUNK = 128;

/** Examples whose filter gradients are summed apart, whatever the number of threads. */
const GRADIENT_PARTS = 8;
/** Floats that these sums may have together. */
const GRADIENT_FLOATS = 8_000_000;

function geometryOf(call: KernelCall, info: ConvolutionInfo): number {
  return call.geometry([
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.outChannels,
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

function multiplications(info: ConvolutionInfo): number {
  return (
    info.batchSize *
    info.outHeight *
    info.outWidth *
    info.outChannels *
    info.filterHeight *
    info.filterWidth *
    info.inChannels
  );
}

/**
 * Share of an output's gradient up to which only what is not zero is multiplied; behind max-pooling
 * over 3 it is at most a third.
 */
const SPARSE_UP_TO = 0.5;

function isSparse(call: KernelCall, info: ConvolutionInfo, gradient: number): boolean {
  if (!canBeSparse(info)) return false;
  return nonzeroShare(call, gradient, tf.util.sizeFromShape(info.outShape)) <= SPARSE_UP_TO;
}

/** Scratch for some parts, and the bytes of each, as the kernels take them. */
function partScratch(call: KernelCall, geometry: number, parts: number): [number, number] {
  const size = call.exports.convolutionScratch(geometry);
  return [call.scratch(parts * size), size];
}

function forward(
  call: KernelCall,
  info: ConvolutionInfo,
  {
    x,
    filter,
    bias,
  }: { x: tf.TensorInfo; filter: tf.TensorInfo; bias?: tf.TensorInfo | undefined },
  relu: boolean,
): KernelOutput[] {
  const depth = info.filterWidth * info.inChannels;
  const { packed } = packRight(
    call,
    {
      at: call.input(filter),
      batch: depth * info.outChannels * 4,
      row: info.outChannels * 4,
      column: 4,
    },
    info.filterHeight,
    depth,
    info.outChannels,
  );
  const output = call.output(info.outShape);
  const geometry = geometryOf(call, info);
  const units = info.batchSize * info.outHeight * Math.ceil(info.outWidth / CHUNK);
  const parts = partsFor(units, multiplications(info));
  call.run('convolve', parts, units, [
    geometry,
    call.input(x),
    packed,
    bias === undefined ? 0 : call.input(bias),
    relu ? 1 : 0,
    output.at,
    ...partScratch(call, geometry, parts),
  ]);
  return [output];
}

function inputGradient(
  call: KernelCall,
  info: ConvolutionInfo,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
): KernelOutput[] {
  const gradient = call.input(dy);
  const filterAt = call.input(filter);
  if (isSparse(call, info, gradient)) return sparseInputGradient(call, info, gradient, filterAt);
  const depth = info.filterWidth * info.inChannels;
  const { packed } = packRight(
    call,
    {
      at: filterAt,
      batch: depth * info.outChannels * 4,
      row: 4,
      column: info.outChannels * 4,
    },
    info.filterHeight,
    info.outChannels,
    depth,
  );
  const output = call.output(info.inShape);
  const geometry = geometryOf(call, info);
  const parts = partsFor(info.batchSize, multiplications(info));
  call.run('convolveInputGradient', parts, info.batchSize, [
    geometry,
    gradient,
    packed,
    output.at,
    ...partScratch(call, geometry, parts),
  ]);
  return [output];
}

function filterGradient(
  call: KernelCall,
  info: ConvolutionInfo,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
): KernelOutput[] {
  const gradient = call.input(dy);
  if (isSparse(call, info, gradient)) {
    return sparseFilterGradient(call, info, call.input(x), gradient);
  }
  const size = tf.util.sizeFromShape(info.filterShape);
  const affordable = Math.max(2, Math.floor(GRADIENT_FLOATS / size));
  const parts = Math.min(info.batchSize, GRADIENT_PARTS, affordable);
  const geometry = geometryOf(call, info);
  return [
    sumOfParts(call, parts, info.filterShape, (partials) => {
      call.run('convolveFilterGradient', parts, info.batchSize, [
        geometry,
        call.input(x),
        gradient,
        partials,
        ...partScratch(call, geometry, parts),
      ]);
    }),
  ];
}

const first = (infos: tf.TensorInfo[]): tf.TensorInfo => infos[0] as tf.TensorInfo;

/** Convolution, with bias and activation where they are fused. */
export function conv2d(original: tf.KernelFunc, call: Call): tf.TensorInfo | tf.TensorInfo[] {
  const { x, filter, bias } = call.inputs as Record<'x' | 'filter', tf.TensorInfo> & {
    bias?: tf.TensorInfo;
  };
  const { activation = 'linear', dataFormat = 'NHWC' } = call.attrs as unknown as {
    activation?: string;
    dataFormat?: 'NHWC' | 'NCHW';
  };
  const info = convolutionInfo(x.shape, filter.shape, call.attrs);
  const plainBias = bias === undefined || tf.util.sizeFromShape(bias.shape) === info.outChannels;
  const ours = activation === 'linear' || activation === 'relu';
  if (!ours || !plainBias || dataFormat !== 'NHWC') return original(call);
  return first(
    callKernels(call.backend, (kernels) =>
      forward(kernels, info, { x, filter, bias }, activation === 'relu'),
    ),
  );
}

/** Gradient of the input of a convolution. */
export function conv2dBackpropInput(call: Call): tf.TensorInfo {
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const { inputShape } = call.attrs as unknown as { inputShape: number[] };
  const info = convolutionInfo(inputShape, filter.shape, call.attrs);
  return first(callKernels(call.backend, (kernels) => inputGradient(kernels, info, dy, filter)));
}

/** Gradient of the filter of a convolution. */
export function conv2dBackpropFilter(call: Call): tf.TensorInfo {
  const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape } = call.attrs as unknown as { filterShape: number[] };
  const info = convolutionInfo(x.shape, filterShape, call.attrs);
  return first(callKernels(call.backend, (kernels) => filterGradient(kernels, info, x, dy)));
}
