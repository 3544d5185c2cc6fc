/** Where tiles come from. */
export interface TileSource<T> {
  load(column: number, row: number, signal: AbortSignal): Promise<T>;
  onLoad(): void;
  onError(error: unknown): void;
}

const MOST_TILES = 200;

/** Rectangles of a large picture; what is no longer seen before it came is cancelled. */
export class TileCache<T> {
  readonly #source: TileSource<T>;
  readonly #tiles = new Map<string, T>();
  readonly #pending = new Map<string, AbortController>();
  readonly #failed = new Set<string>();

  constructor(source: TileSource<T>) {
    this.#source = source;
  }

  at(column: number, row: number): T | undefined {
    return this.#tiles.get(`${String(column)} ${String(row)}`);
  }

  /** Says which tiles are seen: columns and rows from, and to (not included). */
  want(columns: readonly [number, number], rows: readonly [number, number]): void {
    const wanted = new Set<string>();
    for (let row = rows[0]; row < rows[1]; row++) {
      for (let column = columns[0]; column < columns[1]; column++) {
        const key = `${String(column)} ${String(row)}`;
        wanted.add(key);
        const known = this.#tiles.get(key);
        if (known === undefined) this.#fetch(key, column, row);
        else {
          this.#tiles.delete(key);
          this.#tiles.set(key, known);
        }
      }
    }
    for (const [key, abort] of this.#pending) {
      if (wanted.has(key)) continue;
      this.#pending.delete(key);
      abort.abort();
    }
  }

  #fetch(key: string, column: number, row: number): void {
    if (this.#pending.has(key) || this.#failed.has(key)) return;
    const abort = new AbortController();
    this.#pending.set(key, abort);
    this.#source.load(column, row, abort.signal).then(
      (tile) => {
        if (this.#pending.get(key) !== abort) return;
        this.#pending.delete(key);
        this.#tiles.set(key, tile);
        for (const oldest of this.#tiles.keys()) {
          if (this.#tiles.size <= MOST_TILES) break;
          this.#tiles.delete(oldest);
        }
        this.#source.onLoad();
      },
      (error: unknown) => {
        if (this.#pending.get(key) !== abort) return;
        this.#pending.delete(key);
        this.#failed.add(key);
        this.#source.onError(error);
      },
    );
  }
}
