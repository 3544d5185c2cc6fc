/**
 * The innermost loops of a matrix product: tiles of 5 × 8 results that stay in registers. The right
 * factor comes in panels of 8 columns, 32 bytes a step.
 */

export const ROWS: i32 = 5;
export const COLUMNS: i32 = 8;
export const PANEL_STEP: usize = 32;

@inline
function multiplyAdd(x: v128, y: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(x, y, sum);
  return v128.add<f32>(sum, v128.mul<f32>(x, y));
}

/** Five rows by eight columns. */
export function fullTile(
  a: usize,
  aRow: usize,
  aStep: usize,
  depth: i32,
  panel: usize,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  let c00 = v128.splat<f32>(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    a += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    panel += PANEL_STEP;
  }
  storeRow(c, c00, c01, add);
  c += cRow;
  storeRow(c, c10, c11, add);
  c += cRow;
  storeRow(c, c20, c21, add);
  c += cRow;
  storeRow(c, c30, c31, add);
  c += cRow;
  storeRow(c, c40, c41, add);
}

/** Five rows by eight columns, the left factor packed (one pointer leaves registers to the sums). */
export function packedTile(
  a: usize,
  depth: i32,
  panel: usize,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  let c00 = v128.splat<f32>(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    a += 20;
    panel += PANEL_STEP;
  }
  storeRow(c, c00, c01, add);
  c += cRow;
  storeRow(c, c10, c11, add);
  c += cRow;
  storeRow(c, c20, c21, add);
  c += cRow;
  storeRow(c, c30, c31, add);
  c += cRow;
  storeRow(c, c40, c41, add);
}

@inline
function storeRow(c: usize, low: v128, high: v128, add: bool): void {
  if (add) {
    low = v128.add<f32>(v128.load(c), low);
    high = v128.add<f32>(v128.load(c, 16), high);
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/** One row by up to eight columns, for the edges. */
export function edgeRow(
  a: usize,
  aStep: usize,
  depth: i32,
  panel: usize,
  columns: i32,
  c: usize,
  add: bool,
  spare: usize,
): void {
  let low = v128.splat<f32>(0);
  let high = low;
  for (let k = 0; k < depth; k++) {
    const x = v128.load32_splat(a);
    low = multiplyAdd(x, v128.load(panel), low);
    high = multiplyAdd(x, v128.load(panel, 16), high);
    a += aStep;
    panel += PANEL_STEP;
  }
  if (columns == COLUMNS) {
    storeRow(c, low, high, add);
    return;
  }
  v128.store(spare, low);
  v128.store(spare, high, 16);
  for (let j: usize = 0; j < <usize>columns << 2; j += 4) {
    const value = load<f32>(spare + j);
    store<f32>(c + j, add ? load<f32>(c + j) + value : value);
  }
}

/** Lays five rows of the left factor side by side, so that long strides are walked once. */
export function packLeft(a: usize, aRow: usize, aStep: usize, depth: i32, target: usize): void {
  if (aRow == 4) {
    for (let k = 0; k < depth; k++) {
      v128.store(target, v128.load(a));
      store<f32>(target, load<f32>(a, 16), 16);
      a += aStep;
      target += 20;
    }
    return;
  }
  for (let k = 0; k < depth; k++) {
    for (let i: usize = 0; i < 5; i++) store<f32>(target + (i << 2), load<f32>(a + i * aRow));
    a += aStep;
    target += 20;
  }
}
