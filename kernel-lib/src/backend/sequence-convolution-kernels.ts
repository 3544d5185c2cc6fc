import type * as tf from '@tensorflow/tfjs-core';
import type { KernelCall, KernelOutput } from './kernel-call.ts';
import { LANES } from './kernel-module.ts';
import { MAX_PARTS } from './kernel-parts.ts';

/** Geometry of one call; `filters` as in the kernel, whose shape is `[width, 4, filters]`. */
export interface SequenceConvolutionShape {
  readonly batch: number;
  /** Length of the sequences in bases. */
  readonly length: number;
  readonly width: number;
  readonly filters: number;
  /** Bases before the sequence that the first window sees; negative inside of it. */
  readonly left: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pool: number;
  /** Positions that are averaged apart under mean pooling, modulo this number. */
  readonly phases: number;
  /** Pooled positions. */
  readonly windows: number;
  readonly relu: boolean;
  /** Unknown bases count as a quarter of each base; otherwise as none. */
  readonly uniformUnknown: boolean;
}

export type NamedInfos = Readonly<Record<string, tf.TensorInfo>>;

/**
 * Parts that gradients are summed in. It is the same for any number of threads, so that the sum has
 * the same bits.
 */
const GRADIENT_PARTS = 8;

/** Positions that one unit of work should have at least: less costs more in calls than it wins. */
const CHUNK_POSITIONS = 4096;

interface Workspace {
  readonly geometry: number;
  /** Values of a table row. */
  readonly padded: number;
  readonly groups: number;
  readonly words: number;
  /** Units of work of a call. */
  readonly units: number;
  /** Bytes of the words of one part. */
  readonly scratchSize: number;
}

function openWorkspace(call: KernelCall, shape: SequenceConvolutionShape): Workspace {
  const { batch, windows, pool, stride, width, filters } = shape;
  const padded = Math.ceil(filters / LANES) * LANES;
  const letters = shape.uniformUnknown ? 6 : 5;
  const chunk = Math.max(1, Math.min(windows, Math.ceil(CHUNK_POSITIONS / (pool * stride))));
  const geometry = call.geometry([
    shape.length,
    width,
    filters,
    padded,
    shape.left,
    stride,
    shape.dilation,
    pool,
    windows,
    shape.phases,
    shape.relu ? 1 : 0,
    letters,
    chunk,
  ]);
  return {
    geometry,
    padded,
    groups: Math.ceil(width / 3),
    words: letters ** 3,
    units: batch * Math.ceil(windows / chunk),
    scratchSize: call.exports.wordsScratch(geometry),
  };
}

/** Memory for the words of each part, and its size as the kernels take it. */
function partScratch(call: KernelCall, { scratchSize }: Workspace, parts: number): number[] {
  return [call.scratch(parts * (scratchSize + 64)), scratchSize];
}

/** Copies rows of `from` values into rows of `to` values, padding with zeros or cutting. */
function copyRows(source: Float32Array, from: number, target: Float32Array, to: number): void {
  if (from === to) {
    target.set(source);
    return;
  }
  const shared = Math.min(from, to);
  if (to > from) target.fill(0);
  for (let row = 0; row * from < source.length; row++) {
    target.set(source.subarray(row * from, row * from + shared), row * to);
  }
}

/** Tables and padded bias of a filter bank. */
function prepareFilters(
  call: KernelCall,
  { kernel, bias }: NamedInfos,
  { width, filters }: SequenceConvolutionShape,
  { geometry, padded, groups, words }: Workspace,
): { tables: number; biasAt: number } {
  const rows = width * 4;
  const kernelAt = call.scratch(rows * padded * 4);
  const biasAt = call.scratch(padded * 4);
  const tables = call.scratch(groups * words * padded * 4);
  const source = call.input(kernel as tf.TensorInfo);
  copyRows(
    call.floats(source, rows * filters),
    filters,
    call.floats(kernelAt, rows * padded),
    padded,
  );
  const biases = call.input(bias as tf.TensorInfo);
  copyRows(call.floats(biases, filters), filters, call.floats(biasAt, padded), padded);
  call.run('buildTables', groups, groups, [geometry, kernelAt, tables]);
  return { tables, biasAt };
}

