import { copyRows, kernelCall, LANES } from './kernel-module.ts';

/** Geometry of one call; `filters` as in the kernel, whose shape is `[width, 4, filters]`. */
export interface SequenceConvolutionShape {
  readonly batch: number;
  /** Length of the sequences in bases. */
  readonly length: number;
  readonly width: number;
  readonly filters: number;
  /** Bases before the sequence that the first window sees (unknown); negative inside of it. */
  readonly left: number;
  readonly pool: number;
  /** Positions that are averaged apart under mean pooling, modulo this number. */
  readonly phases: number;
  /** Pooled positions. */
  readonly windows: number;
  readonly relu: boolean;
}

const WORDS = 125;

/** Positions whose 3-mer index is needed: all windows and the groups behind them. */
function wordCount(shape: SequenceConvolutionShape): number {
  return shape.windows * shape.pool + 3 * Math.ceil(shape.width / 3);
}

/**
 * Pooled convolution and the position of each maximum, both `[batch, windows, filters]`.
 *
 * @param tokens int32 `[batch, length]`
 * @param kernel float32 `[width, 4, filters]`
 * @param bias float32 `[filters]`
 */
export function sequenceConvolutionForward(
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  shape: SequenceConvolutionShape,
): { output: Float32Array; best: Int32Array } {
  const { exports, arena } = kernelCall();
  const { batch, length, width, filters, left, pool, windows, relu } = shape;
  const padded = Math.ceil(filters / LANES) * LANES;
  const groups = Math.ceil(width / 3);
  const count = wordCount(shape);
  const values = windows * padded;

  const kernelAt = arena.reserve(width * 4 * padded * 4);
  const biasAt = arena.reserve(padded * 4);
  const tablesAt = arena.reserve(groups * WORDS * padded * 4);
  const tokensAt = arena.reserve(length * 4);
  const wordsAt = arena.reserve(count * 2);
  const outputAt = arena.reserve(batch * values * 4);
  const bestAt = arena.reserve(batch * values * 4);
  arena.commit();

  copyRows(kernel, filters, arena.floats(kernelAt, width * 4 * padded), padded);
  copyRows(bias, filters, arena.floats(biasAt, padded), padded);
  exports.buildTables(kernelAt, width, padded, tablesAt);
  const tokenView = arena.integers(tokensAt, length);
  for (let i = 0; i < batch; i++) {
    tokenView.set(tokens.subarray(i * length, (i + 1) * length));
    exports.indexWords(tokensAt, length, left, count, wordsAt);
    const at = i * values * 4;
    exports.forwardMax(
      wordsAt,
      tablesAt,
      groups,
      biasAt,
      padded,
      pool,
      windows,
      relu,
      outputAt + at,
      bestAt + at,
    );
  }
  const output = new Float32Array(batch * windows * filters);
  const best = new Int32Array(batch * windows * filters);
  copyRows(arena.floats(outputAt, batch * values), padded, output, filters);
  copyRows(arena.integers(bestAt, batch * values), padded, best, filters);
  return { output, best };
}

/** Gradients of kernel and bias from that of the pooled output, all shapes as in the forward pass. */
export function sequenceConvolutionBackward(
  tokens: Int32Array,
  output: Float32Array,
  best: Int32Array,
  gradient: Float32Array,
  shape: SequenceConvolutionShape,
): { kernel: Float32Array; bias: Float32Array } {
  const { exports, arena } = kernelCall();
  const { batch, length, width, filters, left, windows, relu } = shape;
  const groups = Math.ceil(width / 3);
  const count = wordCount(shape);
  const values = windows * filters;
  const padded = Math.ceil(filters / LANES) * LANES;

  const tokensAt = arena.reserve(length * 4);
  const wordsAt = arena.reserve(count * 2);
  const outputAt = arena.reserve(windows * padded * 4);
  const bestAt = arena.reserve(windows * padded * 4);
  const gradientAt = arena.reserve(windows * padded * 4);
  const tablesAt = arena.reserve(groups * WORDS * padded * 4);
  const kernelAt = arena.reserve(width * 4 * padded * 4);
  const biasAt = arena.reserve(padded * 4);
  arena.commit();

  arena.floats(tablesAt, groups * WORDS * padded).fill(0);
  arena.floats(kernelAt, width * 4 * padded).fill(0);
  arena.floats(biasAt, padded).fill(0);
  const tokenView = arena.integers(tokensAt, length);
  const outputView = arena.floats(outputAt, windows * padded);
  const bestView = arena.integers(bestAt, windows * padded);
  const gradientView = arena.floats(gradientAt, windows * padded);
  for (let i = 0; i < batch; i++) {
    const from = i * values;
    const to = from + values;
    tokenView.set(tokens.subarray(i * length, (i + 1) * length));
    copyRows(output.subarray(from, to), filters, outputView, padded);
    copyRows(best.subarray(from, to), filters, bestView, padded);
    copyRows(gradient.subarray(from, to), filters, gradientView, padded);
    exports.indexWords(tokensAt, length, left, count, wordsAt);
    exports.backwardMax(
      wordsAt,
      groups,
      padded,
      windows,
      relu,
      outputAt,
      bestAt,
      gradientAt,
      tablesAt,
      biasAt,
    );
  }
  exports.foldTables(tablesAt, width, padded, kernelAt);
  const kernel = new Float32Array(width * 4 * filters);
  const bias = new Float32Array(filters);
  copyRows(arena.floats(kernelAt, width * 4 * padded), padded, kernel, filters);
  copyRows(arena.floats(biasAt, padded), padded, bias, filters);
  return { kernel, bias };
}

