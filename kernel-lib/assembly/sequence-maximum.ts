/** Convolution of base tokens by 3-mer tables, fused with ReLU and max-pooling, for prediction. */
import {
  CHUNK,
  DILATION,
  FILTERS,
  LENGTH,
  POOL,
  RELU,
  STRIDE,
  WINDOWS,
  WORD,
  blockSize,
  field,
  groupsOf,
  indexWords,
  storeBlock,
  wordsOf,
} from './sequence-tables';

/**
 * output[window][filter] = max over the pool of (sum of table rows) + bias, then ReLU if asked: as
 * `forwardMax`, without the positions that only a gradient needs. Units of work: `batch × chunks`
 * chunks of windows.
 */
export function forwardMaxOnly(
  geometry: usize,
  tokens: usize,
  tables: usize,
  bias: usize,
  output: usize,
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
          m0 = v128.pmax<f32>(m0, s0);
          m1 = v128.pmax<f32>(m1, s1);
          m2 = v128.pmax<f32>(m2, s2);
          m3 = v128.pmax<f32>(m3, s3);
        }
        const at = <usize>(example * windows + firstWindow + window) * tensorRow + offset;
        const b = bias + offset;
        const floor = v128.splat<f32>(lowest);
        storeBlock(
          output + at,
          lanes,
          spare,
          v128.max<f32>(v128.add<f32>(m0, v128.load(b)), floor),
          v128.max<f32>(v128.add<f32>(m1, v128.load(b, 16)), floor),
          v128.max<f32>(v128.add<f32>(m2, v128.load(b, 32)), floor),
          v128.max<f32>(v128.add<f32>(m3, v128.load(b, 48)), floor),
        );
      }
    }
  }
}

