/**
 * Convolution of base tokens by 3-mer tables, fused with ReLU and max-pooling.
 *
 * A filter bank of width k over A, C, G, T is a sum over groups of three neighbouring taps. For
 * each group a table holds the sum of its taps for all 125 3-mers over A, C, G, T and unknown, so
 * that one window costs k/3 row additions instead of 4k multiply-adds a filter. All pointers are
 * byte offsets in the imported memory; rows hold `filters` float32 values, a multiple of 16.
 */

const LETTERS: i32 = 5;
const WORDS: i32 = 125;

/** tables[group][word][filter] from kernel[tap][letter][filter]; taps past the kernel are zero. */
export function buildTables(kernel: usize, width: i32, filters: i32, tables: usize): void {
  const row = <usize>filters << 2;
  const groups = (width + 2) / 3;
  for (let group = 0; group < groups; group++) {
    for (let word = 0; word < WORDS; word++) {
      const target = tables + <usize>(group * WORDS + word) * row;
      memory.fill(target, 0, row);
      let rest = word;
      for (let tap = 2; tap >= 0; tap--) {
        const letter = rest % LETTERS;
        rest /= LETTERS;
        const position = group * 3 + tap;
        if (letter == 4 || position >= width) continue;
        const source = kernel + <usize>(position * 4 + letter) * row;
        for (let byte: usize = 0; byte < row; byte += 16) {
          v128.store(
            target + byte,
            v128.add<f32>(v128.load(target + byte), v128.load(source + byte)),
          );
        }
      }
    }
  }
}

/** Adds the gradients of the tables to kernelGradient[tap][letter][filter] (zeroed by the caller). */
export function foldTables(tables: usize, width: i32, filters: i32, kernelGradient: usize): void {
  const row = <usize>filters << 2;
  const groups = (width + 2) / 3;
  for (let group = 0; group < groups; group++) {
    for (let word = 0; word < WORDS; word++) {
      const source = tables + <usize>(group * WORDS + word) * row;
      let rest = word;
      for (let tap = 2; tap >= 0; tap--) {
        const letter = rest % LETTERS;
        rest /= LETTERS;
        const position = group * 3 + tap;
        if (letter == 4 || position >= width) continue;
        const target = kernelGradient + <usize>(position * 4 + letter) * row;
        for (let byte: usize = 0; byte < row; byte += 16) {
          v128.store(
            target + byte,
            v128.add<f32>(v128.load(target + byte), v128.load(source + byte)),
          );
        }
      }
    }
  }
}

/**
 * words[i] = index of the 3-mer that starts at i of the padded sequence, for all `length` tokens
 * (int32) behind `left` and before `right` positions of padding.
 */
export function indexWords(tokens: usize, length: i32, left: i32, count: i32, words: usize): void {
  let first = left > 0 ? 4 : letterAt(tokens, length, 0 - left);
  let second = letterAt(tokens, length, 1 - left);
  for (let i = 0; i < count; i++) {
    const third = letterAt(tokens, length, i + 2 - left);
    store<u16>(words + (<usize>i << 1), <u16>(first * 25 + second * 5 + third));
    first = second;
    second = third;
  }
}

@inline
function letterAt(tokens: usize, length: i32, position: i32): i32 {
  if (position < 0 || position >= length) return 4;
  const letter = load<i32>(tokens + (<usize>position << 2));
  return letter < 0 || letter > 3 ? 4 : letter;
}

/**
 * One sequence: output[window][filter] = max over the pool of (sum of table rows) + bias, then ReLU
 * if asked; best[window][filter] = position of the maximum.
 */
