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

/** An array that is at least `size` long, `buffer` itself where it suffices. */
export function withRoom(buffer: Float32Array, size: number): Float32Array {
  return buffer.length >= size ? buffer : new Float32Array(Math.ceil(size * 1.25));
}

/**
 * What each substitution of a chunk changes in one activation: a stretch of positions and the new
 * values there, at all heights. Everything outside the stretch is as in the unchanged sequence.
 *
 * The rows of a substitution follow each other, `[height, to − from, channels]`. An object serves one
 * chunk after the other, so that its arrays are allocated once.
 */
export class Changes {
  readonly shape: PositionShape;
  count = 0;
  /** First changed position of each substitution. */
  from: Int32Array = new Int32Array(0);
  /** End (excluded) of the changed positions; `from` where nothing changes. */
  to: Int32Array = new Int32Array(0);
  /** Where the rows of each substitution begin; one more entry than substitutions. */
  firstRow: Int32Array = new Int32Array(1);
  /** `[rows, channels]`: the new values, with room behind them. */
  values: Float32Array = new Float32Array(0);

  constructor(shape: PositionShape) {
    this.shape = shape;
  }

  /** Number of rows of all substitutions. */
  get rows(): number {
    return this.firstRow[this.count] ?? 0;
  }

  /** Makes room for the stretches of `count` substitutions. */
  begin(count: number): void {
    this.count = count;
    if (this.from.length < count) {
      this.from = new Int32Array(count);
      this.to = new Int32Array(count);
      this.firstRow = new Int32Array(count + 1);
    }
  }

  /** Makes room for the rows once all stretches are set. */
  layOut(): void {
    const { count, from, to, firstRow, shape } = this;
    let row = 0;
    for (let i = 0; i < count; i++) {
      firstRow[i] = row;
      row += shape.height * Math.max(0, (to[i] ?? 0) - (from[i] ?? 0));
    }
    firstRow[count] = row;
    this.values = withRoom(this.values, row * shape.channels);
  }
}

/** New values minus those of the unchanged sequences, `[rows, channels]`. */
export function differences(
  changes: Changes,
  reference: Float32Array,
  chunk: SubstitutionChunk,
  target: Float32Array,
): void {
  const { shape, count, from, to, firstRow, values } = changes;
  const { height, width, channels } = shape;
  for (let i = 0; i < count; i++) {
    const begin = from[i] ?? 0;
    const size = ((to[i] ?? 0) - begin) * channels;
    let at = (firstRow[i] ?? 0) * channels;
    for (let row = 0; row < height; row++) {
      const source = (((chunk.examples[i] ?? 0) * height + row) * width + begin) * channels;
      for (let j = 0; j < size; j++) {
        target[at + j] = (values[at + j] ?? 0) - (reference[source + j] ?? 0);
      }
      at += size;
    }
  }
}

/** Whole activations of each substitution: the unchanged ones with the changes put in. */
export function splice(
  changes: Changes,
  reference: Float32Array,
  chunk: SubstitutionChunk,
  target: Float32Array,
  offset = 0,
  stride = sizeOf(changes.shape),
): void {
  const { shape, count, from, to, firstRow, values } = changes;
  const { height, width, channels } = shape;
  const size = sizeOf(shape);
  for (let i = 0; i < count; i++) {
    const example = (chunk.examples[i] ?? 0) * size;
    const whole = i * stride + offset;
    target.set(reference.subarray(example, example + size), whole);
    const begin = from[i] ?? 0;
    const changed = ((to[i] ?? 0) - begin) * channels;
    let at = (firstRow[i] ?? 0) * channels;
    for (let row = 0; row < height && changed > 0; row++) {
      target.set(values.subarray(at, at + changed), whole + (row * width + begin) * channels);
      at += changed;
    }
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
   * Activations `[count, height, width, channels]` of the unchanged sequences. The step keeps what it
   * needs of them for `update`.
   *
   * @param inputs what the steps before it gave; empty for a step that reads the sequence
   */
  reference(inputs: readonly Float32Array[], batch: ReferenceBatch): Promise<Float32Array>;
  /** What the substitutions change; valid until the next call. */
  update(chunk: SubstitutionChunk, inputs: readonly Changes[]): Promise<Changes>;
  /** Frees tensors. */
  dispose?(): void;
}

/** A step that reads the sequence itself. */
export interface SequenceStep extends LocalStep {
  /** Whether a substitution at this position can change anything in what the step gives. */
  reaches(position: number): boolean;
}
