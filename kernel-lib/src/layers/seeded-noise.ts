import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.ts';
import type { StepDependentLayer } from './training-step.ts';

/** Normal noise added to values in training; a function of the seed and the training step alone. */
export class SeededNoise extends tfl.layers.Layer implements StepDependentLayer {
  static readonly className = 'SeededNoise';
  readonly deviation: number;
  readonly seed: number;
  #step = 0;

  constructor(config: {
    readonly name: string;
    readonly deviation: number;
    readonly seed: number;
  }) {
    super({ name: config.name });
    this.deviation = config.deviation;
    this.seed = config.seed;
  }

  setTrainingStep(step: number): void {
    this.#step = step;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (kwargs.training !== true || this.deviation === 0) return input;
    const random = new Random(this.seed).derive(this.#step);
    const noise = Float32Array.from({ length: input.size }, () => random.normal() * this.deviation);
    return tf.tidy(() => tf.add(input, tf.tensor(noise, input.shape)));
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), deviation: this.deviation, seed: this.seed };
  }
}
