import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatMark, thisProcess } from '../../core/process-mark.ts';
import type { ProgressEvent } from '../../core/progress.ts';
import { temporaryName } from '../../core/temporary-file.ts';
import {
  formatRunStatus,
  STATUS_FILE,
  type RunFacts,
  type RunState,
  type RunStatus,
} from './run-status.ts';

/** Between two writings while a run goes on. */
const INTERVAL_MILLISECONDS = 500;
/** Tasks whose last event is kept. */
const MOST_TASKS = 8;
/** Letters of an error message that are kept. */
const LONGEST_ERROR = 5000;

/**
 * Keeps `status.json` of a run folder up to date. It is written beside and renamed, so that a reader
 * never finds half of it, but not flushed: a status that a power failure took with it is not missed,
 * and a flush can take as long as a training step. What cannot be written is passed over, for the run
 * matters more than the news of it.
 */
export class StatusWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #tasks = new Map<string, ProgressEvent>();
  #status: RunStatus;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writtenAt = -Infinity;

  private constructor(folder: string, facts: RunFacts) {
    this.#file = path.join(folder, STATUS_FILE);
    // One name for all: to make one asks the system who this process is, which may take a while.
    this.#temporary = temporaryName(this.#file);
    const now = new Date().toISOString();
    this.#status = {
      state: 'running',
      mode: facts.mode,
      name: facts.name,
      process: formatMark(thisProcess()),
      startedAt: now,
      updatedAt: now,
      config: facts.config,
      overrides: facts.overrides,
      epochs: facts.epochs,
      progress: [],
      error: undefined,
    };
  }

  /** Writes that a run goes on in a folder that this process has locked. */
  static async open(folder: string, facts: RunFacts): Promise<StatusWriter> {
    const writer = new StatusWriter(folder, facts);
    await writer.#write();
    return writer;
  }

  /** Notes how far the run is; returns at once, and writes twice a second at most. */
  report(event: ProgressEvent): void {
    if (this.#status.state !== 'running') return;
    this.#tasks.delete(event.task);
    this.#tasks.set(event.task, event);
    if (this.#tasks.size > MOST_TASKS) {
      for (const oldest of this.#tasks.keys()) {
        this.#tasks.delete(oldest);
        break;
      }
    }
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    const wait = this.#writtenAt + INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0) void this.#write();
    else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#write();
      }, wait);
      this.#timer.unref();
    }
  }

  /** Writes how the run ended, and nothing more from then on. */
  async end(state: Exclude<RunState, 'running'>, error?: unknown): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const message = error instanceof Error ? error.message : String(error);
    this.#status = {
      ...this.#status,
      state,
      error: error === undefined ? undefined : message.slice(0, LONGEST_ERROR),
    };
    await this.#writing;
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writtenAt = performance.now();
    const status = {
      ...this.#status,
      updatedAt: new Date().toISOString(),
      progress: [...this.#tasks.values()],
    };
    const writing = this.#replace(formatRunStatus(status)).finally(() => {
      this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  async #replace(text: string): Promise<void> {
    try {
      await writeFile(this.#temporary, text);
      await rename(this.#temporary, this.#file);
    } catch {
      await rm(this.#temporary, { force: true }).catch(() => undefined);
    }
  }
}
