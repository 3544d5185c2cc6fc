import { createHash } from 'node:crypto';
import type * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { namedVariables } from '../layers/named-weights.ts';
import type { TrainingOptions } from './training-options.ts';

/**
 * One epoch as it stands in `metrics.jsonl`. `seconds`, `dataSeconds` and `examplesPerSecond` are the
 * only timings.
 */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Optimizer steps done at its end. */
  readonly step: number;
  /** Mean loss over the epoch's examples, as they were seen, without regularisation. */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  /** Mean over the outputs; absent also where no output varies. */
  readonly validationPearson?: number;
  /** Of the last step. */
  readonly learningRate: number;
  readonly seconds: number;
  /** Of these, the seconds that the loop waited for batches to train on. */
  readonly dataSeconds?: number;
  readonly examplesPerSecond: number;
  /** Batches that were left out; see the option `onBadLoss`. Absent where there were none. */
  readonly skippedBatches?: number;
}

/** Everything besides tensors that a training needs in order to go on exactly where it stopped. */
export interface TrainingState {
  /** 0-based number of the epoch that runs. */
  epoch: number;
  /** Examples of that epoch that are done. */
  position: number;
  /** Optimizer steps done. */
  step: number;
  /** Forward and backward passes done. */
  batch: number;
  /** Sum of losses times weights of the running epoch, and of the weights. */
  lossSum: number;
  weightSum: number;
  learningRate: number;
  history: EpochRecord[];
  /** 1-based epoch of the best monitored figure so far. */
  bestEpoch?: number;
  /** The best figure so far; lower is better (Pearson is negated). */
  best?: number;
  finished: boolean;
  stoppedEarly: boolean;
  /** Seconds of the running epoch, and of the whole training. */
  epochSeconds: number;
  seconds: number;
  /** Seconds of the running epoch that were waited for batches. */
  dataSeconds: number;
  /** Batches of the running epoch that were left out, and how many of them came last in a row. */
  skippedBatches: number;
  skippedInARow: number;
}

/** The state of a training that has not begun. */
export function initialState(): TrainingState {
  return {
    epoch: 0,
    position: 0,
    step: 0,
    batch: 0,
    lossSum: 0,
    weightSum: 0,
    learningRate: 0,
    history: [],
    finished: false,
    stoppedEarly: false,
    epochSeconds: 0,
    seconds: 0,
    dataSeconds: 0,
    skippedBatches: 0,
    skippedInARow: 0,
  };
}

/** What a training is of; it resumes only with an equal one. */
export type TrainingFingerprint = Readonly<Record<string, string>>;

/** Options that may be changed on resume: to leave out the batch at which a training has stopped. */
const CHANGEABLE: readonly string[] = ['onBadLoss', 'maxBadBatches', 'maxGradientNorm'];

/** The fingerprint of options, examples and model. */
export function trainingFingerprint(
  options: TrainingOptions,
  model: tfl.LayersModel,
  train: Dataset,
  validation: Dataset | undefined,
): TrainingFingerprint {
  const fingerprint: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !CHANGEABLE.includes(name))
      fingerprint[`option ${name}`] = JSON.stringify(value);
  }
  fingerprint['training examples'] = describeDataset(train);
  fingerprint['validation examples'] =
    validation === undefined ? 'none' : describeDataset(validation);
  const weights = [...namedVariables(model)].map(([name, { shape }]) => `${name}[${shape.join()}]`);
  fingerprint['model weights'] = digest(weights);
  return fingerprint;
}

/** @throws UsageError that tells what differs */
export function requireSameTraining(
  file: string,
  saved: TrainingFingerprint,
  current: TrainingFingerprint,
): void {
  const names = new Set([...Object.keys(saved), ...Object.keys(current)]);
  const differing = [...names].filter((name) => saved[name] !== current[name]);
  if (differing.length === 0) return;
  const differences = differing.map(
    (name) => `${name} was ${saved[name] ?? 'not set'}, is ${current[name] ?? 'not set'}`,
  );
  throw new UsageError({
    where: file,
    found: `the checkpoint is of another training: ${differences.join('; ')}`,
    fix: 'Resume with what it was begun with, or train into another folder.',
  });
}

function describeDataset(dataset: Dataset): string {
  const inputs = Object.entries(dataset.inputs).map(
    ([name, { kind, shape }]) => `${name}: ${kind} [${shape.join()}]`,
  );
  return [
    `${String(dataset.length)} (${digest(dataset.ids)})`,
    ...inputs,
    `targets ${dataset.targetNames.join()}`,
  ].join(', ');
}

function digest(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\n');
  return hash.digest('hex').slice(0, 12);
}
