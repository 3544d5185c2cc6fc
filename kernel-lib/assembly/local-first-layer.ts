/**
 * The first layer of a network of sequences, recomputed where substitutions change it; see
 * `local-changes.ts`.
 */
import { addRow, at, ceilDivide, Changes, Chunk, maxRow, put } from './local-changes';

/** The first layer, with all that is kept of the unchanged sequences. */
@unmanaged
class FirstLayer {
  /** Bases a sequence. */
  length: i32;
  /** Bases a filter. */
  size: i32;
  /** First base of the first window, at or before the first that is computed. */
  origin: i32;
  pool: i32;
  windows: i32;
  phases: i32;
  relu: i32;
  /** Bytes of a row of filters. */
  row: i32;
  /** Bytes before the means in a row of the output. */
  meanOffset: i32;
  tokens: usize;
  /** `[size, 4]` rows. */
  kernel: usize;
  bias: usize;
  /** `[size, 5, 4]` rows: new row of the kernel minus old row. */
  steps: usize;
  /** `[example, windows · pool]` rows, and the largest of each window up to and from each on. */
  sums: usize;
  upTo: usize;
  fromOn: usize;
  /** `[example, phases, windows]` rows of the unchanged output. */
  output: usize;
}

/** The stretches of pooled positions that see a substitution. */
export function localReachFirst(
  layer: FirstLayer,
  chunk: Chunk,
  changes: Changes,
  part: i32,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++) {
    const last = at(chunk.positions, i) - layer.origin;
    const first = max(0, last - layer.size + 1);
    const end = min(layer.windows * layer.pool, last + 1);
    put(changes.from, i, end > first ? first / layer.pool : 0);
    put(changes.to, i, end > first ? ceilDivide(end, layer.pool) : 0);
  }
}

/** Sums of the first layer before its activation. Units of work: positions of all sequences. */
export function localSums(layer: FirstLayer, part: i32, from: i32, to: i32): void {
  const row = <usize>layer.row;
  const positions = layer.windows * layer.pool;
  let target = layer.sums + <usize>from * row;
  for (let unit = from; unit < to; unit++) {
    const tokens = layer.tokens + <usize>(unit / positions) * <usize>layer.length;
    const first = layer.origin + (unit % positions);
    memory.copy(target, layer.bias, row);
    for (let tap = 0; tap < layer.size; tap++) {
      const position = first + tap;
      if (position < 0 || position >= layer.length) continue;
      const base = <i32>load<u8>(tokens + <usize>position);
      if (base > 3) continue;
      addRow(target, layer.kernel + <usize>(tap * 4 + base) * row, row);
    }
    target += row;
  }
}

/**
 * The largest sums of each window up to and with each position, and from each on. Units of work:
 * windows of all sequences.
 */
export function localRunningMaxima(layer: FirstLayer, part: i32, from: i32, to: i32): void {
  const row = <usize>layer.row;
  const pool = layer.pool;
  const size = <usize>pool * row;
  for (let window = from; window < to; window++) {
    const upTo = layer.upTo + <usize>window * size;
    const fromOn = layer.fromOn + <usize>window * size;
    memory.copy(upTo, layer.sums + <usize>window * size, size);
    memory.copy(fromOn, layer.sums + <usize>window * size, size);
    for (let i = row; i < size; i += row) maxRow(upTo + i, upTo + i - row, row);
    for (let i = size - row; i > 0; i -= row) maxRow(fromOn + i - row, fromOn + i, row);
  }
}

/** Pooled maxima, into rows of `outputRow` bytes. Units of work: windows of all sequences. */
export function localMaxima(
  layer: FirstLayer,
  outputRow: i32,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>layer.row;
  const floor = layer.relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  for (let window = from; window < to; window++) {
    const source = layer.upTo + <usize>((window + 1) * layer.pool - 1) * row;
    const target = layer.output + <usize>window * <usize>outputRow;
    for (let lane: usize = 0; lane < row; lane += 16) {
      v128.store(target + lane, v128.max<f32>(v128.load(source + lane), floor));
    }
  }
}

/**
 * Pooled means, into rows of `outputRow` bytes that are zero. Units of work: windows of all
 * sequences.
 */
export function localMeans(
  layer: FirstLayer,
  outputRow: i32,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>layer.row;
  const floor = layer.relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  const share = v128.splat<f32>(<f32>layer.phases / <f32>layer.pool);
  for (let unit = from; unit < to; unit++) {
    const example = unit / layer.windows;
    const window = unit % layer.windows;
    let source = layer.sums + <usize>(unit * layer.pool) * row;
    for (let i = 0; i < layer.pool; i++) {
      const out = (example * layer.phases + (i % layer.phases)) * layer.windows + window;
      const target = layer.output + <usize>out * <usize>outputRow + <usize>layer.meanOffset;
      for (let lane: usize = 0; lane < row; lane += 16) {
        const value = v128.max<f32>(v128.load(source + lane), floor);
        const sum = v128.add<f32>(v128.load(target + lane), v128.mul<f32>(value, share));
        v128.store(target + lane, sum);
      }
      source += row;
    }
  }
}

