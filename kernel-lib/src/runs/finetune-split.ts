import type { LongWorkOptions } from '../core/progress.ts';
import type { TissueExpressionDataset } from '../datasets/tissue-expression-dataset.ts';
import { kmerRidge } from '../evaluation/kmer-ridge.ts';
import {
  multiTargetMetrics,
  type MultiTargetMetrics,
  type MultiTargetPredictions,
} from '../evaluation/multi-target-metrics.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { Predictor } from '../prediction/predictor.ts';
import { tokenModelFolder } from '../prediction/token-model-folder.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { EnsembleMember } from '../training/ensemble-member.ts';
import type { LossInput } from '../training/loss-options.ts';
import { trainEnsemble } from '../training/train-ensemble.ts';
import type { FinetuneRunConfig } from './schema/finetune-config.ts';

/** Network and tokenizer of a fine-tuning. */
export interface FinetuneNetwork {
  readonly modelType: string;
  /** Config of the architecture. */
  readonly architecture: object;
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  /** Weights of a pre-trained encoder. */
  readonly pretrained: WeightsByName | undefined;
}

/** A network that was trained on one split, and how it does on its test part. */
export interface FinetunedSplit {
  readonly predictor: Predictor;
  readonly trained: readonly EnsembleMember[];
  /** `test × targets`, on the transformed scale. */
  readonly observed: Float64Array;
  readonly predicted: Float32Array;
  readonly metrics: MultiTargetMetrics;
  /** Baselines, then the model, with their predictions. */
  readonly models: readonly MultiTargetPredictions[];
}

/** The loss of a task; that of a regression can be chosen. */
export function lossOfTask({ task, training }: FinetuneRunConfig): LossInput {
  switch (task) {
    case 'classification':
      return { name: 'binary-crossentropy', fromLogits: true };
    case 'poisson':
      return { name: 'poisson', logOutput: true };
    case 'sparse':
      return training.loss.name === 'sparse-regression' ? training.loss : 'sparse-regression';
    default:
      return training.loss;
  }
}

/** Trains on the train part, and measures on the test part beside the baselines. */
export async function finetuneSplit(
  config: FinetuneRunConfig,
  network: FinetuneNetwork,
  data: TissueExpressionDataset,
  options: LongWorkOptions & {
    readonly folder: string;
    readonly resume: boolean;
    readonly title: string;
  },
): Promise<FinetunedSplit> {
  const { folder, resume, title, ...longWork } = options;
  const trained = await trainEnsemble({
    modelType: network.modelType,
    config: network.architecture,
    train: data.train,
    ...(data.validation.length === 0 ? {} : { validation: data.validation }),
    options: { ...config.training, loss: lossOfTask(config) },
    seeds: config.seeds,
    folder,
    resume,
    ...(network.pretrained === undefined ? {} : { initialWeights: network.pretrained }),
    ...longWork,
  });
  const predictor = await Predictor.from(
    tokenModelFolder({
      modelType: network.modelType,
      config: network.architecture,
      members: trained.map(({ weights }) => weights),
      tokenizer: network.tokenizer,
      outputDescription: describeOutputs(data),
      ...(data.transforms === undefined ? {} : { targets: data.transforms }),
    }),
  );
  try {
    const { values } = await predictor.predictDataset(data.test, longWork);
    const predicted = values.map((value) => outputOfTask(config.task, value));
    const observed = testValues(data);
    const models = [
      ...(await baselines(config, data, longWork)),
      { name: 'this model', predicted },
    ];
    const metrics = multiTargetMetrics({
      targets: data.targetNames,
      observed,
      models,
      trainMeans: [...data.trainMeans],
      title,
    });
    return { predictor, trained, observed, predicted, metrics, models };
  } catch (error) {
    predictor.dispose();
    throw error;
  }
}

/** From what a network gives to the scale of the observed values: a probability, or a rate. */
function outputOfTask(task: FinetuneRunConfig['task'], value: number): number {
  if (task === 'classification') return 1 / (1 + Math.exp(-value));
  return task === 'poisson' ? Math.exp(value) : value;
}

/** Observed values of the test part, `test × targets`. */
function testValues({ observed, split, targetNames }: TissueExpressionDataset): Float64Array {
  const width = targetNames.length;
  const values = new Float64Array(split.test.length * width);
  split.test.forEach((row, index) => {
    values.set(observed.subarray(row * width, (row + 1) * width), index * width);
  });
  return values;
}

async function baselines(
  config: FinetuneRunConfig,
  data: TissueExpressionDataset,
  longWork: LongWorkOptions,
): Promise<MultiTargetPredictions[]> {
  if (!config.evaluation.baselines) return [];
  const { split, trainMeans } = data;
  const width = trainMeans.length;
  const means = Float64Array.from(
    { length: split.test.length * width },
    (_, index) => trainMeans[index % width] ?? NaN,
  );
  const constant = { name: 'train mean', predicted: means };
  if (split.validation.length === 0) return [constant];
  const { k } = config.evaluation;
  const ridge = await kmerRidge({
    sequences: data.dataset.sequences,
    targets: data.observed,
    ...split,
    k,
    ...longWork,
  });
  return [constant, { name: `${String(k)}-mer ridge`, predicted: ridge.predicted }];
}

/** What the outputs are; of a transform that differs from target to target the name alone. */
function describeOutputs({ transforms }: TissueExpressionDataset): string {
  const [first] = transforms?.columns ?? [];
  if (first === undefined) return 'whether it is expressed (a logit)';
  const { transform, pseudocount } = first;
  return transform === 'none' ? 'value' : `${transform}(value + ${String(pseudocount)})`;
}
