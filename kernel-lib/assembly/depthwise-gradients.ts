/** Gradients of depthwise convolutions, of their inputs and of their filters. */
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

/** Where an output position sees the input with one tap; negative where it sees padding. */
@inline
function seen(position: i32, tap: i32, stride: i32, dilation: i32, pad: i32, size: i32): i32 {
  const at = position * stride + tap * dilation - pad;
  return <u32>at < <u32>size ? at : -1;
}

/** Which output position sees an input position with one tap; negative where there is none. */
@inline
function seeing(position: i32, tap: i32, stride: i32, dilation: i32, pad: i32, size: i32): i32 {
  const from = position + pad - tap * dilation;
  if (from < 0 || from % stride != 0) return -1;
  const at = from / stride;
  return at < size ? at : -1;
}

/** target += a · b, value by value. */
@inline
function addProduct(target: usize, a: usize, b: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const product = v128.mul<f32>(v128.load(a + at), v128.load(b + at));
    v128.store(target + at, v128.add<f32>(v128.load(target + at), product));
  }
  for (; at < bytes; at += 4) {
    store<f32>(target + at, load<f32>(target + at) + load<f32>(a + at) * load<f32>(b + at));
  }
}

/** Gradient of the input. Units of work: rows of the input, `batch × inHeight`. */
export function depthwiseInputGradient(
  geometry: usize,
  outputGradient: usize,
  filter: usize,
  inputGradient: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const channels = field(geometry, CHANNELS);
  const multiplier = field(geometry, MULTIPLIER);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const strideHeight = field(geometry, STRIDE_HEIGHT);
  const strideWidth = field(geometry, STRIDE_WIDTH);
  const dilationHeight = field(geometry, DILATION_HEIGHT);
  const dilationWidth = field(geometry, DILATION_WIDTH);
  const top = field(geometry, PAD_TOP);
  const left = field(geometry, PAD_LEFT);
  const pixel = <usize>channels << 2;
  const result = pixel * <usize>multiplier;
  const dense = multiplier == 1 && strideHeight == 1 && strideWidth == 1;
  for (let row = from; row < to; row++) {
    const image = outputGradient + <usize>((row / inHeight) * outHeight * outWidth) * result;
    const bottom = (row % inHeight) + top;
    const yFrom = max(0, divideUp(bottom - outHeight + 1, dilationHeight));
    const yTo = min(filterHeight, above(bottom, dilationHeight));
    for (let column = 0; column < inWidth; column++) {
      const target = inputGradient + <usize>(row * inWidth + column) * pixel;
      if (dense) {
        // Each tap is met by one output position: they run backwards.
        const right = column + left;
        const xFrom = max(0, divideUp(right - outWidth + 1, dilationWidth));
        const xTo = min(filterWidth, above(right, dilationWidth));
        const first = (bottom - yFrom * dilationHeight) * outWidth + right - xFrom * dilationWidth;
        sumOverTaps(
          target,
          image + <usize>first * pixel,
          -(<isize>(dilationHeight * outWidth) * <isize>pixel),
          -(<isize>dilationWidth * <isize>pixel),
          filter + <usize>(yFrom * filterWidth + xFrom) * pixel,
          <isize>filterWidth * <isize>pixel,
          pixel,
          yTo - yFrom,
          xTo - xFrom,
          pixel,
        );
        continue;
      }
      memory.fill(target, 0, pixel);
      for (let y = 0; y < filterHeight; y++) {
        const outRow = seeing(row % inHeight, y, strideHeight, dilationHeight, top, outHeight);
        if (outRow < 0) continue;
        for (let x = 0; x < filterWidth; x++) {
          const outColumn = seeing(column, x, strideWidth, dilationWidth, left, outWidth);
          if (outColumn < 0) continue;
          const source = image + <usize>(outRow * outWidth + outColumn) * result;
          const weights = filter + <usize>(y * filterWidth + x) * result;
          if (multiplier == 1) {
            addProduct(target, source, weights, pixel);
          } else {
            for (let c = 0; c < channels; c++) {
              let sum = load<f32>(target + (<usize>c << 2));
              for (let q = 0; q < multiplier; q++) {
                const at = <usize>(c * multiplier + q) << 2;
                sum += load<f32>(source + at) * load<f32>(weights + at);
              }
              store<f32>(target + (<usize>c << 2), sum);
            }
          }
        }
      }
    }
  }
}

/**
 * Gradient of the filter: adds that of the rows of a part to the part's own stretch
 * `[filterHeight, filterWidth, channels, multiplier]`, zeroed here. Units of work: rows of the
 * output, `batch × outHeight`.
 */
