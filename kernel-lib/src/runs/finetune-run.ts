import path from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { positionBuckets } from '../datasets/kmer-flip.ts';
import {
  tissueExpressionCrossValidation,
  tissueExpressionDataset,
  type TissueExpressionDataset,
} from '../datasets/tissue-expression-dataset.ts';
import type { LeakageAudit } from '../datasets/leakage-audit.ts';
import type { TissueExpressionOptions } from '../datasets/tissue-expression-options.ts';
import { modelCard } from '../hub/model-card.ts';
import { architecture } from '../models/registry.ts';
import { resolveArchitectureConfig } from '../models/resolve-config.ts';
import { MODEL_FILES, writeModelFolder } from '../prediction/model-folder.ts';
import { describeModel } from './describe-model.ts';
import { crossValidate, type CrossValidated } from './finetune-cross-validation.ts';
import { writeFinetuneReport } from './finetune-report.ts';
import {
  finetuneSplit,
  lossOfTask,
  type FinetunedSplit,
  type FinetuneNetwork,
} from './finetune-split.ts';
import { auditFile, auditRunParts, recordAudit } from './run-audit.ts';
import { loadFinetuneStart } from './finetune-start.ts';
import type { RunChecks, RunContext, RunMode } from './run-mode.ts';
import type { RunResult } from './run-result.ts';
import type { FinetuneRunConfig } from './schema/finetune-config.ts';

/** All that a fine-tuning works on. */
interface PreparedFinetuneRun {
  readonly network: FinetuneNetwork;
  readonly data: TissueExpressionDataset;
  /** One a fold. */
  readonly folds: readonly TissueExpressionDataset[];
  readonly view: TableView;
  readonly audit: LeakageAudit | undefined;
}

/** Fine-tunes a pre-trained network, or trains one from scratch, to expression in tissues. */
export const finetuneRun: RunMode<FinetuneRunConfig, PreparedFinetuneRun> = {
  computes: true,
  prepare,
  execute,
};

function requireTask({ task, data, training }: FinetuneRunConfig, where: string): void {
  const wrong =
    (task === 'classification') !== (data.expressedThreshold !== undefined)
      ? `task ${task} and data.expressedThreshold ${String(data.expressedThreshold)}`
      : task !== 'regression' && data.standardise && task !== 'classification'
        ? `task ${task} and data.standardise true`
        : task === 'poisson' && data.transform !== 'none'
          ? `task poisson and data.transform ${data.transform}`
          : undefined;
  if (wrong !== undefined) {
    throw new InputError({
      where,
      found: wrong,
      expected:
        'expressedThreshold with classification alone; values as measured with poisson; no standardisation with sparse and poisson',
    });
  }
  const defaults = ['mse', 'sparse-regression'];
  if (task !== 'regression' && !defaults.includes(training.loss.name)) {
    throw new InputError({
      where,
      found: `training.loss ${training.loss.name} with task ${task}`,
      expected: 'a loss of your own with the task regression alone; others have theirs',
    });
  }
}

/** What of the data does not depend on the network. */
function dataOptions(
  { data, task }: FinetuneRunConfig,
  resolve: (file: string) => string,
): Omit<TissueExpressionOptions, 'tokenizer' | 'split'> {
  const { id, sequence, fold, targets } = data.columns;
  const flip = data.kmerFlip;
  const classes = task === 'classification';
  return {
    table: resolve(data.table),
    minimumLength: data.minimumLength,
    ...(classes
      ? { expressedThreshold: data.expressedThreshold ?? 1 }
      : {
          transform: data.transform,
          pseudocount: data.pseudocount,
          standardise: data.standardise,
          ...(data.threshold === undefined ? {} : { threshold: data.threshold }),
        }),
    ...(id === undefined ? {} : { idColumn: id }),
    ...(sequence === undefined ? {} : { sequenceColumn: sequence }),
    ...(fold === undefined ? {} : { foldColumn: fold }),
    ...(targets === undefined ? {} : { targetColumns: targets }),
    ...(flip === undefined
      ? {}
      : {
          kmerFlip: {
            k: flip.k,
            countFrom: flip.countFrom,
            buckets: positionBuckets(flip.buckets ?? []),
          },
        }),
  };
}

