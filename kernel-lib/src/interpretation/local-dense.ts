import { activate, type LocalActivation } from './local-activations.ts';
import {
  paddedSizeOf,
  rowOf,
  type Changes,
  type LoadedChunk,
  type PositionShape,
} from './local-changes.ts';
import type { GrowingStretch, LocalMemory } from './local-memory.ts';
import { RightFactor } from './local-product.ts';

/** One part of a flattened activation. */
export interface FlatPart {
  /** Undefined for numbers that do not depend on the sequence. */
  readonly shape: PositionShape | undefined;
  /** Values an example. */
  readonly size: number;
}

/** Values of a part of the unchanged sequences: rows in memory, or `[count, size]` numbers. */
export type PartReference = number | Float32Array;

/** A step that brings positions together: from here on, every value can change. */
export interface GlobalStep {
  /**
   * Values `[count, size]` of the unchanged sequences.
   *
   * @param inputs the values of each part
   */
  reference(inputs: readonly PartReference[], count: number): Float32Array;
  /**
   * Values `[chunk.count, size]` of the changed sequences.
   *
   * @param inputs the changes of each part; undefined for a part that does not change
   */
  update(chunk: LoadedChunk, inputs: readonly (Changes | undefined)[]): Float32Array;
}

/** Inputs that one matrix product should have: fewer do not fill the vector units. */
const TILE = 128;

/** Rows of the kernel for padded channels: zeros for the padding. */
function withPadding(kernel: Float32Array, channels: number, units: number): Float32Array {
  const row = rowOf(channels);
  if (row === channels) return kernel;
  const positions = kernel.length / (channels * units);
  const padded = new Float32Array(positions * row * units);
  for (let position = 0; position < positions; position++) {
    const own = kernel.subarray(position * channels * units, (position + 1) * channels * units);
    padded.set(own, position * row * units);
  }
  return padded;
}

/**
 * A fully connected layer behind a flattening. It is linear up to its activation, so that its sums
 * change by the product of the changed inputs with their rows of the kernel. Substitutions that
 * change the same positions share a product.
 */
export class LocalDense implements GlobalStep {
  readonly #memory: LocalMemory;
  readonly #parts: readonly FlatPart[];
  readonly #kernel: Float32Array;
  readonly #bias: Float32Array | undefined;
  readonly #units: number;
  readonly #activation: LocalActivation;
  /** The rows of the kernel for each part that changes. */
  readonly #factors: readonly (RightFactor | undefined)[];
  readonly #members: GrowingStretch = { at: 0, bytes: 0 };
  readonly #left: GrowingStretch = { at: 0, bytes: 0 };
  readonly #products: GrowingStretch = { at: 0, bytes: 0 };
  readonly #output: GrowingStretch = { at: 0, bytes: 0 };
  #inputs: readonly PartReference[] = [];
  /** Sums before the activation of the unchanged sequences, `[count, row]`. */
  #sums = 0;

