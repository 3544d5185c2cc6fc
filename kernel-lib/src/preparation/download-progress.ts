import type { ProgressReporter } from '../core/progress.ts';

/** Progress of several downloads together, in bytes, reported ten times a second at most. */
export class DownloadProgress {
  readonly #report: ProgressReporter | undefined;
  readonly #files: number;
  readonly #sizes = new Map<object, number | undefined>();
  readonly #start = performance.now();
  #done = 0;
  /** Bytes that came over the network in this call, which tell the rate. */
  #fetched = 0;
  #finished = 0;
  #last = -Infinity;

  constructor(report: ProgressReporter | undefined, files: number) {
    this.#report = report;
    this.#files = files;
  }

  /** The size of a file got known; undefined where the server does not tell. */
  setSize(file: object, size: number | undefined): void {
    this.#sizes.set(file, size);
  }

  /** Bytes that arrived; negative ones were given up. */
  add(bytes: number): void {
    this.#done += bytes;
    this.#fetched += Math.max(0, bytes);
    if (performance.now() - this.#last >= 100) this.#send();
  }

  /** A file is done, or was given up. */
  finishFile(): void {
    this.#finished++;
    this.#send();
  }

  #send(): void {
    this.#last = performance.now();
    const sizes = [...this.#sizes.values()].filter((size) => size !== undefined);
    const sum = sizes.reduce((total, size) => total + size, 0);
    const isKnown = sizes.length === this.#files && sum >= this.#done;
    const rate = (1000 * this.#fetched) / Math.max(1, this.#last - this.#start);
    this.#report?.({
      task: 'download',
      done: this.#done,
      unit: 'bytes',
      values: { files: this.#finished, of: this.#files },
      ...(rate > 0 ? { rate } : {}),
      ...(isKnown ? { total: sum } : {}),
      ...(isKnown && rate > 0 ? { secondsLeft: (sum - this.#done) / rate } : {}),
    });
  }
}
