import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { writeSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { readWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { disposeBatch, type Batch as TensorBatch } from '../../kernel-lib/src/datasets/batches.ts';
import { lossAndGradients } from '../../kernel-lib/src/training/gradients.ts';
import type { LossInput } from '../../kernel-lib/src/training/loss-options.ts';
import { lossFunction } from '../../kernel-lib/src/training/losses.ts';
import { optimizerSchema } from '../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../kernel-lib/src/training/optimizer.ts';
import { trainedWeights } from '../../kernel-lib/src/training/trained-weights.ts';
import type { PreparedWork } from './bench-row.ts';

const LEARNING_RATE = 1e-4;

/** Inputs and targets of one batch, the same in every repetition. */
export interface Batch {
  readonly tokens: Int32Array;
  readonly batch: number;
  readonly length: number;
  /** Further input, `[batch, width]`. */
  readonly features?: { readonly values: Float32Array; readonly width: number };
  /** `[batch, outputs]`. */
  readonly targets: Float32Array;
  readonly outputs: number;
}

/** A seeded batch; targets are between 0 and 1. */
export function randomBatch(batch: number, length: number, outputs: number, features = 0): Batch {
  const random = new Random(1);
  const floats = (size: number, next: () => number): Float32Array =>
    Float32Array.from({ length: size }, next);
  return {
    batch,
    length,
    outputs,
    tokens: Int32Array.from({ length: batch * length }, () => random.integer(4)),
    targets: floats(batch * outputs, () => random.uniform()),
    ...(features === 0
      ? {}
      : { features: { width: features, values: floats(batch * features, () => random.normal()) } }),
  };
}

/** Writes weights and batch for the peer, in `network.safetensors`. */
async function writeForPeer(folder: string, model: tfl.LayersModel, batch: Batch): Promise<void> {
  const { tokens, features, targets, outputs, length } = batch;
  await writeSafetensors(path.join(folder, 'network.safetensors'), {
    ...(await readWeights(model)),
    'batch/tokens': { shape: [batch.batch, length], data: tokens },
    'batch/targets': { shape: [batch.batch, outputs], data: targets },
    ...(features === undefined
      ? {}
      : { 'batch/features': { shape: [batch.batch, features.width], data: features.values } }),
  });
}

function inputsOf({ tokens, batch, length, features }: Batch): tf.Tensor[] {
  const sequence = tf.tensor2d(tokens, [batch, length], 'int32');
  return features === undefined
    ? [sequence]
    : [sequence, tf.tensor2d(features.values, [batch, features.width])];
}

/** Prediction of one batch, from tokens in an array to numbers in an array; check: their sum. */
export async function predictWork(
  folder: string,
  model: tfl.LayersModel,
  batch: Batch,
): Promise<PreparedWork> {
  await writeForPeer(folder, model, batch);
  return {
    async run() {
      const begin = performance.now();
      const output = tf.tidy(() => model.predictOnBatch(inputsOf(batch)) as tf.Tensor);
      const values = (await output.data()) as Float32Array;
      const milliseconds = performance.now() - begin;
      output.dispose();
      return { milliseconds, check: values.reduce((sum, value) => sum + value, 0) };
    },
  };
}

/**
 * One training step as the training loop does it, with Adam; check: the loss before the step. The
 * first repetition begins with the same weights as the peer's.
 */
export async function trainWork(
  folder: string,
  model: tfl.LayersModel,
  batch: Batch,
  loss: LossInput,
): Promise<PreparedWork> {
  await writeForPeer(folder, model, batch);
  const { weights } = trainedWeights(model, []);
  const variables = weights.map(({ variable }) => variable);
  const optimizer = createOptimizer({ ...optimizerSchema.parse('adam') }, weights);
  const lossOf = lossFunction(loss);
  return {
    async run() {
      const begin = performance.now();
      const tensors: TensorBatch = {
        indices: Uint32Array.from({ length: batch.batch }, (_, index) => index),
        inputs: inputsOf(batch),
        targets: tf.tensor2d(batch.targets, [batch.batch, batch.outputs]),
        weights: undefined,
        totalWeight: batch.batch,
      };
      const result = lossAndGradients(model, tensors, lossOf, variables);
      const [check = NaN] = await result.loss.data();
      optimizer.step(result.gradients, LEARNING_RATE);
      // The step is done when its weights are there.
      await variables[0]?.data();
      const milliseconds = performance.now() - begin;
      result.gradients.forEach((gradient) => gradient?.dispose());
      result.loss.dispose();
      disposeBatch(tensors);
      return { milliseconds, check };
    },
  };
}
