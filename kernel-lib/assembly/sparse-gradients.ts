/**
 * Gradients of a convolution whose output's gradient is mostly zero, as it is behind max-pooling:
 * only what is not zero is multiplied. For filters of height 1 that are not dilated, on images of
 * height 1.
 *
 * Both gradients are sums of stretches of memory times a number; an entry of a list holds the
 * address of a stretch (int32) and its factor (float32).
 */

import { multiplyAdd } from './matrix-tile';

const ENTRY: usize = 8;

/** Floats of a block of a sum that stays in registers; what is read may reach this far beyond. */
export const SPARSE_BLOCK: i32 = 32;
const BLOCK_BYTES: usize = 128;

/** Adds a block of all stretches of a list to `sum`. Exported so that it is not inlined. */
export function sparseBlock(entry: usize, end: usize, offset: usize, sum: usize): void {
  let s0 = v128.load(sum);
  let s1 = v128.load(sum, 16);
  let s2 = v128.load(sum, 32);
  let s3 = v128.load(sum, 48);
  let s4 = v128.load(sum, 64);
  let s5 = v128.load(sum, 80);
  let s6 = v128.load(sum, 96);
  let s7 = v128.load(sum, 112);
  while (entry < end) {
    const at = <usize>load<u32>(entry) + offset;
    const factor = v128.load32_splat(entry, 4);
    s0 = multiplyAdd(factor, v128.load(at), s0);
    s1 = multiplyAdd(factor, v128.load(at, 16), s1);
    s2 = multiplyAdd(factor, v128.load(at, 32), s2);
    s3 = multiplyAdd(factor, v128.load(at, 48), s3);
    s4 = multiplyAdd(factor, v128.load(at, 64), s4);
    s5 = multiplyAdd(factor, v128.load(at, 80), s5);
    s6 = multiplyAdd(factor, v128.load(at, 96), s6);
    s7 = multiplyAdd(factor, v128.load(at, 112), s7);
    entry += ENTRY;
  }
  v128.store(sum, s0);
  v128.store(sum, s1, 16);
  v128.store(sum, s2, 32);
  v128.store(sum, s3, 48);
  v128.store(sum, s4, 64);
  v128.store(sum, s5, 80);
  v128.store(sum, s6, 96);
  v128.store(sum, s7, 112);
}

@inline
function setEntry(entry: usize, at: usize, factor: f32): void {
  store<u32>(entry, <u32>at);
  store<f32>(entry, factor, 4);
}

/** counts[part] = values that are not zero. Units of work: values. */
export function countNonzero(values: usize, counts: usize, part: i32, from: i32, to: i32): void {
  let count = 0;
  const end = values + (<usize>to << 2);
  for (let at = values + (<usize>from << 2); at < end; at += 4) {
    count += i32(load<f32>(at) != 0);
  }
  store<i32>(counts + (<usize>part << 2), count);
}

/** target[columns, rows] = source[rows, columns]. Units of work: rows of the target. */
export function transposeMatrix(
  source: usize,
  rows: i32,
  columns: i32,
  target: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const step = <usize>columns << 2;
  let out = target + ((<usize>from * <usize>rows) << 2);
  for (let column = from; column < to; column++) {
    let at = source + (<usize>column << 2);
    for (let row = 0; row < rows; row++) {
      store<f32>(out, load<f32>(at));
      at += step;
      out += 4;
    }
  }
}

/** Bytes of scratch a part of `sparseFilterGradient`. */
export function sparseFilterScratch(width: i32, channels: i32, positions: i32, filters: i32): usize {
  const row = (<usize>(width * channels) << 2) + BLOCK_BYTES;
  const entries = <usize>positions * <usize>filters * ENTRY;
  return (row + entries + (<usize>(filters + 1) << 2) + 127) & ~63;
}

/**
 * Gradient of the filters, turned to `[filters, depth]` with rows of `rowSize` bytes, a multiple of a
 * block: adds that of the examples of a part to the part's own stretch, zeroed here. Units of work:
 * examples.
 *
 * @param paddedWidth columns of the input that the filters see, zeros beyond the border included
 * @param left zeros before the first column
 */
