import {
  Changes,
  sizeOf,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
  type SubstitutionChunk,
} from './local-changes.ts';
import { outputStretch, type WindowGeometry } from './local-convolution.ts';

/** What pooling keeps of its windows. */
export type PoolingKind = 'max' | 'mean';

/**
 * Pooling along the positions and the heights. The windows that see a change are computed anew from
 * the new values and, around them, those of the unchanged sequence.
 */
export class LocalPooling implements LocalStep {
  readonly shape: PositionShape;
  readonly #input: PositionShape;
  readonly #kind: PoolingKind;
  readonly #along: WindowGeometry;
  readonly #across: WindowGeometry;
  readonly #changes: Changes;
  #inputs: Float32Array = new Float32Array(0);

  constructor(
    input: PositionShape,
    kind: PoolingKind,
    along: WindowGeometry,
    across: WindowGeometry,
  ) {
    this.shape = { height: across.outputs, width: along.outputs, channels: input.channels };
    this.#input = input;
    this.#kind = kind;
    this.#along = along;
    this.#across = across;
    this.#changes = new Changes(this.shape);
  }

  reference(inputs: readonly Float32Array[], { count }: ReferenceBatch): Promise<Float32Array> {
    const [input = new Float32Array(0)] = inputs;
    this.#inputs = input;
    const { height, width, channels } = this.shape;
    const result = new Float32Array(count * sizeOf(this.shape));
    for (let example = 0; example < count; example++) {
      for (let row = 0; row < height; row++) {
        for (let output = 0; output < width; output++) {
          const target = ((example * height + row) * width + output) * channels;
          this.#pool(example, row, output, undefined, 0, result, target);
        }
      }
    }
    return Promise.resolve(result);
  }

  update(chunk: SubstitutionChunk, inputs: readonly Changes[]): Promise<Changes> {
    const [input] = inputs;
    if (input === undefined) throw new Error('pooling needs its input');
    const changes = this.#changes;
    changes.begin(chunk.count);
    for (let i = 0; i < chunk.count; i++) {
      const stretch = outputStretch(this.#along, input.from[i] ?? 0, input.to[i] ?? 0);
      [changes.from[i], changes.to[i]] = stretch;
    }
    changes.layOut();
    const { height, channels } = this.shape;
    for (let i = 0; i < chunk.count; i++) {
      const [begin, end] = [changes.from[i] ?? 0, changes.to[i] ?? 0];
      let target = (changes.firstRow[i] ?? 0) * channels;
      for (let row = 0; row < height; row++) {
        for (let output = begin; output < end; output++) {
          this.#pool(chunk.examples[i] ?? 0, row, output, input, i, changes.values, target);
          target += channels;
        }
      }
    }
    return Promise.resolve(changes);
  }

  /** One window: `target[at …]` from the values of substitution `index` of `changed`. */
  #pool(
    example: number,
    row: number,
    output: number,
    changed: Changes | undefined,
    index: number,
    target: Float32Array,
    at: number,
  ): void {
    const { height, width, channels } = this.#input;
    const isMax = this.#kind === 'max';
    const top = row * this.#across.stride - this.#across.left;
    const first = output * this.#along.stride - this.#along.left;
    const from = changed?.from[index] ?? 0;
    const to = changed?.to[index] ?? 0;
    const rows = changed?.firstRow[index] ?? 0;
    const yEnd = Math.min(height, top + this.#across.size);
    const xEnd = Math.min(width, first + this.#along.size);
    let seen = 0;
    for (let y = Math.max(0, top); y < yEnd; y++) {
      for (let x = Math.max(0, first); x < xEnd; x++) {
        const isChanged = changed !== undefined && x >= from && x < to;
        const source = isChanged ? changed.values : this.#inputs;
        const start =
          (isChanged ? rows + y * (to - from) + x - from : (example * height + y) * width + x) *
          channels;
        if (seen === 0) {
          for (let j = 0; j < channels; j++) target[at + j] = source[start + j] ?? 0;
        } else if (isMax) {
          for (let j = 0; j < channels; j++) {
            const value = source[start + j] ?? 0;
            if (value > (target[at + j] ?? 0)) target[at + j] = value;
          }
        } else {
          for (let j = 0; j < channels; j++) {
            target[at + j] = (target[at + j] ?? 0) + (source[start + j] ?? 0);
          }
        }
        seen++;
      }
    }
    if (isMax) return;
    // Padding does not count, as in TensorFlow.
    for (let j = 0; j < channels; j++) target[at + j] = (target[at + j] ?? 0) / seen;
  }
}
