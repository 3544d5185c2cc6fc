import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { longWorkOf, yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import type { Embeddings } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import { checkEmbeddings, nearestNeighbours } from './embed-neighbours.ts';
import { principalComponents } from './principal-components.ts';

/** Options of `umap`. */
export interface UmapOptions extends LongWorkOptions {
  /** Neighbours that a point is kept near to, itself counted; fewer where there are fewer rows. Default 15. */
  readonly neighbours?: number;
  /** Least distance of points in the map, 0 to 1. Default 0.1. */
  readonly minDistance?: number;
  /** Axes of the map. Default 2. */
  readonly components?: number;
  /** Rounds of optimisation. Default: 500 up to 2,500 rows, and fewer above. */
  readonly epochs?: number;
  /** Equal seeds give equal maps. Default 0. */
  readonly seed?: number;
  /**
   * The vectors are reduced to so many principal components first, which bounds the time of finding
   * neighbours; 0 for none. Default 50.
   */
  readonly principalComponents?: number;
}

const where = 'UMAP';
const optionNames = [
  ...['neighbours', 'minDistance', 'components', 'epochs', 'seed', 'principalComponents'],
  ...['signal', 'progress'],
];

/**
 * Uniform manifold approximation and projection (McInnes et al. 2018): a map in which near vectors lie
 * near each other. Distances between groups, their sizes and densities mean little; read it beside
 * `principalComponents` and `labelSeparation`. Neighbours are exact.
 *
 * @throws UsageError for fewer than 4 rows or a bad option; InterruptedError when aborted
 * @example
 * const map = await umap(embeddings, { seed: 1 });
 */
export async function umap(embeddings: Embeddings, options: UmapOptions = {}): Promise<Embeddings> {
  checkOptionNames(options, optionNames, where);
  checkEmbeddings(embeddings, where);
  const { neighbours = 15, minDistance = 0.1, components = 2, epochs, seed = 0 } = options;
  const { principalComponents: reduced = 50, signal, progress } = options;
  checkCount(neighbours, 2, 'neighbours', where);
  checkCount(components, 1, 'components', where);
  checkCount(reduced, 0, 'principalComponents', where);
  if (epochs !== undefined) checkCount(epochs, 1, 'epochs', where);
  if (!(minDistance >= 0 && minDistance <= 1)) {
    throw new UsageError({
      where: `${where}, minDistance`,
      found: String(minDistance),
      expected: 'a number from 0 to 1',
    });
  }
  const { rows, size } = embeddings;
  if (rows < 4) {
    throw new UsageError({ where, found: `${String(rows)} vectors`, expected: 'at least 4' });
  }
  const longWork = longWorkOf({ signal, progress });
  throwIfAborted(signal, where);
  const dimensions = Math.min(reduced, rows - 1);
  const input =
    dimensions > 0 && dimensions < size
      ? (await principalComponents(embeddings, { components: dimensions })).projected
      : embeddings;
  const count = Math.min(neighbours, rows - 1);
  const found = await nearestNeighbours(input, { neighbours: count - 1, ...longWork });
  const { UMAP } = await import('umap-js');
  const random = new Random(seed);
  const map = new UMAP({
    nNeighbors: count,
    nComponents: components,
    minDist: minDistance,
    random: () => random.uniform(),
    ...(epochs === undefined ? {} : { nEpochs: epochs }),
  });
  // With itself at distance 0 first, as the library gives neighbours.
  const lists = { indices: [] as number[][], distances: [] as number[][] };
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * (count - 1), (row + 1) * (count - 1)];
    lists.indices.push([row, ...found.indices.subarray(from, to)]);
    lists.distances.push([0, ...found.distances.subarray(from, to)]);
  }
  map.setPrecomputedKNN(lists.indices, lists.distances);
  const vectors = Array.from({ length: rows }, (_, row) =>
    Array.from(input.values.subarray(row * input.size, (row + 1) * input.size)),
  );
  const total = map.initializeFit(vectors);
  let last = performance.now();
  for (let epoch = 0; epoch < total; epoch++) {
    map.step();
    if (performance.now() - last < 50 && epoch + 1 < total) continue;
    progress?.({ task: where, done: epoch + 1, total, unit: 'epochs' });
    await yieldToEventLoop();
    throwIfAborted(signal, where);
    last = performance.now();
  }
  const values = new Float32Array(rows * components);
  map.getEmbedding().forEach((point, row) => {
    values.set(point, row * components);
  });
  return { rows, size: components, values };
}
