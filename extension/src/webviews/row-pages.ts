/** Asks for rows; the signal is aborted when they are no longer wanted. */
export type FetchRows = (
  from: number,
  to: number,
  signal: AbortSignal,
) => Promise<readonly (readonly string[])[]>;

/** Rows asked for at once. */
const PAGE = 200;
/** Pages that are kept. */
const MOST = 40;

/** Rows by ranges: pages near the viewport are asked for and kept, the oldest are forgotten. */
export class RowPages {
  readonly #fetch: FetchRows;
  readonly #arrived: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #pages = new Map<number, readonly (readonly string[])[]>();
  readonly #asked = new Map<number, AbortController>();

  constructor(fetch: FetchRows, arrived: () => void, failed: (error: unknown) => void) {
    this.#fetch = fetch;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  /** The cells of a row, or undefined while they are on their way. */
  row(index: number): readonly string[] | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Asks for the pages of rows that are not here; requests for other places are cancelled. */
  want(from: number, to: number, rows: number): void {
    const first = Math.floor(from / PAGE);
    const last = Math.floor(Math.max(from, to - 1) / PAGE);
    for (const [page, abort] of this.#asked) {
      if (page < first - 1 || page > last + 1) {
        abort.abort();
        this.#asked.delete(page);
      }
    }
    for (let page = first; page <= last; page++) {
      const kept = this.#pages.get(page);
      if (kept !== undefined) {
        this.#pages.delete(page);
        this.#pages.set(page, kept);
      } else if (!this.#asked.has(page) && page * PAGE < rows) void this.#ask(page, rows);
    }
  }

  /** Forgets all rows, because order or filter changed. */
  clear(): void {
    for (const abort of this.#asked.values()) abort.abort();
    this.#asked.clear();
    this.#pages.clear();
  }

  async #ask(page: number, rows: number): Promise<void> {
    const abort = new AbortController();
    this.#asked.set(page, abort);
    try {
      const from = page * PAGE;
      const found = await this.#fetch(from, Math.min(rows, from + PAGE), abort.signal);
      if (abort.signal.aborted) return;
      this.#pages.set(page, found);
      const oldest = this.#pages.keys().next();
      if (this.#pages.size > MOST && oldest.done !== true) this.#pages.delete(oldest.value);
      this.#arrived();
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(error);
    } finally {
      if (this.#asked.get(page) === abort) this.#asked.delete(page);
    }
  }
}
