/** Layers behind the first one, recomputed where substitutions change them; see `local-changes.ts`. */
import { addRow, at, ceilDivide, Changes, Chunk, maxRow, Windows } from './local-changes';

/** target = changed rows minus the unchanged rows at their positions. */
export function localDifferences(
  changes: Changes,
  chunk: Chunk,
  reference: usize,
  target: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>changes.row;
  for (let i = from; i < to; i++) {
    const begin = at(changes.from, i);
    const size = <usize>(at(changes.to, i) - begin) * row;
    let offset = <usize>at(changes.firstRow, i) * row;
    for (let y = 0; y < changes.height; y++) {
      const first = (at(chunk.examples, i) * changes.height + y) * changes.width + begin;
      const source = reference + <usize>first * row;
      for (let lane: usize = 0; lane < size; lane += 16) {
        const value = v128.load(changes.values + offset + lane);
        v128.store(target + offset + lane, v128.sub<f32>(value, v128.load(source + lane)));
      }
      offset += size;
    }
  }
}

/** target = (source − mean) · scale + shift. Units of work: rows of `row` bytes. */
export function localAffine(
  source: usize,
  row: usize,
  mean: usize,
  scale: usize,
  shift: usize,
  target: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  let offset = <usize>from * row;
  for (let i = from; i < to; i++) {
    for (let lane: usize = 0; lane < row; lane += 16) {
      const centred = v128.sub<f32>(v128.load(source + offset + lane), v128.load(mean + lane));
      const scaled = v128.mul<f32>(centred, v128.load(scale + lane));
      v128.store(target + offset + lane, v128.add<f32>(scaled, v128.load(shift + lane)));
    }
    offset += row;
  }
}

/** Negative values become zero. Units of work: rows of `row` bytes. */
export function localRectify(values: usize, row: usize, part: i32, from: i32, to: i32): void {
  const zero = v128.splat<f32>(0);
  const end = values + <usize>to * row;
  for (let at = values + <usize>from * row; at < end; at += 16) {
    v128.store(at, v128.max<f32>(v128.load(at), zero));
  }
}

@inline
function multiplyAdd(x: v128, y: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(x, y, sum);
  return v128.add<f32>(sum, v128.mul<f32>(x, y));
}

/**
 * Five rows of the left factor by a panel of eight columns. Exported so that it stays a function of
 * its own: inlined, its sums do not stay in registers, and it takes nearly twice as long.
 */