export function sparseFilterGradient(
  input: usize,
  inWidth: i32,
  channels: i32,
  paddedWidth: i32,
  left: i32,
  stride: i32,
  outputGradient: usize,
  positions: i32,
  filters: i32,
  rowSize: usize,
  partials: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const pixel = <usize>channels << 2;
  const padded = scratch + <usize>part * scratchSize;
  const entries = padded + <usize>paddedWidth * pixel + BLOCK_BYTES;
  const ends = entries + <usize>positions * <usize>filters * ENTRY;
  const result = partials + <usize>part * <usize>filters * rowSize;
  memory.fill(result, 0, <usize>filters * rowSize);
  memory.fill(padded, 0, <usize>paddedWidth * pixel + BLOCK_BYTES);
  const copied = <usize>min(inWidth, paddedWidth - left) * pixel;
  const step = <usize>stride * pixel;
  const size = <usize>positions * <usize>filters;
  for (let example = from; example < to; example++) {
    memory.copy(padded + <usize>left * pixel, input + <usize>example * <usize>inWidth * pixel, copied);
    const gradient = outputGradient + ((<usize>example * size) << 2);
    // How many entries each filter has, then where each filter's entries end as they are put down.
    memory.fill(ends, 0, <usize>(filters + 1) << 2);
    let at = gradient;
    for (let position = 0; position < positions; position++) {
      for (let filter = 0; filter < filters; filter++) {
        const slot = ends + (<usize>filter << 2);
        store<i32>(slot, load<i32>(slot, 4) + i32(load<f32>(at) != 0), 4);
        at += 4;
      }
    }
    for (let filter = 0; filter < filters; filter++) {
      const slot = ends + (<usize>filter << 2);
      store<i32>(slot, load<i32>(slot) + load<i32>(slot, 4), 4);
    }
    at = gradient;
    let stretch = padded;
    for (let position = 0; position < positions; position++) {
      for (let filter = 0; filter < filters; filter++) {
        const factor = load<f32>(at);
        if (factor != 0) {
          const slot = ends + (<usize>filter << 2);
          const index = load<i32>(slot);
          setEntry(entries + <usize>index * ENTRY, stretch, factor);
          store<i32>(slot, index + 1);
        }
        at += 4;
      }
      stretch += step;
    }
    let first = entries;
    for (let filter = 0; filter < filters; filter++) {
      const end = entries + <usize>load<i32>(ends + (<usize>filter << 2)) * ENTRY;
      const sums = result + <usize>filter * rowSize;
      if (end > first) {
        for (let offset: usize = 0; offset < rowSize; offset += BLOCK_BYTES) {
          sparseBlock(first, end, offset, sums + offset);
        }
      }
      first = end;
    }
  }
}

/** Bytes of scratch a part of `sparseInputGradient`. */
export function sparseInputScratch(
  width: i32,
  channels: i32,
  positions: i32,
  filters: i32,
): usize {
  const row = (<usize>channels << 2) + BLOCK_BYTES;
  const entries = <usize>(positions + width) * <usize>filters * ENTRY;
  return (row + entries + (<usize>(positions + 1) << 2) + 127) & ~63;
}

/**
 * Gradient of the input. Units of work: examples.
 *
 * @param filters `[filters, width · channels]`, with a block of any values behind the last
 */
export function sparseInputGradient(
  outputGradient: usize,
  positions: i32,
  filters: i32,
  weights: usize,
  width: i32,
  channels: i32,
  left: i32,
  stride: i32,
  inputGradient: usize,
  inWidth: i32,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const pixel = <usize>channels << 2;
  const filterRow = <usize>width * pixel;
  const row = (pixel + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1);
  const sums = scratch + <usize>part * scratchSize;
  const starts = sums + row;
  const entries = starts + (<usize>(positions + 2) & ~1) * 4;
  const size = <usize>positions * <usize>filters;
  const list = entries + size * ENTRY;
  for (let example = from; example < to; example++) {
    let at = outputGradient + ((<usize>example * size) << 2);
    let entry = entries;
    for (let position = 0; position < positions; position++) {
      store<u32>(starts + (<usize>position << 2), <u32>entry);
      let filter = weights;
      for (let i = 0; i < filters; i++) {
        const factor = load<f32>(at);
        if (factor != 0) {
          setEntry(entry, filter, factor);
          entry += ENTRY;
        }
        at += 4;
        filter += filterRow;
      }
    }
    store<u32>(starts + (<usize>positions << 2), <u32>entry);
    let target = inputGradient + <usize>example * <usize>inWidth * pixel;
    for (let column = 0; column < inWidth; column++) {
      // Positions whose filters reach this column, and the tap with which they do.
      const seen = column + left;
      const first = max(0, (seen - width + stride) / stride);
      const last = min(positions - 1, seen / stride);
      let end = list;
      for (let position = first; position <= last; position++) {
        const tap = <usize>(seen - position * stride) * pixel;
        const stop = <usize>load<u32>(starts + (<usize>position << 2), 4);
        for (let own = <usize>load<u32>(starts + (<usize>position << 2)); own < stop; own += ENTRY) {
          setEntry(end, <usize>load<u32>(own) + tap, load<f32>(own, 4));
          end += ENTRY;
        }
      }
      memory.fill(sums, 0, row);
      if (end > list) {
        for (let offset: usize = 0; offset < row; offset += BLOCK_BYTES) {
          sparseBlock(list, end, offset, sums + offset);
        }
      }
      memory.copy(target, sums, pixel);
      target += pixel;
    }
  }
}
