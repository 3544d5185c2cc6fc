import { WantedCache } from './wanted-cache.ts';

/** Where tiles come from. */
export interface TileSource<T> {
  load(column: number, row: number, signal: AbortSignal): Promise<T>;
  onLoad(): void;
  onError(error: unknown): void;
}

const MOST_TILES = 200;

const keyOf = (column: number, row: number): string => `${String(column)} ${String(row)}`;

/** Rectangles of a large picture; what is no longer seen before it came is cancelled. */
export class TileCache<T> {
  readonly #tiles: WantedCache<string, T>;

  constructor(source: TileSource<T>) {
    this.#tiles = new WantedCache({
      most: MOST_TILES,
      load: (key, signal) => {
        const [column = 0, row = 0] = key.split(' ').map(Number);
        return source.load(column, row, signal);
      },
      onLoad: () => {
        source.onLoad();
      },
      onError: (error) => {
        source.onError(error);
      },
    });
  }

  at(column: number, row: number): T | undefined {
    return this.#tiles.get(keyOf(column, row));
  }

  /** Says which tiles are seen: columns and rows from, and to (not included). */
  want(columns: readonly [number, number], rows: readonly [number, number]): void {
    const wanted = new Set<string>();
    for (let row = rows[0]; row < rows[1]; row++) {
      for (let column = columns[0]; column < columns[1]; column++) wanted.add(keyOf(column, row));
    }
    this.#tiles.want(wanted);
  }
}
