import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../core/errors.ts';
import type { NamedArrays, TrainedWeight } from './optimizer.ts';

/**
 * Exponential moving average of weights: average ← d · average + (1 − d) · weight, with
 * d = min(decay, (1 + step) / (10 + step)) so that the first steps are soon forgotten, as in
 * TensorFlow's ExponentialMovingAverage.
 */
export class WeightAverage {
  readonly #weights: readonly TrainedWeight[];
  readonly #decay: number;
  #averages: tf.Tensor[];

  constructor(weights: readonly TrainedWeight[], decay: number) {
    this.#weights = weights;
    this.#decay = decay;
    this.#averages = weights.map(({ variable }) => tf.keep(tf.clone(variable)));
  }

  /** @param step number of the optimizer step just done, from 1 */
  update(step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    this.#replace((average, weight) =>
      tf.add(average, tf.mul(tf.sub(weight.variable, average), 1 - decay)),
    );
  }

  /** Puts the averages in the place of the weights; the result puts the weights back. */
  swapIn(): () => void {
    const weights = this.#weights.map(({ variable }) => tf.keep(tf.clone(variable)));
    this.moveIn();
    return () => {
      this.#weights.forEach(({ variable }, index) => assign(variable, weights[index]));
      tf.dispose(weights);
    };
  }

  /** Makes the averages the weights. */
  moveIn(): void {
    this.#weights.forEach(({ variable }, index) => assign(variable, this.#averages[index]));
  }

  /** What has to be saved. */
  async state(): Promise<NamedArrays> {
    const state: NamedArrays = {};
    for (const [index, { name }] of this.#weights.entries()) {
      const average = this.#averages[index];
      if (average === undefined) continue;
      state[name] = { shape: average.shape, data: (await average.data()) as Float32Array };
    }
    return state;
  }

  restore(state: Readonly<NamedArrays>): void {
    this.#replace((_, { name, variable }) => {
      const data = state[name]?.data;
      if (data?.length !== variable.size) {
        throw new InputError({
          where: 'checkpoint',
          found: `no moving average of '${name}' with ${String(variable.size)} values`,
          fix: 'Resume with the model and the options that wrote the checkpoint.',
        });
      }
      return tf.tensor(data, variable.shape);
    });
  }

  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = [];
  }

  #replace(next: (average: tf.Tensor, weight: TrainedWeight) => tf.Tensor): void {
    this.#averages = this.#averages.map((average, index) => {
      const replacement = tf.tidy(() =>
        tf.keep(next(average, this.#weights[index] as TrainedWeight)),
      );
      average.dispose();
      return replacement;
    });
  }
}

function assign(variable: tf.Variable, value: tf.Tensor | undefined): void {
  if (value !== undefined) variable.assign(value);
}
