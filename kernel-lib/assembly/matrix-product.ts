/**
 * Matrix products of float32: the right factor is packed into panels of 8 columns, and a tile of
 * 5 × 8 results stays in registers while both factors stream by. All pointers and strides are in
 * bytes; the left factor has a stride for rows and one for steps along the shared dimension, which
 * serves transposed factors and the overlapping patches of a convolution alike.
 */

import {
  addFullTile,
  addPackedTile,
  COLUMNS,
  edgeRow,
  fullTile,
  packedTile,
  packLeft,
  PANEL_STEP,
  ROWS,
} from './matrix-tile';

/** Steps of the shared dimension, and columns, that are worked on at once (first and second cache). */
const DEPTH_BLOCK: i32 = 256;
const COLUMN_BLOCK: i32 = 256;

/** Values of the left factor that are worked on at once: with a panel they fit the first cache. */
const LEFT_BLOCK: i32 = 4096;

/** Bytes of scratch that `multiplyInto` needs: a block of the left factor, packed, and one row. */
export const LEFT_SCRATCH: usize = 4096 * 4 + 64;

/**
 * c[rows × columns] = a · packed, or += with `add`.
 *
 * @param packed panels of 8 columns as `packRight` lays them
 * @param panelStride bytes from one panel to the next
 * @param scratch LEFT_SCRATCH bytes of this thread's own
 */
export function multiplyInto(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  depth: i32,
  packed: usize,
  panelStride: usize,
  columns: i32,
  c: usize,
  cRow: usize,
  add: bool,
  scratch: usize,
): void {
  const spare = scratch + LEFT_SCRATCH - 64;
  // Packing pays for long strides, and where a block meets many panels.
  const pack = aStep != 4 || columns > 32;
  for (let j0 = 0; j0 < columns; j0 += COLUMN_BLOCK) {
    const jEnd = min(columns, j0 + COLUMN_BLOCK);
    for (let k0 = 0; k0 < depth; k0 += DEPTH_BLOCK) {
      const kDepth = min(DEPTH_BLOCK, depth - k0);
      const tileSize = <usize>kDepth * 20;
      const together = max(ROWS, (LEFT_BLOCK / kDepth / ROWS) * ROWS);
      const accumulate = add || k0 > 0;
      for (let i0 = 0; i0 < rows; i0 += together) {
        const left = a + <usize>i0 * aRow + <usize>k0 * aStep;
        const count = min(together, rows - i0);
        const whole = (count / ROWS) * ROWS;
        if (pack) {
          for (let i = 0; i < whole; i += ROWS) {
            const target = scratch + <usize>(i / ROWS) * tileSize;
            packLeft(left + <usize>i * aRow, aRow, aStep, kDepth, target);
          }
        }
        for (let j = j0; j < jEnd; j += COLUMNS) {
          const panel = packed + <usize>(j >> 3) * panelStride + <usize>k0 * PANEL_STEP;
          const wide = min(COLUMNS, columns - j);
          const target = c + <usize>i0 * cRow + (<usize>j << 2);
          if (wide < COLUMNS) {
            edgeRows(left, aRow, aStep, count, kDepth, panel, wide, target, cRow, accumulate, spare);
            continue;
          }
          let i = 0;
          for (; i < whole; i += ROWS) {
            const at = target + <usize>i * cRow;
            if (pack) {
              const tile = scratch + <usize>(i / ROWS) * tileSize;
              if (accumulate) addPackedTile(tile, kDepth, panel, at, cRow);
              else packedTile(tile, kDepth, panel, at, cRow);
            } else {
              const tile = left + <usize>i * aRow;
              if (accumulate) addFullTile(tile, aRow, aStep, kDepth, panel, at, cRow);
              else fullTile(tile, aRow, aStep, kDepth, panel, at, cRow);
            }
          }
          edgeRows(
            left + <usize>i * aRow,
            aRow,
            aStep,
            count - i,
            kDepth,
            panel,
            wide,
            target + <usize>i * cRow,
            cRow,
            accumulate,
            spare,
          );
        }
      }
    }
  }
}

/** Rows one by one, where fewer than five rows or eight columns are left. */
function edgeRows(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  depth: i32,
  panel: usize,
  columns: i32,
  c: usize,
  cRow: usize,
  add: bool,
  spare: usize,
): void {
  for (let i = 0; i < rows; i++) {
    edgeRow(a + <usize>i * aRow, aStep, depth, panel, columns, c + <usize>i * cRow, add, spare);
  }
}

