import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { oneHot } from '../../../kernel-lib/src/sequence/one-hot.ts';
import type { SequenceScorer } from '../../../kernel-lib/src/interpretation/sequence-scorer.ts';

/** A scorer from a differentiable function alone; tokens are scored through one-hot. */
export function scorerOf(
  length: number,
  score: (oneHot: tf.Tensor3D, rows: readonly number[]) => tf.Tensor,
): SequenceScorer & { scored: number } {
  return {
    length,
    scored: 0,
    scoreOneHot: (x, rows) => tf.reshape(score(x, rows), [-1]),
    async scoreTokens(tokens, rows) {
      this.scored += rows.length;
      const result = tf.tidy(() =>
        tf.reshape(score(tf.tensor3d(oneHot(tokens), [rows.length, length, 4]), rows), [-1]),
      );
      const values = (await result.data()) as Float32Array;
      result.dispose();
      return values.slice();
    },
  };
}

/** The weight of base b at position i is `weights[i * 4 + b]`: all answers are known. */
export function linearScorer(length: number, weights: readonly number[]) {
  return scorerOf(length, (x) =>
    tf.sum(tf.mul(x, tf.tensor3d([...weights], [1, length, 4])), [1, 2]),
  );
}

export function randomNumbers(count: number, seed: number, scale = 1): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.normal() * scale);
}

export function randomTokens(length: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.integer(4));
}

/** A model of layers as a scorer, weights filled with seeded normal numbers. */
export function layersScorer(length: number, layers: tfl.layers.Layer[], seed = 1) {
  const model = tfl.sequential({ layers });
  let key = seed;
  const weights = model.weights.map((variable) => {
    const weight = variable.read();
    const values = randomNumbers(weight.size, key++, 0.5);
    // Moving variances must be positive.
    return tf.tensor(
      variable.name.includes('variance') ? values.map((v) => 0.5 + v * v) : values,
      weight.shape,
    );
  });
  model.setWeights(weights);
  tf.dispose(weights);
  const scorer = scorerOf(length, (x) => model.apply(x, { training: false }) as tf.Tensor);
  return Object.assign(scorer, { model, dispose: () => model.dispose() });
}

/** Convolution, ReLU, max pooling, dense: the shape of the promoter models. */
export function convDenseScorer(length: number, seed = 1, activation = 'relu') {
  return layersScorer(
    length,
    [
      tfl.layers.conv1d({
        inputShape: [length, 4],
        filters: 6,
        kernelSize: 3,
        padding: 'same',
        activation: activation as 'relu',
      }),
      tfl.layers.maxPooling1d({ poolSize: 3, strides: 3 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 5, activation: activation as 'relu' }),
      tfl.layers.dense({ units: 1 }),
    ],
    seed,
  );
}
