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
> {
  const { window } = config;
  const around =
    window === undefined
      ? ''
      : `, ${window.upstream} bases before the transcription start site to ${window.downstream} after it, on the strand of the transcript`;
  return {
    title,
    modelType: config.model_type,
    architecture: architecture(config.model_type).description,
    license: 'apache-2.0',
    libraryVersion: config.library_version,
    parameters,
    inputs: config.inputs.map(({ name, kind, shape }) => ({
      name,
      shape,
      description:
        kind === 'tokens'
          ? `DNA, ${String(shape[0])} bases${around}`
          : `features ${featureColumns(config, name).join(', ')}`,
    })),
    outputs: config.outputs.map(({ name, description }) => ({
      name,
      description: description ?? name,
    })),
  };
}

const metricNames: Readonly<Record<RegressionMetricName, { name: string; type: string }>> = {
  pearson: { name: 'Pearson r', type: 'pearsonr' },
  spearman: { name: 'Spearman ρ', type: 'spearmanr' },
  r2: { name: 'coefficient of determination R²', type: 'r_squared' },
  squaredPearson: { name: 'squared Pearson r²', type: 'pearsonr_squared' },
  mse: { name: 'mean squared error', type: 'mse' },
  mae: { name: 'mean absolute error', type: 'mae' },
};

/** Metrics for the card, those of the baselines beside them. */
export function describeMetrics(
  model: BootstrapMetrics,
  baselines: readonly (BootstrapMetrics & { readonly name: string })[],
): ModelCardMetric[] {
  return (Object.keys(metricNames) as RegressionMetricName[]).map((key) => {
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
