import { activate, type LocalActivation } from './local-activations.ts';
import {
  Changes,
  paddedSizeOf,
  rowOf,
  type LoadedChunk,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
  type SequenceStep,
} from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';

/**
 * A function of each row `[channels]` alone, from `source` to `target`, both padded to `rowOf`.
 *
 * @param rows number of rows
 */
export type RowFunction = (source: number, target: number, rows: number) => void;

/** `(value − mean) · scale + shift` with numbers of its own for each channel. */
export function channelwise(
  memory: LocalMemory,
  mean: Float32Array,
  scale: Float32Array,
  shift: Float32Array = new Float32Array(mean.length),
): RowFunction {
  const row = rowOf(mean.length);
  const [means, scales, shifts] = [mean, scale, shift].map((values) =>
    memory.putRows(values, mean.length, row),
  ) as [number, number, number];
  return (source, target, rows) => {
    memory.run('localAffine', rows, rows * row, [source, row * 4, means, scales, shifts, target]);
  };
}

/** Layer normalisation (Ba et al. 2016) over the channels of each row. */
export function normaliseRows(
  memory: LocalMemory,
  channels: number,
  epsilon: number,
  scale: Float32Array | undefined,
  shift: Float32Array | undefined,
): RowFunction {
  const row = rowOf(channels);
  return (source, target, rows) => {
    const [from, to] = [memory.floats(source, rows * row), memory.floats(target, rows * row)];
    for (let first = 0; first < rows * row; first += row) {
      const part = from.subarray(first, first + channels);
      let [sum, squares] = [0, 0];
      for (const value of part) sum += value;
      const mean = sum / channels;
      for (const value of part) squares += (value - mean) ** 2;
      const factor = 1 / Math.sqrt(squares / channels + epsilon);
      for (let j = 0; j < channels; j++) {
        to[first + j] = ((part[j] ?? 0) - mean) * factor * (scale?.[j] ?? 1) + (shift?.[j] ?? 0);
      }
    }
  };
}

/** An activation as a function of rows. */
export function activateRows(
  memory: LocalMemory,
  activation: LocalActivation,
  channels: number,
): RowFunction {
  const row = rowOf(channels);
  return (source, target, rows) => {
    const size = rows * row;
    memory.floats(target, size).set(memory.floats(source, size));
    activate(memory, activation, target, rows, row);
  };
}

/** A layer that treats every position alone: normalisation in prediction, activations. */
export class LocalPointwise implements LocalStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #compute: RowFunction;
  readonly #changes: Changes;

  constructor(memory: LocalMemory, shape: PositionShape, compute: RowFunction) {
    this.shape = shape;
    this.#memory = memory;
    this.#compute = compute;
    this.#changes = new Changes(memory, shape);
  }

  reference(inputs: readonly number[], { count }: ReferenceBatch): number {
    const { height, width } = this.shape;
    const result = this.#memory.reserve(count * paddedSizeOf(this.shape) * 4);
    this.#compute(inputs[0] ?? 0, result, count * height * width);
    return result;
  }

  update(chunk: LoadedChunk, inputs: readonly Changes[]): Changes {
    const [input] = inputs;
    if (input === undefined) throw new Error('a pointwise layer needs its input');
    const changes = this.#changes;
    changes.layOutLike(input, chunk.count);
    this.#compute(input.valuesAt, changes.valuesAt, changes.rows);
    return changes;
  }
}

/** Other dimensions of the same positions: hands on what it is given. */
export class LocalReshape implements LocalStep {
  readonly shape: PositionShape;

  constructor(shape: PositionShape) {
    this.shape = shape;
  }

  reference(inputs: readonly number[]): number {
    return inputs[0] ?? 0;
  }

  update(_chunk: LoadedChunk, inputs: readonly Changes[]): Changes {
    const [input] = inputs;
    if (input === undefined) throw new Error('a reshaping needs its input');
    return input;
  }
}

/** A row of a table for each base: an embedding, or one-hot where the network takes that. */
export class LocalLookup implements SequenceStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #table: Float32Array;
  readonly #changes: Changes;

  /** @param table `[5, channels]`, rows of A, C, G, T and unknown */
  constructor(memory: LocalMemory, table: Float32Array, length: number) {
    this.shape = { height: 1, width: length, channels: table.length / 5 };
    this.#memory = memory;
    this.#table = table;
    this.#changes = new Changes(memory, this.shape);
  }

  reaches(): boolean {
    return true;
  }

  #row(base: number): Float32Array {
    const { channels } = this.shape;
    return this.#table.subarray(base * channels, (base + 1) * channels);
  }

  reference(_inputs: readonly number[], { tokens }: ReferenceBatch): number {
    const { row } = this.#changes;
    const result = this.#memory.reserve(tokens.length * row * 4);
    const values = this.#memory.floats(result, tokens.length * row);
    tokens.forEach((base, i) => {
      values.set(this.#row(base), i * row);
    });
    return result;
  }

  update({ count, positions, bases }: LoadedChunk): Changes {
    const changes = this.#changes;
    changes.begin(count);
    changes.from.set(positions.subarray(0, count));
    changes.to.set(positions.subarray(0, count).map((position) => position + 1));
    changes.finish();
    const { values, row } = changes;
    for (let i = 0; i < count; i++) values.set(this.#row(bases[i] ?? 0), i * row);
    return changes;
  }
}
