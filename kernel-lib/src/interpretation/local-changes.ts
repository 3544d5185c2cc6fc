import type { GrowingStretch, LocalMemory } from './local-memory.ts';

/** Shape of the activations of one example: `[height, width, channels]`, positions along the width. */
export interface PositionShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Values in the activations of one example. */
export function sizeOf({ height, width, channels }: PositionShape): number {
  return height * width * channels;
}

/** Floats of a row in the kernels' memory: the channels of one position, padded to whole vectors. */
export function rowOf(channels: number): number {
  return Math.ceil(channels / 8) * 8;
}

/** Floats of one example in the kernels' memory. */
export function paddedSizeOf({ height, width, channels }: PositionShape): number {
  return height * width * rowOf(channels);
}

/** The unchanged sequences of one call. */
export interface ReferenceBatch {
  readonly count: number;
  /** Bases a sequence. */
  readonly length: number;
  /** `[count, length]`: 0 A, 1 C, 2 G, 3 T, 4 unknown. */
  readonly tokens: Uint8Array;
}

/** Some of the substitutions of a call, recomputed together. */
export interface SubstitutionChunk {
  readonly count: number;
  /** Which unchanged sequence each substitution is in. */
  readonly examples: Int32Array;
  /** 0-based positions. */
  readonly positions: Int32Array;
  /** The new bases, 0–3. */
  readonly bases: Uint8Array;
}

/** A chunk that the kernels can read. */
export interface LoadedChunk extends SubstitutionChunk {
  /** Where its structure `Chunk` lies. */
  readonly at: number;
}

/** Puts chunks into the memory, one in the place of the other. */
export class ChunkLoader {
  readonly #memory: LocalMemory;
  readonly #structure: number;
  readonly #lists: GrowingStretch = { at: 0, bytes: 0 };

  constructor(memory: LocalMemory) {
    this.#memory = memory;
    this.#structure = memory.structure([0, 0, 0, 0]);
  }

