import type * as tf from '@tensorflow/tfjs-layers';
import type { ZodType } from 'zod';
import type { WeightsByName } from '../layers/named-weights.ts';
import type { SpecialTokenIds } from '../tokenizers/tokenizer.ts';

/** What a model input holds: `tokens` are int32 sequence tokens, `features` float32 columns. */
export type InputKind = 'tokens' | 'features';

/** One input of a model; `shape` is that of one example. */
export interface ModelInput {
  readonly name: string;
  readonly kind: InputKind;
  readonly shape: readonly number[];
  /** Tokens are ids of a tokenizer with a vocabulary of this size; absent where they are bases. */
  readonly vocabularySize?: number;
}

/** How the sequence enters: as tokens `[batch, length]`, or one-hot `[batch, length, 4]` for gradients. */
export type SequenceInput = 'tokens' | 'one-hot';

/** What an architecture has to know of a tokenizer. */
export interface TokenizerFacts {
  readonly vocabularySize: number;
  readonly special: SpecialTokenIds;
}

/** How a config of Hugging Face becomes one of ours. */
export interface HuggingFaceConfigOptions {
  /** What the config comes from, for error messages. */
  readonly where: string;
  /** Task of the network; default: what `architectures` of the config says. */
  readonly task?: string;
  /** Tokens of an input; default: the most for which the network has positions. */
  readonly length?: number;
  /** Names of the outputs; default: `id2label` of the config. */
  readonly outputs?: readonly string[];
  /** The tokenizer that lies beside the weights. */
  readonly tokenizer?: TokenizerFacts;
}

/** Options of `HuggingFaceFormat.fromWeights`. */
export interface HuggingFaceWeightsOptions {
  /** What the weights come from, for error messages. */
  readonly where: string;
  /** `encoder` leaves the head of the task out, which the checkpoint need not have. Default `all`. */
  readonly part?: 'all' | 'encoder';
}

/** How models of an architecture are stored by Hugging Face's transformers. */
export interface HuggingFaceFormat<Config> {
  /** `model_type` of transformers' `config.json`. */
  readonly modelType: string;
  /** The config under the keys of transformers, with `model_type` and `architectures`. */
  toConfig(config: Config): Readonly<Record<string, unknown>>;
  /**
   * The config of a checkpoint.
   *
   * @throws InputError for a key that changes the network in a way that this library has not
   */
  fromConfig(json: Readonly<Record<string, unknown>>, options: HuggingFaceConfigOptions): Config;
  /** Our weights under the names and in the layout of transformers. */
  toWeights(weights: WeightsByName, config: Config): WeightsByName;
  /**
   * Weights of a checkpoint under our names and in our layout.
   *
   * @throws InputError naming a weight that is missing
   */
  fromWeights(
    weights: WeightsByName,
    config: Config,
    options: HuggingFaceWeightsOptions,
  ): WeightsByName;
}

/** An architecture of the registry: a config in, a plain `tf.LayersModel` out. */
export interface Architecture<Config> {
  /** Name in `config.json` and run configs, for example `xpresso`. */
  readonly modelType: string;
  /** One sentence and the paper. */
  readonly description: string;
  readonly configSchema: ZodType<Config>;
  readonly presets: Readonly<Record<string, Config>>;
  /** The inputs in the order in which the built model takes them. */
  inputs(config: Config): ModelInput[];
  /** Names of the outputs (tracks, tissues, targets). */
  outputs(config: Config): string[];
  /**
   * Builds the model with freshly initialised weights.
   *
   * @param options.sequenceInput `one-hot` gives the twin with equal weight names and shapes whose
   *   sequence input takes part in gradients
   * @param options.seed seeds initialisers and dropout
   */
  build(config: Config, options?: { sequenceInput?: SequenceInput; seed?: number }): tf.LayersModel;
  /** Our weight names → names in the original's checkpoint. */
  originalWeightNames(config: Config): Readonly<Record<string, string>>;
  /** Only for architectures whose models transformers has, too. */
  readonly huggingFace?: HuggingFaceFormat<Config>;
  /** The config (not yet checked) fitted to a tokenizer: size of the vocabulary, special tokens. */
  fitTokenizer?(config: Readonly<Record<string, unknown>>, tokenizer: TokenizerFacts): object;
  /**
   * A network that shares the weights of a built one and gives one vector a sequence, `[batch, size]`:
   * what the output is computed from. Dispose of the built one alone.
   */
  embedder?(model: tf.LayersModel, config: Config): tf.LayersModel;
  /**
   * The network with the embeddings of the tokens as a second input behind `input_ids`, float32
   * `[batch, length, size]`, so that gradients reach them. Weight names and shapes are those of `build`.
   */
  buildOnEmbeddings?(config: Config, options?: { seed?: number }): tf.LayersModel;
  /**
   * Whether the network gives two values an output: first a score for each whether it is there at all
   * (above 0: it is), then the values themselves, `[batch, 2 × outputs]`.
   */
  hasGatedOutputs?(config: Config): boolean;
}