export function forwardMax(
  words: usize,
  tables: usize,
  groups: i32,
  bias: usize,
  filters: i32,
  pool: i32,
  windows: i32,
  relu: bool,
  output: usize,
  best: usize,
): void {
  const row = <usize>filters << 2;
  const tableSize = row * WORDS;
  const floor = relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  for (let block = 0; block < filters; block += 16) {
    const offset = <usize>block << 2;
    const b0 = v128.load(bias + offset);
    const b1 = v128.load(bias + offset, 16);
    const b2 = v128.load(bias + offset, 32);
    const b3 = v128.load(bias + offset, 48);
    for (let window = 0; window < windows; window++) {
      const start = window * pool;
      let m0 = v128.splat<f32>(-Infinity);
      let m1 = m0;
      let m2 = m0;
      let m3 = m0;
      let a0 = v128.splat<i32>(start);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let i = start; i < start + pool; i++) {
        let word = words + (<usize>i << 1);
        let table = tables + offset;
        let source = table + <usize>load<u16>(word) * row;
        let s0 = v128.load(source);
        let s1 = v128.load(source, 16);
        let s2 = v128.load(source, 32);
        let s3 = v128.load(source, 48);
        for (let group = 1; group < groups; group++) {
          word += 6;
          table += tableSize;
          source = table + <usize>load<u16>(word) * row;
          s0 = v128.add<f32>(s0, v128.load(source));
          s1 = v128.add<f32>(s1, v128.load(source, 16));
          s2 = v128.add<f32>(s2, v128.load(source, 32));
          s3 = v128.add<f32>(s3, v128.load(source, 48));
        }
        const here = v128.splat<i32>(i);
        let greater = v128.gt<f32>(s0, m0);
        m0 = v128.bitselect(s0, m0, greater);
        a0 = v128.bitselect(here, a0, greater);
        greater = v128.gt<f32>(s1, m1);
        m1 = v128.bitselect(s1, m1, greater);
        a1 = v128.bitselect(here, a1, greater);
        greater = v128.gt<f32>(s2, m2);
        m2 = v128.bitselect(s2, m2, greater);
        a2 = v128.bitselect(here, a2, greater);
        greater = v128.gt<f32>(s3, m3);
        m3 = v128.bitselect(s3, m3, greater);
        a3 = v128.bitselect(here, a3, greater);
      }
      const target = output + <usize>window * row + offset;
      v128.store(target, v128.max<f32>(v128.add<f32>(m0, b0), floor));
      v128.store(target, v128.max<f32>(v128.add<f32>(m1, b1), floor), 16);
      v128.store(target, v128.max<f32>(v128.add<f32>(m2, b2), floor), 32);
      v128.store(target, v128.max<f32>(v128.add<f32>(m3, b3), floor), 48);
      const where = best + <usize>window * row + offset;
      v128.store(where, a0);
      v128.store(where, a1, 16);
      v128.store(where, a2, 32);
      v128.store(where, a3, 48);
    }
  }
}

/**
 * One sequence: adds the gradient of each pooled value to the table rows of the window that won,
 * and to the bias; a value that ReLU cut to zero passes nothing on.
 */
export function backwardMax(
  words: usize,
  groups: i32,
  filters: i32,
  windows: i32,
  relu: bool,
  output: usize,
  best: usize,
  gradient: usize,
  tableGradient: usize,
  biasGradient: usize,
): void {
  const row = <usize>filters << 2;
  const tableSize = row * WORDS;
  for (let window = 0; window < windows; window++) {
    const base = <usize>window * row;
    for (let filter: usize = 0; filter < row; filter += 4) {
      const at = base + filter;
      if (relu && load<f32>(output + at) <= 0) continue;
      const value = load<f32>(gradient + at);
      if (value == 0) continue;
      store<f32>(biasGradient + filter, load<f32>(biasGradient + filter) + value);
      let word = words + (<usize>load<i32>(best + at) << 1);
      let table = tableGradient + filter;
      for (let group = 0; group < groups; group++) {
        const target = table + <usize>load<u16>(word) * row;
        store<f32>(target, load<f32>(target) + value);
        word += 6;
        table += tableSize;
      }
    }
  }
}

/**
 * One sequence: output[phase][window][filter] = mean of the activations of the positions of the
 * window that are `phase` modulo `phases`. `pool` is a multiple of `phases`.
 */
export function forwardMean(
  words: usize,
  tables: usize,
  groups: i32,
  bias: usize,
  filters: i32,
  pool: i32,
  windows: i32,
  phases: i32,
  relu: bool,
  output: usize,
): void {
  const row = <usize>filters << 2;
  const tableSize = row * WORDS;
  const floor = relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  const share = v128.splat<f32>(<f32>phases / <f32>pool);
  for (let block = 0; block < filters; block += 16) {
    const offset = <usize>block << 2;
    const b0 = v128.load(bias + offset);
    const b1 = v128.load(bias + offset, 16);
    const b2 = v128.load(bias + offset, 32);
    const b3 = v128.load(bias + offset, 48);
    for (let phase = 0; phase < phases; phase++) {
      for (let window = 0; window < windows; window++) {
        const start = window * pool;
        let m0 = v128.splat<f32>(0);
        let m1 = m0;
        let m2 = m0;
        let m3 = m0;
        for (let i = start + phase; i < start + pool; i += phases) {
          let word = words + (<usize>i << 1);
          let table = tables + offset;
          let s0 = b0;
          let s1 = b1;
          let s2 = b2;
          let s3 = b3;
          for (let group = 0; group < groups; group++) {
            const source = table + <usize>load<u16>(word) * row;
            s0 = v128.add<f32>(s0, v128.load(source));
            s1 = v128.add<f32>(s1, v128.load(source, 16));
            s2 = v128.add<f32>(s2, v128.load(source, 32));
            s3 = v128.add<f32>(s3, v128.load(source, 48));
            word += 6;
            table += tableSize;
          }
          m0 = v128.add<f32>(m0, v128.max<f32>(s0, floor));
          m1 = v128.add<f32>(m1, v128.max<f32>(s1, floor));
          m2 = v128.add<f32>(m2, v128.max<f32>(s2, floor));
          m3 = v128.add<f32>(m3, v128.max<f32>(s3, floor));
        }
        const target = output + <usize>(phase * windows + window) * row + offset;
        v128.store(target, v128.mul<f32>(m0, share));
        v128.store(target, v128.mul<f32>(m1, share), 16);
        v128.store(target, v128.mul<f32>(m2, share), 32);
        v128.store(target, v128.mul<f32>(m3, share), 48);
      }
    }
  }
}

