import * as tf from '@tensorflow/tfjs-core';
import { callKernels, type KernelCall, type KernelOutput } from './kernel-call.ts';
import { partsFor } from './kernel-parts.ts';

/** Rows of the result of one unit of work. */
const CHUNK_ROWS = 40;

/** Bytes of a row of a panel. */
const PANEL_ROW = 32;

/** A factor of a product: where it lies and how it is walked, in bytes. */
interface Factor {
  readonly at: number;
  readonly batch: number;
  readonly row: number;
  readonly column: number;
}

/** Packs right factors into panels of 8 columns. @returns their offset and the bytes of one */
export function packRight(
  call: KernelCall,
  { at, batch, row, column }: Factor,
  count: number,
  depth: number,
  columns: number,
): { packed: number; size: number } {
  const panels = Math.ceil(columns / 8);
  const size = panels * depth * PANEL_ROW;
  const packed = call.scratch(count * size);
  call.run('packRight', partsFor(count * panels, count * depth * columns), count * panels, [
    at,
    batch,
    row,
    column,
    depth,
    columns,
    packed,
  ]);
  return { packed, size };
}

interface Product {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
  readonly bias?: tf.TensorInfo | undefined;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly relu: boolean;
}

interface ProductShape {
  readonly batchA: number;
  readonly batchB: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly outer: readonly number[];
}

function productShape({ a, b, transposeA, transposeB }: Product): ProductShape {
  const [aRows = 1, aColumns = 1] = a.shape.slice(-2);
  const [bRows = 1, bColumns = 1] = b.shape.slice(-2);
  const outerA = a.shape.slice(0, -2);
  const outerB = b.shape.slice(0, -2);
  const [batchA, batchB] = [tf.util.sizeFromShape(outerA), tf.util.sizeFromShape(outerB)];
  return {
    batchA,
    batchB,
    rows: transposeA ? aColumns : aRows,
    depth: transposeA ? aRows : aColumns,
    columns: transposeB ? bRows : bColumns,
    outer: tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB),
  };
}

function multiply(call: KernelCall, product: Product, shape: ProductShape): KernelOutput[] {
  const { a, b, bias, transposeA, transposeB, relu } = product;
  const { batchA, batchB, rows, depth, columns, outer } = shape;
  const batch = Math.max(batchA, batchB);
  const { packed, size } = packRight(
    call,
    {
      at: call.input(b),
      batch: depth * columns * 4,
      row: transposeB ? 4 : columns * 4,
      column: transposeB ? depth * 4 : 4,
    },
    batchB,
    depth,
    columns,
  );
  const output = call.output([...outer, rows, columns]);
  const units = batch * Math.ceil(rows / CHUNK_ROWS);
  const parts = partsFor(units, batch * rows * depth * columns);
  call.run('multiplyMatrices', parts, units, [
    call.input(a),
    batchA === 1 ? 0 : rows * depth * 4,
    transposeA ? 4 : depth * 4,
    transposeA ? rows * 4 : 4,
    rows,
    depth,
    packed,
    batchB === 1 ? 0 : size,
    depth * PANEL_ROW,
    columns,
    output.at,
    bias === undefined ? 0 : call.input(bias),
    relu ? 1 : 0,
    CHUNK_ROWS,
    call.scratch(parts * call.exports.LEFT_SCRATCH.value),
  ]);
  return [output];
}

/**
 * Whether our kernel takes a product: floats, one batch or equal batches, and more than a row or
 * two (a product with a vector is over before its other factor is packed).
 */
function isOurs({ a, b, transposeA, transposeB }: Product, shape: ProductShape): boolean {
  const { batchA, batchB, rows, depth, columns } = shape;
  return (
    a.dtype === 'float32' &&
    b.dtype === 'float32' &&
    (batchA === batchB || batchA === 1 || batchB === 1) &&
    rows * depth * columns > 0 &&
    (rows > 2 || transposeA || transposeB)
  );
}

interface FusedAttributes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: string;
}

/** Products of matrices by our kernel, the rest by the backend's own. */
export function matrixProduct(
  original: tf.KernelFunc,
  call: Parameters<tf.KernelFunc>[0],
): tf.TensorInfo | tf.TensorInfo[] {
  const {
    transposeA = false,
    transposeB = false,
    activation = 'linear',
  } = call.attrs as unknown as FusedAttributes;
  const { a, b, bias } = call.inputs as Record<'a' | 'b', tf.TensorInfo> & {
    bias?: tf.TensorInfo;
  };
  const relu = activation === 'relu';
  const product: Product = { a, b, bias, transposeA, transposeB, relu };
  const shape = productShape(product);
  const plainBias = bias === undefined || tf.util.sizeFromShape(bias.shape) === shape.columns;
  if (!(relu || activation === 'linear') || !plainBias || !isOurs(product, shape)) {
    return original(call);
  }
  return callKernels(call.backend, (kernels) =>
    multiply(kernels, product, shape),
  )[0] as tf.TensorInfo;
}
