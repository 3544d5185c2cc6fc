import { writeInPieces } from '../core/file-writer.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { MissingInputs } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { readExamples, type ExampleSource } from './read-examples.ts';

/** Options of `predictToFile`. */
export interface PredictToFileOptions extends LongWorkOptions {
  readonly source: ExampleSource;
  /** TSV to write: `id` and one column an output, in the order of the input. */
  readonly out: string;
  readonly missingInputs?: MissingInputs;
}

/**
 * Predicts from a file of any length into a TSV, a few hundred sequences at a time. The values have
 * all digits of float32.
 *
 * @returns number of sequences
 */
export async function predictToFile(
  model: Predictor,
  { source, out, missingInputs = 'error', signal, progress }: PredictToFileOptions,
): Promise<number> {
  return writeInPieces(out, async (writer) => {
    await writer.write(`${['id', ...model.outputs].join('\t')}\n`);
    let rows = 0;
    for await (const { names, sequences, features } of readExamples(source, model)) {
      throwIfAborted(signal, 'prediction');
      const { values, outputs } = await model.predict(sequences, {
        names,
        missingInputs,
        ...(features === undefined ? {} : { features }),
        ...(signal === undefined ? {} : { signal }),
      });
      const width = outputs.length;
      const lines = names.map((name, row) =>
        [name, ...values.subarray(row * width, (row + 1) * width)].join('\t'),
      );
      await writer.write(`${lines.join('\n')}\n`);
      rows += names.length;
      progress?.({ task: 'prediction', done: rows, unit: 'sequences' });
    }
    return rows;
  });
}
