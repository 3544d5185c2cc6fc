import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { writeError } from '../core/file-writer.ts';
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

/** A batch that was left out, as it stands in `metrics.jsonl`; see the option `onBadLoss`. */
export interface SkippedBatch {
  readonly epoch: number;
  /** Optimizer step that it was to be part of, from 1. */
  readonly step: number;
  /** What was wrong, for example `the loss is NaN`. */
  readonly skipped: string;
  /** Ids of the batch's examples. */
  readonly examples: readonly string[];
}

/** A file of the log and where its next record begins. */
interface LogFile {
  readonly name: string;
  readonly handle: FileHandle;
  bytes: number;
}

/**
 * The log of a training in its folder: `metrics.jsonl` (one JSON object a line) and a TensorBoard
 * event file. A training that resumes goes on in the same two files, so that each shows one
 * continuous curve.
 */
export class TrainingLog {
  readonly #metrics: LogFile;
  readonly #events: LogFile;

  private constructor(metrics: LogFile, events: LogFile) {
    this.#metrics = metrics;
    this.#events = events;
  }

  /**
   * Opens the log, anew or where a checkpoint says that it was. Log files that are shorter than
   * that (copied without them, for example) are written anew from the history.
   *
   * @throws InputError, EnvironmentError when the files cannot be written
   */
  static async open(
    folder: string,
    resumeAt?: TrainingLogPosition,
    history: readonly EpochRecord[] = [],
  ): Promise<TrainingLog> {
    try {
      await mkdir(folder, { recursive: true });
      if (resumeAt === undefined) await removeEventFiles(folder);
    } catch (error) {
      throw writeError(folder, error);
    }
    const wallTime = Date.now() / 1000;
    const eventsFile =
      resumeAt?.eventsFile ?? `${EVENTS_PREFIX}${String(Math.floor(wallTime))}${EVENTS_SUFFIX}`;
    const metrics = await openAt(path.join(folder, 'metrics.jsonl'), resumeAt?.metricsBytes ?? 0);
    let events: LogFile;
    try {
      events = await openAt(path.join(folder, eventsFile), resumeAt?.eventsBytes ?? 0);
    } catch (error) {
      await metrics.handle.close();
      throw error;
    }
    const log = new TrainingLog(metrics, events);
    const isAnew = { metrics: metrics.bytes === 0, events: events.bytes === 0 };
    try {
      if (isAnew.events) await append(events, encodeFileVersion(wallTime));
      for (const record of history) {
        if (isAnew.metrics) await log.#appendMetrics(record);
        if (isAnew.events) await log.#appendScalars(record.step, epochScalars(record));
      }
    } catch (error) {
      await log.close();
      throw error;
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

  async skippedBatch(record: SkippedBatch): Promise<void> {
    await this.#appendMetrics(record);
  }

  /** Makes sure that all is on the disk and tells how far the files have come. */
  async sync(): Promise<TrainingLogPosition> {
    for (const { name, handle } of [this.#metrics, this.#events]) {
      await handle.sync().catch((error: unknown) => {
        throw writeError(name, error);
      });
    }
    return {
      metricsBytes: this.#metrics.bytes,
      eventsBytes: this.#events.bytes,
      eventsFile: path.basename(this.#events.name),
    };
  }

  async close(): Promise<void> {
    // What a full disk did not take was told when it was written.
    await Promise.all(
      [this.#metrics, this.#events].map(({ handle }) => handle.close().catch(() => undefined)),
    );
  }

  async #appendMetrics(record: EpochRecord | StepRecord | SkippedBatch): Promise<void> {
    await append(this.#metrics, Buffer.from(`${JSON.stringify(record)}\n`));
  }

  async #appendScalars(step: number, scalars: Record<string, number>): Promise<void> {
    await append(this.#events, encodeScalars({ wallTime: Date.now() / 1000, step, scalars }));
  }
}

/** Writes all bytes behind the last record; a disk that is getting full takes only some at a time. */
async function append(file: LogFile, bytes: Uint8Array): Promise<void> {
  let done = 0;
  try {
    while (done < bytes.length) {
      const at = file.bytes + done;
      const { bytesWritten } = await file.handle.write(bytes, done, bytes.length - done, at);
      done += bytesWritten;
    }
  } catch (error) {
    throw writeError(file.name, error);
  }
  file.bytes += bytes.length;
}

/** The epochs of a `metrics.jsonl`. */
export async function readMetrics(file: string): Promise<EpochRecord[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as EpochRecord | StepRecord | SkippedBatch)
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

async function openAt(name: string, bytes: number): Promise<LogFile> {
  let handle: FileHandle | undefined;
  try {
    // Opened to append first, for that alone makes a file without emptying one that is there.
    await (await open(name, 'a')).close();
    handle = await open(name, 'r+');
    const { size } = await handle.stat();
    const kept = size >= bytes ? bytes : 0;
    await handle.truncate(kept);
    return { name, handle, bytes: kept };
  } catch (error) {
    await handle?.close();
    throw writeError(name, error);
  }
}
