import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import { OutputScale } from '../prediction/output-scale.ts';
import type { Predictor } from '../prediction/predictor.ts';

/** How rows of tokens are predicted. */
export interface TokenRowOptions {
  /** Rows that enter the model at once. */
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** What is going on, for an error. */
  readonly where: string;
  /** Is told after each batch how many rows are done. */
  readonly onBatch?: ((done: number, total: number) => void) | undefined;
}

/** Predictions for rows of tokens. */
export interface TokenRowPredictions {
  /** `rows × outputs` on the scale of the target, as `Predictor.predict` gives them. */
  readonly values: Float32Array;
  /** Different rows, each of which was computed once. */
  readonly computed: number;
}

/**
 * Predicts for rows of token ids. Equal rows are computed once: many single-base changes beyond the
 * model's length, or of letters that the vocabulary does not know, give the tokens that were there.
 *
 * @param rows each as long as the input of the model
 */
export async function predictTokenRows(
  predictor: Predictor,
  rows: readonly Int32Array[],
  { batchSize, signal, where, onBatch }: TokenRowOptions,
): Promise<TokenRowPredictions> {
  const length = predictor.tokenLength ?? 0;
  const outputs = predictor.outputs.length;
  const scale = new OutputScale(predictor.config);
  const numbers = new Map<string, number>();
  const different: Int32Array[] = [];
  const which = Int32Array.from(rows, (row) => {
    const key = Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1');
    let number = numbers.get(key);
    if (number === undefined) {
      number = different.length;
      numbers.set(key, number);
      different.push(row);
    }
    return number;
  });
  const computed = new Float32Array(different.length * outputs);
  for (let first = 0; first < different.length; first += batchSize) {
    throwIfAborted(signal, where);
    const batch = different.slice(first, first + batchSize);
    const ids = new Int32Array(batch.length * length);
    batch.forEach((row, i) => {
      ids.set(row, i * length);
    });
    const tensor = predictor.predictBatch(ids, undefined, batch.length);
    try {
      computed.set(scale.predictions(await tensor.data()), first * outputs);
    } finally {
      tensor.dispose();
    }
    onBatch?.(first + batch.length, different.length);
    await yieldToEventLoop();
  }
  const values = new Float32Array(rows.length * outputs);
  which.forEach((number, row) => {
    values.set(computed.subarray(number * outputs, (number + 1) * outputs), row * outputs);
  });
  return { values, computed: different.length };
}
