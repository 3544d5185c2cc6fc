/** Letters of one request. */
const CHUNK = 1 << 14;
/** Chunks kept: 4 MB. */
const MOST_CHUNKS = 256;

/** Where a cache gets letters and whom it tells. */
export interface LetterSource {
  readonly length: number;
  load(start: number, end: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Letters have come. */
  readonly onLoad: () => void;
  /** A request failed for another reason than that it was no longer wanted. */
  readonly onError: (error: unknown) => void;
}

/**
 * Letters of a record near those that are seen. What was scrolled past before it came is cancelled, so
 * that a fast scroll waits for nothing; the chunks beside the visible ones are fetched ahead.
 */
export class LetterCache {
  readonly #source: LetterSource;
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #pending = new Map<number, AbortController>();
  readonly #failed = new Set<number>();

  constructor(source: LetterSource) {
    this.#source = source;
  }

  /** Says which letters are seen; to be called after each scroll. */
  want(start: number, end: number): void {
    const last = Math.floor(Math.max(0, this.#source.length - 1) / CHUNK);
    if (this.#source.length === 0) return;
    const first = Math.max(0, Math.floor(start / CHUNK));
    const final = Math.min(last, Math.floor(Math.max(start, end - 1) / CHUNK));
    const wanted: number[] = [];
    for (let chunk = first; chunk <= final; chunk++) wanted.push(chunk);
    for (const chunk of [final + 1, first - 1]) {
      if (chunk >= 0 && chunk <= last) wanted.push(chunk);
    }
    for (const [chunk, abort] of this.#pending) {
      if (!wanted.includes(chunk)) {
        this.#pending.delete(chunk);
        abort.abort();
      }
    }
    for (const chunk of wanted) {
      const known = this.#chunks.get(chunk);
      if (known === undefined) this.#fetch(chunk);
      else {
        // The oldest of a Map is its first: what is seen becomes the youngest.
        this.#chunks.delete(chunk);
        this.#chunks.set(chunk, known);
      }
    }
  }

  #fetch(chunk: number): void {
    if (this.#pending.has(chunk) || this.#failed.has(chunk)) return;
    const abort = new AbortController();
    this.#pending.set(chunk, abort);
    const start = chunk * CHUNK;
    const end = Math.min(this.#source.length, start + CHUNK);
    this.#source.load(start, end, abort.signal).then(
      (letters) => {
        if (this.#pending.get(chunk) !== abort) return;
        this.#pending.delete(chunk);
        this.#chunks.set(chunk, letters);
        for (const oldest of this.#chunks.keys()) {
          if (this.#chunks.size <= MOST_CHUNKS) break;
          this.#chunks.delete(oldest);
        }
        this.#source.onLoad();
      },
      (error: unknown) => {
        if (this.#pending.get(chunk) !== abort) return;
        this.#pending.delete(chunk);
        // Not asked again with each frame; a reload makes a new cache.
        this.#failed.add(chunk);
        this.#source.onError(error);
      },
    );
  }

  /** The letter at a position as in the file; 0 where it has not come or there is none. */
  at(position: number): number {
    if (position < 0 || position >= this.#source.length) return 0;
    return this.#chunks.get(Math.floor(position / CHUNK))?.[position % CHUNK] ?? 0;
  }

  /** Cancels what is still under way. */
  dispose(): void {
    for (const abort of this.#pending.values()) abort.abort();
    this.#pending.clear();
  }
}
