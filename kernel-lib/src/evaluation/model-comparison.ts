import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { TableView, type CellValue } from '../core/table-view.ts';
import {
  bootstrapDifference,
  bootstrapMetrics,
  type BootstrapDifference,
  type BootstrapMetrics,
  type BootstrapOptions,
  type ConfidenceInterval,
} from './bootstrap.ts';
import { regressionMetricNames, type RegressionMetricName } from './metrics.ts';

/** A model or baseline to be compared. */
export interface ComparedModel {
  readonly name: string;
  /** Measured values on the test examples; the same for all models. */
  readonly observed: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
}

/** Options of `modelComparison`. */
export interface ModelComparisonOptions extends BootstrapOptions {
  /** Name of the model with which the others are compared, pair by pair. Default: none. */
  readonly reference?: string;
  /** Metrics that the table shows, in this order. Default: all. */
  readonly metrics?: readonly RegressionMetricName[];
  /** Heading of the table. Default `Model comparison`. */
  readonly title?: string;
}

/** One model of a comparison. */
export interface ModelComparisonRow extends BootstrapMetrics {
  readonly name: string;
  readonly examples: number;
  /** This model minus the reference; undefined where there is none, and for the reference. */
  readonly versusReference: BootstrapDifference | undefined;
}

/** Models and baselines side by side. */
export interface ModelComparison {
  readonly rows: readonly ModelComparisonRow[];
  /** The table that a person reads: metrics with their intervals. */
  readonly view: TableView;
}

const headings: Readonly<Record<RegressionMetricName, string>> = Object.freeze({
  pearson: 'Pearson r',
  spearman: 'Spearman ρ',
  r2: 'R²',
  squaredPearson: 'r²',
  mse: 'MSE',
  mae: 'MAE',
});

function withInterval(value: number, { low, high }: ConfidenceInterval): CellValue {
  if (Number.isNaN(value)) return 'undefined';
  return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function against({ referenceMean }: ModelComparisonOptions): string {
  return referenceMean === undefined ? '' : ` against a mean of ${referenceMean.toFixed(3)}`;
}

function checkModels(models: readonly ComparedModel[]): ComparedModel {
  const [first] = models;
  if (first === undefined) {
    throw new UsageError({ where: 'modelComparison', found: 'no model', expected: 'at least one' });
  }
  const names = new Set<string>();
  for (const { name, observed } of models) {
    if (names.has(name)) {
      throw new UsageError({
        where: 'modelComparison',
        found: `the name '${name}' twice`,
        expected: 'one name a model',
      });
    }
    names.add(name);
    // A float32 round trip of the same values is the same test set.
    const differs =
      observed.length !== first.observed.length ||
      Array.from(observed).some(
        (value, i) => Math.fround(value) !== Math.fround(first.observed[i] ?? NaN),
      );
    if (differs) {
      throw new UsageError({
        where: `modelComparison, '${name}'`,
        found: `other observed values than '${first.name}'`,
        expected: 'the same test examples in the same order for all models',
      });
    }
  }
  return first;
}

/**
 * Puts baselines and models into one table with bootstrap intervals. All are scored on the same
 * resamples, so rows can be compared; with `reference`, the difference to one of them is given
 * with its paired interval, which is the one to ask whether a model is better.
 *
 * @example
 * const comparison = modelComparison([...baselines, { name: 'xpresso', observed, predicted }], {
 *   referenceMean: data.trainMean,
 *   reference: 'features + k-mers',
 * });
 * comparison.view.show();
 */
export function modelComparison(
  models: readonly ComparedModel[],
  options: ModelComparisonOptions = {},
): ModelComparison {
  const { reference, metrics = regressionMetricNames, title = 'Model comparison' } = options;
  const { observed } = checkModels(models);
  for (const name of metrics) {
    if (!regressionMetricNames.includes(name)) {
      throw new UsageError({
        where: 'modelComparison, metrics',
        found: `'${String(name)}'`,
        fix: suggestion(String(name), regressionMetricNames),
      });
    }
  }
  const standard = models.find(({ name }) => name === reference);
  if (reference !== undefined && standard === undefined) {
    throw new UsageError({
      where: 'modelComparison, reference',
      found: `'${reference}'`,
      expected: 'the name of a model',
      fix: suggestion(
        reference,
        models.map(({ name }) => name),
      ),
    });
  }
  const rows = models.map((model): ModelComparisonRow => ({
    name: model.name,
    examples: observed.length,
    ...bootstrapMetrics(observed, model.predicted, options),
    versusReference:
      standard === undefined || standard === model
        ? undefined
        : bootstrapDifference(observed, model.predicted, standard.predicted, options),
  }));
  const percent = Number(((options.confidence ?? 0.95) * 100).toFixed(1));
  const note = [
    `In brackets: ${percent} % bootstrap intervals over the examples.`,
    ...(metrics.includes('r2') ? [`R²: coefficient of determination${against(options)}.`] : []),
    ...(metrics.includes('squaredPearson') ? ['r²: squared Pearson correlation.'] : []),
  ].join(' ');
  const view = new TableView(
    `${title} (${observed.length.toLocaleString('en-US')} examples)`,
    [
      'model',
      ...metrics.map((name) => headings[name]),
      ...(standard ? [`Δr to ${reference}`] : []),
    ],
    rows.map((row) => ({
      model: row.name,
      ...Object.fromEntries(
        metrics.map((name) => [
          headings[name],
          withInterval(row.metrics[name], row.intervals[name]),
        ]),
      ),
      ...(row.versusReference === undefined
        ? {}
        : {
            [`Δr to ${reference}`]: withInterval(
              row.versusReference.difference.pearson,
              row.versusReference.intervals.pearson,
            ),
          }),
    })),
    { note },
  );
  return { rows, view };
}
