/**
 * The innermost loops of a matrix product: tiles of 5 × 8 results that stay in registers. The right
 * factor comes in panels of 8 columns, 32 bytes a step.
 *
 * Adding to what is there is a function of its own, and loads it before the loop: with a branch or a
 * sum behind the loop, V8 keeps the sums in memory instead of registers, at half the speed.
 */

export const ROWS: i32 = 5;
export const COLUMNS: i32 = 8;
export const PANEL_STEP: usize = 32;

/** x · y + sum, in one operation where there is one. */
@inline
export function multiplyAdd(x: v128, y: v128, sum: v128): v128 {
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
): void {
  let c00 = v128.splat<f32>(0);
  let c01 = v128.splat<f32>(0);
  let c10 = v128.splat<f32>(0);
  let c11 = v128.splat<f32>(0);
  let c20 = v128.splat<f32>(0);
  let c21 = v128.splat<f32>(0);
  let c30 = v128.splat<f32>(0);
  let c31 = v128.splat<f32>(0);
  let c40 = v128.splat<f32>(0);
  let c41 = v128.splat<f32>(0);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  const stop = panel + <usize>depth * PANEL_STEP;
  while (panel < stop) {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/** The same, added to what is there. */
export function addFullTile(
  a: usize,
  aRow: usize,
  aStep: usize,
  depth: i32,
  panel: usize,
  c: usize,
  cRow: usize,
): void {
  let row = c;
  let c00 = v128.load(row);
  let c01 = v128.load(row, 16);
  row += cRow;
  let c10 = v128.load(row);
  let c11 = v128.load(row, 16);
  row += cRow;
  let c20 = v128.load(row);
  let c21 = v128.load(row, 16);
  row += cRow;
  let c30 = v128.load(row);
  let c31 = v128.load(row, 16);
  row += cRow;
  let c40 = v128.load(row);
  let c41 = v128.load(row, 16);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  const stop = panel + <usize>depth * PANEL_STEP;
  while (panel < stop) {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/** Five rows by eight columns, the left factor packed. */
export function packedTile(
  a: usize,
  depth: i32,
  panel: usize,
  c: usize,
  cRow: usize,
): void {
  let c00 = v128.splat<f32>(0);
  let c01 = v128.splat<f32>(0);
  let c10 = v128.splat<f32>(0);
  let c11 = v128.splat<f32>(0);
  let c20 = v128.splat<f32>(0);
  let c21 = v128.splat<f32>(0);
  let c30 = v128.splat<f32>(0);
  let c31 = v128.splat<f32>(0);
  let c40 = v128.splat<f32>(0);
  let c41 = v128.splat<f32>(0);
  const stop = panel + <usize>depth * PANEL_STEP;
  while (panel < stop) {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/** The same, added to what is there. */
export function addPackedTile(
  a: usize,
  depth: i32,
  panel: usize,
  c: usize,
  cRow: usize,
): void {
  let row = c;
  let c00 = v128.load(row);
  let c01 = v128.load(row, 16);
  row += cRow;
  let c10 = v128.load(row);
  let c11 = v128.load(row, 16);
  row += cRow;
  let c20 = v128.load(row);
  let c21 = v128.load(row, 16);
  row += cRow;
  let c30 = v128.load(row);
  let c31 = v128.load(row, 16);
  row += cRow;
  let c40 = v128.load(row);
  let c41 = v128.load(row, 16);
  const stop = panel + <usize>depth * PANEL_STEP;
  while (panel < stop) {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
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
