import type { TargetTransforms } from '../datasets/target-transforms.ts';
import type { TargetTransform } from '../datasets/target-transform.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { architecture } from '../models/registry.ts';
import type { Side, Tokenizer } from '../tokenizers/tokenizer.ts';
import { LIBRARY_VERSION } from './library-version.ts';
import type { ModelConfig } from './model-config.ts';
import type { ModelFolder } from './model-folder.ts';
import { checkTokenizer } from './model-tokenizer.ts';

/** A network that reads tokens, or several whose mean predicts. */
export interface TrainedTokenModel {
  readonly modelType: string;
  /** Config of the architecture. */
  readonly config: unknown;
  /** Weights of each network. */
  readonly members: readonly WeightsByName[];
  readonly tokenizer?: Tokenizer;
  /** Where sequences were padded and cut in training. Default: as the tokenizer does. */
  readonly paddingSide?: Side;
  readonly truncationSide?: Side;
  /** What was done to the targets: the same to all, or to each its own. */
  readonly target?: TargetTransform;
  readonly targets?: TargetTransforms;
  /** What the outputs are, with their unit. */
  readonly outputDescription?: string;
  /** What the sequences cover, in bases around the transcription start site. */
  readonly window?: { readonly upstream: number; readonly downstream: number };
}

/**
 * The model folder of networks that read tokens. A network that was trained to score chosen positions
 * (`predictions`) becomes one that scores all; its weights are the same.
 *
 * @throws InputError for the tokenizer of another model
 */
export function tokenModelFolder(trained: TrainedTokenModel): ModelFolder {
  const { modelType, members, tokenizer, target, targets, outputDescription, window } = trained;
  const { configSchema, inputs, outputs } = architecture(modelType);
  const given = { ...(configSchema.parse(trained.config) as Record<string, unknown>) };
  delete given['predictions'];
  const parsed = configSchema.parse(given);
  const config: ModelConfig = {
    library: 'tatabox',
    library_version: LIBRARY_VERSION,
    model_type: modelType,
    architecture: parsed as Record<string, unknown>,
    members: members.length,
    inputs: inputs(parsed).map(({ shape, ...input }) => ({ ...input, shape: [...shape] })),
    outputs: outputs(parsed).map((name) => ({
      name,
      ...(outputDescription === undefined ? {} : { description: outputDescription }),
    })),
    ...(window === undefined ? {} : { window: { ...window } }),
    preprocessing: {
      ...(target === undefined ? {} : { target: { ...target.toJSON() } }),
      ...(targets === undefined ? {} : { targets: targets.toJSON() }),
      ...(tokenizer === undefined
        ? {}
        : {
            tokenizer: {
              paddingSide: trained.paddingSide ?? tokenizer.defaults.paddingSide,
              truncationSide: trained.truncationSide ?? tokenizer.defaults.truncationSide,
            },
          }),
    },
  };
  if (tokenizer === undefined) return { config, members };
  checkTokenizer(config, tokenizer, 'tokenizer');
  return { config, members, tokenizer };
}
