import { setTimeout as sleep } from 'node:timers/promises';
import { isCancellation } from '../host/error-text.ts';

/** Shows what a search that is typed letter by letter gives. */
export interface LatestSearchOptions<Q, R> {
  readonly search: (query: Q, signal: AbortSignal) => Promise<R>;
  readonly onBusy: (busy: boolean) => void;
  readonly onResult: (result: R, query: Q) => void;
  readonly onError: (error: unknown) => void;
  /** Rest after the last key before the Hub is asked. Default 300. */
  readonly delayMilliseconds?: number;
}

/** Asks once typing rests, and stops the question before; only the answer to the last is shown. */
export class LatestSearch<Q, R> {
  readonly #options: LatestSearchOptions<Q, R>;
  #current = new AbortController();

  constructor(options: LatestSearchOptions<Q, R>) {
    this.#options = options;
  }

  /** Takes the place of every earlier query. */
  ask(query: Q, delayMilliseconds = this.#options.delayMilliseconds ?? 300): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#current = abort;
    return this.#run(query, abort.signal, delayMilliseconds);
  }

  /** Stops what is asked. */
  stop(): void {
    this.#current.abort();
  }

  async #run(query: Q, signal: AbortSignal, delay: number): Promise<void> {
    const { search, onBusy, onResult, onError } = this.#options;
    onBusy(true);
    try {
      await sleep(delay, undefined, { signal });
      const result = await search(query, signal);
      if (!signal.aborted) onResult(result, query);
    } catch (error) {
      if (!signal.aborted && !isCancellation(error)) onError(error);
    } finally {
      if (!signal.aborted || this.#current.signal === signal) onBusy(false);
    }
  }
}
