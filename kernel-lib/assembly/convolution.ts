/**
 * Two-dimensional convolution, channels last, and its gradients, as matrix products over
 * overlapping patches: with filters that are `filterWidth` wide and not dilated, the patch that an
 * output position sees in one row is a contiguous stretch of that row, so nothing is copied but
 * what crosses the border. Sequences are images of height 1.
 */
import {
  finishRows,
  LEFT_SCRATCH,
  multiplyInto,
  packPanel,
} from './matrix-product';

/** Output positions that are worked on at once. */
const CHUNK: i32 = 128;

/** Geometry of a convolution, as 32-bit integers in this order. */
@inline
function field(geometry: usize, index: usize): i32 {
  return load<i32>(geometry + (index << 2));
}

const IN_HEIGHT: usize = 0;
const IN_WIDTH: usize = 1;
const IN_CHANNELS: usize = 2;
const OUT_HEIGHT: usize = 3;
const OUT_WIDTH: usize = 4;
const OUT_CHANNELS: usize = 5;
const FILTER_HEIGHT: usize = 6;
const FILTER_WIDTH: usize = 7;
const STRIDE_HEIGHT: usize = 8;
const STRIDE_WIDTH: usize = 9;
const DILATION_HEIGHT: usize = 10;
const DILATION_WIDTH: usize = 11;
const PAD_TOP: usize = 12;
const PAD_LEFT: usize = 13;

/** Input columns that a chunk of output positions sees. */
@inline
function reach(geometry: usize, count: i32): i32 {
  return (
    (count - 1) * field(geometry, STRIDE_WIDTH) +
    (field(geometry, FILTER_WIDTH) - 1) * field(geometry, DILATION_WIDTH) +
    1
  );
}

/** Bytes of scratch a part for all functions of this file. */
export function convolutionScratch(geometry: usize): usize {
  const channels = <usize>field(geometry, IN_CHANNELS);
  const stretch = <usize>reach(geometry, CHUNK) * channels * 4;
  const patches = <usize>(CHUNK * field(geometry, FILTER_WIDTH)) * channels * 4;
  const panels = <usize>((field(geometry, OUT_CHANNELS) + 7) >> 3) * <usize>CHUNK * 32;
  return (LEFT_SCRATCH + max(max(stretch, patches), stretch + panels) + 127) & ~63;
}

/**
 * Where the columns start that the chunk at `first` sees in a row of the input: in place, or copied
 * to `copy` with zeros beyond the border.
 */
function stretchOf(
  geometry: usize,
  inputRow: usize,
  first: i32,
  count: i32,
  copy: usize,
): usize {
  const width = field(geometry, IN_WIDTH);
  const pixel = <usize>field(geometry, IN_CHANNELS) << 2;
  const start = first * field(geometry, STRIDE_WIDTH) - field(geometry, PAD_LEFT);
  const size = reach(geometry, count);
  if (start >= 0 && start + size <= width) return inputRow + <usize>start * pixel;
  memory.fill(copy, 0, <usize>size * pixel);
  const from = max(start, 0);
  const to = min(start + size, width);
  if (to > from) {
    memory.copy(
      copy + <usize>(from - start) * pixel,
      inputRow + <usize>from * pixel,
      <usize>(to - from) * pixel,
    );
  }
  return copy;
}

/**
 * Units of work: `batch × outHeight × chunks` stretches of up to 128 output positions.
 *
 * @param packed for each filter row the panels of `[filterWidth · inChannels, outChannels]`
 */
