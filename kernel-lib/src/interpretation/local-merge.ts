import {
  Changes,
  everything,
  paddedSizeOf,
  referenceChunk,
  rowOf,
  unchanged,
  type LoadedChunk,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
} from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';

/** What several activations with the same positions become. */
export type MergeKind = 'concatenate' | 'add' | 'multiply' | 'average' | 'maximum' | 'minimum';

/** Numbers of the kinds in the kernels. A mean is a sum that is divided at the end. */
const kinds: Readonly<Record<MergeKind, number>> = {
  concatenate: 0,
  add: 1,
  multiply: 2,
  average: 1,
  maximum: 3,
  minimum: 4,
};

/** Concatenation of channels, sum, product, mean, maximum or minimum of several activations. */
export class LocalMerge implements LocalStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #kind: MergeKind;
  readonly #shapes: readonly PositionShape[];
  readonly #changes: Changes;
  #inputs: readonly number[] = [];

  constructor(memory: LocalMemory, shapes: readonly PositionShape[], kind: MergeKind) {
    const [{ height, width, channels } = { height: 0, width: 0, channels: 0 }] = shapes;
    const all = shapes.reduce((sum, shape) => sum + shape.channels, 0);
    this.shape = { height, width, channels: kind === 'concatenate' ? all : channels };
    this.#memory = memory;
    this.#kind = kind;
    this.#shapes = shapes;
    this.#changes = new Changes(memory, this.shape);
  }

  reference(inputs: readonly number[], { count }: ReferenceBatch): number {
    const memory = this.#memory;
    this.#inputs = inputs;
    const result = memory.reserve(count * paddedSizeOf(this.shape) * 4);
    const output = everything(memory, this.shape, count, result);
    const nothing = this.#shapes.map((shape) => unchanged(memory, shape, count));
    this.#merge(nothing, output, referenceChunk(memory, count));
    return result;
  }

  update(chunk: LoadedChunk, inputs: readonly Changes[]): Changes {
    const changes = this.#changes;
    changes.begin(chunk.count);
    inputs.forEach((input, index) => {
      const given = [input.at, changes.at, index === 0 ? 1 : 0];
      this.#memory.run('localUnite', chunk.count, 0, given);
    });
    changes.finish();
    this.#merge(inputs, changes, chunk);
    return changes;
  }

  #merge(inputs: readonly Changes[], output: Changes, chunk: LoadedChunk): void {
    const isConcatenation = this.#kind === 'concatenate';
    let offset = 0;
    inputs.forEach((input, index) => {
      const { channels } = input.shape;
      // The first of a sum is what the others are added to.
      const kind = index === 0 ? kinds.concatenate : kinds[this.#kind];
      const bytes = (isConcatenation ? channels : rowOf(channels)) * 4;
      this.#memory.run('localMerge', chunk.count, output.rows * channels, [
        ...[input.at, output.at, chunk.at, this.#inputs[index] ?? 0, kind, offset * 4, bytes],
      ]);
      if (isConcatenation) offset += channels;
    });
    if (this.#kind !== 'average') return;
    const { values } = output;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / inputs.length;
  }
}
