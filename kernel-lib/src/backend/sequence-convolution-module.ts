import { copyRows, kernelCall, LANES, type Arena, type KernelExports } from './kernel-module.ts';

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

/** Filters that a row holds: the vector kernels work on whole vectors. */
function paddedFilters({ filters }: SequenceConvolutionShape): number {
  return Math.ceil(filters / LANES) * LANES;
}

/** The compiled kernels with the memory of one call: tables, bias and the words of one sequence. */
interface Workspace {
  readonly exports: KernelExports;
  readonly arena: Arena;
  readonly padded: number;
  readonly groups: number;
  readonly kernelAt: number;
  readonly biasAt: number;
  readonly tablesAt: number;
  readonly wordsAt: number;
  /** Where the stretches of `extra` floats lie. */
  readonly extraAt: readonly number[];
  /** Indexes the words of one sequence after the other. */
  eachSequence(tokens: Int32Array, body: (index: number) => void): void;
}

/**
 * Reserves memory and, where the weights are given, builds their tables.
 *
 * @param extra lengths of further stretches, in floats
 */
function openWorkspace(
  shape: SequenceConvolutionShape,
  weights: { readonly kernel: Float32Array; readonly bias: Float32Array } | undefined,
  extra: readonly number[],
): Workspace {
  const { exports, arena } = kernelCall();
  const { batch, length, width, filters, left, pool, windows } = shape;
  const padded = paddedFilters(shape);
  const groups = Math.ceil(width / 3);
  // All windows, and the groups behind the last position.
  const count = windows * pool + 3 * groups;
  const kernelAt = arena.reserve(width * 4 * padded * 4);
  const biasAt = arena.reserve(padded * 4);
  const tablesAt = arena.reserve(groups * WORDS * padded * 4);
  const tokensAt = arena.reserve(length * 4);
  const wordsAt = arena.reserve(count * 2);
  const extraAt = extra.map((floats) => arena.reserve(floats * 4));
  arena.commit();
  if (weights !== undefined) {
    copyRows(weights.kernel, filters, arena.floats(kernelAt, width * 4 * padded), padded);
    copyRows(weights.bias, filters, arena.floats(biasAt, padded), padded);
    exports.buildTables(kernelAt, width, padded, tablesAt);
  }
  const tokenView = arena.integers(tokensAt, length);
  return {
    exports,
    arena,
    padded,
    groups,
    kernelAt,
    biasAt,
    tablesAt,
    wordsAt,
    extraAt,
    eachSequence(tokens, body) {
      for (let index = 0; index < batch; index++) {
        tokenView.set(tokens.subarray(index * length, (index + 1) * length));
        exports.indexWords(tokensAt, length, left, count, wordsAt);
        body(index);
      }
    },
  };
}

/** Gradients of kernel and bias from those of the tables and the bias, which are in memory. */
function foldGradients(
  { exports, arena, padded, kernelAt }: Workspace,
  { width, filters }: SequenceConvolutionShape,
  tableGradientAt: number,
  biasGradientAt: number,
): { kernel: Float32Array; bias: Float32Array } {
  const padding = arena.floats(kernelAt, width * 4 * padded).fill(0);
  exports.foldTables(tableGradientAt, width, padded, kernelAt);
  const kernel = new Float32Array(width * 4 * filters);
  const bias = new Float32Array(filters);
  copyRows(padding, padded, kernel, filters);
  copyRows(arena.floats(biasGradientAt, padded), padded, bias, filters);
  return { kernel, bias };
}

/**
 * Max-pooled convolution and the position of each maximum, both `[batch, windows, filters]`.
 *
 * @param tokens int32 `[batch, length]`
 * @param kernel float32 `[width, 4, filters]`
 * @param bias float32 `[filters]`
 */
export function maxConvolutionForward(
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  shape: SequenceConvolutionShape,
): { output: Float32Array; best: Int32Array } {
  const { batch, filters, pool, windows, relu } = shape;
  const values = windows * paddedFilters(shape);
  const space = openWorkspace(shape, { kernel, bias }, [batch * values, batch * values]);
  const { exports, arena, padded, groups, biasAt, tablesAt, wordsAt, extraAt } = space;
  const [outputAt = 0, bestAt = 0] = extraAt;
  space.eachSequence(tokens, (index) => {
    const at = index * values * 4;
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
  });
  const output = new Float32Array(batch * windows * filters);
  const best = new Int32Array(batch * windows * filters);
  copyRows(arena.floats(outputAt, batch * values), padded, output, filters);
  copyRows(arena.integers(bestAt, batch * values), padded, best, filters);
  return { output, best };
}

/** Gradients of kernel and bias from that of the max-pooled output. */
export function maxConvolutionBackward(
  tokens: Int32Array,
  output: Float32Array,
  best: Int32Array,
  gradient: Float32Array,
  shape: SequenceConvolutionShape,
): { kernel: Float32Array; bias: Float32Array } {
  const { filters, windows, relu } = shape;
  const values = windows * filters;
  const row = windows * paddedFilters(shape);
  const space = openWorkspace(shape, undefined, [row, row, row]);
  const { exports, arena, padded, groups, biasAt, tablesAt, wordsAt, extraAt } = space;
  const [outputAt = 0, bestAt = 0, gradientAt = 0] = extraAt;
  arena.floats(tablesAt, groups * WORDS * padded).fill(0);
  arena.floats(biasAt, padded).fill(0);
  const outputView = arena.floats(outputAt, row);
  const bestView = arena.integers(bestAt, row);
  const gradientView = arena.floats(gradientAt, row);
  space.eachSequence(tokens, (index) => {
    const [from, to] = [index * values, (index + 1) * values];
    copyRows(output.subarray(from, to), filters, outputView, padded);
    copyRows(best.subarray(from, to), filters, bestView, padded);
    copyRows(gradient.subarray(from, to), filters, gradientView, padded);
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
  });
  return foldGradients(space, shape, tablesAt, biasAt);
}

/** Mean-pooled convolution `[batch, phases, windows, filters]`; parameters as for the maximum. */
export function meanConvolutionForward(
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  shape: SequenceConvolutionShape,
): Float32Array {
  const { batch, filters, pool, windows, phases, relu } = shape;
  const values = phases * windows * paddedFilters(shape);
  const space = openWorkspace(shape, { kernel, bias }, [batch * values]);
  const { exports, arena, padded, groups, biasAt, tablesAt, wordsAt, extraAt } = space;
  const [outputAt = 0] = extraAt;
  space.eachSequence(tokens, (index) => {
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
      outputAt + index * values * 4,
    );
  });
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
  const { filters, pool, windows, phases, relu, width } = shape;
  const values = phases * windows * filters;
  const padded = paddedFilters(shape);
  const row = phases * windows * padded;
  const tables = Math.ceil(width / 3) * WORDS * padded;
  const space = openWorkspace(shape, { kernel, bias }, [row, tables, padded]);
  const { exports, arena, groups, biasAt, tablesAt, wordsAt, extraAt } = space;
  const [gradientAt = 0, tableGradientAt = 0, biasGradientAt = 0] = extraAt;
  arena.floats(tableGradientAt, tables).fill(0);
  arena.floats(biasGradientAt, padded).fill(0);
  const gradientView = arena.floats(gradientAt, row);
  space.eachSequence(tokens, (index) => {
    copyRows(
      gradient.subarray(index * values, (index + 1) * values),
      filters,
      gradientView,
      padded,
    );
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
  });
  return foldGradients(space, shape, tableGradientAt, biasGradientAt);
}