export function convolve(
  geometry: usize,
  input: usize,
  packed: usize,
  bias: usize,
  relu: bool,
  output: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const inChannels = field(geometry, IN_CHANNELS);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const outChannels = field(geometry, OUT_CHANNELS);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const dilation = field(geometry, DILATION_WIDTH);
  const chunks = (outWidth + CHUNK - 1) / CHUNK;
  const own = scratch + <usize>part * scratchSize;
  const copy = own + ((LEFT_SCRATCH + 63) & ~63);
  const pixel = <usize>inChannels << 2;
  const aRow = pixel * <usize>field(geometry, STRIDE_WIDTH);
  const cRow = <usize>outChannels << 2;
  const depth = filterWidth * inChannels;
  const panelStride = <usize>depth * 32;
  const filterRow = panelStride * <usize>((outChannels + 7) >> 3);
  for (let unit = from; unit < to; unit++) {
    const first = (unit % chunks) * CHUNK;
    const line = unit / chunks;
    const row = line % outHeight;
    const example = line / outHeight;
    const count = min(CHUNK, outWidth - first);
    const c = output + <usize>(line * outWidth + first) * cRow;
    let add = false;
    for (let y = 0; y < filterHeight; y++) {
      const inRow =
        row * field(geometry, STRIDE_HEIGHT) +
        y * field(geometry, DILATION_HEIGHT) -
        field(geometry, PAD_TOP);
      if (inRow < 0 || inRow >= inHeight) continue;
      const inputRow = input + <usize>((example * inHeight + inRow) * inWidth) * pixel;
      const a = stretchOf(geometry, inputRow, first, count, copy);
      const panels = packed + <usize>y * filterRow;
      if (dilation == 1) {
        multiplyInto(a, aRow, 4, count, depth, panels, panelStride, outChannels, c, cRow, add, own);
        add = true;
      } else {
        for (let x = 0; x < filterWidth; x++) {
          multiplyInto(
            a + <usize>(x * dilation) * pixel,
            aRow,
            4,
            count,
            inChannels,
            panels + <usize>(x * inChannels) * 32,
            panelStride,
            outChannels,
            c,
            cRow,
            add,
            own,
          );
          add = true;
        }
      }
    }
    if (!add) memory.fill(c, 0, <usize>count * cRow);
    finishRows(c, cRow, count, outChannels, bias, relu);
  }
}

@inline
function addInto(target: usize, source: usize, floats: i32): void {
  const end = <usize>floats << 2;
  let at: usize = 0;
  for (; at + 16 <= end; at += 16) {
    v128.store(target + at, v128.add<f32>(v128.load(target + at), v128.load(source + at)));
  }
  for (; at < end; at += 4) {
    store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at));
  }
}

/**
 * Gradient of the input. Units of work: examples.
 *
 * @param packed for each filter row the panels of `[outChannels, filterWidth · inChannels]`
 */
export function convolveInputGradient(
  geometry: usize,
  outputGradient: usize,
  packed: usize,
  inputGradient: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const inChannels = field(geometry, IN_CHANNELS);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const outChannels = field(geometry, OUT_CHANNELS);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const stride = field(geometry, STRIDE_WIDTH);
  const dilation = field(geometry, DILATION_WIDTH);
  const left = field(geometry, PAD_LEFT);
  const own = scratch + <usize>part * scratchSize;
  const patches = own + ((LEFT_SCRATCH + 63) & ~63);
  const pixel = <usize>inChannels << 2;
  const depth = filterWidth * inChannels;
  const patchRow = <usize>depth << 2;
  const gradientRow = <usize>outChannels << 2;
  const panelStride = gradientRow * 8;
  const filterRow = panelStride * <usize>((depth + 7) >> 3);
  const exampleSize = <usize>(inHeight * inWidth) * pixel;
  for (let example = from; example < to; example++) {
    const base = inputGradient + <usize>example * exampleSize;
    memory.fill(base, 0, exampleSize);
    for (let row = 0; row < outHeight; row++) {
      for (let y = 0; y < filterHeight; y++) {
        const inRow =
          row * field(geometry, STRIDE_HEIGHT) +
          y * field(geometry, DILATION_HEIGHT) -
          field(geometry, PAD_TOP);
        if (inRow < 0 || inRow >= inHeight) continue;
        const target = base + <usize>(inRow * inWidth) * pixel;
        for (let first = 0; first < outWidth; first += CHUNK) {
          const count = min(CHUNK, outWidth - first);
          multiplyInto(
            outputGradient + <usize>((example * outHeight + row) * outWidth + first) * gradientRow,
            gradientRow,
            4,
            count,
            outChannels,
            packed + <usize>y * filterRow,
            panelStride,
            depth,
            patches,
            patchRow,
            false,
            own,
          );
          for (let p = 0; p < count; p++) {
            const start = (first + p) * stride - left;
            const patch = patches + <usize>p * patchRow;
            if (dilation == 1) {
              const low = max(start, 0);
              const high = min(start + filterWidth, inWidth);
              if (high > low) {
                addInto(
                  target + <usize>low * pixel,
                  patch + <usize>(low - start) * pixel,
                  (high - low) * inChannels,
                );
              }
            } else {
              for (let x = 0; x < filterWidth; x++) {
                const column = start + x * dilation;
                if (column < 0 || column >= inWidth) continue;
                addInto(target + <usize>column * pixel, patch + <usize>x * pixel, inChannels);
              }
            }
          }
        }
      }
    }
  }
}