export function depthwiseFilterGradient(
  geometry: usize,
  input: usize,
  outputGradient: usize,
  partials: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const channels = field(geometry, CHANNELS);
  const multiplier = field(geometry, MULTIPLIER);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const strideHeight = field(geometry, STRIDE_HEIGHT);
  const strideWidth = field(geometry, STRIDE_WIDTH);
  const dilationHeight = field(geometry, DILATION_HEIGHT);
  const dilationWidth = field(geometry, DILATION_WIDTH);
  const top = field(geometry, PAD_TOP);
  const left = field(geometry, PAD_LEFT);
  const pixel = <usize>channels << 2;
  const result = pixel * <usize>multiplier;
  const own = partials + <usize>part * (<usize>(filterHeight * filterWidth) * result);
  memory.fill(own, 0, <usize>(filterHeight * filterWidth) * result);
  for (let row = from; row < to; row++) {
    const image = input + <usize>((row / outHeight) * inHeight * inWidth) * pixel;
    const gradient = outputGradient + <usize>(row * outWidth) * result;
    for (let y = 0; y < filterHeight; y++) {
      const inRow = seen(row % outHeight, y, strideHeight, dilationHeight, top, inHeight);
      if (inRow < 0) continue;
      const line = image + <usize>(inRow * inWidth) * pixel;
      for (let x = 0; x < filterWidth; x++) {
        // The columns of the output that see the input, not its border, with this tap.
        const shift = x * dilationWidth - left;
        const low = shift >= 0 ? 0 : (strideWidth - 1 - shift) / strideWidth;
        const high = min(outWidth, (inWidth - 1 - shift + strideWidth) / strideWidth);
        if (high <= low || inWidth - 1 - shift < 0) continue;
        const target = own + <usize>(y * filterWidth + x) * result;
        const source = line + <usize>(low * strideWidth + shift) * pixel;
        const step = pixel * <usize>strideWidth;
        if (multiplier == 1) {
          sumProducts(target, source, step, gradient + <usize>low * result, high - low, pixel);
        } else {
          for (let column = low; column < high; column++) {
            const values = source + <usize>(column - low) * step;
            const upstream = gradient + <usize>column * result;
            for (let c = 0; c < channels; c++) {
              const value = load<f32>(values + (<usize>c << 2));
              for (let q = 0; q < multiplier; q++) {
                const at = <usize>(c * multiplier + q) << 2;
                store<f32>(target + at, load<f32>(target + at) + value * load<f32>(upstream + at));
              }
            }
          }
        }
      }
    }
  }
}

/** target[c] += Σ a[i][c] · b[i][c] over `count` rows that are `step` and `bytes` apart. */
@inline
function sumProducts(
  target: usize,
  a: usize,
  step: usize,
  b: usize,
  count: i32,
  bytes: usize,
): void {
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let s0 = v128.load(target + at);
    let s1 = v128.load(target + at, 16);
    let s2 = v128.load(target + at, 32);
    let s3 = v128.load(target + at, 48);
    let left = a + at;
    let right = b + at;
    for (let i = 0; i < count; i++) {
      s0 = v128.add<f32>(s0, v128.mul<f32>(v128.load(left), v128.load(right)));
      s1 = v128.add<f32>(s1, v128.mul<f32>(v128.load(left, 16), v128.load(right, 16)));
      s2 = v128.add<f32>(s2, v128.mul<f32>(v128.load(left, 32), v128.load(right, 32)));
      s3 = v128.add<f32>(s3, v128.mul<f32>(v128.load(left, 48), v128.load(right, 48)));
      left += step;
      right += bytes;
    }
    v128.store(target + at, s0);
    v128.store(target + at, s1, 16);
    v128.store(target + at, s2, 32);
    v128.store(target + at, s3, 48);
  }
  for (; at + 16 <= bytes; at += 16) {
    let sum = v128.load(target + at);
    let left = a + at;
    let right = b + at;
    for (let i = 0; i < count; i++) {
      sum = v128.add<f32>(sum, v128.mul<f32>(v128.load(left), v128.load(right)));
      left += step;
      right += bytes;
    }
    v128.store(target + at, sum);
  }
  for (; at < bytes; at += 4) {
    let sum = load<f32>(target + at);
    let left = a + at;
    let right = b + at;
    for (let i = 0; i < count; i++) {
      sum += load<f32>(left) * load<f32>(right);
      left += step;
      right += bytes;
    }
    store<f32>(target + at, sum);
  }
}
