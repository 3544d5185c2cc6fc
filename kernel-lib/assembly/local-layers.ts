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
