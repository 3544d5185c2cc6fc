import type * as tf from '@tensorflow/tfjs-core';
import type { KernelCall, KernelOutput } from './kernel-call.ts';
import { partsFor } from './kernel-parts.ts';

type Info = tf.backend_util.Conv2DInfo;

/** Bytes that a block of a sum takes, as in assembly/sparse-gradients.ts. */
const BLOCK_BYTES = 128;

/** Examples whose filter gradients are summed apart, whatever the number of threads. */
const GRADIENT_PARTS = 8;

/** Whether the kernels here take a convolution: of sequences, without dilation, of full blocks. */
export function canBeSparse(info: Info): boolean {
  return (
    info.inHeight === 1 &&
    info.filterHeight === 1 &&
    info.outHeight === 1 &&
    info.dilationWidth === 1 &&
    info.inChannels >= BLOCK_BYTES / 8
  );
}

/** The share of an output's gradient that is not zero. */
export function nonzeroShare(call: KernelCall, gradient: number, size: number): number {
  const parts = partsFor(8, size);
  const counts = call.scratch(parts * 4);
  call.run('countNonzero', parts, size, [gradient, counts]);
  return call.integers(counts, parts).reduce((sum, count) => sum + count, 0) / size;
}

/** Gradient of the input, where most of the output's gradient is zero. */
export function sparseInputGradient(
  call: KernelCall,
  info: Info,
  outputGradient: number,
  filter: number,
): KernelOutput[] {
  const { inChannels, inWidth, outChannels, outWidth, filterWidth, batchSize } = info;
  const depth = filterWidth * inChannels;
  const turned = call.scratch(depth * outChannels * 4 + BLOCK_BYTES);
  call.run('transposeMatrix', 1, outChannels, [filter, depth, outChannels, turned]);
  const output = call.output(info.inShape);
  const parts = partsFor(batchSize, Infinity);
  const size = call.exports.sparseInputScratch(filterWidth, inChannels, outWidth, outChannels);
  call.run('sparseInputGradient', parts, batchSize, [
    outputGradient,
    outWidth,
    outChannels,
    turned,
    filterWidth,
    inChannels,
    info.padInfo.left,
    info.strideWidth,
    output.at,
    inWidth,
    call.scratch(parts * size),
    size,
  ]);
  return [output];
}

/** Gradient of the filters, where most of the output's gradient is zero. */
export function sparseFilterGradient(
  call: KernelCall,
  info: Info,
  input: number,
  outputGradient: number,
): KernelOutput[] {
  const { inChannels, inWidth, outChannels, outWidth, filterWidth, strideWidth, batchSize } = info;
  const depth = filterWidth * inChannels;
  const rowSize = Math.ceil((depth * 4) / BLOCK_BYTES) * BLOCK_BYTES;
  const parts = Math.min(batchSize, GRADIENT_PARTS);
  const paddedWidth = (outWidth - 1) * strideWidth + filterWidth;
  const size = call.exports.sparseFilterScratch(paddedWidth, inChannels, outWidth, outChannels);
  const floats = (outChannels * rowSize) / 4;
  const partials = call.scratch(parts * floats * 4);
  call.run('sparseFilterGradient', parts, batchSize, [
    input,
    inWidth,
    inChannels,
    paddedWidth,
    info.padInfo.left,
    strideWidth,
    outputGradient,
    outWidth,
    outChannels,
    rowSize,
    partials,
    call.scratch(parts * size),
    size,
  ]);
  const summed = call.scratch(floats * 4);
  call.run('sumParts', partsFor(16, parts * floats), floats, [partials, parts, floats, summed]);
  const output = call.output(info.filterShape);
  call.run('transposeMatrix', 1, depth, [summed, outChannels, rowSize / 4, output.at]);
  return [output];
}
