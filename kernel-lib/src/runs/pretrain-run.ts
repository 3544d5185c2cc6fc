import { longWorkOf } from '../core/progress.ts';
import path from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import { TableView } from '../core/table-view.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { LeakageAudit } from '../datasets/leakage-audit.ts';
import {
  evaluateMaskedLanguage,
  unigramBaseline,
  type MaskedLanguageMetrics,
} from '../evaluation/masked-language.ts';
import { modelCard } from '../hub/model-card.ts';
import { readWeights, writeWeights, type WeightsByName } from '../layers/named-weights.ts';
import { architecture } from '../models/registry.ts';
import { resolveArchitectureConfig } from '../models/resolve-config.ts';
import { plotTrainingCurves } from '../plots/plot-training-curves.ts';
import { MODEL_FILES, readModelFolder, writeModelFolder } from '../prediction/model-folder.ts';
import { tokenModelFolder } from '../prediction/token-model-folder.ts';
import { loadTokenizer } from '../tokenizers/load-tokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { trainModel } from '../training/train-model.ts';
import type { TrainingResult } from '../training/training-call.ts';
import { describeModel } from './describe-model.ts';
import { loadPretrainData, pretrainDatasets, type PretrainData } from './pretrain-data.ts';
import { recordAudit } from './run-audit.ts';
import { configHtml, viewHtml, writeReportPage } from './report-page.ts';
import type { RunChecks, RunContext, RunMode } from './run-mode.ts';
import type { RunResult } from './run-result.ts';
import type { PretrainRunConfig } from './schema/pretrain-config.ts';

/** All that a pre-training works on. */
interface PreparedPretrainRun {
  readonly tokenizer: Tokenizer;
  readonly data: PretrainData;
  readonly audit: LeakageAudit | undefined;
  /** Config of the architecture, all positions being scored. */
  readonly architecture: object;
  readonly modelType: string;
  /** Weights to go on from. */
  readonly pretrained: WeightsByName | undefined;
}

/** Pre-trains a language model on sequences without labels, and saves it. */
export const pretrainRun: RunMode<PretrainRunConfig, PreparedPretrainRun> = {
  computes: true,
  prepare,
  execute,
  release({ data }) {
    data.close();
  },
};

/** What `model` or `pretrained` name. */
async function chooseNetwork(
  { model, pretrained, maxLength }: PretrainRunConfig,
  tokenizer: Tokenizer,
  { where, resolve }: RunChecks,
): Promise<Pick<PreparedPretrainRun, 'architecture' | 'modelType' | 'pretrained'>> {
  if (pretrained === undefined) {
    const choice = {
      ...model,
      config: { ...model.config, task: 'masked-language' },
    };
    const shape = { length: maxLength, features: [], outputs: ['token'], tokenizer };
    try {
      const resolved = resolveArchitectureConfig(choice, shape) as object;
      return { architecture: resolved, modelType: model.type, pretrained };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const details = { ...error.details, where: `${where}, ${error.details.where}` };
      throw new InputError(details, { cause: error });
    }
  }
  if (model.preset !== undefined || Object.keys(model.config).length > 0) {
    throw new InputError({
      where,
      found: 'model and pretrained',
      expected: 'one of them: the network to go on from says how it is built',
    });
  }
  const folder = resolve(pretrained);
  const { config, members } = await readModelFolder(folder);
  const { task, length } = config.architecture;
  if (task !== 'masked-language' || members.length !== 1) {
    throw new InputError({
      where: folder,
      found: `a model of task ${String(task)} with ${String(members.length)} networks`,
      expected: 'one masked language model',
    });
  }
  if (length !== maxLength) {
    throw new InputError({
      where,
      found: `maxLength ${String(maxLength)}`,
      expected: `${String(length)}, as of ${folder}`,
    });
  }
  return {
    architecture: config.architecture,
    modelType: config.model_type,
    pretrained: members[0],
  };
}

async function prepare(config: PretrainRunConfig, checks: RunChecks): Promise<PreparedPretrainRun> {
  const { resolve, log, signal, progress } = checks;
  const longWork = longWorkOf({ signal, progress });
  const { paddingSide, truncationSide, maxLength } = config;
  const tokenizer = await loadTokenizer(resolve(config.tokenizer), {
    maxLength,
    ...(paddingSide === undefined ? {} : { paddingSide }),
    ...(truncationSide === undefined ? {} : { truncationSide }),
  });
  const network = await chooseNetwork(config, tokenizer, checks);
  const { data, audit } = await loadPretrainData(config, tokenizer, resolve, longWork);
  if (audit !== undefined) log(audit.view.toText());
  log(data.view.toText());
  return { tokenizer, data, audit, ...network };
}

