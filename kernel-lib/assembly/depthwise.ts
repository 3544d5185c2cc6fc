/**
 * Depthwise convolution, channels last, with any stride and dilation. A filter is
 * `[filterHeight, filterWidth, channels, multiplier]`; output channel `c · multiplier + q` sees input
 * channel `c` only.
 */
import {
  above,
  CHANNELS,
  DILATION_HEIGHT,
  DILATION_WIDTH,
  divideUp,
  field,
  FILTER_HEIGHT,
  FILTER_WIDTH,
  IN_HEIGHT,
  IN_WIDTH,
  MULTIPLIER,
  OUT_HEIGHT,
  OUT_WIDTH,
  PAD_LEFT,
  PAD_TOP,
  STRIDE_HEIGHT,
  STRIDE_WIDTH,
  sumOverTaps,
} from './depthwise-geometry';

/** The same where each channel has several filters: `bytes` and the weights' steps count all of them. */
function sumOverTapsOfMany(
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
  multiplier: i32,
): void {
  const filters = <i32>(bytes >> 2);
  let filter = 0;
  for (; filter + 4 <= filters; filter += 4) {
    const c1 = <usize>((filter + 1) / multiplier - filter / multiplier) << 2;
    const c2 = <usize>((filter + 2) / multiplier - filter / multiplier) << 2;
    const c3 = <usize>((filter + 3) / multiplier - filter / multiplier) << 2;
    let sum = v128.splat<f32>(0);
    for (let y = 0; y < rows; y++) {
      let value = values + (<usize>(filter / multiplier) << 2) + <usize>(<isize>y * valueRow);
      let weight = weights + (<usize>filter << 2) + <usize>(<isize>y * weightRow);
      for (let x = 0; x < columns; x++) {
        let lanes = v128.load32_splat(value);
        lanes = v128.load_lane<f32>(value + c1, lanes, 1);
        lanes = v128.load_lane<f32>(value + c2, lanes, 2);
        lanes = v128.load_lane<f32>(value + c3, lanes, 3);
        sum = v128.add<f32>(sum, v128.mul<f32>(lanes, v128.load(weight)));
        value += <usize>valueStep;
        weight += <usize>weightStep;
      }
    }
    v128.store(target + (<usize>filter << 2), sum);
  }
  for (; filter < filters; filter++) {
    let sum: f32 = 0;
    for (let y = 0; y < rows; y++) {
      let value = values + (<usize>(filter / multiplier) << 2) + <usize>(<isize>y * valueRow);
      let weight = weights + (<usize>filter << 2) + <usize>(<isize>y * weightRow);
      for (let x = 0; x < columns; x++) {
        sum += load<f32>(value) * load<f32>(weight);
        value += <usize>valueStep;
        weight += <usize>weightStep;
      }
    }
    store<f32>(target + (<usize>filter << 2), sum);
  }
}

/** The convolution itself. Units of work: rows of the output, `batch × outHeight`. */
export function depthwise(
  geometry: usize,
  input: usize,
  filter: usize,
  output: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const dilationHeight = field(geometry, DILATION_HEIGHT);
  const dilationWidth = field(geometry, DILATION_WIDTH);
  const multiplier = field(geometry, MULTIPLIER);
  const pixel = <usize>field(geometry, CHANNELS) << 2;
  const result = pixel * <usize>multiplier;
  const line = <usize>inWidth * pixel;
  const weightRow = <usize>filterWidth * result;
  const valueRow = <isize>dilationHeight * <isize>line;
  const valueStep = <isize>dilationWidth * <isize>pixel;
  for (let row = from; row < to; row++) {
    const image = input + <usize>((row / outHeight) * inHeight) * line;
    const top = (row % outHeight) * field(geometry, STRIDE_HEIGHT) - field(geometry, PAD_TOP);
    const yFrom = max(0, divideUp(-top, dilationHeight));
    const rows = min(filterHeight, above(inHeight - 1 - top, dilationHeight)) - yFrom;
    const imageRow = image + <usize>(top + yFrom * dilationHeight) * line;
    for (let column = 0; column < outWidth; column++) {
      const left = column * field(geometry, STRIDE_WIDTH) - field(geometry, PAD_LEFT);
      const xFrom = max(0, divideUp(-left, dilationWidth));
      const columns = min(filterWidth, above(inWidth - 1 - left, dilationWidth)) - xFrom;
      const target = output + <usize>(row * outWidth + column) * result;
      const values = imageRow + <usize>(left + xFrom * dilationWidth) * pixel;
      const weights = filter + <usize>yFrom * weightRow + <usize>xFrom * result;
      if (multiplier == 1) {
        sumOverTaps(target, values, valueRow, valueStep, weights, weightRow, pixel, rows, columns, pixel);
      } else {
        sumOverTapsOfMany(
          target,
          values,
          valueRow,
          valueStep,
          weights,
          weightRow,
          result,
          rows,
          columns,
          result,
          multiplier,
        );
      }
    }
  }
}
