import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import { kmerCounts } from '../sequence/kmers.ts';
import { bootstrapMetrics, type BootstrapMetrics, type BootstrapOptions } from './bootstrap.ts';
import { chooseNestedRidge, chooseRidge, predictLeadingColumns } from './ridge.ts';

/** Options of `promoterBaselines`. */
export interface PromoterBaselineOptions extends LongWorkOptions {
  /** Length of the k-mers. Default 4. */
  readonly k?: number;
  /** Equal parts of the window in which k-mers are counted separately. Default 6. */
  readonly bins?: number;
  /** Penalties among which validation chooses. Default `defaultRidgePenalties`. */
  readonly penalties?: readonly number[];
  /** Bootstrap of the intervals; see `bootstrapMetrics`. */
  readonly bootstrap?: Omit<BootstrapOptions, 'referenceMean'>;
}

/** What a simple model reaches on the test genes. */
export interface PromoterBaseline extends BootstrapMetrics {
  readonly name: 'train mean' | 'features' | 'k-mers' | 'features + k-mers';
  /** What was done, for a table or a figure legend. */
  readonly description: string;
  /** Test genes, on the transformed scale (say log10). */
  readonly observed: Float64Array;
  readonly predicted: Float64Array;
  /** Chosen on validation; undefined for the mean. */
  readonly penalty: number | undefined;
  /** Number of explanatory variables. */
  readonly columns: number;
}

function pick(values: ArrayLike<number>, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? NaN);
}

/**
 * What simple models reach on the same split, to stand beside a network in the same table: the
 * mean of training; ridge regression on the features; on k-mer counts in equal parts of the
 * promoter; on both. Penalties are chosen on validation; R² is told against the mean of training.
 *
 * A dataset without features gives the first and the third.
 *
 * @throws UsageError when the validation or the test part is empty
 *
 * @example
 * const baselines = await promoterBaselines(data);
 * modelComparison(baselines).view.show();
 */
export async function promoterBaselines(
  data: PromoterExpressionDataset,
  options: PromoterBaselineOptions = {},
): Promise<PromoterBaseline[]> {
  const { k = 4, bins = 6, penalties, bootstrap = {}, signal, progress } = options;
  const { dataset, split, observed, trainMean, promoterInput, featureInput } = data;
  for (const part of ['validation', 'test'] as const) {
    if (split[part].length === 0) {
      throw new UsageError({
        where: 'promoterBaselines',
        found: `no ${part} genes`,
        expected: part === 'test' ? 'genes to judge on' : 'genes to choose the penalty on',
      });
    }
  }
  const { train, validation, test } = split;
  const ridge = { train, validation, penalties, signal, progress };
  const testObserved = pick(observed, test);
  const baseline = (
    name: PromoterBaseline['name'],
    description: string,
    predicted: Float64Array,
    columns: number,
    penalty?: number,
  ): PromoterBaseline => ({
    name,
    description,
    observed: testObserved,
    predicted,
    penalty,
    columns,
    ...bootstrapMetrics(testObserved, predicted, { ...bootstrap, referenceMean: trainMean }),
  });
  const featureWidth = dataset.inputs[featureInput]?.shape[0] ?? 0;
  const kmerWidth = bins * 4 ** k;
  // k-mers first: both ridge regressions with k-mers then come from one Gram matrix.
  const columns = kmerWidth + featureWidth;
  const both = new Float64Array(dataset.length * columns);
  const features = new Float64Array(dataset.length * featureWidth);
  let lastYield = performance.now();
  for (let row = 0; row < dataset.length; row++) {
    if (performance.now() - lastYield > 20) {
      progress?.({ task: 'counting k-mers', done: row, total: dataset.length, unit: 'genes' });
      await yieldToEventLoop();
      throwIfAborted(signal, 'promoterBaselines');
      lastYield = performance.now();
    }
    const { inputs } = dataset.example(row);
    const tokens = inputs[promoterInput] as Uint8Array;
    both.set(kmerCounts(tokens, { k, bins }), row * columns);
    if (featureWidth > 0) {
      const values = inputs[featureInput] ?? [];
      both.set(values, row * columns + kmerWidth);
      features.set(values, row * featureWidth);
    }
  }
  const constant = new Float64Array(test.length).fill(trainMean);
  const baselines = [baseline('train mean', 'mean of the training genes', constant, 0)];
  if (featureWidth > 0) {
    const design = { values: features, columns: featureWidth };
    const { model, penalty } = await chooseRidge(design, observed, ridge);
    const predicted = predictLeadingColumns(model, design, test);
    const description = `ridge on ${featureWidth} features`;
    baselines.push(baseline('features', description, predicted, featureWidth, penalty));
  }
  const design = { values: both, columns };
  const kmersDescription = `ridge on ${k}-mer counts in ${bins} parts of the promoter`;
  const [kmers, all] = await chooseNestedRidge(
    design,
    observed,
    featureWidth > 0 ? [kmerWidth, columns] : [kmerWidth],
    ridge,
  );
  for (const [name, choice] of [
    ['k-mers', kmers],
    ['features + k-mers', all],
  ] as const) {
    if (choice === undefined) continue;
    const predicted = predictLeadingColumns(choice.model, design, test);
    const description =
      name === 'k-mers' ? kmersDescription : `${kmersDescription} and ${featureWidth} features`;
    const width = choice.model.coefficients.length;
    baselines.push(baseline(name, description, predicted, width, choice.penalty));
  }
  return baselines;
}
