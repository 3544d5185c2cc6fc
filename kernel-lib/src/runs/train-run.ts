import path from 'node:path';
import type { TableView } from '../core/table-view.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import { promoterBaselines, type PromoterBaseline } from '../evaluation/baselines.ts';
import { regressionMetrics, type RegressionMetrics } from '../evaluation/metrics.ts';
import { modelComparison, type ModelComparison } from '../evaluation/model-comparison.ts';
import { modelCard } from '../hub/model-card.ts';
import { MODEL_FILES, writeModelFolder } from '../prediction/model-folder.ts';
import { outputColumn, Predictor } from '../prediction/predictor.ts';
import { promoterModelFolder } from '../prediction/promoter-model-folder.ts';
import { writeModelExample } from '../prediction/verify-model.ts';
import type { EnsembleMember } from '../training/ensemble-member.ts';
import { trainEnsemble } from '../training/train-ensemble.ts';
import { describeMetrics, describeModel } from './describe-model.ts';
import { prepareTrainRun, type PreparedTrainRun } from './prepare-train-run.ts';
import type { RunFolder } from './run-folder.ts';
import { recordAudit } from './run-audit.ts';
import type { RunContext, RunMode } from './run-mode.ts';
import type { RunResult, TrainRunSummary } from './run-result.ts';
import type { TrainRunConfig } from './schema/train-config.ts';
import { writeReport } from './write-report.ts';

/** Name of the model in tables: an ensemble says of how many. */
function modelName(config: TrainRunConfig): string {
  return config.seeds.length === 1
    ? config.model.type
    : `${config.model.type}, mean of ${config.seeds.length}`;
}

/** Trains the networks and puts them into one predictor. */
async function trainPredictor(
  config: TrainRunConfig,
  { data, architecture }: PreparedTrainRun,
  run: RunFolder,
  options: LongWorkOptions & { readonly resume: boolean },
): Promise<{ predictor: Predictor; trained: EnsembleMember[] }> {
  const skippedLines: Promise<void>[] = [];
  const trained = await trainEnsemble({
    modelType: config.model.type,
    config: architecture,
    train: data.train,
    validation: data.validation,
    options: config.training,
    seeds: config.seeds,
    folder: run.training,
    onSkippedBatch: (seed, { epoch, step, skipped, examples }) => {
      const where = `member ${String(seed)}, epoch ${String(epoch)}, step ${String(step)}`;
      const logged = run.log(`${where}: batch left out, ${skipped} (${examples.join(', ')})`);
      // Handled below; until then nobody waits for it.
      logged.catch(() => undefined);
      skippedLines.push(logged);
    },
    ...(config.workers === undefined ? {} : { workers: config.workers }),
    ...options,
  });
  await Promise.all(skippedLines);
  const { column, transform, pseudocount } = config.data.target;
  const predictor = await Predictor.from(
    promoterModelFolder({
      modelType: config.model.type,
      config: architecture,
      members: trained.map(({ weights }) => weights),
      data,
      outputDescription:
        transform === 'none' ? column : `${transform}(${column} + ${String(pseudocount)})`,
    }),
  );
  return { predictor, trained };
}

async function compareOnTest(
  config: TrainRunConfig,
  data: PromoterExpressionDataset,
  predicted: Float32Array,
  options: LongWorkOptions,
): Promise<{ comparison: ModelComparison; baselines: readonly PromoterBaseline[] }> {
  const { resamples, seed, confidence } = config.evaluation;
  const bootstrap = { resamples, seed, confidence };
  const baselines = config.evaluation.baselines
    ? await promoterBaselines(data, { bootstrap, ...options })
    : [];
  const observed = Float64Array.from(data.split.test, (row) => data.observed[row] ?? NaN);
  const comparison = modelComparison(
    [...baselines, { name: modelName(config), observed, predicted }],
    { ...bootstrap, referenceMean: data.trainMean, title: `Test set, ${observed.length} genes` },
  );
  return { comparison, baselines };
}

/** First genes of the test part with their raw inputs: the example of the model folder. */
function testExamples(data: PromoterExpressionDataset): Parameters<typeof writeModelExample>[1] {
  const rows = Array.from(data.split.test.subarray(0, 4));
  return {
    names: rows.map((row) => data.dataset.ids[row] ?? ''),
    sequences: rows.map((row) => data.dataset.example(row).inputs['promoter'] as Uint8Array),
    features: Object.fromEntries(
      data.features.map(({ column }) => {
        const values = data.table.array(column) as ArrayLike<number | null>;
        return [column, rows.map((row) => values[row] ?? NaN)];
      }),
    ),
  };
}

async function writePredictions(
  run: RunFolder,
  data: PromoterExpressionDataset,
  predicted: Float32Array,
): Promise<void> {
  const lines = Array.from(data.split.test, (row, index) =>
    [data.dataset.ids[row], data.observed[row], predicted[index]].join('\t'),
  );
  await writeFileAtomically(
    run.file('test_predictions.tsv'),
    `id\tobserved\tpredicted\n${lines.join('\n')}\n`,
  );
}

