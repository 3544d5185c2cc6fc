/** What the depthwise convolution and its gradients share. */

/** Geometry of a depthwise convolution, as 32-bit integers in this order. */
@inline
export function field(geometry: usize, index: usize): i32 {
  return load<i32>(geometry + (index << 2));
}

export const IN_HEIGHT: usize = 0;
export const IN_WIDTH: usize = 1;
export const CHANNELS: usize = 2;
export const MULTIPLIER: usize = 3;
export const OUT_HEIGHT: usize = 4;
export const OUT_WIDTH: usize = 5;
export const FILTER_HEIGHT: usize = 6;
export const FILTER_WIDTH: usize = 7;
export const STRIDE_HEIGHT: usize = 8;
export const STRIDE_WIDTH: usize = 9;
export const DILATION_HEIGHT: usize = 10;
export const DILATION_WIDTH: usize = 11;
export const PAD_TOP: usize = 12;
export const PAD_LEFT: usize = 13;

/** The smallest whole number that is not below a / b, for a positive b. */
@inline
export function divideUp(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : -(-a / b);
}

/** The first whole number above a / b, for a positive b. */
@inline
export function above(a: i32, b: i32): i32 {
  return a >= 0 ? a / b + 1 : -((-a - 1) / b);
}

/**
 * target[c] = Σ values[y][x][c] · weights[y][x][c] over rows and columns of taps; the steps are those
 * from one tap to the next.
 */
export function sumOverTaps(
  target: usize,
  values: usize,
  valueRow: isize,
  valueStep: isize,
  weights: usize,
  weightRow: isize,
  weightStep: isize,
  rows: i32,
  columns: i32,
  bytes: usize,
): void {
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let s0 = v128.splat<f32>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let y = 0; y < rows; y++) {
      let value = values + at + <usize>(<isize>y * valueRow);
      let weight = weights + at + <usize>(<isize>y * weightRow);
      for (let x = 0; x < columns; x++) {
        s0 = v128.add<f32>(s0, v128.mul<f32>(v128.load(value), v128.load(weight)));
        s1 = v128.add<f32>(s1, v128.mul<f32>(v128.load(value, 16), v128.load(weight, 16)));
        s2 = v128.add<f32>(s2, v128.mul<f32>(v128.load(value, 32), v128.load(weight, 32)));
        s3 = v128.add<f32>(s3, v128.mul<f32>(v128.load(value, 48), v128.load(weight, 48)));
        value += <usize>valueStep;
        weight += <usize>weightStep;
      }
    }
    v128.store(target + at, s0);
    v128.store(target + at, s1, 16);
    v128.store(target + at, s2, 32);
    v128.store(target + at, s3, 48);
  }
  for (; at + 16 <= bytes; at += 16) {
    let sum = v128.splat<f32>(0);
    for (let y = 0; y < rows; y++) {
      let value = values + at + <usize>(<isize>y * valueRow);
      let weight = weights + at + <usize>(<isize>y * weightRow);
      for (let x = 0; x < columns; x++) {
        sum = v128.add<f32>(sum, v128.mul<f32>(v128.load(value), v128.load(weight)));
        value += <usize>valueStep;
        weight += <usize>weightStep;
      }
    }
    v128.store(target + at, sum);
  }
  for (; at < bytes; at += 4) {
    let sum: f32 = 0;
    for (let y = 0; y < rows; y++) {
      let value = values + at + <usize>(<isize>y * valueRow);
      let weight = weights + at + <usize>(<isize>y * weightRow);
      for (let x = 0; x < columns; x++) {
        sum += load<f32>(value) * load<f32>(weight);
        value += <usize>valueStep;
        weight += <usize>weightStep;
      }
    }
    store<f32>(target + at, sum);
  }
}
