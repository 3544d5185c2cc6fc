import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import type { Batch } from '../datasets/batches.ts';
import type { Gradient } from './clip-gradients.ts';
import type { LossFunction } from './losses.ts';
import { releaseTapeEarly } from './release-tape.ts';

/** Loss and gradients of one batch; the receiver disposes both. */
export interface LossAndGradients {
  /** Weighted mean over the examples, without regularisation. */
  readonly loss: tf.Scalar;
  /** Of the loss with the layers' regularisation, in the order of the variables. */
  readonly gradients: Gradient[];
}

/** The weighted mean loss of a batch's predictions. */
export function batchLoss(loss: LossFunction, batch: Batch, predictions: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const losses = loss(targetsFor(loss, batch, predictions), predictions);
    const { weights, totalWeight } = batch;
    if (weights === undefined) return tf.mean(losses);
    return tf.div(tf.sum(tf.mul(losses, weights)), totalWeight === 0 ? 1 : totalWeight);
  });
}

/** The one output of a model for a batch. */
export function forward(model: tfl.LayersModel, batch: Batch, training: boolean): tf.Tensor {
  const inputs = batch.inputs.length === 1 ? (batch.inputs[0] as tf.Tensor) : batch.inputs;
  return model.apply(inputs, { training }) as tf.Tensor;
}

/** Forward and backward pass of one batch. */
export function lossAndGradients(
  model: tfl.LayersModel,
  batch: Batch,
  loss: LossFunction,
  variables: readonly tf.Variable[],
): LossAndGradients {
  let dataLoss: tf.Scalar | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const mean = batchLoss(loss, batch, forward(model, batch, true));
    const penalties = model.calculateLosses();
    const total = penalties.length === 0 ? mean : tf.addN<tf.Scalar>([mean, ...penalties]);
    if (total !== mean) dataLoss = tf.keep(tf.clone(mean));
    releaseTapeEarly();
    return total;
  }, [...variables]);
  if (dataLoss !== undefined) value.dispose();
  return {
    loss: dataLoss ?? value,
    gradients: variables.map((variable) => grads[variable.name]),
  };
}

/**
 * Sums gradients of batches, each times its weight, so that their quotient is the gradient of the
 * mean over all examples even if the last batch is smaller.
 */
export class GradientSum {
  #sums: Gradient[] = [];
  #weight = 0;
  #batches = 0;

  get batches(): number {
    return this.#batches;
  }

  /** Takes over the gradients. */
  add(gradients: Gradient[], weight: number): void {
    this.#batches += 1;
    if (this.#batches === 1) {
      this.#sums = gradients;
      this.#weight = weight;
      return;
    }
    const before = this.#sums;
    // The first batch is multiplied only when a second one comes: mostly there is none.
    const firstWeight = this.#batches === 2 ? this.#weight : 1;
    this.#sums = gradients.map((gradient, index) => {
      const sum = before[index];
      if (gradient === undefined || sum === undefined) return sum ?? gradient;
      return tf.tidy(() => tf.add(tf.mul(sum, firstWeight), tf.mul(gradient, weight)));
    });
    this.#weight += weight;
    for (const tensor of [...before, ...gradients]) {
      if (tensor !== undefined && !this.#sums.includes(tensor)) tensor.dispose();
    }
  }

  /** Hands out the gradient of the mean and begins anew; the receiver disposes. */
  take(): Gradient[] {
    const sums = this.#sums;
    const single = this.#batches === 1;
    const weight = this.#weight;
    this.#sums = [];
    this.#weight = 0;
    this.#batches = 0;
    if (single) return sums;
    return sums.map((sum) => {
      if (sum === undefined) return undefined;
      const mean = tf.div(sum, weight === 0 ? 1 : weight);
      sum.dispose();
      return mean;
    });
  }

  dispose(): void {
    this.#sums.forEach((sum) => sum?.dispose());
    this.#sums = [];
  }
}

function targetsFor(loss: LossFunction, batch: Batch, predictions: tf.Tensor): tf.Tensor {
  const { targets } = batch;
  if (targets === undefined) {
    throw new UsageError({
      where: 'training',
      found: 'examples without targets',
      fix: 'Make the dataset with targets.',
    });
  }
  const shape = loss.targetShape?.(predictions.shape) ?? predictions.shape;
  if (targets.size !== shape.reduce((size, side) => size * side, 1)) {
    throw new UsageError({
      where: 'training',
      found: `${String(targets.shape[1])} target values an example`,
      expected: `[${shape.slice(1).join(', ')}], for the model's output [${predictions.shape.slice(1).join(', ')}]`,
    });
  }
  return shape.length === 2 ? targets : tf.reshape(targets, shape);
}