async function writeModel(
  config: TrainRunConfig,
  data: PromoterExpressionDataset,
  run: RunFolder,
  predictor: Predictor,
  comparison: ModelComparison,
  baselines: readonly PromoterBaseline[],
): Promise<void> {
  await writeModelFolder(run.model, predictor.folder);
  await writeModelExample(run.model, testExamples(data));
  const parameters = predictor.models[0]?.countParams() ?? 0;
  const result = comparison.rows.at(-1);
  const { split } = config.data;
  const { epochs, batchSize, optimizer, schedule, learningRate } = config.training;
  await writeFileAtomically(
    path.join(run.model, MODEL_FILES.card),
    modelCard({
      ...describeModel(predictor.config, config.name, parameters),
      summary: `Predicts ${predictor.config.outputs[0]?.description ?? 'expression'} from promoter sequence${data.features.length > 0 ? ' and mRNA features' : ''}.`,
      trainingData: {
        name: path.basename(config.data.table),
        genome: path.basename(config.data.genome),
        split:
          split.by === 'chromosome'
            ? `by chromosome; test ${split.test.join(', ')}; validation ${split.validation.join(', ')}`
            : `by ${split.by}`,
        examples: {
          train: data.split.train.length,
          validation: data.split.validation.length,
          test: data.split.test.length,
        },
      },
      metrics: result === undefined ? [] : describeMetrics(result, baselines),
      intervalDescription: `${config.evaluation.confidence * 100} % bootstrap intervals, ${config.evaluation.resamples.toLocaleString('en-US')} resamples`,
      trainingSettings: {
        networks: config.seeds.length,
        seeds: config.seeds.join(', '),
        'epochs, at most': epochs,
        'batch size': batchSize,
        optimizer: optimizer.name,
        schedule: schedule.name,
        ...(learningRate === undefined ? {} : { 'learning rate': learningRate }),
        'largest shift (bp)': config.data.maxShift,
      },
      limitations: [
        'Trained on the genes of one species in one condition; predictions for others are untested.',
        'Predicts differences between genes; effects of single variants were not measured against experiments.',
      ],
    }),
  );
}

function summarise(
  run: RunFolder,
  comparison: ModelComparison,
  baselines: readonly PromoterBaseline[],
  members: readonly RegressionMetrics[],
  seconds: number,
): TrainRunSummary {
  const test = comparison.rows.at(-1);
  if (test === undefined) throw new Error('the comparison has no row of the model');
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    runFolder: run.path,
    modelFolder: run.model,
    metrics: {
      test: test.metrics,
      baselines: Object.fromEntries(
        baselines.map(({ name, metrics }) => [
          name,
          { pearson: finite(metrics.pearson), r2: finite(metrics.r2) },
        ]),
      ),
      members,
    },
    seconds,
  };
}

/** Text for the terminal: the comparison and where everything is. */
function resultText(summary: TrainRunSummary, view: TableView): string {
  return [
    view.toText(),
    '',
    `run folder   ${summary.runFolder}`,
    `model folder ${summary.modelFolder}`,
    `report       ${path.join(summary.runFolder, 'report.html')}`,
  ].join('\n');
}

/** Trains, evaluates and saves a model of promoters with measured expression. */
export const trainRun: RunMode<TrainRunConfig, PreparedTrainRun> = {
  computes: true,
  prepare(config, { resolve, ...checks }) {
    return prepareTrainRun(config, resolve('.'), checks);
  },
  execute: executeTrainRun,
};

async function executeTrainRun(
  config: TrainRunConfig,
  prepared: PreparedTrainRun,
  { folder: run, resume, started, signal, progress }: RunContext,
): Promise<RunResult> {
  const longWork = longWorkOf({ signal, progress });
  const { data, card, audit } = prepared;
  const { predictor, trained } = await trainPredictor(config, prepared, run, {
    resume,
    ...longWork,
  });
  try {
    const { values } = await predictor.predictDataset(data.test, longWork);
    const output = predictor.outputs[0] ?? '';
    const predicted = outputColumn(
      { values, outputs: predictor.outputs, rows: data.test.length },
      output,
    );
    const { comparison, baselines } = await compareOnTest(config, data, predicted, longWork);
    const members = await memberMetrics(predictor, data, longWork);
    await writePredictions(run, data, predicted);
    await writeModel(config, data, run, predictor, comparison, baselines);
    await writeReport(run.file('report.html'), {
      config,
      data,
      card,
      trained,
      comparison,
      predicted,
      auditSections: await recordAudit(audit, run),
    });
    const seconds = (performance.now() - started) / 1000;
    const json = summarise(run, comparison, baselines, members, seconds);
    return { text: resultText(json, comparison.view), json };
  } finally {
    predictor.dispose();
  }
}

/** Metrics of each network alone on the test part. */
async function memberMetrics(
  predictor: Predictor,
  data: PromoterExpressionDataset,
  options: LongWorkOptions,
): Promise<RegressionMetrics[]> {
  const observed = Float64Array.from(data.split.test, (row) => data.observed[row] ?? NaN);
  const { config, members } = predictor.folder;
  const all: RegressionMetrics[] = [];
  for (const weights of members) {
    const single = await Predictor.from({ config: { ...config, members: 1 }, members: [weights] });
    try {
      const { values } = await single.predictDataset(data.test, options);
      all.push(regressionMetrics(observed, values, { referenceMean: data.trainMean }));
    } finally {
      single.dispose();
    }
  }
  return all;
}
