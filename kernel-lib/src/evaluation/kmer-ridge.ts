import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { kmerCounts } from '../sequence/kmers.ts';
import { chooseRidge } from './ridge.ts';

/** What `kmerRidge` takes. */
export interface KmerRidgeOptions extends LongWorkOptions {
  readonly sequences: readonly string[];
  /** `sequences × targets`, row-major. */
  readonly targets: ArrayLike<number>;
  /** Rows to fit on, to choose the penalty on, and to predict. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
  /** Length of the k-mers. Default 4. */
  readonly k?: number;
  /** Equal parts of the sequence in which k-mers are counted separately. Default 1. */
  readonly bins?: number;
  /** Penalties among which validation chooses; default `defaultRidgePenalties`. */
  readonly penalties?: readonly number[];
}

/** What ridge regression on k-mers predicts. */
export interface KmerRidge {
  /** What was done, for a legend. */
  readonly description: string;
  /** `test × targets`, row-major. */
  readonly predicted: Float64Array;
  /** The penalty of each target. */
  readonly penalties: readonly number[];
}

/**
 * Ridge regression of several targets on the share of each k-mer in a sequence, the "bag of k-mers"
 * that a network has to beat. Each target has its own penalty, chosen on validation; test rows take
 * no part. Shares and not counts: the length of a promoter is then no information.
 *
 * @throws UsageError for empty parts or targets that do not fit
 */
export async function kmerRidge(options: KmerRidgeOptions): Promise<KmerRidge> {
  const { sequences, targets, train, validation, test, k = 4, bins = 1, penalties } = options;
  const { signal, progress } = options;
  const width = targets.length / Math.max(1, sequences.length);
  for (const [part, rows] of Object.entries({ train, validation, test })) {
    if (rows.length > 0 && Number.isInteger(width) && width > 0) continue;
    throw new UsageError({
      where: `kmerRidge, ${part}`,
      found: `${String(rows.length)} rows; ${String(targets.length)} targets of ${String(sequences.length)} sequences`,
      expected: 'rows in each part, and as many targets for each sequence',
    });
  }
  const columns = bins * 4 ** k;
  const values = new Float64Array(sequences.length * columns);
  let lastYield = performance.now();
  for (const [row, sequence] of sequences.entries()) {
    const counts = kmerCounts(encodeSequence(sequence), { k, bins });
    const sum = counts.reduce((total, count) => total + count, 0);
    for (let i = 0; i < columns; i++)
      values[row * columns + i] = (counts[i] ?? 0) / Math.max(1, sum);
    if (performance.now() - lastYield < 20) continue;
    progress?.({ task: 'counting k-mers', done: row, total: sequences.length, unit: 'sequences' });
    await yieldToEventLoop();
    throwIfAborted(signal, 'kmerRidge');
    lastYield = performance.now();
  }
  const predicted = new Float64Array(test.length * width);
  const chosen: number[] = [];
  for (let target = 0; target < width; target++) {
    const y = Float64Array.from(sequences, (_, row) => targets[row * width + target] ?? NaN);
    const { model, penalty } = await chooseRidge({ values, columns }, y, {
      train,
      validation,
      ...(penalties === undefined ? {} : { penalties }),
      ...(signal === undefined ? {} : { signal }),
    });
    chosen.push(penalty);
    const all = model.predict({ values, columns });
    test.forEach((row, index) => {
      predicted[index * width + target] = all[row] ?? NaN;
    });
  }
  const where = bins === 1 ? '' : ` in ${String(bins)} parts`;
  return {
    description: `ridge on the shares of ${String(k)}-mers${where}`,
    predicted,
    penalties: chosen,
  };
}
