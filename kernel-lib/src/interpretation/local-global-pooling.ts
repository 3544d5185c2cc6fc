import {
  paddedSizeOf,
  rowOf,
  type Changes,
  type LoadedChunk,
  type PositionShape,
} from './local-changes.ts';
import type { GlobalStep, PartReference } from './local-dense.ts';
import type { LocalMemory } from './local-memory.ts';

/**
 * Mean or maximum over all positions and heights, a value a channel. A mean changes by what the
 * changed positions change; a maximum is the largest of their new values and of what lies beside
 * them, whose maxima are kept for every cut.
 */
export class LocalGlobalPooling implements GlobalStep {
  readonly #memory: LocalMemory;
  readonly #shape: PositionShape;
  readonly #isMax: boolean;
  #inputs = 0;
  #output: Float32Array = new Float32Array(0);
  /** `[count, width, channels]`: maxima over all heights up to and with each position, from each on. */
  #upTo: Float32Array = new Float32Array(0);
  #fromOn: Float32Array = new Float32Array(0);

  constructor(memory: LocalMemory, shape: PositionShape, kind: 'max' | 'mean') {
    this.#memory = memory;
    this.#shape = shape;
    this.#isMax = kind === 'max';
  }

  reference(inputs: readonly PartReference[], count: number): Float32Array {
    const { height, width, channels } = this.#shape;
    this.#inputs = Number(inputs[0]);
    const row = rowOf(channels);
    const values = this.#memory.floats(this.#inputs, count * paddedSizeOf(this.#shape));
    const output = new Float32Array(count * channels).fill(this.#isMax ? -Infinity : 0);
    const highest = new Float32Array(this.#isMax ? count * width * channels : 0).fill(-Infinity);
    for (let at = 0; at < count * height * width; at++) {
      const example = Math.floor(at / (height * width));
      const column = (example * width + (at % width)) * channels;
      for (let j = 0; j < channels; j++) {
        const value = values[at * row + j] ?? 0;
        const out = example * channels + j;
        if (this.#isMax) {
          output[out] = Math.max(output[out] ?? 0, value);
          highest[column + j] = Math.max(highest[column + j] ?? 0, value);
        } else {
          output[out] = (output[out] ?? 0) + value / (height * width);
        }
      }
    }
    if (this.#isMax) this.#keepMaxima(highest, count);
    this.#output = output;
    return output;
  }

  #keepMaxima(highest: Float32Array, count: number): void {
    const { width, channels } = this.#shape;
    const [upTo, fromOn] = [highest, highest.slice()];
    for (let example = 0; example < count; example++) {
      const [begin, end] = [example * width * channels, (example + 1) * width * channels];
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

  update(chunk: LoadedChunk, inputs: readonly (Changes | undefined)[]): Float32Array {
    const [changes] = inputs;
    if (changes === undefined) throw new Error('pooling needs its input');
    const { channels } = this.#shape;
    const { from, to, firstRow, values } = changes;
    const size = paddedSizeOf(this.#shape);
    const result = new Float32Array(chunk.count * channels);
    for (let i = 0; i < chunk.count; i++) {
      const example = chunk.examples[i] ?? 0;
      const target = result.subarray(i * channels, (i + 1) * channels);
      target.set(this.#output.subarray(example * channels, (example + 1) * channels));
      const [begin, end] = [from[i] ?? 0, to[i] ?? 0];
      if (end <= begin) continue;
      const rows = values.subarray((firstRow[i] ?? 0) * changes.row);
      if (this.#isMax) {
        this.#updateMaximum(example, begin, end, rows, target);
      } else {
        const unchanged = this.#memory.floats(this.#inputs + example * size * 4, size);
        this.#updateMean(unchanged, begin, end, rows, target);
      }
    }
    return result;
  }

  #updateMaximum(
    example: number,
    from: number,
    to: number,
    rows: Float32Array,
    target: Float32Array,
  ): void {
    const { height, width, channels } = this.#shape;
    const row = rowOf(channels);
    const before = (example * width + from - 1) * channels;
    const behind = (example * width + to) * channels;
    for (let j = 0; j < channels; j++) {
      let most = -Infinity;
      if (from > 0) most = this.#upTo[before + j] ?? 0;
      if (to < width) most = Math.max(most, this.#fromOn[behind + j] ?? 0);
      for (let k = 0; k < height * (to - from); k++) most = Math.max(most, rows[k * row + j] ?? 0);
      target[j] = most;
    }
  }

  #updateMean(
    unchanged: Float32Array,
    from: number,
    to: number,
    rows: Float32Array,
    target: Float32Array,
  ): void {
    const { height, width, channels } = this.#shape;
    const row = rowOf(channels);
    const share = 1 / (height * width);
    for (let y = 0; y < height; y++) {
      for (let x = from; x < to; x++) {
        const own = (y * (to - from) + x - from) * row;
        const old = (y * width + x) * row;
        for (let j = 0; j < channels; j++) {
          const difference = (rows[own + j] ?? 0) - (unchanged[old + j] ?? 0);
          target[j] = (target[j] ?? 0) + difference * share;
        }
      }
    }
  }
}
