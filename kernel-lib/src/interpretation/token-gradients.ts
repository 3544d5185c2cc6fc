import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of all operations, which tfjs-core alone does not.
import '@tensorflow/tfjs-layers';
import type * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { architecture } from '../models/registry.ts';
import { OutputScale } from '../prediction/output-scale.ts';
import type { Predictor } from '../prediction/predictor.ts';

/** What is differentiated: points on the line from one set of embeddings to another. */
export interface EmbeddingPath {
  /** Token ids, which say what is attended to and where tokens are. */
  readonly ids: Int32Array;
  /** Ids whose embeddings are at the start of the line; −1 for an embedding of zeros. */
  readonly from: Int32Array;
  /** Points on the line, 0 (`from`) to 1 (the embeddings of `ids`). */
  readonly points: ArrayLike<number>;
  /** Weight of the gradient at each point. */
  readonly weights: ArrayLike<number>;
}

/** The weighted sum of the gradients along a path. */
export interface PathGradient {
  /** One an entry of `ids`: (embedding − start of the line) · Σ weight × gradient. */
  readonly contributions: Float32Array;
  /** Score at each point. */
  readonly scores: Float32Array;
}

/**
 * Scores of one output as a function of the embeddings of the tokens. The mean over the members, on
 * the scale of the target. Dispose of it.
 */
export class EmbeddingGradients {
  readonly #networks: readonly tfl.LayersModel[];
  readonly #column: number;
  readonly #slope: number;
  readonly #intercept: number;
  readonly #length: number;

  constructor(predictor: Predictor, output: number) {
    const { config, outputs } = predictor;
    const { configSchema, hasGatedOutputs } = architecture(config.model_type);
    const isGated = hasGatedOutputs?.(configSchema.parse(config.architecture)) ?? false;
    this.#column = isGated ? outputs.length + output : output;
    // The scale is affine in the values; of gated outputs with all of them present.
    const scale = new OutputScale(config);
    const at = (value: number): number => {
      const values = new Float32Array(outputs.length).fill(value);
      const raw = isGated ? Float32Array.of(...values.map(() => 1), ...values) : values;
      return scale.predictions(raw)[output] ?? NaN;
    };
    this.#intercept = at(0);
    this.#slope = at(1) - this.#intercept;
    this.#length = predictor.tokenLength ?? 0;
    this.#networks = predictor.buildModelsOnEmbeddings();
  }

  /** Gradients along a path, `batchSize` points at a time. */
  async along(path: EmbeddingPath, batchSize: number): Promise<PathGradient> {
    const points = path.points.length;
    const contributions = new Float32Array(this.#length);
    const scores = new Float32Array(points);
    const share = this.#slope / this.#networks.length;
    for (const network of this.#networks) {
      for (let first = 0; first < points; first += batchSize) {
        const end = Math.min(points, first + batchSize);
        const part = {
          ...path,
          points: Array.from(path.points).slice(first, end),
          weights: Array.from(path.weights).slice(first, end),
        };
        const result = this.#batch(network, part);
        try {
          const [own, raw] = await Promise.all([result.contributions.data(), result.scores.data()]);
          own.forEach((value, i) => (contributions[i] = (contributions[i] ?? 0) + value * share));
          raw.forEach((value, i) => (scores[first + i] = (scores[first + i] ?? 0) + value * share));
        } finally {
          result.contributions.dispose();
          result.scores.dispose();
        }
      }
    }
    return { contributions, scores: scores.map((score) => score + this.#intercept) };
  }

  #batch(
    network: tfl.LayersModel,
    { ids, from, points, weights }: EmbeddingPath,
  ): { contributions: tf.Tensor; scores: tf.Tensor } {
    const batch = points.length;
    const length = this.#length;
    let scores: tf.Tensor | undefined;
    try {
      const contributions = tf.tidy(() => {
        const table = tokenTable(network);
        const start = rowsOf(table, from);
        const change = tf.sub(rowsOf(table, ids), start);
        const tokens = tf.tile(tf.tensor2d(ids, [1, length], 'int32'), [batch, 1]);
        const alphas = tf.tensor3d(Float32Array.from(points), [batch, 1, 1]);
        const embeddings = tf.add(
          tf.expandDims(start, 0),
          tf.mul(alphas, tf.expandDims(change, 0)),
        );
        const total = (input: tf.Tensor): tf.Scalar => {
          const values = network.apply([tokens, input]) as tf.Tensor2D;
          const column = tf.reshape(tf.slice(values, [0, this.#column], [batch, 1]), [-1]);
          scores = tf.keep(tf.clone(column));
          return tf.sum(column);
        };
        const gradient = tf.grad(total)(embeddings);
        const factors = tf.tensor3d(Float32Array.from(weights), [batch, 1, 1]);
        return tf.sum(tf.mul(tf.sum(tf.mul(gradient, factors), 0), change), -1);
      });
      if (scores === undefined) throw new Error('the network was not called');
      return { contributions, scores };
    } catch (error) {
      scores?.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const network of this.#networks) network.dispose();
  }
}

/** The table of token embeddings of a network. */
function tokenTable(network: tfl.LayersModel): tf.Tensor {
  const layer = network.layers.find(
    (each): each is tfl.layers.Layer & { readonly tokenTable: tf.Tensor } => 'tokenTable' in each,
  );
  if (layer === undefined) {
    throw new UsageError({
      where: `network ${network.name}`,
      found: 'no table of token embeddings',
      expected: 'a network that reads tokens',
    });
  }
  return layer.tokenTable;
}

/** Rows of a table; zeros for −1. */
function rowsOf(table: tf.Tensor, ids: Int32Array): tf.Tensor {
  const known = tf.tensor1d(
    ids.map((id) => Math.max(0, id)),
    'int32',
  );
  const visible = tf.tensor2d(
    Float32Array.from(ids, (id) => (id < 0 ? 0 : 1)),
    [ids.length, 1],
  );
  return tf.mul(tf.gather(table, known), visible);
}
