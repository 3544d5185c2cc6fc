import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { asRows, differentiable } from './differentiable.ts';

type Initializer = ReturnType<typeof tfl.initializers.randomNormal>;

/** Config of a `TokenAndPositionEmbedding` layer. */
export interface TokenAndPositionEmbeddingConfig {
  readonly name: string;
  /** Number of tokens of the vocabulary. */
  readonly vocabularySize: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /** Rows of the table of token types, all tokens being of type 0; 0 for no such table. Default 0. */
  readonly types?: number;
  /** Size of an embedding. */
  readonly size: number;
  /**
   * Token of the padding as in RoBERTa: other tokens are numbered from `padding + 1` on, tokens of
   * this number are at position `padding`, and its row of the two tables is zero at first and not
   * trained through them. Without it positions are 0, 1, … for all tokens, as in BERT.
   */
  readonly padding?: number;
  /** Seed of the initial tables. Default 0. */
  readonly seed?: number;
  /** Standard deviation of the initial tables. Default 0.02, as in BERT. */
  readonly initializerRange?: number;
}

/**
 * Rows of a table by their number, with a gradient that adds up the rows that were taken.
 *
 * @param table `[rows, size]`
 * @param indices int32 of any shape
 * @param padding number of a row that gets no gradient
 */
export function embeddingLookup(table: tf.Tensor, indices: tf.Tensor, padding?: number): tf.Tensor {
  const [rows = 0] = table.shape;
  return differentiable({
    inputs: { table },
    forward(inputs, save) {
      save([indices]);
      return tf.gather(inputs.table, indices as tf.Tensor1D);
    },
    backward: (upstream, [saved]) => ({
      table() {
        const flat = tf.reshape(saved as tf.Tensor, [-1]) as tf.Tensor1D;
        // Rows of a negative number are not added to any sum.
        const numbers =
          padding === undefined
            ? flat
            : tf.where(tf.equal(flat, padding), tf.fill(flat.shape, -1, 'int32'), flat);
        return tf.unsortedSegmentSum(asRows(upstream), numbers as tf.Tensor1D, rows);
      },
    }),
  });
}

/**
 * The sum of the embeddings of tokens and of their positions (Vaswani et al. 2017; RoBERTa's
 * numbering of positions: Liu et al. 2019).
 *
 * Takes int32 tokens `[batch, length]`, gives `[batch, length, size]`. Weights: `tokens`
 * `[vocabularySize, size]`, `positions` `[positions, size]`, `types` `[types, size]`. With embeddings
 * `[batch, length, size]` as a second input, these take the place of the rows of `tokens`, and gradients
 * reach them.
 */
export class TokenAndPositionEmbedding extends tfl.layers.Layer {
  static readonly className = 'TokenAndPositionEmbedding';
  readonly #config: TokenAndPositionEmbeddingConfig &
    Required<Pick<TokenAndPositionEmbeddingConfig, 'types' | 'seed' | 'initializerRange'>>;
  #tokens?: tfl.LayerVariable;
  #positions?: tfl.LayerVariable;
  #types?: tfl.LayerVariable;

  constructor(config: TokenAndPositionEmbeddingConfig) {
    super({ name: config.name });
    this.#config = { types: 0, seed: 0, initializerRange: 0.02, ...config };
    const { vocabularySize, positions, size, types, padding } = this.#config;
    const least = { vocabularySize: 1, positions: 1, size: 1, types: 0 };
    for (const [key, value] of Object.entries({ vocabularySize, positions, size, types })) {
      const smallest = least[key as keyof typeof least];
      if (!Number.isInteger(value) || value < smallest) {
        throw new UsageError({
          where: `layer '${config.name}'`,
          found: `${key} ${String(value)}`,
          expected: `a whole number of at least ${String(smallest)}`,
        });
      }
    }
    if (padding !== undefined && !(Number.isInteger(padding) && padding >= 0)) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `padding ${String(padding)}`,
        expected: 'the number of a token',
      });
    }
  }

  /** The table of tokens, for a layer that shares it. */
  get tokenTable(): tf.Tensor {
    return this.#read(this.#tokens);
  }

  override build(): void {
    const { vocabularySize, positions, types, size, padding, seed } = this.#config;
    const seeds = new Random(seed);
    const table = (name: string, rows: number, zeroRow?: number): tfl.LayerVariable =>
      this.addWeight(name, [rows, size], 'float32', this.#initializer(seeds.uint32(), zeroRow));
    this.#tokens = table('tokens', vocabularySize, padding);
    this.#positions = table('positions', positions, padding);
    if (types > 0) this.#types = table('types', types);
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, length] = (
      Array.isArray(inputShape[0]) ? inputShape[0] : inputShape
    ) as tfl.Shape;
    const { size, positions, padding, name } = this.#config;
    const most = padding === undefined ? positions : positions - padding - 1;
    if (typeof length === 'number' && length > most) {
      throw new UsageError({
        where: `layer '${name}'`,
        found: `sequences of ${String(length)} tokens`,
        expected: `at most ${String(most)}, for which there are positions`,
      });
    }
    return [batch ?? null, length ?? null, size];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [tokens, given] = (Array.isArray(inputs) ? inputs : [inputs]) as [
      tf.Tensor2D,
      tf.Tensor?,
    ];
    const { padding } = this.#config;
    return tf.tidy(() => {
      const numbers = tf.cast(tokens, 'int32');
      const positions = tokenPositions(numbers, padding);
      const ofTokens = given ?? embeddingLookup(this.#read(this.#tokens), numbers, padding);
      const ofPositions = embeddingLookup(this.#read(this.#positions), positions, padding);
      const sum = tf.add(ofTokens, ofPositions);
      if (this.#types === undefined) return sum;
      return tf.add(sum, tf.slice(this.#read(this.#types), [0, 0], [1, -1]));
    });
  }

  #read(variable: tfl.LayerVariable | undefined): tf.Tensor {
    if (variable === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return variable.read();
  }

  /** Normal numbers with one row of zeros. */
  #initializer(seed: number, zeroRow: number | undefined): Initializer {
    const stddev = this.#config.initializerRange;
    const normal = tfl.initializers.randomNormal({ mean: 0, stddev, seed });
    if (zeroRow === undefined) return normal;
    const initializer = Object.create(normal) as typeof normal;
    initializer.apply = (shape, dtype) =>
      tf.tidy(() => {
        const values = normal.apply(shape, dtype);
        const rows = tf.expandDims(tf.range(0, shape[0] ?? 0, 1, 'int32'), 1);
        const others = tf.tile(tf.notEqual(rows, zeroRow), [1, shape[1] ?? 0]);
        return tf.where(others, values, tf.zerosLike(values));
      });
    return initializer;
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}

/**
 * Number of each token's position: 0, 1, …; or with RoBERTa's padding, `padding` for tokens of that
 * number and `padding + 1`, `padding + 2`, … for the others.
 *
 * @param tokens int32 `[batch, length]`
 * @returns int32 `[length]` or, with padding, `[batch, length]`
 */
export function tokenPositions(tokens: tf.Tensor2D, padding?: number): tf.Tensor {
  if (padding === undefined) return tf.range(0, tokens.shape[1], 1, 'int32');
  return tf.tidy(() => {
    const real = tf.cast(tf.notEqual(tokens, padding), 'int32');
    return tf.add(tf.mul(tf.cumsum(real, 1), real), tf.scalar(padding, 'int32'));
  });
}
