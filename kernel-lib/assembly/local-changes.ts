/**
 * Recomputes what single-base substitutions change in the activations of a network: structures that
 * all kernels share, and where the changes lie. Further kernels: `local-first-layer.ts` and
 * `local-layers.ts`.
 *
 * The unchanged activations, the changed stretches and the weights stay in the memory for a whole
 * call; the classes below are laid over structures that the caller fills in. Pointers are byte
 * offsets. A row holds the channels of one position, as float32, padded to a multiple of 8 with
 * finite values that meet zero weights. The last arguments of every kernel are its part and the
 * units of work of that part: substitutions, where nothing else is said.
 */

/** Some substitutions: int32 arrays, one number a substitution. */
@unmanaged
export class Chunk {
  count: i32;
  examples: usize;
  positions: usize;
  bases: usize;
}

/** For each substitution the changed positions `[from, to)` and, from `firstRow` on, their rows. */
@unmanaged
export class Changes {
  height: i32;
  width: i32;
  /** Bytes of a row. */
  row: i32;
  from: usize;
  to: usize;
  firstRow: usize;
  values: usize;
  /** Of all substitutions. */
  rows: i32;
}

/** Where the windows of a convolution or a pooling lie. */
@unmanaged
export class Windows {
  size: i32;
  stride: i32;
  dilation: i32;
  left: i32;
  /** Windows along the positions. */
  outputs: i32;
}

@inline
export function at(array: usize, index: i32): i32 {
  return load<i32>(array + (<usize>index << 2));
}

@inline
export function ceilDivide(value: i32, divisor: i32): i32 {
  // Towards plus infinity for negative values too.
  return value > 0 ? (value + divisor - 1) / divisor : value / divisor;
}

@inline
export function put(array: usize, index: i32, value: i32): void {
  store<i32>(array + (<usize>index << 2), value);
}

@inline
export function addRow(target: usize, source: usize, row: usize): void {
  for (let lane: usize = 0; lane < row; lane += 16) {
    v128.store(target + lane, v128.add<f32>(v128.load(target + lane), v128.load(source + lane)));
  }
}

@inline
export function maxRow(target: usize, source: usize, row: usize): void {
  for (let lane: usize = 0; lane < row; lane += 16) {
    v128.store(target + lane, v128.max<f32>(v128.load(target + lane), v128.load(source + lane)));
  }
}

/** Where the rows of each stretch begin, and the number of all rows. One unit of work. */
export function localLayOut(changes: Changes, count: i32, part: i32, from: i32, to: i32): void {
  let row = 0;
  for (let i = 0; i < count; i++) {
    put(changes.firstRow, i, row);
    row += changes.height * (at(changes.to, i) - at(changes.from, i));
  }
  changes.rows = row;
}

/** The stretches of outputs whose windows can see a changed input. */
export function localReach(
  windows: Windows,
  input: Changes,
  output: Changes,
  part: i32,
  from: i32,
  to: i32,
): void {
  const span = (windows.size - 1) * windows.dilation;
  for (let i = from; i < to; i++) {
    const begin = at(input.from, i);
    const close = at(input.to, i);
    let first = 0;
    let end = 0;
    if (close > begin) {
      first = max(0, ceilDivide(begin + windows.left - span, windows.stride));
      end = min(windows.outputs, (close - 1 + windows.left) / windows.stride + 1);
    }
    put(output.from, i, end > first ? first : 0);
    put(output.to, i, end > first ? end : 0);
  }
}

/** Widens the stretches of `output` so that they hold those of `input`; sets them if it is the first. */
export function localUnite(
  input: Changes,
  output: Changes,
  isFirst: bool,
  part: i32,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++) {
    let begin = at(input.from, i);
    let end = at(input.to, i);
    const outBegin = at(output.from, i);
    const outEnd = at(output.to, i);
    if (!isFirst && outEnd > outBegin) {
      begin = end > begin ? min(begin, outBegin) : outBegin;
      end = max(end, outEnd);
    }
    put(output.from, i, begin);
    put(output.to, i, end);
  }
}
