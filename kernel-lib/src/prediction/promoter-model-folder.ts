import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { architecture } from '../models/registry.ts';
import { LIBRARY_VERSION } from './library-version.ts';
import type { ModelFolder } from './model-folder.ts';

/** A network trained on promoters, or several whose mean predicts. */
export interface TrainedPromoterModel {
  readonly modelType: string;
  /** Config of the architecture. */
  readonly config: unknown;
  /** Weights of each network. */
  readonly members: readonly WeightsByName[];
  /** What the networks were trained on: its scalers and window go into the folder. */
  readonly data: PromoterExpressionDataset;
  /** What the output is, with its unit. */
  readonly outputDescription?: string;
}

/** The model folder of trained networks: all that is needed to predict from raw inputs. */
export function promoterModelFolder(trained: TrainedPromoterModel): ModelFolder {
  const { modelType, members, data, outputDescription } = trained;
  const { configSchema, inputs, outputs } = architecture(modelType);
  const config = configSchema.parse(trained.config);
  const { scaler, featureInput, features, targetTransform, upstream, downstream } = data;
  const modelInputs = inputs(config);
  const takesFeatures = modelInputs.some(({ name }) => name === featureInput);
  return {
    config: {
      library: 'tatabox',
      library_version: LIBRARY_VERSION,
      model_type: modelType,
      architecture: config as Record<string, unknown>,
      members: members.length,
      alphabet: { letters: 'ACGT', unknown: 'zero' },
      inputs: modelInputs.map(({ name, kind, shape }) => ({ name, kind, shape: [...shape] })),
      outputs: outputs(config).map((name) => ({
        name,
        ...(outputDescription === undefined ? {} : { description: outputDescription }),
      })),
      window: { upstream, downstream },
      preprocessing: {
        target: { ...targetTransform.toJSON() },
        ...(scaler === undefined || !takesFeatures
          ? {}
          : {
              features: {
                [featureInput]: {
                  columns: features.map(
                    ({ column, transform = 'none', pseudocount = 0, missing = 'mean' }) => ({
                      column,
                      transform,
                      pseudocount,
                      missing,
                    }),
                  ),
                  scaler: {
                    type: 'standard',
                    names: [...scaler.names],
                    means: [...scaler.means],
                    standardDeviations: [...scaler.standardDeviations],
                  },
                },
              },
            }),
      },
    },
    members,
  };
}
