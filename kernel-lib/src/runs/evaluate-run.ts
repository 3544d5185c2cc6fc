import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { numericColumn, readTable, requireColumns } from '../formats/table.ts';
import { modelComparison, type ModelComparison } from '../evaluation/model-comparison.ts';
import type { MissingInputs } from '../prediction/encode-inputs.ts';
import { outputColumn, type Predictor } from '../prediction/predictor.ts';
import { readExamples, type ExampleSource } from './read-examples.ts';

/** Options of `evaluateOnTable`. */
export interface EvaluateOnTableOptions extends LongWorkOptions {
  readonly source: ExampleSource;
  /** Column with the measured values. */
  readonly targetColumn: string;
  /**
   * `measured`: the model's transform (say log10 with its pseudocount) is applied to the column;
   * `transformed`: the column is on the scale of the predictions already.
   */
  readonly targetScale: 'measured' | 'transformed';
  /** Output of the model that the column belongs to. Default: the first. */
  readonly output?: string;
  readonly missingInputs?: MissingInputs;
  /** Bootstrap resamples. Default 1,000. */
  readonly resamples?: number;
}

/** Measures a model on a table of sequences with known values. */
export async function evaluateOnTable(
  model: Predictor,
  options: EvaluateOnTableOptions,
): Promise<ModelComparison> {
  const { source, targetColumn, targetScale, missingInputs = 'error', resamples, signal } = options;
  if (source.table === undefined) {
    throw new UsageError({
      where: 'evaluation',
      found: 'no --table',
      expected: 'a table with sequences and measured values',
    });
  }
  const table = await readTable(source.table);
  requireColumns(table, [targetColumn], source.table);
  const column = numericColumn(table, targetColumn, { where: source.table });
  const observed =
    targetScale === 'measured' ? model.target.unstandardise(model.target.apply(column)) : column;
  const predicted: number[] = [];
  for await (const { names, sequences, features } of readExamples(source, model)) {
    const predictions = await model.predict(sequences, {
      names,
      missingInputs,
      ...(features === undefined ? {} : { features }),
      ...(signal === undefined ? {} : { signal }),
    });
    predicted.push(...outputColumn(predictions, options.output ?? predictions.outputs[0] ?? ''));
    options.progress?.({
      task: 'evaluation',
      done: predicted.length,
      total: observed.length,
      unit: 'sequences',
    });
  }
  return modelComparison([{ name: model.config.model_type, observed, predicted }], {
    title: `${observed.length.toLocaleString('en-US')} examples`,
    ...(resamples === undefined ? {} : { resamples }),
  });
}
