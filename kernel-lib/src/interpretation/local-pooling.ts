import {
  Changes,
  everything,
  paddedSizeOf,
  referenceChunk,
  unchanged,
  type LoadedChunk,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
} from './local-changes.ts';
import { windowsAt, type WindowGeometry } from './local-convolution.ts';
import type { LocalMemory } from './local-memory.ts';

/** What pooling keeps of its windows. */
export type PoolingKind = 'max' | 'mean';

/**
 * Pooling along the positions and the heights. The windows that see a change are computed anew from
 * the new values and, around them, those of the unchanged sequence.
 */
export class LocalPooling implements LocalStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #input: PositionShape;
  readonly #isMean: boolean;
  /** Values that are pooled to one. */
  readonly #windowSize: number;
  readonly #alongAt: number;
  readonly #acrossAt: number;
  readonly #changes: Changes;
  #inputs = 0;

  constructor(
    memory: LocalMemory,
    input: PositionShape,
    kind: PoolingKind,
    along: WindowGeometry,
    across: WindowGeometry,
  ) {
    this.shape = { height: across.outputs, width: along.outputs, channels: input.channels };
    this.#memory = memory;
    this.#input = input;
    this.#isMean = kind === 'mean';
    this.#windowSize = along.size * across.size;
    this.#alongAt = windowsAt(memory, along);
    this.#acrossAt = windowsAt(memory, across);
    this.#changes = new Changes(memory, this.shape);
  }

  reference(inputs: readonly number[], { count }: ReferenceBatch): number {
    const memory = this.#memory;
    this.#inputs = inputs[0] ?? 0;
    const result = memory.reserve(count * paddedSizeOf(this.shape) * 4);
    const input = unchanged(memory, this.#input, count);
    const output = everything(memory, this.shape, count, result);
    this.#pool(input, output, referenceChunk(memory, count));
    return result;
  }

  update(chunk: LoadedChunk, inputs: readonly Changes[]): Changes {
    const [input] = inputs;
    if (input === undefined) throw new Error('pooling needs its input');
    const changes = this.#changes;
    changes.begin(chunk.count);
    this.#memory.run('localReach', chunk.count, 0, [this.#alongAt, input.at, changes.at]);
    changes.finish();
    this.#pool(input, changes, chunk);
    return changes;
  }

  #pool(input: Changes, output: Changes, chunk: LoadedChunk): void {
    const work = output.rows * output.row * this.#windowSize;
    this.#memory.run('localPool', chunk.count, work, [
      ...[this.#alongAt, this.#acrossAt, input.at, output.at, chunk.at, this.#inputs],
      this.#isMean ? 1 : 0,
    ]);
  }
}
