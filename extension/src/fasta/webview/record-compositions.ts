import type { Host } from '../../webviews/host.ts';
import type { FastaProtocol, RecordRow } from '../fasta-protocol.ts';

/** What the list shows of a record's letters. */
export interface RecordComposition {
  /** Share of G and C among the bases; NaN where there are none. */
  readonly gc: number;
  /** Letters N. */
  readonly unknown: number;
}

/** Cells of a row. */
interface Cells {
  readonly gc: HTMLElement;
  readonly unknown: HTMLElement;
}

interface Waiting {
  readonly item: RecordRow;
  readonly row: HTMLElement;
  readonly cells: Cells;
}

/** Milliseconds that the list must rest before anything is counted. */
const REST = 250;
/** Records whose figures are kept. */
const MOST_KEPT = 20_000;

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function fill({ item, row, cells }: Waiting, { gc, unknown }: RecordComposition): void {
  cells.gc.textContent = Number.isNaN(gc) ? '–' : `${(100 * gc).toFixed(1)} %`;
  cells.unknown.textContent = compact.format(unknown);
  const figures = `GC ${cells.gc.textContent}, N ${unknown.toLocaleString('en')}`;
  row.title = [item.name, item.description, figures].filter((text) => text !== '').join('\n');
}

/**
 * Counts GC and N of the records in view, one after the other once the list rests: a genome is not
 * read as a whole because its names are scrolled through.
 */
export class RecordCompositions {
  readonly #host: Host<FastaProtocol>;
  readonly #known = new Map<number, RecordComposition>();
  #waiting: Waiting[] = [];
  #timer = 0;
  #counting = false;

  constructor(host: Host<FastaProtocol>) {
    this.#host = host;
  }

  /** Fills the cells of a row, at once or when they are counted. */
  show(item: RecordRow, row: HTMLElement, cells: Cells): void {
    const known = this.#known.get(item.record);
    const waiting = { item, row, cells };
    if (known !== undefined) {
      fill(waiting, known);
      return;
    }
    this.#waiting.push(waiting);
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#count(), REST);
  }

  async #count(): Promise<void> {
    if (this.#counting) return;
    this.#counting = true;
    try {
      for (;;) {
        // Rows that left the view are not counted.
        this.#waiting = this.#waiting.filter(({ cells }) => cells.gc.isConnected);
        const next = this.#waiting.shift();
        if (next === undefined) return;
        const { record } = next.item;
        const { counts, gc } = await this.#host.request('composition', { record });
        const figures = { gc, unknown: counts['N'] ?? 0 };
        if (this.#known.size >= MOST_KEPT) this.#known.clear();
        this.#known.set(record, figures);
        fill(next, figures);
      }
    } catch {
      // The file cannot be read any more: the page says so where its letters are.
      this.#waiting = [];
    } finally {
      this.#counting = false;
    }
  }
}