export function localTile5x8(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  inner: i32,
  panel: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  c4: usize,
): void {
  let s00 = v128.splat<f32>(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let s40 = s00;
  let s41 = s00;
  const stop = panel + (<usize>inner << 5);
  while (panel < stop) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    x = v128.load32_splat(a4);
    s40 = multiplyAdd(x, b0, s40);
    s41 = multiplyAdd(x, b1, s41);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    panel += 32;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
}

/** Rows of a product that are a unit of work. */
const BLOCK: i32 = 40;

/**
 * result[rows, columns] = left · right for rows of `inner` values, `leftRow` bytes apart. The right
 * factor lies in panels of 8 columns, `[columns / 8, …, 8]`, `panelSize` bytes apart; a panel and
 * the rows that meet it stay in the first cache. Units of work are blocks of 40 rows.
 */
export function localMultiply(
  left: usize,
  leftRow: usize,
  rows: i32,
  inner: i32,
  right: usize,
  panelSize: usize,
  columns: i32,
  result: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>columns << 2;
  const together = max(5, min(BLOCK, (4096 / inner / 5) * 5));
  const last = min(rows, to * BLOCK);
  for (let first = from * BLOCK; first < last; first += together) {
    const end = min(last, first + together);
    for (let column = 0; column < columns; column += 8) {
      const panel = right + <usize>(column >> 3) * panelSize;
      for (let i = first; i < end; i += 5) {
        // Where fewer than five rows are left, the last one is computed more than once.
        const more = end - 1 - i;
        const second = <usize>min(1, more);
        const third = <usize>min(2, more);
        const fourth = <usize>min(3, more);
        const fifth = <usize>min(4, more);
        const a = left + <usize>i * leftRow;
        const c = result + <usize>i * row + (<usize>column << 2);
        localTile5x8(
          a,
          a + second * leftRow,
          a + third * leftRow,
          a + fourth * leftRow,
          a + fifth * leftRow,
          inner,
          panel,
          c,
          c + second * row,
          c + third * row,
          c + fourth * row,
          c + fifth * row,
        );
      }
    }
  }
}

/**
 * Sums of a convolution where they change: those of the unchanged sequences, `sums`, and the
 * products `[rows of input, size]` of the changes with every tap. Without `sums` the rows hold
 * the start already.
 */
export function localGather(
  windows: Windows,
  input: Changes,
  output: Changes,
  chunk: Chunk,
  products: usize,
  sums: usize,
  relu: bool,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>output.row;
  const floor = relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  // From one tap to the next: `dilation` inputs further, and one product.
  const step = (<usize>(windows.dilation * windows.size) + 1) * row;
  for (let i = from; i < to; i++) {
    const begin = at(output.from, i);
    const end = at(output.to, i);
    const open = at(input.from, i);
    const shut = at(input.to, i);
    if (end <= begin) continue;
    let target = output.values + <usize>at(output.firstRow, i) * row;
    for (let y = 0; y < output.height; y++) {
      const own = at(input.firstRow, i) + y * (shut - open);
      const unchanged = (at(chunk.examples, i) * output.height + y) * output.width;
      for (let x = begin; x < end; x++) {
        const base = x * windows.stride - windows.left;
        const firstTap = max(0, ceilDivide(open - base, windows.dilation));
        const endTap = min(windows.size, ceilDivide(shut - base, windows.dilation));
        const firstInput = base + firstTap * windows.dilation - open;
        const product = products + <usize>((own + firstInput) * windows.size + firstTap) * row;
        const source = sums != 0 ? sums + <usize>(unchanged + x) * row : target;
        for (let lane: usize = 0; lane < row; lane += 32) {
          let s0 = v128.load(source + lane);
          let s1 = v128.load(source + lane, 16);
          let p = product + lane;
          for (let tap = firstTap; tap < endTap; tap++) {
            s0 = v128.add<f32>(s0, v128.load(p));
            s1 = v128.add<f32>(s1, v128.load(p, 16));
            p += step;
          }
          v128.store(target + lane, v128.max<f32>(s0, floor));
          v128.store(target + lane, v128.max<f32>(s1, floor), 16);
        }
        target += row;
      }
    }
  }
}

/**
 * Pooling of the windows that change, over the new values and, beside them, the unchanged ones.
 * Padding does not count in means.
 */
export function localPool(
  along: Windows,
  across: Windows,
  input: Changes,
  output: Changes,
  chunk: Chunk,
  reference: usize,
  mean: bool,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>output.row;
  for (let i = from; i < to; i++) {
    const begin = at(output.from, i);
    const end = at(output.to, i);
    const open = at(input.from, i);
    const shut = at(input.to, i);
    if (end <= begin) continue;
    let target = output.values + <usize>at(output.firstRow, i) * row;
    const own = at(input.firstRow, i);
    for (let out = 0; out < output.height; out++) {
      const top = out * across.stride - across.left;
      const yEnd = min(input.height, top + across.size);
      for (let x = begin; x < end; x++) {
        const first = x * along.stride - along.left;
        const xEnd = min(input.width, first + along.size);
        let seen = 0;
        for (let y = max(0, top); y < yEnd; y++) {
          const unchanged = (at(chunk.examples, i) * input.height + y) * input.width;
          const changed = own + y * (shut - open) - open;
          for (let j = max(0, first); j < xEnd; j++) {
            const source =
              j >= open && j < shut
                ? input.values + <usize>(changed + j) * row
                : reference + <usize>(unchanged + j) * row;
            if (seen == 0) {
              for (let lane: usize = 0; lane < row; lane += 16) {
                v128.store(target + lane, v128.load(source + lane));
              }
            } else if (mean) addRow(target, source, row);
            else maxRow(target, source, row);
            seen++;
          }
        }
        if (mean) {
          const share = v128.splat<f32>(1 / <f32>seen);
          for (let lane: usize = 0; lane < row; lane += 16) {
            v128.store(target + lane, v128.mul<f32>(v128.load(target + lane), share));
          }
        }
        target += row;
      }
    }
  }
}

/**
 * Puts one input of a merge into the changed rows of its result: behind `offset` bytes (kind 0, for
 * concatenation of `bytes` bytes), or as sum, product, maximum or minimum with what is there (1 to 4).
 */
export function localMerge(
  input: Changes,
  output: Changes,
  chunk: Chunk,
  reference: usize,
  kind: i32,
  offset: usize,
  bytes: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>input.row;
  for (let i = from; i < to; i++) {
    const begin = at(output.from, i);
    const end = at(output.to, i);
    const open = at(input.from, i);
    const shut = at(input.to, i);
    let target = output.values + <usize>(at(output.firstRow, i) * output.row) + offset;
    for (let y = 0; y < output.height && end > begin; y++) {
      const unchanged = (at(chunk.examples, i) * output.height + y) * output.width;
      const changed = at(input.firstRow, i) + y * (shut - open) - open;
      for (let x = begin; x < end; x++) {
        const source =
          x >= open && x < shut
            ? input.values + <usize>(changed + x) * row
            : reference + <usize>(unchanged + x) * row;
        mergeRow(target, source, kind, bytes);
        target += <usize>output.row;
      }
    }
  }
}

function mergeRow(target: usize, source: usize, kind: i32, bytes: usize): void {
  if (kind == 0) {
    let lane: usize = 0;
    for (; lane + 16 <= bytes; lane += 16) v128.store(target + lane, v128.load(source + lane));
    for (; lane < bytes; lane += 4) store<f32>(target + lane, load<f32>(source + lane));
    return;
  }
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const a = v128.load(target + lane);
    const b = v128.load(source + lane);
    let value = v128.add<f32>(a, b);
    if (kind == 2) value = v128.mul<f32>(a, b);
    else if (kind == 3) value = v128.max<f32>(a, b);
    else if (kind == 4) value = v128.min<f32>(a, b);
    v128.store(target + lane, value);
  }
}

