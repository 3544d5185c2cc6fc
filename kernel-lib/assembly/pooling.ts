/** Gradients of pooling in two dimensions, channels last. Units of work: examples. */

/** Geometry of a pooling, as 32-bit integers in this order. */
@inline
function field(geometry: usize, index: usize): i32 {
  return load<i32>(geometry + (index << 2));
}

const IN_HEIGHT: usize = 0;
const IN_WIDTH: usize = 1;
const CHANNELS: usize = 2;
const OUT_HEIGHT: usize = 3;
const OUT_WIDTH: usize = 4;
const FILTER_HEIGHT: usize = 5;
const FILTER_WIDTH: usize = 6;
const STRIDE_HEIGHT: usize = 7;
const STRIDE_WIDTH: usize = 8;
const DILATION_HEIGHT: usize = 9;
const DILATION_WIDTH: usize = 10;
const PAD_TOP: usize = 11;
const PAD_LEFT: usize = 12;

/** First tap that sees the input and not its border; `start` is where tap 0 lies. */
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/** The tap behind the last one that sees the input. */
@inline
function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return start >= size ? 0 : min(taps, (size - 1 - start) / dilation + 1);
}

/** Gradient of maxima: that of each window goes to the first of its largest values. */
export function maxPoolGradient(
  geometry: usize,
  input: usize,
  outputGradient: usize,
  inputGradient: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const channels = field(geometry, CHANNELS);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const dilationHeight = field(geometry, DILATION_HEIGHT);
  const dilationWidth = field(geometry, DILATION_WIDTH);
  const pixel = <usize>channels << 2;
  const image = <usize>(inHeight * inWidth) * pixel;
  const step = <usize>dilationWidth * pixel;
  const none = v128.splat<f32>(-Infinity);
  let upstream = outputGradient + <usize>(from * outHeight * outWidth) * pixel;
  for (let example = from; example < to; example++) {
    const values = input + <usize>example * image;
    const gradient = inputGradient + <usize>example * image;
    memory.fill(gradient, 0, image);
    for (let row = 0; row < outHeight; row++) {
      const top = row * field(geometry, STRIDE_HEIGHT) - field(geometry, PAD_TOP);
      const yFrom = firstTap(top, dilationHeight);
      const yTo = endTap(top, dilationHeight, field(geometry, FILTER_HEIGHT), inHeight);
      for (let column = 0; column < outWidth; column++) {
        const left = column * field(geometry, STRIDE_WIDTH) - field(geometry, PAD_LEFT);
        const xFrom = firstTap(left, dilationWidth);
        const xTo = endTap(left, dilationWidth, field(geometry, FILTER_WIDTH), inWidth);
        const start = left + xFrom * dilationWidth;
        let lane: usize = 0;
        for (; lane + 16 <= pixel; lane += 16) {
          let highest = none;
          let best = v128.splat<i32>(-1);
          for (let y = yFrom; y < yTo; y++) {
            let at = <usize>((top + y * dilationHeight) * inWidth + start) * pixel + lane;
            for (let x = xFrom; x < xTo; x++) {
              const value = v128.load(values + at);
              const higher = v128.gt<f32>(value, highest);
              highest = v128.bitselect(value, highest, higher);
              best = v128.bitselect(v128.splat<i32>(<i32>at), best, higher);
              at += step;
            }
          }
          give(gradient, v128.extract_lane<i32>(best, 0), upstream + lane, 0);
          give(gradient, v128.extract_lane<i32>(best, 1), upstream + lane, 4);
          give(gradient, v128.extract_lane<i32>(best, 2), upstream + lane, 8);
          give(gradient, v128.extract_lane<i32>(best, 3), upstream + lane, 12);
        }
        for (; lane < pixel; lane += 4) {
          let highest: f32 = -Infinity;
          let best: i32 = -1;
          for (let y = yFrom; y < yTo; y++) {
            let at = <usize>((top + y * dilationHeight) * inWidth + start) * pixel + lane;
            for (let x = xFrom; x < xTo; x++) {
              const value = load<f32>(values + at);
              if (value > highest) {
                highest = value;
                best = <i32>at;
              }
              at += step;
            }
          }
          give(gradient, best, upstream + lane, 0);
        }
        upstream += pixel;
      }
    }
  }
}

/** Adds one upstream value to the gradient of the channel `lane` bytes behind `at`, if any. */
@inline
function give(gradient: usize, at: i32, upstream: usize, lane: usize): void {
  if (at == -1) return;
  const target = gradient + <usize><u32>at + lane;
  store<f32>(target, load<f32>(target) + load<f32>(upstream + lane));
}

/** Gradient of means over the values of each window that lie inside of the input. */
export function averagePoolGradient(
  geometry: usize,
  outputGradient: usize,
  inputGradient: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const channels = field(geometry, CHANNELS);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const dilationHeight = field(geometry, DILATION_HEIGHT);
  const dilationWidth = field(geometry, DILATION_WIDTH);
  const pixel = <usize>channels << 2;
  const image = <usize>(inHeight * inWidth) * pixel;
  let upstream = outputGradient + <usize>(from * outHeight * outWidth) * pixel;
  for (let example = from; example < to; example++) {
    const gradient = inputGradient + <usize>example * image;
    memory.fill(gradient, 0, image);
    for (let row = 0; row < outHeight; row++) {
      const top = row * field(geometry, STRIDE_HEIGHT) - field(geometry, PAD_TOP);
      const yFrom = firstTap(top, dilationHeight);
      const yTo = endTap(top, dilationHeight, field(geometry, FILTER_HEIGHT), inHeight);
      for (let column = 0; column < outWidth; column++) {
        const left = column * field(geometry, STRIDE_WIDTH) - field(geometry, PAD_LEFT);
        const xFrom = firstTap(left, dilationWidth);
        const xTo = endTap(left, dilationWidth, field(geometry, FILTER_WIDTH), inWidth);
        const share = <f32>1 / <f32>((yTo - yFrom) * (xTo - xFrom));
        for (let y = yFrom; y < yTo; y++) {
          for (let x = xFrom; x < xTo; x++) {
            const position = (top + y * dilationHeight) * inWidth + left + x * dilationWidth;
            addShare(gradient + <usize>position * pixel, upstream, share, pixel);
          }
        }
        upstream += pixel;
      }
    }
  }
}

@inline
function addShare(target: usize, source: usize, share: f32, bytes: usize): void {
  const shares = v128.splat<f32>(share);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const value = v128.mul<f32>(v128.load(source + at), shares);
    v128.store(target + at, v128.add<f32>(v128.load(target + at), value));
  }
  for (; at < bytes; at += 4) {
    store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at) * share);
  }
}
