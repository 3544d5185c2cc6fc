import type { ProgressReporter } from '../core/progress.ts';

/** How far one file of a transfer is, in bytes. */
export interface FileProgress {
  /** Path inside the repository. */
  readonly path: string;
  readonly done: number;
  readonly size: number;
}

/** Reports bytes done, at most ten times a second and once at the end. */
export class ByteProgress {
  readonly #report: ProgressReporter | undefined;
  readonly #task: string;
  readonly #total: number;
  readonly #start = Date.now();
  #done = 0;
  /** Bytes that needed no work, which say nothing about the rate. */
  #free = 0;
  #lastReport = 0;

  constructor(report: ProgressReporter | undefined, task: string, total: number) {
    this.#report = report;
    this.#task = task;
    this.#total = total;
  }

  /** Counts bytes; a negative count takes back bytes that were lost. */
  add(count: number, options: { free?: boolean } = {}): void {
    this.#done += count;
    if (options.free === true) this.#free += count;
    if (Date.now() - this.#lastReport >= 100) this.#send();
  }

  /** Reports the end. */
  finish(): void {
    this.#done = this.#total;
    this.#send();
  }

  #send(): void {
    this.#lastReport = Date.now();
    const seconds = (this.#lastReport - this.#start) / 1000;
    const rate = seconds > 0 ? Math.max(0, this.#done - this.#free) / seconds : 0;
    this.#report?.({
      task: this.#task,
      done: this.#done,
      total: this.#total,
      unit: 'bytes',
      ...(rate > 0 ? { rate, secondsLeft: Math.max(0, this.#total - this.#done) / rate } : {}),
    });
  }
}
