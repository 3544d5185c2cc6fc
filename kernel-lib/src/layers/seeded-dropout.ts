import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import type { StepDependentLayer } from './training-step.ts';

export interface SeededDropoutConfig {
  readonly name: string;
  /** Fraction of the values that become zero during training, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
  /** `channels` drops whole channels of `[batch, …, channels]` (Tompson et al. 2015). */
  readonly unit?: 'values' | 'channels';
}

/**
 * Dropout (Srivastava et al. 2014) whose mask is a function of the seed and the training step
 * alone. TensorFlow.js's own layer draws from a generator that cannot be saved, so that a resumed
 * run would differ from one that was not interrupted.
 */
export class SeededDropout extends tfl.layers.Layer implements StepDependentLayer {
  static readonly className = 'SeededDropout';
  readonly rate: number;
  readonly seed: number;
  readonly unit: 'values' | 'channels';
  #step = 0;

  constructor(config: SeededDropoutConfig) {
    super({ name: config.name });
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new UsageError({
        where: `dropout layer '${config.name}'`,
        found: `rate ${config.rate}`,
        expected: 'a number in [0, 1)',
      });
    }
    this.rate = config.rate;
    this.seed = config.seed;
    this.unit = config.unit ?? 'values';
  }

  setTrainingStep(step: number): void {
    this.#step = step;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const input = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    if (kwargs.training !== true || this.rate === 0) return input;
    return tf.tidy(() => tf.mul(input, this.#mask(input.shape)));
  }

  #mask(inputShape: readonly number[]): tf.Tensor {
    const shape =
      this.unit === 'channels'
        ? inputShape.map((size, axis) => (axis === 0 || axis === inputShape.length - 1 ? size : 1))
        : [...inputShape];
    const size = shape.reduce((product, n) => product * n, 1);
    const draws = new Uint32Array(size);
    new Random(this.seed).derive(this.#step).fillUint32(draws);
    const keep = 1 / (1 - this.rate);
    const threshold = this.rate * 4294967296;
    const mask = new Float32Array(size);
    for (let i = 0; i < size; i++) mask[i] = (draws[i] ?? 0) < threshold ? 0 : keep;
    return tf.tensor(mask, shape);
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, unit: this.unit };
  }
}