/**
 * left[member, position, channel] = what the members (int32 substitution numbers) change at the
 * positions `[x, end)` of height `y`; zero where a member changes nothing. Units of work: members.
 */
export function localTile(
  changes: Changes,
  chunk: Chunk,
  members: usize,
  y: i32,
  x: i32,
  end: i32,
  reference: usize,
  left: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>changes.row;
  let target = left + <usize>(from * (end - x)) * row;
  for (let member = from; member < to; member++) {
    const i = at(members, member);
    const open = at(changes.from, i);
    const shut = at(changes.to, i);
    const changed = at(changes.firstRow, i) + y * (shut - open) - open;
    const unchanged = (at(chunk.examples, i) * changes.height + y) * changes.width;
    for (let j = x; j < end; j++) {
      if (j < open || j >= shut) {
        memory.fill(target, 0, row);
      } else {
        const value = changes.values + <usize>(changed + j) * row;
        const old = reference + <usize>(unchanged + j) * row;
        for (let lane: usize = 0; lane < row; lane += 16) {
          v128.store(target + lane, v128.sub<f32>(v128.load(value + lane), v128.load(old + lane)));
        }
      }
      target += row;
    }
  }
}

/** sums[members[k]] += products[k], rows of `row` bytes. Units of work: members. */
export function localScatter(
  members: usize,
  products: usize,
  row: usize,
  sums: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  for (let member = from; member < to; member++) {
    addRow(sums + <usize>at(members, member) * row, products + <usize>member * row, row);
  }
}

/** Makes memory zero. Units of work are bytes. */
export function localClear(at: usize, part: i32, from: i32, to: i32): void {
  memory.fill(at + <usize>from, 0, <usize>(to - from));
}
