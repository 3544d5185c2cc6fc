/** A slider of at least so many pixels can be taken with the mouse. */
const SMALLEST_THUMB = 20;

/**
 * Where a view stands in content that may be far higher than a browser allows an element to be:
 * 250 million bases at 60 a row are some 80 million pixels. All numbers are pixels, or any one unit.
 */
export class ScrollRange {
  #total = 0;
  #page = 0;
  #top = 0;

  get total(): number {
    return this.#total;
  }

  get page(): number {
    return this.#page;
  }

  get top(): number {
    return this.#top;
  }

  set top(value: number) {
    this.#top = Math.min(this.last, Math.max(0, Number.isFinite(value) ? value : 0));
  }

  /** The furthest that `top` can be. */
  get last(): number {
    return Math.max(0, this.#total - this.#page);
  }

  /** Says how much content there is and how much of it is seen; `top` stays where it can. */
  resize(total: number, page: number): void {
    this.#total = Math.max(0, total);
    this.#page = Math.max(0, page);
    this.top = this.#top;
  }

  /** Scrolls as little as makes a part visible. */
  reveal(start: number, end: number): void {
    if (start < this.#top) this.top = start;
    else if (end > this.#top + this.#page) this.top = end - this.#page;
  }

  /** Length and offset of the slider on a track; undefined where all is seen. */
  thumb(track: number): { readonly size: number; readonly offset: number } | undefined {
    if (this.last === 0 || track <= 0) return undefined;
    const size = Math.min(track, Math.max(SMALLEST_THUMB, (track * this.#page) / this.#total));
    return { size, offset: ((track - size) * this.#top) / this.last };
  }

  /** Sets `top` by an offset of the slider on its track. */
  dragTo(offset: number, track: number): void {
    const thumb = this.thumb(track);
    if (thumb === undefined || track <= thumb.size) return;
    this.top = (offset / (track - thumb.size)) * this.last;
  }
}