/** Maxima of the windows that see a substitution, into the changed rows. */
export function localUpdateMaxima(
  layer: FirstLayer,
  chunk: Chunk,
  changes: Changes,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>layer.row;
  const pool = layer.pool;
  const positions = layer.windows * pool;
  const infinity = v128.splat<f32>(-Infinity);
  const floor = layer.relu ? v128.splat<f32>(0) : infinity;
  for (let i = from; i < to; i++) {
    const begin = at(changes.from, i);
    const end = at(changes.to, i);
    if (end <= begin) continue;
    const position = at(chunk.positions, i);
    const example = at(chunk.examples, i);
    const old = <i32>load<u8>(layer.tokens + <usize>(example * layer.length + position));
    const step = layer.steps + <usize>(old * 4 + at(chunk.bases, i)) * row;
    // The last position that sees the base has it at tap 0.
    const last = position - layer.origin;
    const first = max(0, last - layer.size + 1);
    const close = min(positions, last + 1);
    let target = changes.values + <usize>(at(changes.firstRow, i) * changes.row);
    for (let window = begin; window < end; window++) {
      const left = window * pool;
      const open = max(first, left);
      const shut = min(close, left + pool);
      const origin = <usize>(example * positions) * row;
      const before = open > left ? layer.upTo + origin + <usize>(open - 1) * row : 0;
      const behind = shut < left + pool ? layer.fromOn + origin + <usize>shut * row : 0;
      const sums = layer.sums + origin + <usize>open * row;
      const steps = step + <usize>((last - open) * 20) * row;
      for (let lane: usize = 0; lane < row; lane += 32) {
        let m0 = infinity;
        let m1 = infinity;
        if (before != 0) {
          m0 = v128.load(before + lane);
          m1 = v128.load(before + lane, 16);
        }
        if (behind != 0) {
          m0 = v128.max<f32>(m0, v128.load(behind + lane));
          m1 = v128.max<f32>(m1, v128.load(behind + lane, 16));
        }
        let sum = sums + lane;
        let difference = steps + lane;
        for (let j = open; j < shut; j++) {
          m0 = v128.max<f32>(m0, v128.add<f32>(v128.load(sum), v128.load(difference)));
          m1 = v128.max<f32>(m1, v128.add<f32>(v128.load(sum, 16), v128.load(difference, 16)));
          sum += row;
          difference -= 20 * row;
        }
        v128.store(target + lane, v128.max<f32>(m0, floor));
        v128.store(target + lane, v128.max<f32>(m1, floor), 16);
      }
      target += <usize>changes.row;
    }
  }
}

/** Means of the windows that see a substitution, into the changed rows. */
export function localUpdateMeans(
  layer: FirstLayer,
  chunk: Chunk,
  changes: Changes,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>layer.row;
  const pool = layer.pool;
  const phases = layer.phases;
  const positions = layer.windows * pool;
  const outputRow = <usize>changes.row;
  const offset = <usize>layer.meanOffset;
  const floor = layer.relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  const share = v128.splat<f32>(<f32>phases / <f32>pool);
  for (let i = from; i < to; i++) {
    const begin = at(changes.from, i);
    const windows = at(changes.to, i) - begin;
    if (windows <= 0) continue;
    const position = at(chunk.positions, i);
    const example = at(chunk.examples, i);
    const values = changes.values + <usize>at(changes.firstRow, i) * outputRow + offset;
    for (let phase = 0; phase < phases; phase++) {
      for (let window = 0; window < windows; window++) {
        const out = (example * phases + phase) * layer.windows + begin + window;
        const source = layer.output + <usize>out * outputRow + offset;
        const target = values + <usize>(phase * windows + window) * outputRow;
        for (let lane: usize = 0; lane < row; lane += 16) {
          v128.store(target + lane, v128.load(source + lane));
        }
      }
    }
    const old = <i32>load<u8>(layer.tokens + <usize>(example * layer.length + position));
    const step = layer.steps + <usize>(old * 4 + at(chunk.bases, i)) * row;
    const last = position - layer.origin;
    const close = min(positions, last + 1);
    for (let j = max(0, last - layer.size + 1); j < close; j++) {
      const window = j / pool;
      const out = ((j - window * pool) % phases) * windows + window - begin;
      const target = values + <usize>out * outputRow;
      const sums = layer.sums + <usize>(example * positions + j) * row;
      const steps = step + <usize>((last - j) * 20) * row;
      for (let lane: usize = 0; lane < row; lane += 16) {
        const sum = v128.load(sums + lane);
        const changed = v128.add<f32>(sum, v128.load(steps + lane));
        const difference = v128.sub<f32>(v128.max<f32>(changed, floor), v128.max<f32>(sum, floor));
        const mean = v128.add<f32>(v128.load(target + lane), v128.mul<f32>(difference, share));
        v128.store(target + lane, mean);
      }
    }
  }
}

