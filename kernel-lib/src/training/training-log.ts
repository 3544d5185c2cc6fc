import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { encodeFileVersion, encodeScalars } from './tensorboard-events.ts';
import type { EpochRecord } from './training-state.ts';

const EVENTS_PREFIX = 'events.out.tfevents.';
const EVENTS_SUFFIX = '.tatabox';

/** How far the log files had come; what stands behind that is cut off on resume. */
export interface TrainingLogPosition {
  readonly metricsBytes: number;
  readonly eventsBytes: number;
  readonly eventsFile: string;
}

/** One optimizer step as it stands in `metrics.jsonl` when `logEvery` is set. */
export interface StepRecord {
  readonly epoch: number;
  readonly step: number;
  /** Mean loss of the epoch so far. */
  readonly runningLoss: number;
  readonly learningRate: number;
}

/**
 * The log of a training in its folder: `metrics.jsonl` (one JSON object a line) and a TensorBoard
 * event file. A training that resumes goes on in the same two files, so that each shows one
 * continuous curve.
 */
export class TrainingLog {
  readonly #metrics: FileHandle;
  readonly #events: FileHandle;
  readonly #eventsFile: string;
  #metricsBytes: number;
  #eventsBytes: number;

  private constructor(metrics: FileHandle, events: FileHandle, position: TrainingLogPosition) {
    this.#metrics = metrics;
    this.#events = events;
    this.#metricsBytes = position.metricsBytes;
    this.#eventsBytes = position.eventsBytes;
    this.#eventsFile = position.eventsFile;
  }

  /**
   * Opens the log, anew or where a checkpoint says that it was. Log files that are shorter than
   * that (copied without them, for example) are written anew from the history.
   */
  static async open(
    folder: string,
    resumeAt?: TrainingLogPosition,
    history: readonly EpochRecord[] = [],
  ): Promise<TrainingLog> {
    await mkdir(folder, { recursive: true });
    if (resumeAt === undefined) await removeEventFiles(folder);
    const wallTime = Date.now() / 1000;
    const eventsFile =
      resumeAt?.eventsFile ?? `${EVENTS_PREFIX}${String(Math.floor(wallTime))}${EVENTS_SUFFIX}`;
    const metrics = await openAt(path.join(folder, 'metrics.jsonl'), resumeAt?.metricsBytes ?? 0);
    const events = await openAt(path.join(folder, eventsFile), resumeAt?.eventsBytes ?? 0);
    const log = new TrainingLog(metrics.handle, events.handle, {
      metricsBytes: metrics.bytes,
      eventsBytes: events.bytes,
      eventsFile,
    });
    if (events.bytes === 0) await log.#appendEvents(encodeFileVersion(wallTime));
    for (const record of history) {
      if (metrics.bytes === 0) await log.#appendMetrics(record);
      if (events.bytes === 0) await log.#appendScalars(record.step, epochScalars(record));
    }
    return log;
  }

  async epoch(record: EpochRecord): Promise<void> {
    await this.#appendMetrics(record);
    await this.#appendScalars(record.step, epochScalars(record));
  }

  async step(record: StepRecord): Promise<void> {
    await this.#appendMetrics(record);
    await this.#appendScalars(record.step, {
      'running loss': record.runningLoss,
      'learning rate': record.learningRate,
    });
  }

  /** Makes sure that all is on the disk and tells how far the files have come. */
  async sync(): Promise<TrainingLogPosition> {
    await Promise.all([this.#metrics.sync(), this.#events.sync()]);
    return {
      metricsBytes: this.#metricsBytes,
      eventsBytes: this.#eventsBytes,
      eventsFile: this.#eventsFile,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#metrics.close(), this.#events.close()]);
  }

  async #appendMetrics(record: EpochRecord | StepRecord): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    await this.#metrics.write(line, 0, line.length, this.#metricsBytes);
    this.#metricsBytes += line.length;
  }

  async #appendScalars(step: number, scalars: Record<string, number>): Promise<void> {
    await this.#appendEvents(encodeScalars({ wallTime: Date.now() / 1000, step, scalars }));
  }

  async #appendEvents(bytes: Uint8Array): Promise<void> {
    await this.#events.write(bytes, 0, bytes.length, this.#eventsBytes);
    this.#eventsBytes += bytes.length;
  }
}

/** The epochs of a `metrics.jsonl`. */
export async function readMetrics(file: string): Promise<EpochRecord[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as EpochRecord | StepRecord)
    .filter((record) => 'trainLoss' in record);
}

function epochScalars(record: EpochRecord): Record<string, number> {
  const { trainLoss, validationLoss, validationPearson, learningRate } = record;
  return {
    loss: trainLoss,
    ...(validationLoss === undefined ? {} : { 'validation loss': validationLoss }),
    ...(validationPearson === undefined ? {} : { 'validation pearson': validationPearson }),
    'learning rate': learningRate,
  };
}

/** Events of a training that was killed before its first checkpoint would show as a second curve. */
async function removeEventFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(EVENTS_PREFIX) && name.endsWith(EVENTS_SUFFIX)) {
      await rm(path.join(folder, name));
    }
  }
}

async function openAt(file: string, bytes: number): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(file, 'a').then(async (created) => {
    await created.close();
    return open(file, 'r+');
  });
  const { size } = await handle.stat();
  const kept = size >= bytes ? bytes : 0;
  await handle.truncate(kept);
  return { handle, bytes: kept };
}