  /** @param kernel `[sum of the parts' sizes, units]` */
  constructor(
    memory: LocalMemory,
    parts: readonly FlatPart[],
    kernel: Float32Array,
    bias: Float32Array | undefined,
    units: number,
    activation: LocalActivation,
  ) {
    this.#memory = memory;
    this.#parts = parts;
    this.#kernel = kernel;
    this.#bias = bias;
    this.#units = units;
    this.#activation = activation;
    let first = 0;
    this.#factors = parts.map(({ shape, size }) => {
      const own = kernel.subarray(first * units, (first + size) * units);
      first += size;
      if (shape === undefined) return undefined;
      const rows = withPadding(own, shape.channels, units);
      return new RightFactor(memory, rows, paddedSizeOf(shape), units);
    });
  }

  reference(inputs: readonly PartReference[], count: number): Float32Array {
    const memory = this.#memory;
    const units = this.#units;
    const row = rowOf(units);
    this.#inputs = inputs;
    this.#sums = memory.reserve(count * row * 4);
    const products = memory.reserve(count * row * 4);
    const bias = this.#bias ?? new Float32Array(units);
    for (let i = 0; i < count; i++) memory.floats(this.#sums, count * row).set(bias, i * row);
    let first = 0;
    this.#parts.forEach(({ shape, size }, index) => {
      const input = inputs[index] ?? 0;
      const factor = this.#factors[index];
      if (shape !== undefined && factor !== undefined && typeof input === 'number') {
        const inner = paddedSizeOf(shape);
        factor.multiply(input, inner, count, products, 0, inner);
        const [sums, more] = [this.#sums, products].map((at) => memory.floats(at, count * row));
        more?.forEach((value, i) => {
          if (sums !== undefined) sums[i] = (sums[i] ?? 0) + value;
        });
      } else if (typeof input !== 'number') {
        this.#addFixed(input, first, size, count);
      }
      first += size;
    });
    return this.#finish(this.#sums, count, memory.reserve(count * row * 4));
  }

  /** Adds what numbers that never change contribute to the sums. */
  #addFixed(input: Float32Array, first: number, size: number, count: number): void {
    const units = this.#units;
    const row = rowOf(units);
    const sums = this.#memory.floats(this.#sums, count * row);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < size; j++) {
        const value = input[i * size + j] ?? 0;
        const weights = (first + j) * units;
        for (let unit = 0; unit < units; unit++) {
          const at = i * row + unit;
          sums[at] = (sums[at] ?? 0) + value * (this.#kernel[weights + unit] ?? 0);
        }
      }
    }
  }

  /** Activation of sums, without the padding of rows. */
  #finish(sums: number, count: number, work: number): Float32Array {
    const memory = this.#memory;
    const units = this.#units;
    const row = rowOf(units);
    if (work !== sums) memory.floats(work, count * row).set(memory.floats(sums, count * row));
    activate(memory, this.#activation, work, count, row);
    const values = memory.floats(work, count * row);
    const result = new Float32Array(count * units);
    for (let i = 0; i < count; i++) {
      result.set(values.subarray(i * row, i * row + units), i * units);
    }
    return result;
  }

  update(chunk: LoadedChunk, inputs: readonly (Changes | undefined)[]): Float32Array {
    const memory = this.#memory;
    const row = rowOf(this.#units);
    const { count, examples } = chunk;
    memory.ensure(this.#output, count * row * 4);
    const examplesInMemory = this.#sums;
    const sums = memory.floats(this.#output.at, count * row);
    for (let i = 0; i < count; i++) {
      sums.set(memory.floats(examplesInMemory + (examples[i] ?? 0) * row * 4, row), i * row);
    }
    this.#parts.forEach(({ shape }, index) => {
      const changes = inputs[index];
      const factor = this.#factors[index];
      const reference = this.#inputs[index];
      if (shape === undefined || changes === undefined || factor === undefined) return;
      if (typeof reference !== 'number') return;
      const step = Math.max(1, Math.floor(TILE / changes.row));
      for (let x = 0; x < shape.width; x += step) {
        const end = Math.min(shape.width, x + step);
        const members = this.#membersOf(changes, x, end);
        for (let y = 0; y < shape.height && members > 0; y++) {
          this.#addTile(chunk, changes, reference, { y, x, end, members }, factor);
        }
      }
    });
    return this.#finish(this.#output.at, count, this.#output.at);
  }

  /** Lists the substitutions that change something at the positions `[x, end)`. */
  #membersOf(changes: Changes, x: number, end: number): number {
    const { from, to } = changes;
    let count = 0;
    for (let i = 0; i < from.length; i++) {
      if ((from[i] ?? 0) < end && (to[i] ?? 0) > x) count++;
    }
    this.#memory.ensure(this.#members, count * 4);
    const members = this.#memory.integers(this.#members.at, count);
    // The memory may have moved.
    const [begins, ends] = [changes.from, changes.to];
    let at = 0;
    for (let i = 0; i < begins.length; i++) {
      if ((begins[i] ?? 0) < end && (ends[i] ?? 0) > x) members[at++] = i;
    }
    return count;
  }

  /** Adds what the listed members change at the positions `[x, end)` and height `y` of a part. */
  #addTile(
    chunk: LoadedChunk,
    changes: Changes,
    reference: number,
    tile: {
      readonly y: number;
      readonly x: number;
      readonly end: number;
      readonly members: number;
    },
    factor: RightFactor,
  ): void {
    const { y, x, end, members } = tile;
    const memory = this.#memory;
    const { row, shape } = changes;
    const size = (end - x) * row;
    memory.ensure(this.#left, members * size * 4);
    memory.ensure(this.#products, members * factor.columns * 4);
    memory.run('localTile', members, members * size, [
      ...[changes.at, chunk.at, this.#members.at, y, x, end, reference, this.#left.at],
    ]);
    const products = this.#products.at;
    const first = (y * shape.width + x) * row;
    factor.multiply(this.#left.at, size, members, products, first, size);
    memory.run('localScatter', members, members * factor.columns, [
      ...[this.#members.at, products, factor.columns * 4, this.#output.at],
    ]);
  }
}
