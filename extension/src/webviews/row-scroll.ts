/** Pixels of an element at most that every browser still lays out; a longer list is mapped onto it. */
export const TALLEST = 8_000_000;

/**
 * Where a long list is scrolled to. Places are in pixels of the whole list, which may be taller than
 * any element can be: then the scroll bar stands for a share of it, while wheel and keys still move by
 * exact pixels.
 */
export class RowScroll {
  readonly rowHeight: number;
  #rows = 0;
  #viewport = 0;
  #top = 0;

  constructor(rowHeight: number) {
    this.rowHeight = rowHeight;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Pixels of the whole list above the first that is seen. */
  get top(): number {
    return this.#top;
  }

  /** Height of the element that makes the scroll bar. */
  get height(): number {
    return Math.min(this.#total, Math.max(TALLEST, this.#viewport));
  }

  /** Whether the scroll bar stands for a share rather than for pixels. */
  get isMapped(): boolean {
    return this.#total > this.height;
  }

  /** Place of the scroll bar for the place in the list. */
  get barTop(): number {
    if (!this.isMapped) return this.#top;
    return (this.#top / (this.#total - this.#viewport)) * (this.height - this.#viewport);
  }

  /** The first row that is seen and the one behind the last. */
  get range(): { readonly from: number; readonly to: number } {
    const from = Math.min(this.#rows, Math.floor(this.#top / this.rowHeight));
    const to = Math.min(this.#rows, Math.ceil((this.#top + this.#viewport) / this.rowHeight));
    return { from, to };
  }

  /** Rows that are seen whole, at least one. */
  get page(): number {
    return Math.max(1, Math.floor(this.#viewport / this.rowHeight));
  }

  get #total(): number {
    return this.#rows * this.rowHeight;
  }

  resize(rows: number, viewport: number): void {
    this.#rows = rows;
    this.#viewport = viewport;
    this.moveTo(this.#top);
  }

  moveTo(top: number): void {
    this.#top = Math.max(0, Math.min(top, this.#total - this.#viewport));
  }

  /** Follows the scroll bar, which the user dragged. */
  moveBarTo(barTop: number): void {
    if (!this.isMapped) this.moveTo(barTop);
    else {
      const share = barTop / Math.max(1, this.height - this.#viewport);
      this.moveTo(share * (this.#total - this.#viewport));
    }
  }

  /** Moves as little as needed to see a row whole. */
  reveal(row: number): void {
    const top = row * this.rowHeight;
    if (top < this.#top) this.moveTo(top);
    else if (top + this.rowHeight > this.#top + this.#viewport) {
      this.moveTo(top + this.rowHeight - this.#viewport);
    }
  }
}