/**
 * Mean-pooled convolution `[batch, phases, windows, filters]`.
 *
 * @param tokens int32 `[batch, length]`
 * @param kernel float32 `[width, 4, filters]`
 * @param bias float32 `[filters]`
 */
export function meanConvolutionForward(
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  shape: SequenceConvolutionShape,
): Float32Array {
  const { exports, arena } = kernelCall();
  const { batch, length, width, filters, left, pool, windows, phases, relu } = shape;
  const padded = Math.ceil(filters / LANES) * LANES;
  const groups = Math.ceil(width / 3);
  const count = wordCount(shape);
  const values = phases * windows * padded;
  const kernelAt = arena.reserve(width * 4 * padded * 4);
  const biasAt = arena.reserve(padded * 4);
  const tablesAt = arena.reserve(groups * WORDS * padded * 4);
  const tokensAt = arena.reserve(length * 4);
  const wordsAt = arena.reserve(count * 2);
  const outputAt = arena.reserve(batch * values * 4);
  arena.commit();
  copyRows(kernel, filters, arena.floats(kernelAt, width * 4 * padded), padded);
  copyRows(bias, filters, arena.floats(biasAt, padded), padded);
  exports.buildTables(kernelAt, width, padded, tablesAt);
  const tokenView = arena.integers(tokensAt, length);
  for (let i = 0; i < batch; i++) {
    tokenView.set(tokens.subarray(i * length, (i + 1) * length));
    exports.indexWords(tokensAt, length, left, count, wordsAt);
    const target = outputAt + i * values * 4;
    exports.forwardMean(
      wordsAt,
      tablesAt,
      groups,
      biasAt,
      padded,
      pool,
      windows,
      phases,
      relu,
      target,
    );
  }
  const output = new Float32Array(batch * phases * windows * filters);
  copyRows(arena.floats(outputAt, batch * values), padded, output, filters);
  return output;
}

/** Gradients of kernel and bias from that of the mean-pooled output. */
export function meanConvolutionBackward(
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  gradient: Float32Array,
  shape: SequenceConvolutionShape,
): { kernel: Float32Array; bias: Float32Array } {
  const { exports, arena } = kernelCall();
  const { batch, length, width, filters, left, pool, windows, phases, relu } = shape;
  const padded = Math.ceil(filters / LANES) * LANES;
  const groups = Math.ceil(width / 3);
  const count = wordCount(shape);
  const values = phases * windows * filters;
  const kernelSize = width * 4 * padded;
  const kernelAt = arena.reserve(kernelSize * 4);
  const biasAt = arena.reserve(padded * 4);
  const tablesAt = arena.reserve(groups * WORDS * padded * 4);
  const tokensAt = arena.reserve(length * 4);
  const wordsAt = arena.reserve(count * 2);
  const gradientAt = arena.reserve(phases * windows * padded * 4);
  const tableGradientAt = arena.reserve(groups * WORDS * padded * 4);
  const biasGradientAt = arena.reserve(padded * 4);
  arena.commit();
  copyRows(kernel, filters, arena.floats(kernelAt, kernelSize), padded);
  copyRows(bias, filters, arena.floats(biasAt, padded), padded);
  exports.buildTables(kernelAt, width, padded, tablesAt);
  arena.floats(tableGradientAt, groups * WORDS * padded).fill(0);
  arena.floats(biasGradientAt, padded).fill(0);
  const tokenView = arena.integers(tokensAt, length);
  const gradientView = arena.floats(gradientAt, phases * windows * padded);
  for (let i = 0; i < batch; i++) {
    tokenView.set(tokens.subarray(i * length, (i + 1) * length));
    copyRows(gradient.subarray(i * values, (i + 1) * values), filters, gradientView, padded);
    exports.indexWords(tokensAt, length, left, count, wordsAt);
    exports.backwardMean(
      wordsAt,
      tablesAt,
      groups,
      biasAt,
      padded,
      pool,
      windows,
      phases,
      relu,
      gradientAt,
      tableGradientAt,
      biasGradientAt,
    );
  }
  arena.floats(kernelAt, kernelSize).fill(0);
  exports.foldTables(tableGradientAt, width, padded, kernelAt);
  const kernelGradient = new Float32Array(width * 4 * filters);
  const biasGradient = new Float32Array(filters);
  copyRows(arena.floats(kernelAt, kernelSize), padded, kernelGradient, filters);
  copyRows(arena.floats(biasGradientAt, padded), padded, biasGradient, filters);
  return { kernel: kernelGradient, bias: biasGradient };
}
