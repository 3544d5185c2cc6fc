import type { ModelCardMetadata, ModelCardMetric } from '../hub/model-card.ts';
import type { BootstrapMetrics } from '../evaluation/bootstrap.ts';
import type { RegressionMetricName } from '../evaluation/metrics.ts';
import { architecture } from '../models/registry.ts';
import { featureColumns } from '../prediction/encode-inputs.ts';
import type { ModelConfig } from '../prediction/model-config.ts';

/** The parts of a model card that follow from the config. */
export function describeModel(
  config: ModelConfig,
  title: string,
  parameters: number,
): Pick<
  ModelCardMetadata,
  | 'title'
  | 'modelType'
  | 'architecture'
  | 'license'
  | 'libraryVersion'
  | 'parameters'
  | 'inputs'
  | 'outputs'
  | 'call'
  | 'transformersClass'
> {
  const { window } = config;
  const around =
    window === undefined
      ? ''
      : `, ${window.upstream} bases before the transcription start site to ${window.downstream} after it, on the strand of the transcript`;
  const { description, huggingFace, configSchema } = architecture(config.model_type);
  const task = config.architecture['task'];
  // Its class is not in transformers; what is loaded is the encoder.
  const [className] = (huggingFace?.toConfig(configSchema.parse(config.architecture))[
    'architectures'
  ] ?? []) as readonly string[];
  return {
    title,
    modelType: config.model_type,
    architecture: description,
    license: 'apache-2.0',
    libraryVersion: config.library_version,
    parameters,
    ...(task === 'masked-language' ? { call: 'embed' as const } : {}),
    ...(className === undefined || config.members > 1
      ? {}
      : {
          transformersClass: /ForMaskedLM$/.test(className) ? 'AutoModelForMaskedLM' : 'AutoModel',
        }),
    inputs: config.inputs.map(({ name, kind, shape, vocabularySize }) => ({
      name,
      shape,
      description:
        vocabularySize !== undefined
          ? `at most ${String(shape[0])} tokens of a vocabulary of ${String(vocabularySize)}, which the tokenizer makes of a sequence of any length${around}`
          : kind === 'tokens'
            ? `DNA, ${String(shape[0])} bases${around}`
            : `features ${featureColumns(config, name).join(', ')}`,
    })),
    outputs: describeOutputs(config),
  };
}

/** Of a hundred and more outputs (hidden units, say) only the count is told. */
function describeOutputs({ outputs }: ModelConfig): ModelCardMetadata['outputs'] {
  const [first] = outputs;
  if (outputs.length > 100 && first !== undefined) {
    const last = outputs.at(-1)?.name ?? '';
    return [{ name: `${first.name} … ${last}`, description: `${String(outputs.length)} values` }];
  }
  return outputs.map(({ name, description }) => ({ name, description: description ?? name }));
}

const metricNames: Readonly<Record<RegressionMetricName, { name: string; type: string }>> = {
  pearson: { name: 'Pearson r', type: 'pearsonr' },
  spearman: { name: 'Spearman ρ', type: 'spearmanr' },
  r2: { name: 'coefficient of determination R²', type: 'r_squared' },
  squaredPearson: { name: 'squared Pearson r²', type: 'pearsonr_squared' },
  mse: { name: 'mean squared error', type: 'mse' },
  mae: { name: 'mean absolute error', type: 'mae' },
};

/**
 * Metrics for the card, those of the baselines beside them; none that is undefined, as r is for a model
 * that predicts the same for all.
 */
export function describeMetrics(
  model: BootstrapMetrics,
  baselines: readonly (BootstrapMetrics & { readonly name: string })[],
): ModelCardMetric[] {
  const defined = (Object.keys(metricNames) as RegressionMetricName[]).filter((key) =>
    Number.isFinite(model.metrics[key]),
  );
  return defined.map((key) => {
    const { low, high } = model.intervals[key];
    const measured = baselines.filter(({ metrics }) => Number.isFinite(metrics[key]));
    return {
      ...metricNames[key],
      value: model.metrics[key],
      ...(Number.isFinite(low) ? { interval: [low, high] as const } : {}),
      baselines: Object.fromEntries(measured.map(({ name, metrics }) => [name, metrics[key]])),
    };
  });
}
