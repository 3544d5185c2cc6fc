/** Convolution of base tokens by 3-mer tables, fused with ReLU and max-pooling. */
import {
  CHUNK,
  DILATION,
  FILTERS,
  LENGTH,
  PADDED,
  POOL,
  RELU,
  STRIDE,
  WINDOWS,
  WORD,
  blockSize,
  field,
  gradientSize,
  groupsOf,
  indexWords,
  storeBlock,
  wordsOf,
} from './sequence-tables';

/**
 * output[window][filter] = max over the pool of (sum of table rows) + bias, then ReLU if asked;
 * best[window][filter] = position of the maximum, −1 where ReLU cut it off. Units of work:
 * `batch × chunks` chunks of windows.
 */
export function forwardMax(
  geometry: usize,
  tokens: usize,
  tables: usize,
  bias: usize,
  output: usize,
  best: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const filters = field(geometry, FILTERS);
  const pool = field(geometry, POOL);
  const windows = field(geometry, WINDOWS);
  const stride = field(geometry, STRIDE);
  const chunk = field(geometry, CHUNK);
  const groups = groupsOf(geometry);
  const tensorRow = <usize>filters << 2;
  const tableSize = WORD * <usize>wordsOf(geometry);
  const tableBlock = blockSize(geometry);
  const groupStep = <usize>(6 * field(geometry, DILATION));
  const words = scratch + <usize>part * (scratchSize + 64);
  const spare = words + scratchSize;
  const chunks = (windows + chunk - 1) / chunk;
  const lowest: f32 = field(geometry, RELU) ? 0 : -Infinity;
  for (let unit = from; unit < to; unit++) {
    const example = unit / chunks;
    const firstWindow = (unit % chunks) * chunk;
    const count = min(chunk, windows - firstWindow);
    const firstPosition = firstWindow * pool;
    indexWords(
      geometry,
      tokens + ((<usize>example * <usize>field(geometry, LENGTH)) << 2),
      firstPosition * stride,
      (count * pool - 1) * stride + 1 + 3 * (groups - 1) * field(geometry, DILATION),
      words,
    );
    for (let block = 0; block < filters; block += 16) {
      const offset = <usize>block << 2;
      const blockTables = tables + <usize>(block >> 4) * tableBlock;
      const lanes = filters - block;
      for (let window = 0; window < count; window++) {
        const start = window * pool;
        let m0 = v128.splat<f32>(-Infinity);
        let m1 = m0;
        let m2 = m0;
        let m3 = m0;
        let a0 = v128.splat<i32>(firstPosition + start);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        for (let i = start; i < start + pool; i++) {
          let word = words + (<usize>(i * stride) << 1);
          let table = blockTables;
          let source = table + <usize>load<u16>(word) * WORD;
          let s0 = v128.load(source);
          let s1 = v128.load(source, 16);
          let s2 = v128.load(source, 32);
          let s3 = v128.load(source, 48);
          for (let group = 1; group < groups; group++) {
            word += groupStep;
            table += tableSize;
            source = table + <usize>load<u16>(word) * WORD;
            s0 = v128.add<f32>(s0, v128.load(source));
            s1 = v128.add<f32>(s1, v128.load(source, 16));
            s2 = v128.add<f32>(s2, v128.load(source, 32));
            s3 = v128.add<f32>(s3, v128.load(source, 48));
          }
          const here = v128.splat<i32>(firstPosition + i);
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
        const at = <usize>(example * windows + firstWindow + window) * tensorRow + offset;
        const b = bias + offset;
        const floor = v128.splat<f32>(lowest);
        m0 = v128.max<f32>(v128.add<f32>(m0, v128.load(b)), floor);
        m1 = v128.max<f32>(v128.add<f32>(m1, v128.load(b, 16)), floor);
        m2 = v128.max<f32>(v128.add<f32>(m2, v128.load(b, 32)), floor);
        m3 = v128.max<f32>(v128.add<f32>(m3, v128.load(b, 48)), floor);
        storeBlock(output + at, lanes, spare, m0, m1, m2, m3);
        // All bits of a comparison that holds are the number −1.
        a0 = v128.or(a0, v128.le<f32>(m0, floor));
        a1 = v128.or(a1, v128.le<f32>(m1, floor));
        a2 = v128.or(a2, v128.le<f32>(m2, floor));
        a3 = v128.or(a3, v128.le<f32>(m3, floor));
        storeBlock(best + at, lanes, spare, a0, a1, a2, a3);
      }
    }
  }
}

/**
 * Adds the gradient of each pooled value to the table rows of the window that won, and to the bias;
 * where none won nothing is passed on. Each part has tables and a bias of its own, zeroed here. Units of work: `batch × chunks`.
 */
export function backwardMax(
  geometry: usize,
  tokens: usize,
  best: usize,
  gradient: usize,
  tableGradients: usize,
  biasGradients: usize,
  scratch: usize,
  scratchSize: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const filters = field(geometry, FILTERS);
  const pool = field(geometry, POOL);
  const windows = field(geometry, WINDOWS);
  const stride = field(geometry, STRIDE);
  const chunk = field(geometry, CHUNK);
  const groups = groupsOf(geometry);
  const row = <usize>field(geometry, PADDED) << 2;
  const tensorRow = <usize>filters << 2;
  const tableSize = WORD * <usize>wordsOf(geometry);
  const tableBlock = blockSize(geometry);
  const groupStep = <usize>(6 * field(geometry, DILATION));
  const words = scratch + <usize>part * (scratchSize + 64);
  const chunks = (windows + chunk - 1) / chunk;
  const tableGradient = tableGradients + <usize>part * gradientSize(geometry);
  const biasGradient = biasGradients + <usize>part * row;
  memory.fill(tableGradient, 0, gradientSize(geometry));
  memory.fill(biasGradient, 0, row);
  for (let unit = from; unit < to; unit++) {
    const example = unit / chunks;
    const firstWindow = (unit % chunks) * chunk;
    const count = min(chunk, windows - firstWindow);
    const firstPosition = firstWindow * pool;
    indexWords(
      geometry,
      tokens + ((<usize>example * <usize>field(geometry, LENGTH)) << 2),
      firstPosition * stride,
      (count * pool - 1) * stride + 1 + 3 * (groups - 1) * field(geometry, DILATION),
      words,
    );
    for (let window = 0; window < count; window++) {
      const base = <usize>(example * windows + firstWindow + window) * tensorRow;
      for (let filter: usize = 0; filter < tensorRow; filter += 4) {
        const at = base + filter;
        const position = load<i32>(best + at);
        const value = load<f32>(gradient + at);
        if (position < 0 || value == 0) continue;
        store<f32>(biasGradient + filter, load<f32>(biasGradient + filter) + value);
        let word = words + (<usize>((position - firstPosition) * stride) << 1);
        let table = tableGradient + (filter >> 6) * tableBlock + (filter & 63);
        for (let group = 0; group < groups; group++) {
          const target = table + <usize>load<u16>(word) * WORD;
          store<f32>(target, load<f32>(target) + value);
          word += groupStep;
          table += tableSize;
        }
      }
    }
  }
}

