import { EnvironmentError, UsageError } from '../core/errors.ts';
import { lockFolder, type FolderLock } from '../core/folder-lock.ts';
import {
  checkpointFile,
  hasCheckpoint,
  readCheckpoint,
  removeUnfinishedCheckpoints,
  writeBestWeights,
  writeCheckpoint,
  type Checkpoint,
} from './checkpoint.ts';
import type { NamedArrays } from './optimizer.ts';
import { TrainingLog, type SkippedBatch, type StepRecord } from './training-log.ts';
import {
  requireSameTraining,
  type EpochRecord,
  type TrainingFingerprint,
} from './training-state.ts';

/** How a training's folder is opened. */
export interface OpenTrainingFolderOptions {
  /** Go on from the last checkpoint, if there is one. */
  readonly resume: boolean;
  readonly fingerprint: TrainingFingerprint;
}

/**
 * The folder of one training, which nobody else writes until it is closed: lock, log, checkpoints.
 */
export class TrainingFolder {
  readonly path: string;
  /** What the training goes on from. */
  readonly checkpoint: Checkpoint | undefined;
  readonly #lock: FolderLock;
  readonly #log: TrainingLog;
  #hasCheckpoint: boolean;

  private constructor(
    folder: string,
    lock: FolderLock,
    log: TrainingLog,
    checkpoint: Checkpoint | undefined,
  ) {
    this.path = folder;
    this.checkpoint = checkpoint;
    this.#lock = lock;
    this.#log = log;
    this.#hasCheckpoint = checkpoint !== undefined;
  }

  /**
   * Locks the folder and reads its last checkpoint; clears away what a process that was killed left.
   *
   * @throws UsageError when somebody else trains in it, or it holds a training and `resume` is not
   *   set, or another training
   * @throws InputError, EnvironmentError when it cannot be read or written
   */
  static async open(folder: string, options: OpenTrainingFolderOptions): Promise<TrainingFolder> {
    const lock = await lockFolder(folder, 'training');
    try {
      const checkpoint = await readLastCheckpoint(folder, options);
      const log = await TrainingLog.open(folder, checkpoint?.log, checkpoint?.state.history);
      return new TrainingFolder(folder, lock, log, checkpoint);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async logEpoch(record: EpochRecord): Promise<void> {
    await this.#write(() => this.#log.epoch(record));
  }

  async logStep(record: StepRecord): Promise<void> {
    await this.#write(() => this.#log.step(record));
  }

  async logSkippedBatch(record: SkippedBatch): Promise<void> {
    await this.#write(() => this.#log.skippedBatch(record));
  }

  async saveBest(weights: NamedArrays, about: { epoch: number; step: number }): Promise<void> {
    await this.#write(() => writeBestWeights(this.path, weights, about));
  }

  /** Writes the checkpoint that the training can go on from. */
  async save(checkpoint: Omit<Checkpoint, 'log'>): Promise<void> {
    await this.#write(async () => {
      // What the checkpoint says of the log has to be on the disk before it.
      const log = await this.#log.sync();
      await writeCheckpoint(this.path, { ...checkpoint, log });
    });
    this.#hasCheckpoint = true;
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#lock.release();
  }

  /** Tells with an error of the disk what is left and how to go on. */
  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      const after = this.#hasCheckpoint
        ? 'Then set resume to go on from the last checkpoint, which is whole.'
        : 'Then start again: there is no checkpoint yet.';
      const fix = [error.details.fix, after].filter(Boolean).join(' ');
      throw new EnvironmentError({ ...error.details, fix }, { cause: error });
    }
  }
}

async function readLastCheckpoint(
  folder: string,
  { resume, fingerprint }: OpenTrainingFolderOptions,
): Promise<Checkpoint | undefined> {
  const isBegun = await hasCheckpoint(folder);
  if (isBegun && !resume) {
    throw new UsageError({
      where: folder,
      found: 'a training that was begun before',
      fix: 'Set resume to go on with it, or train into another folder.',
    });
  }
  await removeUnfinishedCheckpoints(folder);
  if (!isBegun) return undefined;
  const checkpoint = await readCheckpoint(folder);
  requireSameTraining(checkpointFile(folder, 'last'), checkpoint.fingerprint, fingerprint);
  return checkpoint;
}
