/** How far a long piece of work is; the same events feed a notebook cell, a terminal and VS Code. */
export interface ProgressEvent {
  /** What is being done, for example `training` or `mutagenesis`. */
  readonly task: string;
  /** Units done so far. */
  readonly done: number;
  /** Units in all, where it is known. */
  readonly total?: number;
  /** What is counted, for example `examples`. */
  readonly unit: string;
  /** Figures worth showing, for example `{ loss: 0.61 }`. */
  readonly values?: Readonly<Record<string, number>>;
  /** Units a second. */
  readonly rate?: number;
  /** Estimated time left in seconds. */
  readonly secondsLeft?: number;
}

/** Receives progress events; it must return at once. */
export type ProgressReporter = (event: ProgressEvent) => void;

/** Options that every long call takes. */
export interface LongWorkOptions {
  /** Stops the work between two steps with an `InterruptedError`. */
  readonly signal?: AbortSignal;
  /** Is told how far the work is. */
  readonly progress?: ProgressReporter;
}

/** The options of long work among others, to be handed on; what is not there is left out. */
export function longWorkOf({
  signal,
  progress,
}: {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ProgressReporter | undefined;
}): LongWorkOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  };
}

/** Lets timers, messages and signals be handled; long loops await it between steps. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
