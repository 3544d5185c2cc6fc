import type * as tfl from '@tensorflow/tfjs-layers';
import type { LongWorkOptions } from '../core/progress.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { SkippedBatch } from './training-log.ts';
import type { TrainingOptionsInput } from './training-options.ts';
import type { EpochRecord } from './training-state.ts';

/** What `trainModel` takes. */
export interface TrainModelOptions extends LongWorkOptions {
  /** The model; it ends with the kept weights. */
  readonly model: tfl.LayersModel;
  /** The dataset's inputs in the order of the model's; default: the model's own input names. */
  readonly inputNames?: readonly string[];
  readonly train: Dataset;
  /** Examples on which nothing is trained, for selection and early stopping. */
  readonly validation?: Dataset;
  /** Default: all defaults of `trainingOptionsSchema`. */
  readonly options?: TrainingOptionsInput;
  /** Where log, TensorBoard events and checkpoints are written; nothing is written without. */
  readonly folder?: string;
  /** Goes on from the folder's last checkpoint, if there is one (default false). */
  readonly resume?: boolean;
  /** Is told of each epoch that is done; training waits for it. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Is told of each batch that is left out because of `onBadLoss: 'skip'`. */
  readonly onSkippedBatch?: (record: SkippedBatch) => void;
}

/** How a training went. */
export interface TrainingResult {
  /** Epochs done. */
  readonly epochs: number;
  /** Optimizer steps done. */
  readonly steps: number;
  readonly history: readonly EpochRecord[];
  /** 1-based epoch with the best monitored figure; undefined without validation. */
  readonly bestEpoch: number | undefined;
  /** The record of that epoch. */
  readonly best: EpochRecord | undefined;
  readonly stoppedEarly: boolean;
  /** Seconds of training, those before a resume included. */
  readonly seconds: number;
}
