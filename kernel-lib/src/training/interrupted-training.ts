import { InterruptedError } from '../core/errors.ts';
import type { TrainModelOptions } from './training-call.ts';
import type { TrainingState } from './training-state.ts';

/** The error with which an interrupted training ends, after its checkpoint was written. */
export function interruptedTraining(
  { folder, signal }: TrainModelOptions,
  { epoch, step }: TrainingState,
): InterruptedError {
  return new InterruptedError(
    {
      where: 'training',
      found: `interrupted in epoch ${String(epoch + 1)} after ${String(step)} steps`,
      fix:
        folder === undefined
          ? 'Nothing was saved: give a folder to be able to go on.'
          : `Set resume to go on from there (${folder}).`,
    },
    { cause: signal?.reason },
  );
}
