import type { ElementwiseFunction } from './local-activations.ts';
import {
  sizeOf,
  withRoom,
  type Changes,
  type PositionShape,
  type SubstitutionChunk,
} from './local-changes.ts';
import { RightFactor } from './local-product.ts';

/** One part of a flattened activation: positions that may change, or numbers that do not. */
export interface FlatPart {
  /** Undefined for what does not depend on the sequence. */
  readonly shape: PositionShape | undefined;
  readonly size: number;
}

/** A step that brings positions together: from here on, every value can change. */
export interface GlobalStep {
  /**
   * Values `[count, size]` of the unchanged sequences.
   *
   * @param inputs values `[count, size]` of each part
   */
  reference(inputs: readonly Float32Array[], count: number): Promise<Float32Array>;
  /**
   * Values `[chunk.count, size]` of the changed sequences.
   *
   * @param inputs the changes of each part; undefined for a part that does not change
   */
  update(chunk: SubstitutionChunk, inputs: readonly (Changes | undefined)[]): Promise<Float32Array>;
  /** Frees tensors. */
  dispose?(): void;
}

/** Inputs that one matrix product should have: fewer do not fill the vector units. */
const TILE = 128;

/**
 * A fully connected layer behind a flattening. It is linear up to its activation, so that its sums
 * change by the product of the changed inputs with their rows of the kernel. Substitutions that
 * change the same positions share a product.
 */
export class LocalDense implements GlobalStep {
  readonly #parts: readonly FlatPart[];
  readonly #kernel: Float32Array;
  readonly #bias: Float32Array | undefined;
  readonly #units: number;
  readonly #activation: ElementwiseFunction;
  /** Rows of the kernel as factors, by the first row. */
  readonly #factors = new Map<number, RightFactor>();
  #inputs: readonly Float32Array[] = [];
  #sums: Float32Array = new Float32Array(0);
  #left: Float32Array = new Float32Array(0);

  /** @param kernel `[sum of the parts' sizes, units]` */
  constructor(
    parts: readonly FlatPart[],
    kernel: Float32Array,
    bias: Float32Array | undefined,
    units: number,
    activation: ElementwiseFunction,
  ) {
    this.#parts = parts;
    this.#kernel = kernel;
    this.#bias = bias;
    this.#units = units;
    this.#activation = activation;
  }

  async reference(inputs: readonly Float32Array[], count: number): Promise<Float32Array> {
    this.#inputs = inputs;
    const units = this.#units;
    const sums = new Float32Array(count * units);
    if (this.#bias !== undefined) {
      for (let at = 0; at < sums.length; at += units) sums.set(this.#bias, at);
    }
    let first = 0;
    for (const [index, { size }] of this.#parts.entries()) {
      const block = this.#kernel.subarray(first * units, (first + size) * units);
      const factor = new RightFactor(block, size, units);
      try {
        const products = await factor.product(inputs[index] ?? new Float32Array(0), count);
        for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (products[i] ?? 0);
      } finally {
        factor.dispose();
      }
      first += size;
    }
    this.#sums = sums;
    const result = sums.slice();
    this.#activation(result, result.length);
    return result;
  }

  async update(
    chunk: SubstitutionChunk,
    inputs: readonly (Changes | undefined)[],
  ): Promise<Float32Array> {
    const units = this.#units;
    const result = new Float32Array(chunk.count * units);
    for (let i = 0; i < chunk.count; i++) {
      const source = (chunk.examples[i] ?? 0) * units;
      for (let j = 0; j < units; j++) result[i * units + j] = this.#sums[source + j] ?? 0;
    }
    let first = 0;
    for (const [index, { shape, size }] of this.#parts.entries()) {
      const changes = inputs[index];
      const reference = this.#inputs[index];
      if (shape !== undefined && changes !== undefined && reference !== undefined) {
        const step = Math.max(1, Math.floor(TILE / shape.channels));
        for (let y = 0; y < shape.height; y++) {
          for (let x = 0; x < shape.width; x += step) {
            const end = Math.min(shape.width, x + step);
            await this.#addTile(chunk, changes, reference, { y, x, end, first }, result);
          }
        }
      }
      first += size;
    }
    this.#activation(result, result.length);
    return result;
  }

  /** Adds what the positions `[x, end)` at height `y` of a part that begins at `first` change. */
  async #addTile(
    chunk: SubstitutionChunk,
    changes: Changes,
    reference: Float32Array,
    tile: { readonly y: number; readonly x: number; readonly end: number; readonly first: number },
    sums: Float32Array,
  ): Promise<void> {
    const { y, x, end, first } = tile;
    const { height, width, channels } = changes.shape;
    const { count, from, to, firstRow, values } = changes;
    const size = (end - x) * channels;
    const members: number[] = [];
    for (let i = 0; i < count; i++) {
      if ((from[i] ?? 0) < end && (to[i] ?? 0) > x) members.push(i);
    }
    if (members.length === 0) return;
    this.#left = withRoom(this.#left, members.length * size);
    const left = this.#left;
    members.forEach((i, row) => {
      const [begin, close] = [from[i] ?? 0, to[i] ?? 0];
      const own = ((firstRow[i] ?? 0) + y * (close - begin) - begin) * channels;
      const unchanged = ((chunk.examples[i] ?? 0) * height + y) * width * channels;
      const low = Math.max(begin, x) * channels;
      const high = Math.min(close, end) * channels;
      const target = row * size - x * channels;
      if (high - low < size) left.fill(0, row * size, (row + 1) * size);
      for (let j = low; j < high; j++) {
        left[target + j] = (values[own + j] ?? 0) - (reference[unchanged + j] ?? 0);
      }
    });
    const row = first + (y * width + x) * channels;
    const products = await this.#factor(row, size).product(left, members.length);
    const units = this.#units;
    members.forEach((i, from) => {
      for (let j = 0; j < units; j++) {
        sums[i * units + j] = (sums[i * units + j] ?? 0) + (products[from * units + j] ?? 0);
      }
    });
  }

