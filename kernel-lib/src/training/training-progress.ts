import type { ProgressEvent } from '../core/progress.ts';
import type { TrainingState } from './training-state.ts';

/** The mean loss of the running epoch's examples so far. */
export function runningLoss({ lossSum, weightSum }: TrainingState): number {
  return lossSum / (weightSum === 0 ? 1 : weightSum);
}

/** What progress of training is told from; its speed is that of this process alone. */
export class TrainingProgress {
  readonly #examplesOfEpoch: number;
  readonly #total: number;
  readonly #startedAt = performance.now();
  readonly #doneBefore: number;

  constructor(examplesOfEpoch: number, epochs: number, state: TrainingState) {
    this.#examplesOfEpoch = examplesOfEpoch;
    this.#total = examplesOfEpoch * epochs;
    this.#doneBefore = this.#done(state);
  }

  event(state: TrainingState): ProgressEvent {
    const done = this.#done(state);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = (done - this.#doneBefore) / Math.max(seconds, 1e-9);
    const pearson = state.history.at(-1)?.validationPearson;
    return {
      task: 'training',
      done,
      total: this.#total,
      unit: 'examples',
      values: {
        loss: runningLoss(state),
        ...(pearson === undefined ? {} : { 'validation pearson': pearson }),
        'learning rate': state.learningRate,
        ...(state.skippedBatches === 0 ? {} : { 'skipped batches': state.skippedBatches }),
      },
      rate,
      secondsLeft: (this.#total - done) / rate,
    };
  }

  #done({ epoch, position }: TrainingState): number {
    return this.#examplesOfEpoch * epoch + position;
  }
}
