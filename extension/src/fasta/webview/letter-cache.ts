import { WantedCache } from './wanted-cache.ts';

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
 * Letters of a record near those that are seen; the chunks beside the visible ones are fetched ahead.
 */
export class LetterCache {
  readonly #length: number;
  readonly #chunks: WantedCache<number, Uint8Array>;

  constructor(source: LetterSource) {
    this.#length = source.length;
    this.#chunks = new WantedCache({
      most: MOST_CHUNKS,
      load: (chunk, signal) => {
        const start = chunk * CHUNK;
        return source.load(start, Math.min(source.length, start + CHUNK), signal);
      },
      onLoad: () => {
        source.onLoad();
      },
      onError: (error) => {
        source.onError(error);
      },
    });
  }

  /** Says which letters are seen; to be called after each scroll. */
  want(start: number, end: number): void {
    if (this.#length === 0) return;
    const last = Math.floor((this.#length - 1) / CHUNK);
    const first = Math.max(0, Math.floor(start / CHUNK));
    const final = Math.min(last, Math.floor(Math.max(start, end - 1) / CHUNK));
    const wanted = new Set<number>();
    for (let chunk = first; chunk <= final; chunk++) wanted.add(chunk);
    for (const chunk of [final + 1, first - 1]) {
      if (chunk >= 0 && chunk <= last) wanted.add(chunk);
    }
    this.#chunks.want(wanted);
  }

  /** The letter at a position as in the file; 0 where it has not come or there is none. */
  at(position: number): number {
    if (position < 0 || position >= this.#length) return 0;
    return this.#chunks.get(Math.floor(position / CHUNK))?.[position % CHUNK] ?? 0;
  }

  /** Cancels what is still under way. */
  dispose(): void {
    this.#chunks.dispose();
  }
}
