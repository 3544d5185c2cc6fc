import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { TargetTransforms } from '../datasets/target-transforms.ts';
import { mean } from '../evaluation/metrics.ts';
import { multiTargetMetrics, type MultiTargetMetrics } from '../evaluation/multi-target-metrics.ts';
import { numericColumn, readTable, requireColumns } from '../formats/table.ts';
import { modelComparison, type ModelComparison } from '../evaluation/model-comparison.ts';
import type { MissingInputs } from '../prediction/encode-inputs.ts';
import { outputIndex, type Predictor } from '../prediction/predictor.ts';
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

/** Measured values as the model's own target was before it was standardised (say log10 of them). */
function onTransformedScale(
  model: Predictor,
  output: string,
  values: ArrayLike<number>,
): ArrayLike<number> {
  const own = model.targets?.columns.filter(({ name }) => name === output);
  if (own === undefined) return model.target.unstandardise(model.target.apply(values));
  return TargetTransforms.fromJSON(own).transform(values);
}

/** Options of `evaluateTargetsOnTable`. */
export type EvaluateTargetsOnTableOptions = Omit<
  EvaluateOnTableOptions,
  'targetColumn' | 'output' | 'resamples'
> & {
  /** Columns with the measured values, one for each output of the model, in their order. */
  readonly targetColumns: readonly string[];
};

/**
 * Measures a model on all its outputs, each beside the mean of its column.
 *
 * @throws UsageError when there are not as many columns as outputs
 */
export async function evaluateTargetsOnTable(
  model: Predictor,
  options: EvaluateTargetsOnTableOptions,
): Promise<MultiTargetMetrics> {
  const { source, targetColumns, targetScale } = options;
  const { outputs } = model;
  if (targetColumns.length !== outputs.length || source.table === undefined) {
    throw new UsageError({
      where: 'evaluation',
      found:
        source.table === undefined
          ? 'no --table'
          : `${String(targetColumns.length)} target columns`,
      expected: `a table with a column for each output, in the order ${outputs.join(', ')}`,
      fix: 'For one output alone, name it with --output.',
    });
  }
  const table = await readTable(source.table);
  requireColumns(table, targetColumns, source.table);
  const width = outputs.length;
  const observed = new Float64Array(table.numRows() * width);
  const means = outputs.map((output, target) => {
    const column = numericColumn(table, targetColumns[target] ?? '', { where: source.table ?? '' });
    const values = targetScale === 'measured' ? onTransformedScale(model, output, column) : column;
    for (let row = 0; row < values.length; row++)
      observed[row * width + target] = values[row] ?? NaN;
    return mean(values);
  });
  const predicted: number[] = [];
  for await (const values of predictRows(model, options, table.numRows())) {
    for (const value of values) predicted.push(value);
  }
  return multiTargetMetrics({
    targets: outputs,
    observed,
    models: [
      { name: 'mean', predicted: observed.map((_, index) => means[index % width] ?? NaN) },
      { name: model.config.model_type, predicted },
    ],
    trainMeans: means,
    title: `${String(table.numRows())} examples`,
  });
}

/** Predictions for the sequences of a source, a few hundred at a time. */
async function* predictRows(
  model: Predictor,
  {
    source,
    missingInputs = 'error',
    signal,
    progress,
  }: Pick<EvaluateOnTableOptions, 'source' | 'missingInputs' | 'signal' | 'progress'>,
  total: number,
): AsyncGenerator<Float32Array> {
  let done = 0;
  for await (const { names, sequences, features } of readExamples(source, model)) {
    const { values, rows } = await model.predict(sequences, {
      names,
      missingInputs,
      ...(features === undefined ? {} : { features }),
      ...(signal === undefined ? {} : { signal }),
    });
    yield values;
    done += rows;
    progress?.({ task: 'evaluation', done, total, unit: 'sequences' });
  }
}

/** Measures a model on a table of sequences with known values. */
export async function evaluateOnTable(
  model: Predictor,
  options: EvaluateOnTableOptions,
): Promise<ModelComparison> {
  const { source, targetColumn, targetScale, resamples } = options;
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
  const output = options.output ?? model.outputs[0] ?? '';
  const observed = targetScale === 'measured' ? onTransformedScale(model, output, column) : column;
  const index = outputIndex(model, output);
  const width = model.outputs.length;
  const predicted: number[] = [];
  for await (const values of predictRows(model, options, observed.length)) {
    for (let at = index; at < values.length; at += width) predicted.push(values[at] ?? NaN);
  }
  return modelComparison([{ name: model.config.model_type, observed, predicted }], {
    title: `${observed.length.toLocaleString('en-US')} examples`,
    ...(resamples === undefined ? {} : { resamples }),
  });
}
