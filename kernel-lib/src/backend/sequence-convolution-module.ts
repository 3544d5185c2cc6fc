import { copyRows, kernelCall, LANES } from './kernel-module.ts';

/** Geometry of one call; `filters` as in the kernel, whose shape is `[width, 4, filters]`. */
export interface SequenceConvolutionShape {
  readonly batch: number;
  /** Length of the sequences in bases. */
  readonly length: number;
  readonly width: number;
  readonly filters: number;
  /** Unknown bases put before each sequence ('same' padding). */
  readonly left: number;
  readonly pool: number;
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
