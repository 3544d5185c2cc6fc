import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { readWeights, writeWeights, type WeightsByName } from '../layers/named-weights.ts';
import { architecture } from '../models/registry.ts';
import { describeIssues } from './named-choice.ts';
import { trainModel } from './train-model.ts';
import type { TrainingResult } from './training-call.ts';
import type { SkippedBatch } from './training-log.ts';
import type { TrainingOptionsInput } from './training-options.ts';

/** One trained model of an ensemble. */
export interface EnsembleMember {
  readonly seed: number;
  readonly weights: WeightsByName;
  readonly result: TrainingResult;
}

/** What the training of one member takes. */
export interface EnsembleMemberOptions extends LongWorkOptions {
  readonly modelType: string;
  readonly config: unknown;
  readonly options: TrainingOptionsInput;
  readonly seed: number;
  readonly train: Dataset;
  readonly validation?: Dataset;
  readonly folder?: string;
  readonly resume?: boolean;
  readonly initialWeights?: WeightsByName | undefined;
  readonly onSkippedBatch?: (record: SkippedBatch) => void;
}

/**
 * The config of an architecture with its defaults filled in.
 *
 * @throws UsageError when the model type is not known or the config is not as it wants it
 */
export function parseModelConfig(modelType: string, config: unknown): unknown {
  const parsed = architecture(modelType).configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new UsageError({
    where: `config of model '${modelType}'`,
    found: describeIssues(parsed.error.issues),
  });
}

/** Builds and trains one member; its seed is that of the initialisation and of the training. */
export async function trainEnsembleMember({
  modelType,
  config,
  options,
  seed,
  initialWeights,
  ...call
}: EnsembleMemberOptions): Promise<EnsembleMember> {
  const model = architecture(modelType).build(parseModelConfig(modelType, config), { seed });
  try {
    if (initialWeights !== undefined) {
      const weights = { ...(await readWeights(model)), ...initialWeights };
      writeWeights(model, weights, 'initial weights');
    }
    const result = await trainModel({ ...call, model, options: { ...options, seed } });
    return { seed, weights: await readWeights(model), result };
  } finally {
    model.dispose();
  }
}
