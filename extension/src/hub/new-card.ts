import { parseJson } from 'tatabox/core/parse-json.ts';
import { modelCard, type ModelCardMetric } from 'tatabox/hub/model-card.ts';

interface Port {
  readonly name?: unknown;
  readonly description?: unknown;
  readonly shape?: unknown;
}

function ports(value: unknown, fallback: string): Parameters<typeof modelCard>[0]['inputs'] {
  const list = (Array.isArray(value) ? (value as (Port | null)[]) : []).flatMap((port) => {
    const name = port?.name;
    if (typeof name !== 'string') return [];
    const description = typeof port?.description === 'string' ? port.description : name;
    const shape = Array.isArray(port?.shape) ? (port.shape as unknown[]) : undefined;
    return [
      {
        name,
        description,
        ...(shape?.every((size) => typeof size === 'number') === true
          ? { shape: shape as number[] }
          : {}),
      },
    ];
  });
  return list.length > 0 ? list : [{ name: fallback, description: 'to be described' }];
}

/**
 * A first card for a model folder without one, from its `config.json`, to be completed by hand.
 *
 * @param config the text of `config.json`; undefined where there is none
 */
export function newCard(
  name: string,
  config: string | undefined,
  metrics: readonly ModelCardMetric[],
): string {
  const values =
    config === undefined
      ? {}
      : ((parseJson(config, 'config.json', { expected: 'the config of a model' }) ?? {}) as Record<
          string,
          unknown
        >);
  const version = values.library_version;
  return modelCard({
    title: name,
    summary: 'Say in one sentence what the model predicts from what.',
    modelType: typeof values.model_type === 'string' ? values.model_type : 'model',
    license: 'apache-2.0',
    ...(typeof version === 'string' && /^[\w.+-]+$/.test(version)
      ? { libraryVersion: version }
      : {}),
    inputs: ports(values.inputs, 'sequence'),
    outputs: ports(values.outputs, 'prediction'),
    trainingData: { name: 'Name the data, its source and how it was split' },
    metrics,
    limitations: ['Say for what the model was not tested.'],
  });
}
