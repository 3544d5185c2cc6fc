import type { ElementwiseFunction } from './local-activations.ts';
import {
  Changes,
  sizeOf,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
  type SequenceStep,
  type SubstitutionChunk,
} from './local-changes.ts';

/** Copies the stretches and values of a chunk. */
function copyOf(source: Changes, target: Changes): Changes {
  const { count, rows } = source;
  target.begin(count);
  target.from.set(source.from.subarray(0, count));
  target.to.set(source.to.subarray(0, count));
  target.layOut();
  target.values.set(source.values.subarray(0, rows * source.shape.channels));
  return target;
}

/** A function of each row `[channels]` alone, applied in place to `rows` rows. */
export type RowFunction = (values: Float32Array, rows: number) => void;

/** `(value − mean) · scale + shift` with numbers of its own for each channel. */
export function channelwise(
  mean: Float32Array,
  scale: Float32Array,
  shift: Float32Array | undefined,
): RowFunction {
  const channels = mean.length;
  return (values, rows) => {
    for (let row = 0; row < rows; row++) {
      const at = row * channels;
      for (let j = 0; j < channels; j++) {
        values[at + j] =
          ((values[at + j] ?? 0) - (mean[j] ?? 0)) * (scale[j] ?? 0) + (shift?.[j] ?? 0);
      }
    }
  };
}

/** Layer normalisation (Ba et al. 2016) over the channels of each row. */
export function normaliseRows(
  channels: number,
  epsilon: number,
  scale: Float32Array | undefined,
  shift: Float32Array | undefined,
): RowFunction {
  return (values, rows) => {
    for (let row = 0; row < rows; row++) {
      const part = values.subarray(row * channels, (row + 1) * channels);
      let [sum, squares] = [0, 0];
      for (const value of part) sum += value;
      const mean = sum / channels;
      for (const value of part) squares += (value - mean) ** 2;
      const factor = 1 / Math.sqrt(squares / channels + epsilon);
      part.forEach((value, j) => {
        part[j] = (value - mean) * factor * (scale?.[j] ?? 1) + (shift?.[j] ?? 0);
      });
    }
  };
}

/** An activation as a function of rows. */
export function ofEachValue(compute: ElementwiseFunction, channels: number): RowFunction {
  return (values, rows) => {
    compute(values, rows * channels);
  };
}

/** A layer that treats every position alone: normalisation in prediction, activations. */
export class LocalPointwise implements LocalStep {
  readonly shape: PositionShape;
  readonly #compute: RowFunction;
  readonly #changes: Changes;

  constructor(shape: PositionShape, compute: RowFunction) {
    this.shape = shape;
    this.#compute = compute;
    this.#changes = new Changes(shape);
  }

  reference(inputs: readonly Float32Array[]): Promise<Float32Array> {
    const result = inputs[0]?.slice() ?? new Float32Array(0);
    this.#compute(result, result.length / this.shape.channels);
    return Promise.resolve(result);
  }

  update(_chunk: SubstitutionChunk, inputs: readonly Changes[]): Promise<Changes> {
    const [input] = inputs;
    if (input === undefined) throw new Error('a pointwise layer needs its input');
    const changes = copyOf(input, this.#changes);
    this.#compute(changes.values, changes.rows);
    return Promise.resolve(changes);
  }
}

/** What several activations with the same positions become. */
export type MergeKind = 'concatenate' | 'add' | 'multiply' | 'average' | 'maximum' | 'minimum';

const combine: Readonly<
  Record<Exclude<MergeKind, 'concatenate'>, (a: number, b: number) => number>
> = {
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  average: (a, b) => a + b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
};

/** Concatenation of channels, sum, product, mean, maximum or minimum of several activations. */
export class LocalMerge implements LocalStep {
  readonly shape: PositionShape;
  readonly #kind: MergeKind;
  readonly #shapes: readonly PositionShape[];
  readonly #changes: Changes;
  #inputs: readonly Float32Array[] = [];

  constructor(shapes: readonly PositionShape[], kind: MergeKind) {
    const [{ height, width, channels } = { height: 0, width: 0, channels: 0 }] = shapes;
    const all = shapes.reduce((sum, shape) => sum + shape.channels, 0);
    this.shape = { height, width, channels: kind === 'concatenate' ? all : channels };
    this.#kind = kind;
    this.#shapes = shapes;
    this.#changes = new Changes(this.shape);
  }

