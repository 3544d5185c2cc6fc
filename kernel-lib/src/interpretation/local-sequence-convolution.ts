import {
  Changes,
  paddedSizeOf,
  rowOf,
  type LoadedChunk,
  type PositionShape,
  type ReferenceBatch,
  type SequenceStep,
} from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';
import { LocalMerge } from './local-merge.ts';

/** What a `SequenceConv1D` computes. */
export interface SequenceConvolutionGeometry {
  /** Bases a filter. */
  readonly size: number;
  /** Base that the first filter tap of the first computed position sees; negative in the padding. */
  readonly origin: number;
  /** Pooled positions. */
  readonly windows: number;
  readonly pool: number;
  readonly pooling: 'max' | 'mean' | 'both';
  /** Positions modulo this number are averaged apart. */
  readonly phases: number;
  readonly isRelu: boolean;
}

/** The step of a `SequenceConv1D`. */
export function sequenceConvolutionStep(
  memory: LocalMemory,
  kernel: Float32Array,
  bias: Float32Array,
  geometry: SequenceConvolutionGeometry,
): SequenceStep {
  // The means lie behind the maxima in one row, where whole vectors meet.
  if (geometry.pooling !== 'both' || bias.length % 8 === 0) {
    return new LocalSequenceConvolution(memory, kernel, bias, geometry);
  }
  const [maxima, means] = (['max', 'mean'] as const).map(
    (pooling) => new LocalSequenceConvolution(memory, kernel, bias, { ...geometry, pooling }),
  ) as [LocalSequenceConvolution, LocalSequenceConvolution];
  const merge = new LocalMerge(memory, [maxima.shape, means.shape], 'concatenate');
  return {
    shape: merge.shape,
    reaches: (position) => maxima.reaches(position),
    reference: (_inputs, batch) =>
      merge.reference([maxima.reference([], batch), means.reference([], batch)], batch),
    update: (chunk) => merge.update(chunk, [maxima.update(chunk), means.update(chunk)]),
  };
}

/**
 * The first layer: convolution of bases, activation, pooling. A substitution changes `size` positions
 * of the convolution, each by the difference of two rows of the kernel. A mean changes by what those
 * positions change; a maximum is the largest of their new values and of the two parts of the window
 * beside them, whose maxima are kept for every cut.
 */
export class LocalSequenceConvolution implements SequenceStep {
  readonly shape: PositionShape;
  readonly #memory: LocalMemory;
  readonly #geometry: SequenceConvolutionGeometry;
  readonly #filters: number;
  readonly #kernel: number;
  readonly #bias: number;
  /** `[tap, old base (4: unknown), new base]` rows: new row of the kernel minus old row. */
  readonly #steps: number;
  readonly #changes: Changes;
  /** Where the structure `FirstLayer` of the kernels lies. */
  #layer = 0;

  /**
   * @param kernel `[size, 4, filters]`
   * @param bias `[filters]`
   */
  constructor(
    memory: LocalMemory,
    kernel: Float32Array,
    bias: Float32Array,
    geometry: SequenceConvolutionGeometry,
  ) {
    const { windows, phases, pooling, size } = geometry;
    const filters = bias.length;
    const channels = pooling === 'both' ? 2 * filters : filters;
    this.shape = { height: phases, width: windows, channels };
    this.#memory = memory;
    this.#geometry = geometry;
    this.#filters = filters;
    const row = rowOf(filters);
    this.#kernel = memory.putRows(kernel, filters, row);
    this.#bias = memory.putRows(bias, filters, row);
    this.#steps = memory.reserve(size * 20 * row * 4);
    const steps = memory.floats(this.#steps, size * 20 * row);
    for (let tap = 0; tap < size; tap++) {
      for (let change = 0; change < 20; change++) {
        const [oldBase, newBase] = [change >> 2, change & 3];
        for (let j = 0; j < filters; j++) {
          const before = oldBase < 4 ? (kernel[(tap * 4 + oldBase) * filters + j] ?? 0) : 0;
          const after = kernel[(tap * 4 + newBase) * filters + j] ?? 0;
          steps[(tap * 20 + change) * row + j] = after - before;
        }
      }
    }
    this.#changes = new Changes(memory, this.shape);
  }

  reaches(position: number): boolean {
    const { size, origin, windows, pool } = this.#geometry;
    return position >= origin && position < origin + windows * pool + size - 1;
  }

  reference(_inputs: readonly number[], { tokens, length, count }: ReferenceBatch): number {
    const memory = this.#memory;
    const { size, origin, windows, pool, pooling, phases, isRelu } = this.#geometry;
    const row = rowOf(this.#filters);
    const positions = count * windows * pool * row * 4;
    const hasMaxima = pooling !== 'mean';
    const tokensAt = memory.reserve(tokens.length);
    memory.bytes(tokensAt, tokens.length).set(tokens);
    const sums = memory.reserve(positions);
    const upTo = hasMaxima ? memory.reserve(positions) : 0;
    const fromOn = hasMaxima ? memory.reserve(positions) : 0;
    const output = memory.reserve(count * paddedSizeOf(this.shape) * 4);
    const meanOffset = pooling === 'both' ? this.#filters * 4 : 0;
    this.#layer = memory.structure([
      ...[length, size, origin, pool, windows, phases, isRelu ? 1 : 0, row * 4, meanOffset],
      ...[tokensAt, this.#kernel, this.#bias, this.#steps, sums, upTo, fromOn, output],
    ]);
    const outputRow = this.#changes.row * 4;
    const floats = count * windows * pool * row;
    memory.run('localSums', count * windows * pool, floats * size, [this.#layer]);
    if (hasMaxima) {
      memory.run('localRunningMaxima', count * windows, floats, [this.#layer]);
      memory.run('localMaxima', count * windows, 0, [this.#layer, outputRow]);
    }
    if (pooling !== 'max')
      memory.run('localMeans', count * windows, floats, [this.#layer, outputRow]);
    return output;
  }

  update(chunk: LoadedChunk): Changes {
    const changes = this.#changes;
    const { pooling, size } = this.#geometry;
    const memory = this.#memory;
    const structures = [this.#layer, chunk.at, changes.at];
    changes.begin(chunk.count);
    memory.run('localReachFirst', chunk.count, 0, structures);
    changes.finish();
    const work = chunk.count * this.#filters * size;
    if (pooling !== 'mean') memory.run('localUpdateMaxima', chunk.count, work, structures);
    if (pooling !== 'max') memory.run('localUpdateMeans', chunk.count, work, structures);
    return changes;
  }
}