async function prepare(config: FinetuneRunConfig, checks: RunChecks): Promise<PreparedFinetuneRun> {
  const { resolve, log, where, ...longWork } = checks;
  requireTask(config, where);
  const { model, ...start } = await loadFinetuneStart(config, checks);
  const { tokenizer, maxLength } = start;
  const options = { ...dataOptions(config, resolve), tokenizer, maxLength, ...longWork };
  const split = Object.fromEntries(
    Object.entries(config.data.split).filter(([, names]) => names !== undefined),
  );
  const data = await tissueExpressionDataset({ ...options, split });
  if (data.test.length === 0) {
    throw new InputError({
      where: resolve(config.data.table),
      found: 'no promoter to test on',
      expected: 'a fold test, or data.split.test',
    });
  }
  const { crossValidation } = config;
  const folds =
    crossValidation === false
      ? []
      : await tissueExpressionCrossValidation(
          options,
          crossValidation === true ? {} : { folds: crossValidation.folds },
        );
  const audit = await auditFinetune(config, data, resolve, longWork);
  if (audit !== undefined) log(audit.view.toText());
  const view = dataView(data);
  log(view.toText());
  try {
    const network = resolveArchitectureConfig(
      { ...model, config: { ...model.config, task: config.task } },
      { length: maxLength, features: [], outputs: data.targetNames, tokenizer },
    ) as object;
    return { network: { ...start, architecture: network }, data, folds, view, audit };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const details = { ...error.details, where: `${where}, ${error.details.where}` };
    throw new InputError(details, { cause: error });
  }
}

/** Looks for sequences that the parts share with each other and with those of pre-training. */
async function auditFinetune(
  { audit }: FinetuneRunConfig,
  { train, validation, test }: TissueExpressionDataset,
  resolve: (file: string) => string,
  longWork: LongWorkOptions,
): Promise<LeakageAudit | undefined> {
  if (audit === undefined) return undefined;
  const part = ({ ids, sequences }: TissueExpressionDataset['train']) =>
    sequences.map((sequence, index) => ({ id: ids[index] ?? '', sequence }));
  const judging = { ...(validation.length === 0 ? {} : { validation }), test };
  const parts = {
    ...Object.fromEntries(Object.entries(judging).map(([name, data]) => [name, part(data)])),
    train: part(train),
    ...Object.fromEntries(
      Object.entries(audit.pretraining).map(([name, file]) => [name, auditFile(resolve(file))]),
    ),
  };
  return auditRunParts(parts, Object.keys(judging), audit, longWork);
}

function dataView({
  train,
  validation,
  test,
  dropped,
  trainMeans,
  targetNames,
}: TissueExpressionDataset): TableView {
  const left = Object.entries(dropped).filter(([, count]) => count > 0);
  const rows = Object.entries({ train, validation, test }).map(([part, { length }]) => ({
    part,
    promoters: length,
  }));
  return new TableView('Promoters', ['part', 'promoters'], rows, {
    note: [
      ...left.map(([reason, count]) => `left out, ${reason}: ${String(count)}`),
      `training means: ${targetNames.map((name, index) => `${name} ${(trainMeans[index] ?? NaN).toFixed(3)}`).join(', ')}`,
    ].join('; '),
  });
}

async function execute(
  config: FinetuneRunConfig,
  { network, data, folds, view, audit }: PreparedFinetuneRun,
  context: RunContext,
): Promise<RunResult> {
  const { folder, resume, started, signal, progress } = context;
  const longWork: LongWorkOptions = longWorkOf({ signal, progress });
  const crossValidated =
    folds.length === 0
      ? undefined
      : await crossValidate(config, network, folds, {
          folder: path.join(folder.training, 'cross-validation'),
          resume,
          log: (line) => folder.log(line),
          ...longWork,
        });
  const final = await finetuneSplit(config, network, data, {
    folder: folder.training,
    resume,
    title: `Test part, ${String(data.test.length)} promoters`,
    ...longWork,
  });
  try {
    await writePredictions(folder.file('test_predictions.tsv'), data, final);
    await saveModel(config, network, data, final, context);
    await writeFinetuneReport(folder.file('report.html'), {
      config,
      data,
      final,
      crossValidated,
      dataView: view,
      auditSections: await recordAudit(audit, folder),
    });
    const views = [
      ...(crossValidated === undefined ? [] : [crossValidated.view, crossValidated.metrics.view]),
      final.metrics.view,
    ];
    return {
      text: [
        views.map((each) => each.toText()).join('\n\n'),
        '',
        `run folder   ${folder.path}`,
        `model folder ${folder.model}`,
        `report       ${folder.file('report.html')}`,
      ].join('\n'),
      json: {
        runFolder: folder.path,
        modelFolder: folder.model,
        ...(audit === undefined ? {} : { audit: audit.verdict }),
        metrics: { test: final.metrics.models, ...crossValidationJson(crossValidated) },
        seconds: (performance.now() - started) / 1000,
      },
    };
  } finally {
    final.predictor.dispose();
  }
}

