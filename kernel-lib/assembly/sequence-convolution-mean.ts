/** Convolution of base tokens by 3-mer tables, fused with ReLU and mean pooling by phase. */
import {
  CHUNK,
  DILATION,
  FILTERS,
  LENGTH,
  PADDED,
  PHASES,
  POOL,
  RELU,
  STRIDE,
  WINDOWS,
  WORD,
  blockAt,
  blockSize,
  field,
  gradientSize,
  groupsOf,
  indexWords,
  storeBlock,
  wordsOf,
} from './sequence-tables';

/**
 * output[phase][window][filter] = mean of the activations of the positions of the window that are
 * `phase` modulo `phases`; `pool` is a multiple of `phases`. Units of work: `batch × chunks`.
 */
export function forwardMean(
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
  const phases = field(geometry, PHASES);
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
  const floor = field(geometry, RELU) ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  const share = v128.splat<f32>(<f32>phases / <f32>pool);
  for (let unit = from; unit < to; unit++) {
    const example = unit / chunks;
    const firstWindow = (unit % chunks) * chunk;
    const count = min(chunk, windows - firstWindow);
    indexWords(
      geometry,
      tokens + ((<usize>example * <usize>field(geometry, LENGTH)) << 2),
      firstWindow * pool * stride,
      (count * pool - 1) * stride + 1 + 3 * (groups - 1) * field(geometry, DILATION),
      words,
    );
    for (let block = 0; block < filters; block += 16) {
      const offset = <usize>block << 2;
      const blockTables = tables + <usize>(block >> 4) * tableBlock;
      const b = bias + offset;
      for (let phase = 0; phase < phases; phase++) {
        for (let window = 0; window < count; window++) {
          const start = window * pool;
          let m0 = v128.splat<f32>(0);
          let m1 = m0;
          let m2 = m0;
          let m3 = m0;
          for (let i = start + phase; i < start + pool; i += phases) {
            let word = words + (<usize>(i * stride) << 1);
            let table = blockTables;
            let s0 = v128.load(b);
            let s1 = v128.load(b, 16);
            let s2 = v128.load(b, 32);
            let s3 = v128.load(b, 48);
            for (let group = 0; group < groups; group++) {
              const source = table + <usize>load<u16>(word) * WORD;
              s0 = v128.add<f32>(s0, v128.load(source));
              s1 = v128.add<f32>(s1, v128.load(source, 16));
              s2 = v128.add<f32>(s2, v128.load(source, 32));
              s3 = v128.add<f32>(s3, v128.load(source, 48));
              word += groupStep;
              table += tableSize;
            }
            m0 = v128.add<f32>(m0, v128.max<f32>(s0, floor));
            m1 = v128.add<f32>(m1, v128.max<f32>(s1, floor));
            m2 = v128.add<f32>(m2, v128.max<f32>(s2, floor));
            m3 = v128.add<f32>(m3, v128.max<f32>(s3, floor));
          }
          const at =
            <usize>((example * phases + phase) * windows + firstWindow + window) * tensorRow;
          storeBlock(
            output + at + offset,
            filters - block,
            spare,
            v128.mul<f32>(m0, share),
            v128.mul<f32>(m1, share),
            v128.mul<f32>(m2, share),
            v128.mul<f32>(m3, share),
          );
        }
      }
    }
  }
}

/**
 * Adds the gradient of each mean to the table rows of all its positions and to the bias.
 * Activations are computed again, which costs less than keeping them. Each part has tables and a
 * bias of its own, zeroed here. Units of work: `batch × chunks`.
 */
export function backwardMean(
  geometry: usize,
  tokens: usize,
  tables: usize,
  bias: usize,
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
  const phases = field(geometry, PHASES);
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
  const spare = words + scratchSize;
  const chunks = (windows + chunk - 1) / chunk;
  const tableGradient = tableGradients + <usize>part * gradientSize(geometry);
  const biasGradient = biasGradients + <usize>part * row;
  const share = v128.splat<f32>(<f32>phases / <f32>pool);
  const floor = field(geometry, RELU) ? v128.splat<f32>(0) : v128.splat<f32>(-Infinity);
  memory.fill(tableGradient, 0, gradientSize(geometry));
  memory.fill(biasGradient, 0, row);
  for (let unit = from; unit < to; unit++) {
    const example = unit / chunks;
    const firstWindow = (unit % chunks) * chunk;
    const count = min(chunk, windows - firstWindow);
    indexWords(
      geometry,
      tokens + ((<usize>example * <usize>field(geometry, LENGTH)) << 2),
      firstWindow * pool * stride,
      (count * pool - 1) * stride + 1 + 3 * (groups - 1) * field(geometry, DILATION),
      words,
    );
    for (let block = 0; block < filters; block += 16) {
      const lane = <usize>block << 2;
      const blockTables = tables + <usize>(block >> 4) * tableBlock;
      const blockGradients = tableGradient + <usize>(block >> 4) * tableBlock;
      const b = bias + lane;
      let t0 = v128.load(biasGradient + lane);
      let t1 = v128.load(biasGradient + lane, 16);
      let t2 = v128.load(biasGradient + lane, 32);
      let t3 = v128.load(biasGradient + lane, 48);
      for (let phase = 0; phase < phases; phase++) {
        for (let window = 0; window < count; window++) {
          const start = window * pool;
          const at = blockAt(
            gradient +
              <usize>((example * phases + phase) * windows + firstWindow + window) * tensorRow +
              lane,
            filters - block,
            spare,
          );
          const g0 = v128.mul<f32>(v128.load(at), share);
          const g1 = v128.mul<f32>(v128.load(at, 16), share);
          const g2 = v128.mul<f32>(v128.load(at, 32), share);
          const g3 = v128.mul<f32>(v128.load(at, 48), share);
          for (let i = start + phase; i < start + pool; i += phases) {
            const first = words + (<usize>(i * stride) << 1);
            let word = first;
            let table = blockTables;
            let s0 = v128.load(b);
            let s1 = v128.load(b, 16);
            let s2 = v128.load(b, 32);
            let s3 = v128.load(b, 48);
            for (let group = 0; group < groups; group++) {
              const source = table + <usize>load<u16>(word) * WORD;
              s0 = v128.add<f32>(s0, v128.load(source));
              s1 = v128.add<f32>(s1, v128.load(source, 16));
              s2 = v128.add<f32>(s2, v128.load(source, 32));
              s3 = v128.add<f32>(s3, v128.load(source, 48));
              word += groupStep;
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
            table = blockGradients;
            for (let group = 0; group < groups; group++) {
              const target = table + <usize>load<u16>(word) * WORD;
              v128.store(target, v128.add<f32>(v128.load(target), s0));
              v128.store(target, v128.add<f32>(v128.load(target, 16), s1), 16);
              v128.store(target, v128.add<f32>(v128.load(target, 32), s2), 32);
              v128.store(target, v128.add<f32>(v128.load(target, 48), s3), 48);
              word += groupStep;
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
}