/**
 * Gradient of the filter: adds that of the examples of a part to the part's own stretch
 * `[filterHeight, filterWidth, inChannels, outChannels]`, zeroed here. Units of work: examples.
 */
export function convolveFilterGradient(
  geometry: usize,
  input: usize,
  outputGradient: usize,
  partials: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const inHeight = field(geometry, IN_HEIGHT);
  const inWidth = field(geometry, IN_WIDTH);
  const inChannels = field(geometry, IN_CHANNELS);
  const outHeight = field(geometry, OUT_HEIGHT);
  const outWidth = field(geometry, OUT_WIDTH);
  const outChannels = field(geometry, OUT_CHANNELS);
  const filterHeight = field(geometry, FILTER_HEIGHT);
  const filterWidth = field(geometry, FILTER_WIDTH);
  const dilation = field(geometry, DILATION_WIDTH);
  const own = scratch + <usize>part * scratchSize;
  const panels = own + ((LEFT_SCRATCH + 63) & ~63);
  const panelCount = (outChannels + 7) >> 3;
  const copy = panels + <usize>(panelCount * CHUNK) * 32;
  const pixel = <usize>inChannels << 2;
  const aStep = pixel * <usize>field(geometry, STRIDE_WIDTH);
  const depth = filterWidth * inChannels;
  const cRow = <usize>outChannels << 2;
  const filterRow = <usize>depth * cRow;
  const size = filterRow * <usize>filterHeight;
  const result = partials + <usize>part * size;
  memory.fill(result, 0, size);
  for (let example = from; example < to; example++) {
    for (let row = 0; row < outHeight; row++) {
      for (let first = 0; first < outWidth; first += CHUNK) {
        const count = min(CHUNK, outWidth - first);
        const gradient =
          outputGradient + <usize>((example * outHeight + row) * outWidth + first) * cRow;
        const panelStride = <usize>count * 32;
        for (let panel = 0; panel < panelCount; panel++) {
          packPanel(
            gradient + (<usize>panel << 5),
            cRow,
            4,
            count,
            outChannels - panel * 8,
            panels + <usize>panel * panelStride,
          );
        }
        for (let y = 0; y < filterHeight; y++) {
          const inRow =
            row * field(geometry, STRIDE_HEIGHT) +
            y * field(geometry, DILATION_HEIGHT) -
            field(geometry, PAD_TOP);
          if (inRow < 0 || inRow >= inHeight) continue;
          const inputRow = input + <usize>((example * inHeight + inRow) * inWidth) * pixel;
          const a = stretchOf(geometry, inputRow, first, count, copy);
          const c = result + <usize>y * filterRow;
          if (dilation == 1) {
            multiplyInto(a, 4, aStep, depth, count, panels, panelStride, outChannels, c, cRow, true, own);
          } else {
            for (let x = 0; x < filterWidth; x++) {
              multiplyInto(
                a + <usize>(x * dilation) * pixel,
                4,
                aStep,
                inChannels,
                count,
                panels,
                panelStride,
                outChannels,
                c + <usize>(x * inChannels) * cRow,
                cRow,
                true,
                own,
              );
            }
          }
        }
      }
    }
  }
}