  load(chunk: SubstitutionChunk): LoadedChunk {
    const { count, examples, positions, bases } = chunk;
    const memory = this.#memory;
    memory.ensure(this.#lists, count * 12);
    const [first, second, third] = [0, 4, 8].map((bytes) => this.#lists.at + count * bytes);
    if (first === undefined || second === undefined || third === undefined)
      return { ...chunk, at: 0 };
    memory.integers(first, count).set(examples.subarray(0, count));
    memory.integers(second, count).set(positions.subarray(0, count));
    memory.integers(third, count).set(bases.subarray(0, count));
    memory.integers(this.#structure, 4).set([count, first, second, third]);
    return { ...chunk, at: this.#structure };
  }
}

/** The unchanged sequences as a chunk: one row each, nothing substituted. */
export function referenceChunk(memory: LocalMemory, count: number): LoadedChunk {
  const examples = Int32Array.from({ length: count }, (_, index) => index);
  const zeros = new Int32Array(count);
  const chunk = { count, examples, positions: zeros, bases: new Uint8Array(count) };
  return new ChunkLoader(memory).load(chunk);
}

/**
 * What each substitution of a chunk changes in one activation: a stretch of positions and the new
 * values there, at all heights. Everything outside the stretch is as in the unchanged sequence.
 *
 * The rows of a substitution follow each other, `[height, to − from]`. An object serves one chunk
 * after the other, so that its memory is reserved once.
 */
export class Changes {
  readonly shape: PositionShape;
  /** Where the structure `Changes` of the kernels lies. */
  readonly at: number;
  /** Floats a row. */
  readonly row: number;
  readonly #memory: LocalMemory;
  readonly #lists: GrowingStretch = { at: 0, bytes: 0 };
  readonly #values: GrowingStretch = { at: 0, bytes: 0 };
  #count = 0;
  #rows = 0;

  constructor(memory: LocalMemory, shape: PositionShape) {
    this.shape = shape;
    this.row = rowOf(shape.channels);
    this.#memory = memory;
    this.at = memory.structure([shape.height, shape.width, this.row * 4, 0, 0, 0, 0, 0]);
  }

  /** Number of rows of all substitutions. */
  get rows(): number {
    return this.#rows;
  }

  /** Byte offset of the rows. */
  get valuesAt(): number {
    return this.#values.at;
  }

  /** First changed position of each substitution. */
  get from(): Int32Array {
    return this.#memory.integers(this.#lists.at, this.#count);
  }

  /** End (excluded) of the changed positions; `from` where nothing changes. */
  get to(): Int32Array {
    return this.#memory.integers(this.#lists.at + this.#count * 4, this.#count);
  }

  /** Where the rows of each substitution begin. */
  get firstRow(): Int32Array {
    return this.#memory.integers(this.#lists.at + this.#count * 8, this.#count);
  }

  /** The rows. */
  get values(): Float32Array {
    return this.#memory.floats(this.#values.at, this.#rows * this.row);
  }

  /** Makes room for the stretches of a chunk, which the caller then sets. */
  begin(count: number): void {
    this.#count = count;
    this.#memory.ensure(this.#lists, count * 12);
    const lists = [0, 4, 8].map((bytes) => this.#lists.at + count * bytes);
    this.#memory.integers(this.at, 8).set(lists, 3);
  }

  /**
   * Makes room for the rows once all stretches are set.
   *
   * @param valuesAt where the rows are to lie; by default in memory of its own
   */
  finish(valuesAt?: number): void {
    this.#memory.run('localLayOut', 1, 0, [this.at, this.#count]);
    this.#rows = this.#memory.integers(this.at, 8)[7] ?? 0;
    if (valuesAt === undefined) this.#memory.ensure(this.#values, this.#rows * this.row * 4);
    else this.#values.at = valuesAt;
    this.#memory.integers(this.at, 8)[6] = this.#values.at;
  }

  /** The same stretch for every substitution. */
  layOut(count: number, from: number, to: number, valuesAt?: number): void {
    this.begin(count);
    this.from.fill(from);
    this.to.fill(to);
    this.finish(valuesAt);
  }

  /** The stretches of another, with rows of its own. */
  layOutLike(other: Changes, count: number): void {
    this.begin(count);
    this.from.set(other.from);
    this.to.set(other.to);
    this.finish();
  }
}

/** Stretches for the unchanged sequences themselves: nothing is changed in what a step reads. */
export function unchanged(memory: LocalMemory, shape: PositionShape, count: number): Changes {
  const changes = new Changes(memory, shape);
  changes.layOut(count, 0, 0);
  return changes;
}

/** Stretches for the unchanged sequences themselves: everything is computed in what a step gives. */
export function everything(
  memory: LocalMemory,
  shape: PositionShape,
  count: number,
  valuesAt: number,
): Changes {
  const changes = new Changes(memory, shape);
  changes.layOut(count, 0, shape.width, valuesAt);
  return changes;
}

/**
 * Whole activations of each substitution: the unchanged ones with the changes put in, without the
 * padding of rows.
 *
 * @param reference where the activations of the unchanged sequences lie
 * @param target `[chunk.count, stride]`; an example is written behind `offset` values
 */
export function splice(
  memory: LocalMemory,
  changes: Changes,
  reference: number,
  chunk: SubstitutionChunk,
  target: Float32Array,
  offset: number,
  stride: number,
): void {
  const { shape, row, from, to, firstRow, values } = changes;
  const { height, width, channels } = shape;
  for (let i = 0; i < chunk.count; i++) {
    const whole = i * stride + offset;
    writeExample(memory, shape, reference, chunk.examples[i] ?? 0, target, whole);
    const [begin, end] = [from[i] ?? 0, to[i] ?? 0];
    let source = (firstRow[i] ?? 0) * row;
    for (let y = 0; y < height; y++) {
      for (let x = begin; x < end; x++) {
        target.set(values.subarray(source, source + channels), whole + (y * width + x) * channels);
        source += row;
      }
    }
  }
}

/** The activations of one unchanged sequence, without the padding of rows. */
export function writeExample(
  memory: LocalMemory,
  shape: PositionShape,
  reference: number,
  example: number,
  target: Float32Array,
  offset: number,
): void {
  const { height, width, channels } = shape;
  const row = rowOf(channels);
  const size = height * width * row;
  const values = memory.floats(reference + example * size * 4, size);
  if (row === channels) {
    target.set(values, offset);
    return;
  }
  for (let y = 0; y < height * width; y++) {
    target.set(values.subarray(y * row, y * row + channels), offset + y * channels);
  }
}

/**
 * One layer that keeps positions: computes its activations for unchanged sequences, then for each
 * substitution only those that it changes.
 */
export interface LocalStep {
  /** Shape of what the step gives. */
  readonly shape: PositionShape;
  /**
   * Activations of the unchanged sequences. The step keeps what it needs of them for `update`.
   *
   * @param inputs where `[count, height, width]` rows of the steps before it lie; none for a step
   *   that reads the sequence
   * @returns where its own rows lie
   */
  reference(inputs: readonly number[], batch: ReferenceBatch): number;
  /** What the substitutions change; valid until the next call. */
  update(chunk: LoadedChunk, inputs: readonly Changes[]): Changes;
}

/** A step that reads the sequence itself. */
export interface SequenceStep extends LocalStep {
  /** Whether a substitution at this position can change anything in what the step gives. */
  reaches(position: number): boolean;
}