function crossValidationJson(result: CrossValidated | undefined): object {
  if (result === undefined) return {};
  const { metrics, folds } = result;
  return { crossValidation: { pooled: metrics.models, folds } };
}

/** A row a test promoter: what was observed and predicted in each tissue, on the transformed scale. */
async function writePredictions(
  file: string,
  { test, targetNames }: TissueExpressionDataset,
  { observed, predicted }: FinetunedSplit,
): Promise<void> {
  const width = targetNames.length;
  const header = [
    'id',
    ...targetNames.flatMap((name) => [`${name}_observed`, `${name}_predicted`]),
  ];
  const lines = test.ids.map((id, row) =>
    [
      id,
      ...targetNames.flatMap((_, target) => [
        observed[row * width + target],
        predicted[row * width + target],
      ]),
    ].join('\t'),
  );
  await writeFileAtomically(file, `${[header.join('\t'), ...lines].join('\n')}\n`);
}

async function saveModel(
  config: FinetuneRunConfig,
  { modelType }: FinetuneNetwork,
  data: TissueExpressionDataset,
  { predictor, metrics }: FinetunedSplit,
  { folder }: RunContext,
): Promise<void> {
  await writeModelFolder(folder.model, predictor.folder);
  const parameters = predictor.models[0]?.countParams() ?? 0;
  const ours = metrics.models.at(-1);
  const baselines = metrics.models.slice(0, -1);
  const { epochs, batchSize, accumulate, optimizer, schedule } = config.training;
  const figure = (name: string, type: string, key: 'pearson' | 'r2' | 'mse') =>
    [...(ours?.targets ?? []), ...(ours === undefined ? [] : [ours.all])].map((each, index) => ({
      name: `${name}, ${each.target}`,
      type,
      value: each[key],
      baselines: Object.fromEntries(
        baselines.flatMap((baseline) => {
          const value = (baseline.targets[index] ?? baseline.all)[key];
          return Number.isFinite(value) ? [[baseline.name, value]] : [];
        }),
      ),
    }));
  const loss = lossOfTask(config);
  await writeFileAtomically(
    path.join(folder.model, MODEL_FILES.card),
    modelCard({
      ...describeModel(predictor.config, config.name, parameters),
      architecture: architecture(modelType).description,
      summary: `Predicts expression in ${data.targetNames.join(', ')} from promoter sequence.`,
      trainingData: {
        name: path.basename(config.data.table),
        split: 'by the folds of the table',
        examples: {
          train: data.train.length,
          validation: data.validation.length,
          test: data.test.length,
        },
      },
      metrics: [
        ...figure('Pearson r', 'pearsonr', 'pearson'),
        ...figure('coefficient of determination R²', 'r_squared', 'r2'),
        ...figure('mean squared error', 'mse', 'mse'),
      ].filter(({ value }) => Number.isFinite(value)),
      trainingSettings: {
        networks: config.seeds.length,
        seeds: config.seeds.join(', '),
        'pre-trained': config.pretrained === undefined ? 'no' : path.basename(config.pretrained),
        loss: typeof loss === 'string' ? loss : loss.name,
        'epochs, at most': epochs,
        'batch size': batchSize * accumulate,
        optimizer: optimizer.name,
        schedule: schedule.name,
      },
      limitations: [
        'Trained on the promoters of its table; predictions for others are untested.',
        'Differences between lines and effects of single variants were not measured against experiments.',
      ],
    }),
  );
}
