import path from 'node:path';
import type { LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import type { TissueExpressionDataset } from '../datasets/tissue-expression-dataset.ts';
import {
  multiTargetMetrics,
  type ModelTargetMetrics,
  type MultiTargetMetrics,
} from '../evaluation/multi-target-metrics.ts';
import { finetuneSplit, type FinetuneNetwork } from './finetune-split.ts';
import type { FinetuneRunConfig } from './schema/finetune-config.ts';

/** How a network does that is trained on all folds but one, and tested on that. */
export interface CrossValidatedFold {
  /** The fold that was tested. */
  readonly fold: string;
  readonly promoters: number;
  readonly models: readonly ModelTargetMetrics[];
}

/** Cross-validation over given folds. */
export interface CrossValidated {
  readonly folds: readonly CrossValidatedFold[];
  /** Of the predictions of all folds together, each promoter predicted once. */
  readonly metrics: MultiTargetMetrics;
  /** A row a fold. */
  readonly view: TableView;
}

/** Trains and tests on each fold in turn. */
export async function crossValidate(
  config: FinetuneRunConfig,
  network: FinetuneNetwork,
  folds: readonly TissueExpressionDataset[],
  options: LongWorkOptions & {
    readonly folder: string;
    readonly resume: boolean;
    readonly log: (line: string) => Promise<void>;
  },
): Promise<CrossValidated> {
  const { folder, resume, log, ...longWork } = options;
  const results: CrossValidatedFold[] = [];
  const observed: number[] = [];
  const predicted = new Map<string, number[]>();
  const targets = folds[0]?.targetNames ?? [];
  const means = new Float64Array(targets.length);
  let promoters = 0;
  for (const data of folds) {
    const row = data.split.test[0] ?? 0;
    const fold = data.folds?.[row] ?? String(results.length + 1);
    const result = await finetuneSplit(config, network, data, {
      folder: path.join(folder, fold),
      resume,
      title: fold,
      ...longWork,
    });
    result.predictor.dispose();
    results.push({ fold, promoters: data.test.length, models: result.metrics.models });
    await log(result.metrics.view.toText());
    for (const value of result.observed) observed.push(value);
    for (const model of result.models) {
      const values = predicted.get(model.name) ?? [];
      for (const value of Array.from(model.predicted)) values.push(value);
      predicted.set(model.name, values);
    }
    // Each promoter is compared with the mean of the folds that it was not in.
    data.trainMeans.forEach((mean, target) => {
      means[target] = (means[target] ?? 0) + mean * data.test.length;
    });
    promoters += data.test.length;
  }
  const metrics = multiTargetMetrics({
    targets,
    observed,
    models: [...predicted].map(([name, values]) => ({ name, predicted: values })),
    trainMeans: [...means].map((sum) => sum / promoters),
    title: `Cross-validation, ${String(promoters)} promoters, each tested once`,
  });
  return { folds: results, metrics, view: foldsView(results) };
}

function foldsView(folds: readonly CrossValidatedFold[]): TableView {
  const rows = folds.map(({ fold, promoters, models }) => {
    const row: Record<string, string | number> = { fold, promoters };
    for (const { name, mean } of models) {
      if (!Number.isNaN(mean.pearson)) row[`Pearson r, ${name}`] = mean.pearson.toFixed(3);
      row[`R², ${name}`] = mean.r2.toFixed(3);
    }
    return row;
  });
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return new TableView('Folds, mean over the targets', columns, rows);
}
