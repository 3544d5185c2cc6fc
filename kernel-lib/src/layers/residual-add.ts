import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { differentiable } from './differentiable.ts';
import { checkDropoutRate, dropoutMask } from './dropout-mask.ts';
import type { StepDependentLayer } from './training-step.ts';

/** Config of a `ResidualAdd` layer. */
export interface ResidualAddConfig {
  readonly name: string;
  /** Dropout on the branch during training, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Seed of the dropout. Default 0. */
  readonly seed?: number;
}

/**
 * A residual connection: takes `[hidden, branch]` of equal shapes and gives hidden + dropout(branch).
 * The dropout depends on seed and training step alone. No weights.
 */
export class ResidualAdd extends tfl.layers.Layer implements StepDependentLayer {
  static readonly className = 'ResidualAdd';
  readonly #config: Required<ResidualAddConfig>;
  #step = 0;

  constructor(config: ResidualAddConfig) {
    super({ name: config.name });
    this.#config = { dropout: 0, seed: 0, ...config };
    checkDropoutRate(this.#config.dropout, `layer '${config.name}'`);
  }

  setTrainingStep(step: number): void {
    this.#step = step;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return (inputShape as tfl.Shape[])[0] as tfl.Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const [hidden, branch] = inputs as [tf.Tensor, tf.Tensor];
    const { dropout, seed } = this.#config;
    if (kwargs.training !== true || dropout === 0) return tf.add(hidden, branch);
    return differentiable({
      inputs: { hidden, branch },
      forward: (each, save) => {
        const mask = tf.tensor(dropoutMask(branch.size, dropout, seed, this.#step), branch.shape);
        save([mask]);
        return tf.add(each.hidden, tf.mul(each.branch, mask));
      },
      backward: (upstream, [mask]) => ({
        hidden: () => tf.clone(upstream),
        branch: () => tf.mul(upstream, mask as tf.Tensor),
      }),
    });
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}