  #factor(row: number, rows: number): RightFactor {
    let factor = this.#factors.get(row);
    if (factor === undefined) {
      const units = this.#units;
      factor = new RightFactor(
        this.#kernel.subarray(row * units, (row + rows) * units),
        rows,
        units,
      );
      this.#factors.set(row, factor);
    }
    return factor;
  }

  dispose(): void {
    for (const factor of this.#factors.values()) factor.dispose();
    this.#factors.clear();
  }
}

/** Mean or maximum over all positions and heights, a value a channel. */
export class LocalGlobalPooling implements GlobalStep {
  readonly #shape: PositionShape;
  readonly #kind: 'max' | 'mean';
  #inputs: Float32Array = new Float32Array(0);
  #output: Float32Array = new Float32Array(0);
  /** Maxima over all heights of the positions up to and with each, and from each on. */
  #upTo: Float32Array = new Float32Array(0);
  #fromOn: Float32Array = new Float32Array(0);

  constructor(shape: PositionShape, kind: 'max' | 'mean') {
    this.#shape = shape;
    this.#kind = kind;
  }

  reference(inputs: readonly Float32Array[], count: number): Promise<Float32Array> {
    const [input = new Float32Array(0)] = inputs;
    const { height, width, channels } = this.#shape;
    const size = sizeOf(this.#shape);
    this.#inputs = input;
    const output = new Float32Array(count * channels).fill(this.#kind === 'max' ? -Infinity : 0);
    for (let at = 0; at < input.length; at++) {
      const target = Math.floor(at / size) * channels + (at % channels);
      const [old, value] = [output[target] ?? 0, input[at] ?? 0];
      output[target] = this.#kind === 'max' ? Math.max(old, value) : old + value / (height * width);
    }
    if (this.#kind === 'max') this.#keepMaxima(count);
    this.#output = output;
    return Promise.resolve(output);
  }

  #keepMaxima(count: number): void {
    const { height, width, channels } = this.#shape;
    const row = width * channels;
    const upTo = new Float32Array(count * row).fill(-Infinity);
    for (let at = 0; at < this.#inputs.length; at++) {
      const target = Math.floor(at / (height * row)) * row + (at % row);
      upTo[target] = Math.max(upTo[target] ?? 0, this.#inputs[at] ?? 0);
    }
    const fromOn = upTo.slice();
    for (let example = 0; example < count; example++) {
      const [begin, end] = [example * row, (example + 1) * row];
      for (let at = begin + channels; at < end; at++) {
        upTo[at] = Math.max(upTo[at] ?? 0, upTo[at - channels] ?? 0);
      }
      for (let at = end - channels - 1; at >= begin; at--) {
        fromOn[at] = Math.max(fromOn[at] ?? 0, fromOn[at + channels] ?? 0);
      }
    }
    this.#upTo = upTo;
    this.#fromOn = fromOn;
  }

  update(
    chunk: SubstitutionChunk,
    inputs: readonly (Changes | undefined)[],
  ): Promise<Float32Array> {
    const [changes] = inputs;
    const { channels } = this.#shape;
    const result = new Float32Array(chunk.count * channels);
    for (let i = 0; i < chunk.count; i++) {
      const example = chunk.examples[i] ?? 0;
      const source = example * channels;
      for (let j = 0; j < channels; j++) result[i * channels + j] = this.#output[source + j] ?? 0;
      if (changes === undefined || (changes.to[i] ?? 0) <= (changes.from[i] ?? 0)) continue;
      if (this.#kind === 'max') this.#updateMaximum(changes, i, example, result);
      else this.#updateMean(changes, i, example, result);
    }
    return Promise.resolve(result);
  }

  #updateMaximum(changes: Changes, i: number, example: number, result: Float32Array): void {
    const { width, channels } = this.#shape;
    const [from, to] = [changes.from[i] ?? 0, changes.to[i] ?? 0];
    const origin = example * width;
    for (let j = 0; j < channels; j++) {
      const before = from > 0 ? (this.#upTo[(origin + from - 1) * channels + j] ?? 0) : -Infinity;
      const behind = to < width ? (this.#fromOn[(origin + to) * channels + j] ?? 0) : -Infinity;
      result[i * channels + j] = Math.max(before, behind);
    }
    for (let row = changes.firstRow[i] ?? 0; row < (changes.firstRow[i + 1] ?? 0); row++) {
      for (let j = 0; j < channels; j++) {
        const at = i * channels + j;
        result[at] = Math.max(result[at] ?? 0, changes.values[row * channels + j] ?? 0);
      }
    }
  }

  #updateMean(changes: Changes, i: number, example: number, result: Float32Array): void {
    const { height, width, channels } = this.#shape;
    const [from, to] = [changes.from[i] ?? 0, changes.to[i] ?? 0];
    const share = 1 / (height * width);
    let own = (changes.firstRow[i] ?? 0) * channels;
    for (let y = 0; y < height; y++) {
      for (let x = from; x < to; x++) {
        const unchanged = ((example * height + y) * width + x) * channels;
        for (let j = 0; j < channels; j++) {
          const difference = (changes.values[own + j] ?? 0) - (this.#inputs[unchanged + j] ?? 0);
          const at = i * channels + j;
          result[at] = (result[at] ?? 0) + difference * share;
        }
        own += channels;
      }
    }
  }
}
