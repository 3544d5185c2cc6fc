import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { yieldToEventLoop } from '../core/progress.ts';
import { batches, disposeBatch, type Batch } from '../datasets/batches.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { batchLoss, forward } from './gradients.ts';
import type { LossFunction } from './losses.ts';
import { StreamingPearson } from './pearson.ts';

/** How well a model does on validation examples. */
export interface ValidationResult {
  /** Weighted mean over the examples, without regularisation. */
  readonly loss: number;
  /** Pearson correlation, the mean over the outputs that vary; undefined if none does. */
  readonly pearson: number | undefined;
}

/** Options of `validate`. */
export interface ValidationOptions {
  readonly model: tfl.LayersModel;
  readonly dataset: Dataset;
  readonly loss: LossFunction;
  readonly batchSize: number;
  readonly inputNames: readonly string[];
  readonly signal?: AbortSignal;
}

/** Loss and correlation over a dataset, in inference mode; undefined if it was aborted. */
export async function validate({
  model,
  dataset,
  loss,
  batchSize,
  inputNames,
  signal,
}: ValidationOptions): Promise<ValidationResult | undefined> {
  let lossSum = 0;
  let weightSum = 0;
  let pearson: StreamingPearson | undefined;
  for await (const batch of batches(dataset, { size: batchSize, inputNames })) {
    const measured = measure(model, batch, loss);
    try {
      lossSum += ((await measured.loss.data())[0] ?? 0) * batch.totalWeight;
      weightSum += batch.totalWeight;
      // Where targets are not the values that the model gives, nothing correlates.
      if (loss.targetShape === undefined) {
        pearson ??= new StreamingPearson(measured.predictions.shape.at(-1) ?? 1);
        const targets = (await batch.targets?.data()) ?? new Float32Array();
        pearson.add(await measured.predictions.data(), targets);
      }
    } finally {
      tf.dispose([measured.loss, measured.predictions]);
      disposeBatch(batch);
    }
    await yieldToEventLoop();
    if (signal?.aborted) return undefined;
  }
  return { loss: lossSum / (weightSum === 0 ? 1 : weightSum), pearson: pearson?.mean() };
}

/** Validations since the figure, lower being better, last improved by more than `minDelta`. */
export function validationsSinceBest(figures: readonly number[], minDelta: number): number {
  let best = Infinity;
  let since = 0;
  for (const figure of figures) {
    since += 1;
    if (figure < best - minDelta) {
      best = figure;
      since = 0;
    }
  }
  return since;
}

function measure(
  model: tfl.LayersModel,
  batch: Batch,
  loss: LossFunction,
): { loss: tf.Scalar; predictions: tf.Tensor } {
  return tf.tidy(() => {
    const predictions = forward(model, batch, false);
    return { loss: batchLoss(loss, batch, predictions), predictions };
  });
}
