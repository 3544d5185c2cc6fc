import type { ElementwiseFunction } from './local-activations.ts';
import {
  Changes,
  sizeOf,
  type PositionShape,
  type ReferenceBatch,
  type SequenceStep,
  type SubstitutionChunk,
} from './local-changes.ts';

/** What a `SequenceConv1D` computes. */
export interface SequenceConvolutionGeometry {
  /** Bases a filter. */
  readonly size: number;
  /** Positions of padding before the sequence. */
  readonly left: number;
  /** First position of the convolution that is computed. */
  readonly start: number;
  /** Pooled positions. */
  readonly windows: number;
  readonly pool: number;
  readonly pooling: 'max' | 'mean' | 'both';
  /** Positions modulo this number are averaged apart. */
  readonly phases: number;
}

/**
 * The first layer: convolution of bases, activation, pooling. A substitution changes `size` positions
 * of the convolution, each by the difference of two rows of the kernel. A mean changes by what those
 * positions change; a maximum is the largest of their new values and of the two parts of the window
 * beside them, whose maxima are kept for every cut.
 */
export class LocalSequenceConvolution implements SequenceStep {
  readonly shape: PositionShape;
  readonly #geometry: SequenceConvolutionGeometry;
  readonly #filters: number;
  readonly #kernel: Float32Array;
  readonly #bias: Float32Array;
  readonly #activation: ElementwiseFunction;
  readonly #isRelu: boolean;
  readonly #changes: Changes;
  /** `[tap, old base (4: unknown), new base, filter]`: new row of the kernel minus old row. */
  readonly #steps: Float32Array;
  #batch: ReferenceBatch = { count: 0, length: 0, tokens: new Uint8Array(0) };
  /** Sums before the activation, `[count, windows · pool, filters]`. */
  #sums: Float32Array = new Float32Array(0);
  /** The largest sum of the window up to and with each position, and from each position on. */
  #upTo: Float32Array = new Float32Array(0);
  #fromOn: Float32Array = new Float32Array(0);
  #output: Float32Array = new Float32Array(0);

  /**
   * @param kernel `[size, 4, filters]`
   * @param bias `[filters]`
   */
  constructor(
    kernel: Float32Array,
    bias: Float32Array,
    geometry: SequenceConvolutionGeometry,
    activation: 'relu' | 'linear',
    elementwise: ElementwiseFunction,
  ) {
    const { windows, phases, pooling, size } = geometry;
    const filters = bias.length;
    const channels = pooling === 'both' ? 2 * filters : filters;
    this.shape = { height: phases, width: windows, channels };
    this.#geometry = geometry;
    this.#filters = filters;
    this.#kernel = kernel;
    this.#bias = bias;
    this.#activation = elementwise;
    this.#isRelu = activation === 'relu';
    this.#changes = new Changes(this.shape);
    this.#steps = new Float32Array(size * 20 * filters);
    for (let tap = 0; tap < size; tap++) {
      for (let change = 0; change < 20; change++) {
        const [oldBase, newBase] = [change >> 2, change & 3];
        const target = (tap * 20 + change) * filters;
        for (let j = 0; j < filters; j++) {
          const before = oldBase < 4 ? (kernel[(tap * 4 + oldBase) * filters + j] ?? 0) : 0;
          const after = kernel[(tap * 4 + newBase) * filters + j] ?? 0;
          this.#steps[target + j] = after - before;
        }
      }
    }
  }