/**
 * One sequence: adds the gradient of each mean to the table rows of all its positions and to the
 * bias. Activations are computed again, which costs less than keeping them.
 */
export function backwardMean(
  words: usize,
  tables: usize,
  groups: i32,
  bias: usize,
  filters: i32,
  pool: i32,
  windows: i32,
  phases: i32,
  relu: bool,
  gradient: usize,
  tableGradient: usize,
  biasGradient: usize,
): void {
  const row = <usize>filters << 2;
  const tableSize = row * WORDS;
  const share = v128.splat<f32>(<f32>phases / <f32>pool);
  const floor = relu ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  for (let lane: usize = 0; lane < row; lane += 64) {
    const b0 = v128.load(bias + lane);
    const b1 = v128.load(bias + lane, 16);
    const b2 = v128.load(bias + lane, 32);
    const b3 = v128.load(bias + lane, 48);
    let t0 = v128.load(biasGradient + lane);
    let t1 = v128.load(biasGradient + lane, 16);
    let t2 = v128.load(biasGradient + lane, 32);
    let t3 = v128.load(biasGradient + lane, 48);
    for (let phase = 0; phase < phases; phase++) {
      for (let window = 0; window < windows; window++) {
        const start = window * pool;
        const at = gradient + <usize>(phase * windows + window) * row + lane;
        const g0 = v128.mul<f32>(v128.load(at), share);
        const g1 = v128.mul<f32>(v128.load(at, 16), share);
        const g2 = v128.mul<f32>(v128.load(at, 32), share);
        const g3 = v128.mul<f32>(v128.load(at, 48), share);
        for (let i = start + phase; i < start + pool; i += phases) {
          const first = words + (<usize>i << 1);
          let word = first;
          let table = tables + lane;
          let s0 = b0;
          let s1 = b1;
          let s2 = b2;
          let s3 = b3;
          for (let group = 0; group < groups; group++) {
            const source = table + <usize>load<u16>(word) * row;
            s0 = v128.add<f32>(s0, v128.load(source));
            s1 = v128.add<f32>(s1, v128.load(source, 16));
            s2 = v128.add<f32>(s2, v128.load(source, 32));
            s3 = v128.add<f32>(s3, v128.load(source, 48));
            word += 6;
            table += tableSize;
          }
          s0 = v128.and(g0, v128.gt<f32>(s0, floor));
          s1 = v128.and(g1, v128.gt<f32>(s1, floor));
          s2 = v128.and(g2, v128.gt<f32>(s2, floor));
          s3 = v128.and(g3, v128.gt<f32>(s3, floor));
          t0 = v128.add<f32>(t0, s0);
          t1 = v128.add<f32>(t1, s1);
          t2 = v128.add<f32>(t2, s2);
          t3 = v128.add<f32>(t3, s3);
          word = first;
          table = tableGradient + lane;
          for (let group = 0; group < groups; group++) {
            const target = table + <usize>load<u16>(word) * row;
            v128.store(target, v128.add<f32>(v128.load(target), s0));
            v128.store(target, v128.add<f32>(v128.load(target, 16), s1), 16);
            v128.store(target, v128.add<f32>(v128.load(target, 32), s2), 32);
            v128.store(target, v128.add<f32>(v128.load(target, 48), s3), 48);
            word += 6;
            table += tableSize;
          }
        }
      }
    }
    v128.store(biasGradient + lane, t0);
    v128.store(biasGradient + lane, t1, 16);
    v128.store(biasGradient + lane, t2, 32);
    v128.store(biasGradient + lane, t3, 48);
  }
}
