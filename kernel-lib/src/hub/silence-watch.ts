import { HubSilenceError } from './hub-failures.ts';

/** Aborts a request when nothing happens for too long. */
export class SilenceWatch {
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  #ended = false;

  /** Is aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts the wait anew: something happened, and the next has to within so many seconds. */
  expectWithin(seconds: number): void {
    // The last piece of what is sent may be told of after the answer has come.
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#seconds = seconds;
    this.#timer = setTimeout(() => {
      this.#stop.abort();
    }, seconds * 1000);
  }

  /** Ends the watch for good: a wait that begins later would keep the process alive. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** What a failure of the request is: silence, where this watch made it fail. */
  explain(error: unknown): unknown {
    return this.#stop.signal.aborted
      ? new HubSilenceError(`no answer within ${this.#seconds} s`)
      : error;
  }
}

/** A content to be sent that tells when a piece of it goes out, and when all are out. */
export class WatchedBlob extends Blob {
  readonly #content: Blob;
  readonly #onPiece: (isLast: boolean) => void;

  constructor(content: Blob, onPiece: (isLast: boolean) => void) {
    super([], { type: content.type });
    this.#content = content;
    this.#onPiece = onPiece;
    Object.defineProperty(this, 'size', { value: content.size });
  }

  override stream(): ReturnType<Blob['stream']> {
    const onPiece = this.#onPiece;
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        onPiece(false);
        controller.enqueue(piece);
      },
      flush() {
        onPiece(true);
      },
    });
    const source = this.#content.stream() as unknown as ReadableStream<Uint8Array>;
    return source.pipeThrough(watched) as unknown as ReturnType<Blob['stream']>;
  }
}
