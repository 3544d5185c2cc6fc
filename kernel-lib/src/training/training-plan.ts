import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { lossFunction, type LossFunction } from './losses.ts';
import { createSchedule, type Schedule } from './schedules.ts';
import { learningRateOf, type TrainingOptions } from './training-options.ts';

/** What follows from the options, the model and the number of examples. */
export interface TrainingPlan {
  /** The dataset's inputs in the order in which the model takes them. */
  readonly inputNames: readonly string[];
  /** The loss on validation. */
  readonly loss: LossFunction;
  /** The loss in training, where targets are kept within their limits. */
  readonly trainingLoss: LossFunction;
  readonly schedule: Schedule;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly keep: 'best' | 'last';
}

/** A loss that sees targets beyond a limit as the limit. */
function withinLimits(
  loss: LossFunction,
  { low = -Infinity, high = Infinity }: TrainingOptions['targetLimits'],
): LossFunction {
  if (low === -Infinity && high === Infinity) return loss;
  return Object.assign(
    (targets: tf.Tensor, predictions: tf.Tensor) =>
      loss(tf.clipByValue(targets, low, high), predictions),
    loss.targetShape === undefined ? {} : { targetShape: loss.targetShape },
  );
}

/**
 * Checks that options, model and examples go together.
 *
 * @throws UsageError that tells what does not
 */
export function planTraining(
  options: TrainingOptions,
  model: tfl.LayersModel,
  train: Dataset,
  validation: Dataset | undefined,
  inputNames: readonly string[] = model.inputNames,
): TrainingPlan {
  if (train.length === 0) {
    throw new UsageError({ where: 'training', found: 'no training examples' });
  }
  if (model.outputs.length !== 1) {
    throw new UsageError({
      where: `model '${model.name}'`,
      found: `${String(model.outputs.length)} outputs`,
      expected: 'one output, which may have several columns',
    });
  }
  requireInputs(model, inputNames, [train, ...(validation === undefined ? [] : [validation])]);
  const keep = options.keep ?? (validation === undefined ? 'last' : 'best');
  if (validation === undefined || validation.length === 0) requireNoValidation(options, keep);
  const batchesPerEpoch = Math.ceil(train.length / options.batchSize);
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / options.accumulate);
  const totalSteps = stepsPerEpoch * options.epochs;
  const loss = lossFunction(options.loss);
  requireLossFits(options, loss);
  return {
    inputNames,
    loss,
    trainingLoss: withinLimits(loss, options.targetLimits),
    schedule: createSchedule(options.schedule, {
      learningRate: learningRateOf(options),
      totalSteps,
      stepsPerEpoch,
    }),
    stepsPerEpoch,
    totalSteps,
    keep,
  };
}

function requireInputs(
  model: tfl.LayersModel,
  inputNames: readonly string[],
  datasets: readonly Dataset[],
): void {
  if (inputNames.length !== model.inputs.length) {
    throw new UsageError({
      where: 'training',
      found: `inputs ${inputNames.join(', ')}`,
      expected: `${String(model.inputs.length)}, as the model takes: ${model.inputNames.join(', ')}`,
    });
  }
  for (const dataset of datasets) {
    inputNames.forEach((name, index) => {
      const input = dataset.inputs[name];
      if (input === undefined) {
        throw new UsageError({
          where: 'training',
          found: `the examples have no input '${name}', which the model takes`,
          fix: suggestion(name, Object.keys(dataset.inputs)),
        });
      }
      const expected = model.inputs[index]?.shape.slice(1) ?? [];
      const fits =
        expected.length === input.shape.length &&
        expected.every((side, axis) => side === null || side === input.shape[axis]);
      if (!fits) {
        throw new UsageError({
          where: `training, input '${name}'`,
          found: `examples of shape [${input.shape.join(', ')}]`,
          expected: `[${expected.join(', ')}], as the model takes`,
        });
      }
    });
  }
}

/** What can be asked only where targets are the values that the model gives. */
function requireLossFits(
  { loss, monitor, targetLimits }: TrainingOptions,
  { targetShape }: LossFunction,
): void {
  if (targetShape === undefined) return;
  const limited = targetLimits.low !== undefined || targetLimits.high !== undefined;
  const wrong = [
    ...(monitor === 'pearson' ? ["monitor 'pearson'"] : []),
    ...(limited && loss.name === 'masked-language' ? ['targetLimits'] : []),
  ];
  if (wrong.length === 0) return;
  throw new UsageError({
    where: 'training options',
    found: `${wrong.join(' and ')} with the loss '${loss.name}'`,
    fix: 'Leave it out: no correlation of this loss and its targets is measured.',
  });
}

function requireNoValidation(options: TrainingOptions, keep: 'best' | 'last'): void {
  const needs = [
    ...(keep === 'best' ? ["keep 'best'"] : []),
    ...(options.earlyStopping === false ? [] : ['earlyStopping']),
    ...(options.schedule.name === 'plateau' ? ["schedule 'plateau'"] : []),
    ...(options.monitor === 'pearson' ? ["monitor 'pearson'"] : []),
    ...(options.validateEvery > 1 ? ['validateEvery'] : []),
  ];
  if (needs.length === 0) return;
  throw new UsageError({
    where: 'training options',
    found: `${needs.join(' and ')} without validation examples`,
    fix: 'Give validation examples or leave it out.',
  });
}
