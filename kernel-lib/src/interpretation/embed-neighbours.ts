import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Embeddings } from '../prediction/predictor.ts';

/** Options of `nearestNeighbours`. */
export interface NeighbourOptions extends LongWorkOptions {
  /** Neighbours of each row, itself not counted. Default 10. */
  readonly neighbours?: number;
}

/** The nearest rows of each row. */
export interface Neighbours {
  readonly rows: number;
  /** Neighbours of each row. */
  readonly count: number;
  /** `rows × count`: numbers of rows, nearest first; of equal distances the lower number first. */
  readonly indices: Int32Array;
  /** `rows × count`: Euclidean distances. */
  readonly distances: Float32Array;
}

const where = 'nearest neighbours';

/** Distances between two looks at the clock. */
const BLOCK = 2_000_000;

/**
 * Throws for embeddings that cannot be worked on.
 *
 * @throws InputError for no rows, a size that does not fit, or a value that is not finite
 */
export function checkEmbeddings({ rows, size, values }: Embeddings, what: string): void {
  if (values.length !== rows * size || rows < 1 || size < 1) {
    throw new InputError({
      where: what,
      found: `${String(values.length)} values for ${String(rows)} rows of ${String(size)}`,
      expected: 'rows × size values, at least one',
    });
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError({
      where: `${what}, row ${String(Math.floor(bad / size) + 1)}`,
      found: `the value ${String(values[bad])}`,
      expected: 'finite numbers',
    });
  }
}

/**
 * The nearest neighbours of each row by Euclidean distance, exact: all pairs are compared, 10,000 rows
 * of 50 values in some seconds.
 *
 * @throws UsageError for more neighbours than there are other rows; InterruptedError when aborted
 */
export async function nearestNeighbours(
  embeddings: Embeddings,
  options: NeighbourOptions = {},
): Promise<Neighbours> {
  checkOptionNames(options, ['neighbours', 'signal', 'progress'], where);
  checkEmbeddings(embeddings, where);
  const { rows, size, values } = embeddings;
  const { neighbours: count = 10, signal, progress } = options;
  if (!Number.isInteger(count) || count < 1 || count >= rows) {
    throw new UsageError({
      where: `${where}, neighbours`,
      found: `${String(count)} of ${String(rows)} rows`,
      expected: 'a whole number from 1 to rows − 1',
    });
  }
  const indices = new Int32Array(rows * count);
  const distances = new Float32Array(rows * count);
  const nearest = new Float64Array(count);
  const numbers = new Int32Array(count);
  let work = 0;
  for (let row = 0; row < rows; row++) {
    nearest.fill(Infinity);
    for (let other = 0; other < rows; other++) {
      if (other === row) continue;
      const worst = nearest[count - 1] as number;
      let sum = 0;
      const [a, b] = [row * size, other * size];
      for (let i = 0; i < size && sum < worst; i++) {
        const difference = (values[a + i] as number) - (values[b + i] as number);
        sum += difference * difference;
      }
      if (sum >= worst) continue;
      let place = count - 1;
      while (place > 0 && (nearest[place - 1] as number) > sum) {
        nearest[place] = nearest[place - 1] as number;
        numbers[place] = numbers[place - 1] as number;
        place--;
      }
      nearest[place] = sum;
      numbers[place] = other;
    }
    indices.set(numbers, row * count);
    distances.set(nearest.map(Math.sqrt), row * count);
    work += rows * size;
    if (work > BLOCK || row === rows - 1) {
      work = 0;
      progress?.({ task: where, done: row + 1, total: rows, unit: 'rows' });
      await yieldToEventLoop();
      throwIfAborted(signal, where);
    }
  }
  return { rows, count, indices, distances };
}
