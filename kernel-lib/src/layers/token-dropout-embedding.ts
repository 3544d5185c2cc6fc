import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { embeddingLookup, tokenPositions } from './token-and-position-embedding.ts';

/** Fraction of masked tokens in the training of all ESM networks: 80 % of 15 %. */
const MASKED_IN_TRAINING = 0.15 * 0.8;

/** Config of a `TokenDropoutEmbedding` layer. */
export interface TokenDropoutEmbeddingConfig {
  readonly name: string;
  /** Number of tokens of the vocabulary. */
  readonly vocabularySize: number;
  /** Size of an embedding. */
  readonly size: number;
  /** Token of the padding; its row of the tables gets no gradient through them. */
  readonly padding: number;
  /** Token that stands for a masked one; without it no embedding is rescaled. */
  readonly maskToken?: number;
  /** Rows of the table of positions (numbered as in RoBERTa), 0 for no such table. Default 0. */
  readonly positions?: number;
  /** Seed of the initial tables. Default 0. */
  readonly seed?: number;
  /** Standard deviation of the initial tables. Default 0.02, as in BERT. */
  readonly initializerRange?: number;
}

/**
 * Embeddings of tokens as in ESM (Rives et al. 2021; `EsmEmbeddings` of Hugging Face). Masked tokens
 * count as dropped out: their embedding is zero, and the others are multiplied by
 * 0.88 / (1 − fraction of masked tokens in this sequence), 0.88 being the fraction in training.
 *
 * Takes int32 tokens `[batch, length]`, gives `[batch, length, size]`. Weights: `tokens`
 * `[vocabularySize, size]` and, with `positions`, `positions` `[positions, size]`. With embeddings
 * `[batch, length, size]` as a second input, these take the place of the rows of `tokens`, and
 * gradients reach them.
 */
export class TokenDropoutEmbedding extends tfl.layers.Layer {
  static readonly className = 'TokenDropoutEmbedding';
  readonly #config: TokenDropoutEmbeddingConfig;
  #tokens?: tfl.LayerVariable;
  #positions?: tfl.LayerVariable;

  constructor(config: TokenDropoutEmbeddingConfig) {
    super({ name: config.name });
    this.#config = { ...config };
    const { vocabularySize, size, padding, maskToken = 0, positions = 0 } = config;
    const least = { vocabularySize: 1, size: 1, padding: 0, maskToken: 0, positions: 0 };
    const given = { vocabularySize, size, padding, maskToken, positions };
    for (const [key, smallest] of Object.entries(least)) {
      const value = given[key as keyof typeof given];
      if (Number.isInteger(value) && value >= smallest) continue;
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `${key} ${String(value)}`,
        expected: `a whole number of at least ${String(smallest)}`,
      });
    }
  }

  /** The table of tokens, for a layer that shares it. */
  get tokenTable(): tf.Tensor {
    return this.#read(this.#tokens);
  }

  override build(): void {
    const { vocabularySize, size, positions = 0, initializerRange: stddev = 0.02 } = this.#config;
    const seeds = new Random(this.#config.seed ?? 0);
    const table = (name: string, rows: number): tfl.LayerVariable => {
      const initializer = tfl.initializers.randomNormal({ mean: 0, stddev, seed: seeds.uint32() });
      return this.addWeight(name, [rows, size], 'float32', initializer);
    };
    this.#tokens = table('tokens', vocabularySize);
    if (positions > 0) this.#positions = table('positions', positions);
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, length] = (
      Array.isArray(inputShape[0]) ? inputShape[0] : inputShape
    ) as tfl.Shape;
    const { size, positions = 0, padding, name } = this.#config;
    if (positions > 0 && typeof length === 'number' && length > positions - padding - 1) {
      throw new UsageError({
        where: `layer '${name}'`,
        found: `sequences of ${String(length)} tokens`,
        expected: `at most ${String(positions - padding - 1)}, for which there are positions`,
      });
    }
    return [batch ?? null, length ?? null, size];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [ids, given] = (Array.isArray(inputs) ? inputs : [inputs]) as [tf.Tensor2D, tf.Tensor?];
    const { padding, maskToken } = this.#config;
    return tf.tidy(() => {
      const tokens: tf.Tensor2D = tf.cast(ids, 'int32');
      let embeddings = given ?? embeddingLookup(this.#read(this.#tokens), tokens, padding);
      if (maskToken !== undefined) {
        embeddings = tf.mul(embeddings, tokenDropoutFactors(tokens, padding, maskToken));
      }
      if (this.#positions === undefined) return embeddings;
      const positions = tokenPositions(tokens, padding);
      return tf.add(embeddings, embeddingLookup(this.#positions.read(), positions, padding));
    });
  }

  #read(variable: tfl.LayerVariable | undefined): tf.Tensor {
    if (variable === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return variable.read();
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}

/**
 * What the embedding of each token is multiplied by in ESM: 0 for masked ones, for others
 * 0.88 · tokens / (tokens − masked tokens), padding counting as neither. Finite for any sequence.
 *
 * @param tokens int32 `[batch, length]`
 * @returns `[batch, length, 1]`
 */
export function tokenDropoutFactors(
  tokens: tf.Tensor2D,
  padding: number,
  maskToken: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const visible = tf.cast(tf.notEqual(tokens, maskToken), 'float32');
    const lengths = tf.sum(tf.cast(tf.notEqual(tokens, padding), 'float32'), 1, true);
    const masked = tf.sum(tf.sub(1, visible), 1, true);
    const kept = tf.maximum(tf.sub(lengths, masked), 1);
    const scale = tf.div(tf.mul(lengths, 1 - MASKED_IN_TRAINING), kept);
    return tf.expandDims(tf.mul(visible, scale), 2) as tf.Tensor3D;
  });
}
