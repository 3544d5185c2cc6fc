import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { longWorkOf, yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Embeddings } from '../prediction/predictor.ts';
import { nearestNeighbours } from './embed-neighbours.ts';

/** Options of `labelSeparation`. */
export interface LabelSeparationOptions extends LongWorkOptions {
  /** Neighbours that vote. Default 10, or as many as there are. */
  readonly neighbours?: number;
}

/** How well the vectors of sequences tell their labels apart. */
export interface LabelSeparation {
  /** Rows with a label. */
  readonly rows: number;
  /** Different labels. */
  readonly labels: number;
  /**
   * Share of the rows whose label is that of most of their nearest neighbours, each row being left out
   * of its own vote.
   */
  readonly neighbourAccuracy: number;
  /** The same, averaged over labels: not raised by a label that most rows have. */
  readonly balancedAccuracy: number;
  /** Share of the most frequent label: the accuracy without looking. */
  readonly chance: number;
  /** Mean silhouette (Rousseeuw 1987), −1 to 1; 0 where labels are mixed. */
  readonly silhouette: number;
}

const where = 'separation of labels';

/**
 * Accuracy of nearest neighbours and silhouette of labels, by Euclidean distance. Rows with an empty
 * label are left out. Compare with `kmerComposition` of the same sequences: what that gives is no
 * merit of the model.
 *
 * @throws UsageError for a number of labels that differs from the rows, fewer than two labels or
 *   three rows; InterruptedError when aborted
 * @example
 * const ofModel = await labelSeparation(await embedSequences(model, promoters), lines);
 * const ofComposition = await labelSeparation(kmerComposition(promoters, 1), lines);
 */
export async function labelSeparation(
  embeddings: Embeddings,
  labels: readonly string[],
  options: LabelSeparationOptions = {},
): Promise<LabelSeparation> {
  checkOptionNames(options, ['neighbours', 'signal', 'progress'], where);
  const { signal, progress } = options;
  const longWork = longWorkOf({ signal, progress });
  if (labels.length !== embeddings.rows) {
    throw new UsageError({
      where,
      found: `${String(labels.length)} labels`,
      expected: `${String(embeddings.rows)}, one a row`,
    });
  }
  const { kept, own } = withLabel(embeddings, labels);
  const names = [...new Set(own)];
  if (names.length < 2 || kept.rows < 3) {
    throw new UsageError({
      where,
      found: `${String(names.length)} labels of ${String(kept.rows)} rows`,
      expected: 'at least 2 labels and 3 rows',
    });
  }
  const codes = Int32Array.from(own, (label) => names.indexOf(label));
  const sizes = new Float64Array(names.length);
  codes.forEach((code) => (sizes[code] = (sizes[code] ?? 0) + 1));
  const count = Math.min(options.neighbours ?? 10, kept.rows - 1);
  const neighbours = await nearestNeighbours(kept, { neighbours: count, ...longWork });
  const right = new Float64Array(names.length);
  codes.forEach((code, row) => {
    const votes = neighbours.indices.subarray(row * count, (row + 1) * count);
    if (majority(votes, codes, names.length) === code) right[code] = (right[code] ?? 0) + 1;
  });
  return {
    rows: kept.rows,
    labels: names.length,
    neighbourAccuracy: right.reduce((sum, value) => sum + value, 0) / kept.rows,
    balancedAccuracy:
      right.reduce((sum, value, code) => sum + value / (sizes[code] ?? 1), 0) / names.length,
    chance: sizes.reduce((most, size) => Math.max(most, size), 0) / kept.rows,
    silhouette: await meanSilhouette(kept, codes, sizes, longWork),
  };
}

function withLabel(
  { rows, size, values }: Embeddings,
  labels: readonly string[],
): { kept: Embeddings; own: string[] } {
  const rowsKept = labels.flatMap((label, row) => (label === '' ? [] : [row]));
  const own = rowsKept.map((row) => labels[row] ?? '');
  if (own.length === rows) return { kept: { rows, size, values }, own };
  const some = new Float32Array(own.length * size);
  rowsKept.forEach((row, i) => {
    some.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return { kept: { rows: own.length, size, values: some }, own };
}

/** The label of most neighbours; of a tie that of the nearest among them. */
function majority(neighbours: Int32Array, codes: Int32Array, labels: number): number {
  const votes = new Int32Array(labels);
  let most = 0;
  for (const row of neighbours) {
    const code = codes[row] ?? 0;
    votes[code] = (votes[code] ?? 0) + 1;
    most = Math.max(most, votes[code] ?? 0);
  }
  for (const row of neighbours) {
    const code = codes[row] ?? 0;
    if (votes[code] === most) return code;
  }
  return -1;
}

/** Distances between two looks at the clock. */
const BLOCK = 2_000_000;

async function meanSilhouette(
  { rows, size, values }: Embeddings,
  codes: Int32Array,
  sizes: Float64Array,
  { signal }: LongWorkOptions,
): Promise<number> {
  const sums = new Float64Array(sizes.length);
  let total = 0;
  let work = 0;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let other = 0; other < rows; other++) {
      let squares = 0;
      for (let i = 0; i < size; i++) {
        const difference =
          (values[row * size + i] as number) - (values[other * size + i] as number);
        squares += difference * difference;
      }
      const code = codes[other] as number;
      sums[code] = (sums[code] as number) + Math.sqrt(squares);
    }
    total += silhouette(sums, sizes, codes[row] as number);
    work += rows * size;
    if (work > BLOCK) {
      work = 0;
      await yieldToEventLoop();
      throwIfAborted(signal, where);
    }
  }
  return total / rows;
}

/** Of one row from the sums of its distances to the rows of each label; 0 for a label of its own. */
function silhouette(sums: Float64Array, sizes: Float64Array, own: number): number {
  const size = sizes[own] ?? 0;
  if (size < 2) return 0;
  const inside = (sums[own] ?? 0) / (size - 1);
  let outside = Infinity;
  sums.forEach((sum, code) => {
    if (code !== own) outside = Math.min(outside, sum / (sizes[code] ?? 1));
  });
  const larger = Math.max(inside, outside);
  return larger > 0 ? (outside - inside) / larger : 0;
}
