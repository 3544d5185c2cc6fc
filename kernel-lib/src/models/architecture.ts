import type * as tf from '@tensorflow/tfjs-layers';
import type { ZodType } from 'zod';

/** What a model input holds: `tokens` are int32 sequence tokens, `features` float32 columns. */
export type InputKind = 'tokens' | 'features';

/** One input of a model; `shape` is that of one example. */
export interface ModelInput {
  readonly name: string;
  readonly kind: InputKind;
  readonly shape: readonly number[];
}

/** How the sequence enters: as tokens `[batch, length]`, or one-hot `[batch, length, 4]` for gradients. */
export type SequenceInput = 'tokens' | 'one-hot';

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
}