  /** Positions of the convolution, counted from `start`, that see a base: `[first, end)`. */
  #stretch(position: number): [number, number] {
    const { size, left, start, windows, pool } = this.#geometry;
    const last = position + left - start;
    return [Math.max(0, last - size + 1), Math.min(windows * pool, last + 1)];
  }

  reaches(position: number): boolean {
    const [first, end] = this.#stretch(position);
    return end > first;
  }

  reference(_inputs: readonly Float32Array[], batch: ReferenceBatch): Promise<Float32Array> {
    this.#batch = batch;
    const { windows, pool, pooling, phases } = this.#geometry;
    const filters = this.#filters;
    const positions = windows * pool;
    this.#sums = this.#convolve(batch);
    if (pooling !== 'mean') this.#keepMaxima(batch.count);
    const activated = pooling === 'max' ? new Float32Array(0) : this.#sums.slice();
    this.#activation(activated, activated.length);
    const { channels } = this.shape;
    const output = new Float32Array(batch.count * sizeOf(this.shape));
    const share = phases / pool;
    for (let example = 0; example < batch.count; example++) {
      for (let window = 0; window < windows; window++) {
        const first = example * positions + window * pool;
        if (pooling !== 'mean') {
          const target = (example * windows + window) * channels;
          const whole = (first + pool - 1) * filters;
          for (let j = 0; j < filters; j++) output[target + j] = this.#upTo[whole + j] ?? 0;
        }
        if (pooling === 'max') continue;
        const offset = pooling === 'both' ? filters : 0;
        for (let i = 0; i < pool; i++) {
          const row = (example * phases + (i % phases)) * windows + window;
          const target = row * channels + offset;
          const source = (first + i) * filters;
          for (let j = 0; j < filters; j++) {
            output[target + j] = (output[target + j] ?? 0) + (activated[source + j] ?? 0) * share;
          }
        }
      }
    }
    // Maxima were taken before the activation, which never decreases: ReLU or none. It leaves means
    // of activated values as they are.
    this.#activation(output, output.length);
    this.#output = output;
    return Promise.resolve(output);
  }

  #convolve({ count, length, tokens }: ReferenceBatch): Float32Array {
    const { size, left, start, windows, pool } = this.#geometry;
    const filters = this.#filters;
    const positions = windows * pool;
    const sums = new Float32Array(count * positions * filters);
    for (let example = 0; example < count; example++) {
      for (let i = 0; i < positions; i++) {
        const target = (example * positions + i) * filters;
        for (let j = 0; j < filters; j++) sums[target + j] = this.#bias[j] ?? 0;
        for (let tap = 0; tap < size; tap++) {
          const position = start + i + tap - left;
          const base =
            position < 0 || position >= length ? 4 : (tokens[example * length + position] ?? 4);
          if (base > 3) continue;
          const row = (tap * 4 + base) * filters;
          for (let j = 0; j < filters; j++) {
            sums[target + j] = (sums[target + j] ?? 0) + (this.#kernel[row + j] ?? 0);
          }
        }
      }
    }
    return sums;
  }

  #keepMaxima(count: number): void {
    const { windows, pool } = this.#geometry;
    const filters = this.#filters;
    const [upTo, fromOn] = [this.#sums.slice(), this.#sums.slice()];
    for (let window = 0; window < count * windows; window++) {
      const begin = window * pool * filters;
      const end = begin + pool * filters;
      for (let at = begin + filters; at < end; at++) {
        upTo[at] = Math.max(upTo[at] ?? 0, upTo[at - filters] ?? 0);
      }
      for (let at = end - filters - 1; at >= begin; at--) {
        fromOn[at] = Math.max(fromOn[at] ?? 0, fromOn[at + filters] ?? 0);
      }
    }
    this.#upTo = upTo;
    this.#fromOn = fromOn;
  }

  update(chunk: SubstitutionChunk): Promise<Changes> {
    const changes = this.#changes;
    const { pool, pooling } = this.#geometry;
    changes.begin(chunk.count);
    for (let i = 0; i < chunk.count; i++) {
      const [first, end] = this.#stretch(chunk.positions[i] ?? 0);
      changes.from[i] = end > first ? Math.floor(first / pool) : 0;
      changes.to[i] = end > first ? Math.ceil(end / pool) : 0;
    }
    changes.layOut();
    for (let i = 0; i < chunk.count; i++) {
      if (pooling !== 'mean') this.#updateMaxima(chunk, i);
      if (pooling !== 'max') this.#updateMeans(chunk, i);
    }
    return Promise.resolve(changes);
  }

  /** Where the row of `#steps` for a tap of this substitution begins, but for the tap. */
  #step(chunk: SubstitutionChunk, i: number): number {
    const { tokens, length } = this.#batch;
    const old = tokens[(chunk.examples[i] ?? 0) * length + (chunk.positions[i] ?? 0)] ?? 4;
    return (old * 4 + (chunk.bases[i] ?? 0)) * this.#filters;
  }

  #updateMaxima(chunk: SubstitutionChunk, i: number): void {
    const { pool, windows, left, start } = this.#geometry;
    const filters = this.#filters;
    const { from, to, firstRow, values, shape } = this.#changes;
    const [sums, upTo, fromOn, steps] = [this.#sums, this.#upTo, this.#fromOn, this.#steps];
    const position = chunk.positions[i] ?? 0;
    const [first, end] = this.#stretch(position);
    const step = this.#step(chunk, i);
    const origin = (chunk.examples[i] ?? 0) * windows * pool;
    const begin = from[i] ?? 0;
    for (let window = begin; window < (to[i] ?? 0); window++) {
      const target = ((firstRow[i] ?? 0) + window - begin) * shape.channels;
      const open = Math.max(first, window * pool);
      const close = Math.min(end, (window + 1) * pool);
      const before = open > window * pool ? (origin + open - 1) * filters : -1;
      const behind = close < (window + 1) * pool ? (origin + close) * filters : -1;
      for (let j = 0; j < filters; j++) {
        const one = before < 0 ? -Infinity : (upTo[before + j] ?? 0);
        const other = behind < 0 ? -Infinity : (fromOn[behind + j] ?? 0);
        values[target + j] = one > other ? one : other;
      }
      for (let at = open; at < close; at++) {
        const source = (origin + at) * filters;
        const row = (position + left - start - at) * 20 * filters + step;
        for (let j = 0; j < filters; j++) {
          const value = (sums[source + j] ?? 0) + (steps[row + j] ?? 0);
          if (value > (values[target + j] ?? 0)) values[target + j] = value;
        }
      }
      if (!this.#isRelu) continue;
      for (let j = 0; j < filters; j++) {
        if ((values[target + j] ?? 0) < 0) values[target + j] = 0;
      }
    }
  }

  #updateMeans(chunk: SubstitutionChunk, i: number): void {
    const { pool, windows, left, start, phases, pooling } = this.#geometry;
    const filters = this.#filters;
    const { from, to, firstRow, values, shape } = this.#changes;
    const { channels } = shape;
    const [sums, steps, output] = [this.#sums, this.#steps, this.#output];
    const offset = pooling === 'both' ? filters : 0;
    const position = chunk.positions[i] ?? 0;
    const example = chunk.examples[i] ?? 0;
    const [first, end] = this.#stretch(position);
    const step = this.#step(chunk, i);
    const origin = example * windows * pool;
    const begin = from[i] ?? 0;
    const size = (to[i] ?? 0) - begin;
    const rows = firstRow[i] ?? 0;
    const share = phases / pool;
    const floor = this.#isRelu ? 0 : -Infinity;
    for (let phase = 0; phase < phases; phase++) {
      for (let window = 0; window < size; window++) {
        const target = (rows + phase * size + window) * channels + offset;
        const source = ((example * phases + phase) * windows + begin + window) * channels + offset;
        for (let j = 0; j < filters; j++) values[target + j] = output[source + j] ?? 0;
      }
    }
    for (let at = first; at < end; at++) {
      const window = Math.floor(at / pool);
      const phase = (at - window * pool) % phases;
      const target = (rows + phase * size + window - begin) * channels + offset;
      const source = (origin + at) * filters;
      const row = (position + left - start - at) * 20 * filters + step;
      for (let j = 0; j < filters; j++) {
        const sum = sums[source + j] ?? 0;
        const changed = sum + (steps[row + j] ?? 0);
        const difference = (changed > floor ? changed : floor) - (sum > floor ? sum : floor);
        values[target + j] = (values[target + j] ?? 0) + difference * share;
      }
    }
  }
}