/** One panel of 8 columns: packed[k][0…8), columns beyond the matrix zero. */
export function packPanel(
  b: usize,
  bStep: usize,
  bColumn: usize,
  depth: i32,
  columns: i32,
  target: usize,
): void {
  if (columns >= COLUMNS && bColumn == 4) {
    for (let k = 0; k < depth; k++) {
      v128.store(target, v128.load(b));
      v128.store(target, v128.load(b, 16), 16);
      b += bStep;
      target += PANEL_STEP;
    }
    return;
  }
  const wide = min(columns, COLUMNS);
  for (let k = 0; k < depth; k++) {
    let source = b;
    for (let j = 0; j < wide; j++) {
      store<f32>(target + ((<usize>j) << 2), load<f32>(source));
      source += bColumn;
    }
    for (let j = wide; j < COLUMNS; j++) store<f32>(target + ((<usize>j) << 2), 0);
    b += bStep;
    target += PANEL_STEP;
  }
}

/**
 * Packs the right factors of a batch. Units of work: `batch × panels` panels.
 *
 * @param bBatch bytes from one matrix to the next
 */
export function packRight(
  b: usize,
  bBatch: usize,
  bStep: usize,
  bColumn: usize,
  depth: i32,
  columns: i32,
  packed: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const panels = (columns + 7) >> 3;
  const size = <usize>depth * PANEL_STEP;
  for (let unit = from; unit < to; unit++) {
    const panel = unit % panels;
    packPanel(
      b + <usize>(unit / panels) * bBatch + <usize>(panel * COLUMNS) * bColumn,
      bStep,
      bColumn,
      depth,
      columns - panel * COLUMNS,
      packed + <usize>unit * size,
    );
  }
}

/** Adds the bias to each row and cuts below zero, each if asked (`bias` 0: none). */
export function finishRows(
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  relu: bool,
): void {
  if (bias == 0 && !relu) return;
  const end = (<usize>columns) << 2;
  const vectorEnd = (<usize>(columns & ~3)) << 2;
  const zero = v128.splat<f32>(0);
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < vectorEnd; j += 16) {
      let value = v128.load(c + j);
      if (bias != 0) value = v128.add<f32>(value, v128.load(bias + j));
      // Comparison and selection keep NaN, which a maximum may lose.
      if (relu) value = v128.andnot(value, v128.lt<f32>(value, zero));
      v128.store(c + j, value);
    }
    for (let j = vectorEnd; j < end; j += 4) {
      let value = load<f32>(c + j);
      if (bias != 0) value += load<f32>(bias + j);
      if (relu && value < 0) value = 0;
      store<f32>(c + j, value);
    }
    c += cRow;
  }
}

/**
 * Products of a batch of matrices. Units of work: `batch × chunks` chunks of `chunkRows` rows.
 *
 * @param panelStride bytes from one panel to the next, more than a panel's where not all of its rows
 *   are multiplied
 * @param scratch LEFT_SCRATCH bytes a part
 */
export function multiplyMatrices(
  a: usize,
  aBatch: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  depth: i32,
  packed: usize,
  packedBatch: usize,
  panelStride: usize,
  columns: i32,
  c: usize,
  bias: usize,
  relu: bool,
  chunkRows: i32,
  scratch: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const chunks = (rows + chunkRows - 1) / chunkRows;
  const own = scratch + <usize>part * LEFT_SCRATCH;
  const cRow = (<usize>columns) << 2;
  for (let unit = from; unit < to; unit++) {
    const batch = <usize>(unit / chunks);
    const first = (unit % chunks) * chunkRows;
    const count = min(chunkRows, rows - first);
    const target = c + batch * cRow * <usize>rows + <usize>first * cRow;
    multiplyInto(
      a + batch * aBatch + <usize>first * aRow,
      aRow,
      aStep,
      count,
      depth,
      packed + batch * packedBatch,
      panelStride,
      columns,
      target,
      cRow,
      false,
      own,
    );
    finishRows(target, cRow, count, columns, bias, relu);
  }
}

/** target[i] = sum of `count` stretches; units of work are floats. */
export function sumParts(
  parts: usize,
  count: i32,
  size: i32,
  target: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const stride = (<usize>size) << 2;
  const end = (<usize>to) << 2;
  let at = (<usize>from) << 2;
  for (; at + 16 <= end; at += 16) {
    let sum = v128.load(parts + at);
    for (let i = 1; i < count; i++) {
      sum = v128.add<f32>(sum, v128.load(parts + <usize>i * stride + at));
    }
    v128.store(target + at, sum);
  }
  for (; at < end; at += 4) {
    let sum = load<f32>(parts + at);
    for (let i = 1; i < count; i++) sum += load<f32>(parts + <usize>i * stride + at);
    store<f32>(target + at, sum);
  }
}