  reference(inputs: readonly Float32Array[], { count }: ReferenceBatch): Promise<Float32Array> {
    this.#inputs = inputs;
    const result = new Float32Array(count * sizeOf(this.shape));
    const rows = count * this.shape.height * this.shape.width;
    let offset = 0;
    inputs.forEach((input, index) => {
      for (let row = 0; row < rows; row++) this.#put(index, input, row, result, row, offset);
      offset += this.#shapes[index]?.channels ?? 0;
    });
    this.#finish(result, rows);
    return Promise.resolve(result);
  }

  update(chunk: SubstitutionChunk, inputs: readonly Changes[]): Promise<Changes> {
    const changes = this.#changes;
    const { height, width } = this.shape;
    changes.begin(chunk.count);
    for (let i = 0; i < chunk.count; i++) {
      let [from, to] = [width, 0];
      for (const input of inputs) {
        if ((input.to[i] ?? 0) <= (input.from[i] ?? 0)) continue;
        from = Math.min(from, input.from[i] ?? 0);
        to = Math.max(to, input.to[i] ?? 0);
      }
      [changes.from[i], changes.to[i]] = to > from ? [from, to] : [0, 0];
    }
    changes.layOut();
    let offset = 0;
    inputs.forEach((input, index) => {
      const reference = this.#inputs[index] ?? new Float32Array(0);
      for (let i = 0; i < chunk.count; i++) {
        const [begin, end] = [changes.from[i] ?? 0, changes.to[i] ?? 0];
        const [from, to] = [input.from[i] ?? 0, input.to[i] ?? 0];
        let target = changes.firstRow[i] ?? 0;
        for (let y = 0; y < height; y++) {
          const own = (input.firstRow[i] ?? 0) + y * (to - from) - from;
          const unchanged = ((chunk.examples[i] ?? 0) * height + y) * width;
          for (let x = begin; x < end; x++) {
            const isChanged = x >= from && x < to;
            const source = isChanged ? input.values : reference;
            const row = (isChanged ? own : unchanged) + x;
            this.#put(index, source, row, changes.values, target, offset);
            target++;
          }
        }
      }
      offset += this.#shapes[index]?.channels ?? 0;
    });
    this.#finish(changes.values, changes.rows);
    return Promise.resolve(changes);
  }

  /** Puts a row of the input with this index into a row of the result. */
  #put(
    index: number,
    source: Float32Array,
    sourceRow: number,
    target: Float32Array,
    targetRow: number,
    offset: number,
  ): void {
    const channels = this.#shapes[index]?.channels ?? 0;
    const from = sourceRow * channels;
    if (this.#kind === 'concatenate' || index === 0) {
      const to = targetRow * this.shape.channels + (this.#kind === 'concatenate' ? offset : 0);
      for (let j = 0; j < channels; j++) target[to + j] = source[from + j] ?? 0;
      return;
    }
    const both = combine[this.#kind];
    const to = targetRow * channels;
    for (let j = 0; j < channels; j++) {
      target[to + j] = both(target[to + j] ?? 0, source[from + j] ?? 0);
    }
  }

  #finish(values: Float32Array, rows: number): void {
    if (this.#kind !== 'average') return;
    const size = rows * this.shape.channels;
    for (let i = 0; i < size; i++) values[i] = (values[i] ?? 0) / this.#shapes.length;
  }
}

/** A row of a table for each base: an embedding, or one-hot where the network takes that. */
export class LocalLookup implements SequenceStep {
  readonly shape: PositionShape;
  readonly #table: Float32Array;
  readonly #changes: Changes;

  /** @param table `[5, channels]`, rows of A, C, G, T and unknown */
  constructor(table: Float32Array, length: number) {
    this.shape = { height: 1, width: length, channels: table.length / 5 };
    this.#table = table;
    this.#changes = new Changes(this.shape);
  }

  reaches(): boolean {
    return true;
  }

  reference(_inputs: readonly Float32Array[], { tokens }: ReferenceBatch): Promise<Float32Array> {
    const { channels } = this.shape;
    const result = new Float32Array(tokens.length * channels);
    tokens.forEach((base, i) => {
      result.set(this.#table.subarray(base * channels, (base + 1) * channels), i * channels);
    });
    return Promise.resolve(result);
  }

  update({ count, positions, bases }: SubstitutionChunk): Promise<Changes> {
    const changes = this.#changes;
    const { channels } = this.shape;
    changes.begin(count);
    for (let i = 0; i < count; i++) {
      changes.from[i] = positions[i] ?? 0;
      changes.to[i] = (positions[i] ?? 0) + 1;
    }
    changes.layOut();
    for (let i = 0; i < count; i++) {
      const base = (bases[i] ?? 0) * channels;
      changes.values.set(this.#table.subarray(base, base + channels), i * channels);
    }
    return Promise.resolve(changes);
  }
}