/** Runs a kernel that gives the outputs from tokens, kernel and bias. */
function runForward(
  call: KernelCall,
  kernel: 'forwardMax' | 'forwardMaxOnly' | 'forwardMean',
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
  outputs: KernelOutput[],
): KernelOutput[] {
  const space = openWorkspace(call, shape);
  const { tables, biasAt } = prepareFilters(call, inputs, shape, space);
  const parts = Math.min(space.units, MAX_PARTS);
  call.run(kernel, parts, space.units, [
    space.geometry,
    call.input(inputs['tokens'] as tf.TensorInfo),
    tables,
    biasAt,
    ...outputs.map(({ at }) => at),
    ...partScratch(call, space, parts),
  ]);
  return outputs;
}

/**
 * Max-pooled convolution and the position of each maximum (−1 where ReLU cut it off), both
 * `[batch, windows, filters]`.
 * Inputs: int32 tokens `[batch, length]`, kernel `[width, 4, filters]`, bias `[filters]`.
 */
export function maxConvolution(
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
): KernelOutput[] {
  const size = [shape.batch, shape.windows, shape.filters];
  const outputs = [call.output(size), call.output(size, 'int32')];
  return runForward(call, 'forwardMax', inputs, shape, outputs);
}

/** The maxima of `maxConvolution` without their positions, for prediction. */
export function maxConvolutionOnly(
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
): KernelOutput[] {
  const output = call.output([shape.batch, shape.windows, shape.filters]);
  return runForward(call, 'forwardMaxOnly', inputs, shape, [output]);
}

/** Mean-pooled convolution `[batch, phases, windows, filters]`; inputs as for the maximum. */
export function meanConvolution(
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
): KernelOutput[] {
  const { batch, phases, windows, filters } = shape;
  const output = call.output([batch, phases, windows, filters]);
  return runForward(call, 'forwardMean', inputs, shape, [output]);
}

/** Memory for the table and bias gradients of each part. */
function gradientScratch(
  call: KernelCall,
  { geometry, padded, units }: Workspace,
): { parts: number; tableGradients: number; biasGradients: number } {
  const parts = Math.min(units, GRADIENT_PARTS);
  return {
    parts,
    tableGradients: call.scratch(parts * call.exports.gradientSize(geometry)),
    biasGradients: call.scratch(parts * padded * 4),
  };
}

/** Gradients of kernel and bias from those of the tables and biases of all parts. */
function foldGradients(
  call: KernelCall,
  { width, filters }: SequenceConvolutionShape,
  { geometry, padded, groups }: Workspace,
  { parts, tableGradients, biasGradients }: ReturnType<typeof gradientScratch>,
): KernelOutput[] {
  const rows = width * 4;
  const kernelAt = call.scratch(rows * padded * 4);
  const biasAt = call.scratch(padded * 4);
  call.run('foldTables', groups, groups, [geometry, tableGradients, parts, kernelAt]);
  call.run('sumParts', 1, padded, [biasGradients, parts, padded, biasAt]);
  const kernel = call.output([width, 4, filters]);
  const bias = call.output([filters]);
  copyRows(
    call.floats(kernelAt, rows * padded),
    padded,
    call.floats(kernel.at, rows * filters),
    filters,
  );
  copyRows(call.floats(biasAt, padded), padded, call.floats(bias.at, filters), filters);
  return [kernel, bias];
}

/**
 * Gradients of kernel and bias from that of the max-pooled output. Inputs: tokens, best (as
 * `maxConvolution` gave it) and gradient, of the output's shape.
 */
export function maxConvolutionGradient(
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
): KernelOutput[] {
  const space = openWorkspace(call, shape);
  const sums = gradientScratch(call, space);
  const { parts, tableGradients, biasGradients } = sums;
  const given = ['tokens', 'best', 'gradient'].map((name) =>
    call.input(inputs[name] as tf.TensorInfo),
  );
  call.run('backwardMax', parts, space.units, [
    space.geometry,
    ...given,
    tableGradients,
    biasGradients,
    ...partScratch(call, space, parts),
  ]);
  return foldGradients(call, shape, space, sums);
}

/** Gradients of kernel and bias from that of the mean-pooled output. */
export function meanConvolutionGradient(
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
): KernelOutput[] {
  const space = openWorkspace(call, shape);
  const { tables, biasAt } = prepareFilters(call, inputs, shape, space);
  const sums = gradientScratch(call, space);
  const { parts, tableGradients, biasGradients } = sums;
  call.run('backwardMean', parts, space.units, [
    space.geometry,
    call.input(inputs['tokens'] as tf.TensorInfo),
    tables,
    biasAt,
    call.input(inputs['gradient'] as tf.TensorInfo),
    tableGradients,
    biasGradients,
    ...partScratch(call, space, parts),
  ]);
  return foldGradients(call, shape, space, sums);
}