async function execute(
  config: PretrainRunConfig,
  prepared: PreparedPretrainRun,
  context: RunContext,
): Promise<RunResult> {
  const { folder, resume, started, signal, progress } = context;
  const longWork = longWorkOf({ signal, progress });
  const { tokenizer, data, modelType } = prepared;
  const { train, validation, predictions } = pretrainDatasets(config, data, tokenizer);
  const model = architecture(modelType).build(
    { ...prepared.architecture, predictions },
    { seed: config.seed },
  );
  try {
    if (prepared.pretrained !== undefined) {
      writeWeights(model, prepared.pretrained, config.pretrained ?? '');
    }
    const trained = await trainModel({
      model,
      inputNames: Object.keys(train.inputs),
      train,
      validation,
      options: { ...config.training, loss: 'masked-language', seed: config.seed },
      folder: folder.training,
      resume,
      ...longWork,
    });
    const metrics = await evaluateMaskedLanguage(model, validation, {
      batchSize: config.training.batchSize,
      ...longWork,
    });
    const unigram = await unigramBaseline(data.trainTokens.counts, validation, longWork);
    const parameters = model.countParams();
    const rows = comparisonRows(metrics, unigram, tokenizer.vocabularySize);
    const view = new TableView(
      `Hidden tokens of ${data.validationTokens.sequences.toLocaleString('en-US')} sequences that were not trained on`,
      ['model', 'perplexity', 'accuracy', 'loss', 'tokens'],
      rows,
    );
    await saveModel(config, prepared, context, await readWeights(model), metrics, unigram);
    const speed = trainingSpeed(config, data, trained);
    await writeReport(config, prepared, context, trained, view);
    return {
      text: [
        view.toText(),
        '',
        `${parameters.toLocaleString('en-US')} parameters, ${Math.round(speed).toLocaleString('en-US')} tokens/s in training`,
        `run folder   ${folder.path}`,
        `model folder ${folder.model}`,
        `report       ${folder.file('report.html')}`,
      ].join('\n'),
      json: {
        runFolder: folder.path,
        modelFolder: folder.model,
        metrics: { validation: metrics, baselines: { unigram } },
        ...(prepared.audit === undefined ? {} : { audit: prepared.audit.verdict }),
        parameters,
        tokensPerSecond: speed,
        epochs: trained.epochs,
        steps: trained.steps,
        seconds: (performance.now() - started) / 1000,
      },
    };
  } finally {
    model.dispose();
  }
}

function comparisonRows(
  model: MaskedLanguageMetrics,
  unigram: MaskedLanguageMetrics,
  vocabulary: number,
): Record<string, string | number>[] {
  const row = (name: string, { perplexity, accuracy, loss, tokens }: MaskedLanguageMetrics) => ({
    model: name,
    perplexity: perplexity.toFixed(1),
    accuracy: accuracy.toFixed(4),
    loss: loss.toFixed(4),
    tokens,
  });
  const { tokens } = model;
  const uniform = { tokens, loss: Math.log(vocabulary), perplexity: vocabulary };
  return [
    row('all tokens alike', { ...uniform, accuracy: 1 / vocabulary }),
    row('unigram', unigram),
    row('this model', model),
  ];
}

/** Tokens of the sequences, padding not counted, a second of training. */
function trainingSpeed(
  { maxLength }: PretrainRunConfig,
  { trainTokens }: PretrainData,
  { epochs, seconds }: TrainingResult,
): number {
  const tokens = Math.min(trainTokens.tokens, trainTokens.sequences * maxLength);
  return (tokens * epochs) / Math.max(seconds, 1e-9);
}

async function saveModel(
  config: PretrainRunConfig,
  { tokenizer, data, architecture: network, modelType }: PreparedPretrainRun,
  { folder }: RunContext,
  weights: WeightsByName,
  metrics: MaskedLanguageMetrics,
  unigram: MaskedLanguageMetrics,
): Promise<void> {
  const model = tokenModelFolder({
    modelType,
    config: network,
    members: [weights],
    tokenizer,
  });
  await writeModelFolder(folder.model, model);
  const parameters = Object.values(weights).reduce((sum, { data: { length } }) => sum + length, 0);
  const { epochs, batchSize, accumulate, optimizer, schedule } = config.training;
  const measured = (name: string, type: string, key: 'perplexity' | 'accuracy') => ({
    name,
    type,
    value: metrics[key],
    subset: 'validation',
    baselines: { unigram: unigram[key] },
  });
  await writeFileAtomically(
    path.join(folder.model, MODEL_FILES.card),
    modelCard({
      ...describeModel(model.config, config.name, parameters),
      summary: 'Guesses hidden tokens of a sequence; to be fine-tuned, or for embeddings.',
      trainingData: {
        name: config.data.sequences.map((file) => path.basename(file)).join(', '),
        split: 'by content: equal sequences are on one side',
        examples: {
          train: data.trainTokens.sequences,
          validation: data.validationTokens.sequences,
        },
      },
      metrics: [
        measured('perplexity of hidden tokens', 'perplexity', 'perplexity'),
        measured('accuracy of hidden tokens', 'accuracy', 'accuracy'),
      ],
      trainingSettings: {
        'tokens of an example': config.maxLength,
        'share of hidden tokens': config.masking.probability,
        'epochs, at most': epochs,
        'batch size': batchSize * accumulate,
        optimizer: optimizer.name,
        schedule: schedule.name,
        seed: config.seed,
      },
    }),
  );
}

async function writeReport(
  config: PretrainRunConfig,
  { data, audit }: PreparedPretrainRun,
  { folder }: RunContext,
  { history, bestEpoch }: TrainingResult,
  view: TableView,
): Promise<void> {
  const curves = await plotTrainingCurves([{ history, bestEpoch }], {
    title: 'Training',
    lossTitle: '−ln P(hidden token)',
  });
  await writeReportPage(folder.file('report.html'), config.name, [
    ['Result', viewHtml(view)],
    ['Training', curves.svg],
    ['Data', viewHtml(data.view)],
    ...(await recordAudit(audit, folder)),
    ['Config', configHtml(config)],
  ]);
}
