import type { TrainingResult, TrainModelOptions } from './training-call.ts';
import { TrainingRun } from './training-run.ts';

/**
 * Trains a model with an own loop, on any backend.
 *
 * Order and augmentation of the examples are functions of (seed, epoch, example), dropout masks of
 * (seed, batch number), so that a training that was killed and resumes from its last checkpoint
 * ends with bit-identical weights (same backend, layers of this library or stock dropout; noise
 * layers and dropout inside recurrent layers of TensorFlow.js take no seed).
 *
 * With `folder` it writes
 * - `metrics.jsonl`: an `EpochRecord` a line; apart from the timings (`seconds`, `dataSeconds`,
 *   `examplesPerSecond`) a resumed training gives the same file as one that was not interrupted,
 * - `events.out.tfevents.*`: the same as TensorBoard scalars,
 * - `checkpoints/last.safetensors`: weights, optimizer, moving average and position,
 * - `checkpoints/best.safetensors`: the weights of the best epoch under the model's own names.
 *
 * @throws UsageError when options, model and examples do not go together, when the folder holds a
 *   training and `resume` is not set, or when it holds another training
 * @throws InputError when the loss is no longer finite
 * @throws InterruptedError when the signal was aborted; a checkpoint is written before
 * @example
 * const result = await trainModel({
 *   model,
 *   train,
 *   validation,
 *   options: { epochs: 20, optimizer: 'adam', earlyStopping: { patience: 5 } },
 * });
 * result.best?.validationPearson;
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainingResult> {
  const run = await TrainingRun.start(options);
  try {
    return await run.train();
  } finally {
    await run.close();
  }
}
