import { activate, type LocalActivation } from './local-activations.ts';
import {
  Changes,
  paddedSizeOf,
  referenceChunk,
  rowOf,
  type LoadedChunk,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
} from './local-changes.ts';
import type { GrowingStretch, LocalMemory } from './local-memory.ts';
import { RightFactor } from './local-product.ts';

/** Where a window of `size` taps lies for each output: taps at `output · stride + tap · dilation − left`. */
export interface WindowGeometry {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Positions of padding before the first. */
  readonly left: number;
  /** Output positions. */
  readonly outputs: number;
}

/** Geometry under the paddings of TensorFlow; undefined for a padding that it does not have. */
export function windowGeometry(
  width: number,
  size: number,
  stride: number,
  dilation: number,
  padding: unknown,
): WindowGeometry | undefined {
  const span = (size - 1) * dilation + 1;
  const common = { size, stride, dilation };
  if (padding === 'valid') {
    return { ...common, left: 0, outputs: Math.max(0, Math.floor((width - span) / stride) + 1) };
  }
  if (padding === 'same') {
    const outputs = Math.ceil(width / stride);
    const total = Math.max(0, (outputs - 1) * stride + span - width);
    return { ...common, left: Math.floor(total / 2), outputs };
  }
  return undefined;
}

/** The structure `Windows` of the kernels. */
export function windowsAt(memory: LocalMemory, geometry: WindowGeometry): number {
  const { size, stride, dilation, left, outputs } = geometry;
  return memory.structure([size, stride, dilation, left, outputs]);
}

/** Weights of a convolution along the positions. */
export interface ConvolutionWeights {
  /** `[size, channels, filters]`. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly filters: number;
}

/** Positions of an unchanged sequence that are multiplied at once. */
const BLOCK = 512;

/**
 * A convolution along the positions, each height alone. It is linear up to its activation, so that the
 * change of its sums is the convolution of the change of its input: one matrix product of the
 * changed rows with all taps side by side, whose columns are added to the sums that they reach.
 */
export class LocalConvolution implements LocalStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #input: PositionShape;
  readonly #windows: number;
  readonly #bias: Float32Array | undefined;
  readonly #activation: LocalActivation;
  readonly #factor: RightFactor;
  readonly #changes: Changes;
  readonly #differences: GrowingStretch = { at: 0, bytes: 0 };
  readonly #products: GrowingStretch = { at: 0, bytes: 0 };
  #inputs = 0;
  /** Sums before the activation of the unchanged sequences. */
  #sums = 0;

  constructor(
    memory: LocalMemory,
    input: PositionShape,
    { kernel, bias, filters }: ConvolutionWeights,
    geometry: WindowGeometry,
    activation: LocalActivation,
  ) {
    this.shape = { height: input.height, width: geometry.outputs, channels: filters };
    this.#memory = memory;
    this.#input = input;
    this.#windows = windowsAt(memory, geometry);
    this.#bias = bias;
    this.#activation = activation;
    this.#changes = new Changes(memory, this.shape);
    const { channels } = input;
    this.#factor = new RightFactor(memory, kernel, channels, filters);
  }

  reference(inputs: readonly number[], { count }: ReferenceBatch): number {
    const memory = this.#memory;
    const row = rowOf(this.shape.channels);
    const floats = count * paddedSizeOf(this.shape);
    const sums = memory.reserve(floats * 4);
    const result = memory.reserve(floats * 4);
    if (this.#bias !== undefined) {
      const values = memory.floats(sums, floats);
      for (let at = 0; at < floats; at += row) values.set(this.#bias, at);
    }
    this.#inputs = inputs[0] ?? 0;
    this.#addReference(count * this.shape.height, sums);
    memory.floats(result, floats).set(memory.floats(sums, floats));
    activate(memory, this.#activation, result, floats / row, row);
    this.#sums = sums;
    return result;
  }

  /** Convolves the unchanged inputs by blocks of positions: a whole one could be too long. */
  #addReference(rows: number, sums: number): void {
    const memory = this.#memory;
    const { width, channels } = this.#input;
    const inputRow = rowOf(channels);
    const outputRow = rowOf(this.shape.channels);
    const one = referenceChunk(memory, 1);
    // One row of heights at a time, whatever its example.
    const input = new Changes(memory, { height: 1, width, channels });
    const output = new Changes(memory, { ...this.shape, height: 1 });
    for (let row = 0; row < rows; row++) {
      for (let from = 0; from < width; from += BLOCK) {
        const to = Math.min(width, from + BLOCK);
        const left = this.#inputs + (row * width + from) * inputRow * 4;
        this.#multiply(left, to - from);
        input.layOut(1, from, to, left);
        output.begin(1);
        memory.run('localReach', 1, 0, [this.#windows, input.at, output.at]);
        output.finish(sums + (row * this.shape.width + (output.from[0] ?? 0)) * outputRow * 4);
        const products = this.#products.at;
        memory.run('localGather', 1, 0, [
          ...[this.#windows, input.at, output.at, one.at, products, 0, 0],
        ]);
      }
    }
  }

  /** Products of rows with all taps. */
  #multiply(left: number, rows: number): void {
    const { channels } = this.#input;
    this.#memory.ensure(this.#products, rows * this.#factor.columns * 4);
    this.#factor.multiply(left, rowOf(channels), rows, this.#products.at, 0, channels);
  }

  update(chunk: LoadedChunk, inputs: readonly Changes[]): Changes {
    const [input] = inputs;
    if (input === undefined) throw new Error('a convolution needs its input');
    const memory = this.#memory;
    const changes = this.#changes;
    changes.begin(chunk.count);
    memory.run('localReach', chunk.count, 0, [this.#windows, input.at, changes.at]);
    changes.finish();
    memory.ensure(this.#differences, input.rows * input.row * 4);
    const differences = this.#differences.at;
    memory.run('localDifferences', chunk.count, input.rows * input.row, [
      ...[input.at, chunk.at, this.#inputs, differences],
    ]);
    this.#multiply(differences, input.rows);
    const { isRelu } = this.#activation;
    const work = changes.rows * changes.row + input.rows * this.#factor.columns;
    memory.run('localGather', chunk.count, work, [
      ...[this.#windows, input.at, changes.at, chunk.at, this.#products.at, this.#sums],
      isRelu ? 1 : 0,
    ]);
    this.#activation.compute?.(changes.values);
    return changes;
  }
}
