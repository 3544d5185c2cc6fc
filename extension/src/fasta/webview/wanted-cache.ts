/** How a cache loads and whom it tells. */
export interface WantedCacheOptions<K, T> {
  /** Entries that are kept; of more the ones that were not seen for longest go. */
  readonly most: number;
  load(key: K, signal: AbortSignal): Promise<T>;
  /** An entry has come. */
  onLoad(): void;
  /** A request failed for another reason than that it was no longer wanted. */
  onError(error: unknown): void;
}

/**
 * What was loaded of a large thing, by keys. What is no longer wanted before it came is cancelled, so
 * that a fast scroll waits for nothing.
 */
export class WantedCache<K extends string | number, T> {
  readonly #options: WantedCacheOptions<K, T>;
  readonly #entries = new Map<K, T>();
  readonly #pending = new Map<K, AbortController>();
  readonly #failed = new Set<K>();

  constructor(options: WantedCacheOptions<K, T>) {
    this.#options = options;
  }

  get(key: K): T | undefined {
    return this.#entries.get(key);
  }

  /** Says what is wanted now, and nothing else. */
  want(keys: ReadonlySet<K>): void {
    for (const [key, abort] of this.#pending) {
      if (keys.has(key)) continue;
      this.#pending.delete(key);
      abort.abort();
    }
    for (const key of keys) {
      const known = this.#entries.get(key);
      if (known === undefined) this.#fetch(key);
      else {
        // The oldest of a Map is its first: what is seen becomes the youngest.
        this.#entries.delete(key);
        this.#entries.set(key, known);
      }
    }
  }

  #fetch(key: K): void {
    if (this.#pending.has(key) || this.#failed.has(key)) return;
    const abort = new AbortController();
    this.#pending.set(key, abort);
    this.#options.load(key, abort.signal).then(
      (entry) => {
        if (this.#pending.get(key) !== abort) return;
        this.#pending.delete(key);
        this.#entries.set(key, entry);
        for (const oldest of this.#entries.keys()) {
          if (this.#entries.size <= this.#options.most) break;
          this.#entries.delete(oldest);
        }
        this.#options.onLoad();
      },
      (error: unknown) => {
        if (this.#pending.get(key) !== abort) return;
        this.#pending.delete(key);
        // Not asked again with each frame; a reload makes a new cache.
        this.#failed.add(key);
        this.#options.onError(error);
      },
    );
  }

  /** Cancels what is still under way. */
  dispose(): void {
    for (const abort of this.#pending.values()) abort.abort();
    this.#pending.clear();
  }
}
