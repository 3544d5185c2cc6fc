import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { linear } from './linear.ts';

/** A layer with a table of tokens `[vocabularySize, size]`. */
export interface TokenTableLayer {
  readonly name: string;
  readonly tokenTable: tf.Tensor;
}

/** Config of a `TokenScores` layer. */
export interface TokenScoresConfig {
  readonly name: string;
  readonly vocabularySize: number;
  /** Layer whose table of tokens is used as the kernel; without it the layer has one of its own. */
  readonly tiedTo?: TokenTableLayer;
  /** Seed of the initial kernel, if it is the layer's own. Default 0. */
  readonly seed?: number;
  /** Standard deviation of the initial kernel. Default 0.02, as in BERT. */
  readonly initializerRange?: number;
}

/**
 * The score (logit) of each token of the vocabulary: the product of the hidden state with the token's
 * embedding, plus a bias. Takes `[…, size]`, gives `[…, vocabularySize]`. Weights: `bias`
 * `[vocabularySize]` and, unless tied, `kernel` `[vocabularySize, size]`.
 */
export class TokenScores extends tfl.layers.Layer {
  static readonly className = 'TokenScores';
  readonly #config: TokenScoresConfig;
  #kernel?: tfl.LayerVariable;
  #bias?: tfl.LayerVariable;

  constructor(config: TokenScoresConfig) {
    super({ name: config.name });
    this.#config = config;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const { vocabularySize, tiedTo, seed = 0, initializerRange: stddev = 0.02 } = this.#config;
    if (tiedTo === undefined) {
      const size = (inputShape as tfl.Shape).at(-1) ?? null;
      const initializer = tfl.initializers.randomNormal({ mean: 0, stddev, seed });
      this.#kernel = this.addWeight('kernel', [vocabularySize, size], 'float32', initializer);
    }
    this.#bias = this.addWeight('bias', [vocabularySize], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return [...(inputShape as tfl.Shape).slice(0, -1), this.#config.vocabularySize];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const hidden = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    const kernel = this.#config.tiedTo?.tokenTable ?? this.#kernel?.read();
    if (kernel === undefined || this.#bias === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return linear(hidden, kernel, this.#bias.read(), { transposed: true });
  }

  /** The shared layer stands in it under its name. */
  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    const { tiedTo, ...rest } = this.#config;
    return { ...super.getConfig(), ...rest, tiedTo: tiedTo?.name ?? null };
  }
}
