import { element } from '../../webviews/element.ts';
import { ScrollBar } from './scroll-bar.ts';
import { ScrollRange } from './scroll-range.ts';

const PAGE = 128;
const MOST_PAGES = 64;

/** What a list shows and tells. */
export interface VirtualListOptions<T> {
  readonly label: string;
  /** Height of a row in pixels. */
  readonly rowHeight: number;
  load(start: number, end: number, signal: AbortSignal): Promise<readonly T[]>;
  /** Fills a row; undefined while it is loading. */
  draw(row: HTMLElement, item: T | undefined): void;
  onSelect(item: T, index: number): void;
  onError(error: unknown): void;
}

/** A list box of any number of rows, of which those in view are loaded and made. */
export class VirtualList<T> {
  readonly element: HTMLElement;
  readonly #options: VirtualListOptions<T>;
  readonly #rows: HTMLElement;
  readonly #range = new ScrollRange();
  readonly #bar: ScrollBar;
  readonly #made = new Map<number, HTMLElement>();
  readonly #pages = new Map<number, readonly T[]>();
  readonly #pending = new Map<number, AbortController>();
  readonly #id: string;
  #count = 0;
  #selected = -1;
  #frame = 0;
  #reveal = false;

  constructor(options: VirtualListOptions<T>) {
    this.#options = options;
    this.#id = options.label.toLowerCase().replace(/\W+/g, '-');
    this.#rows = element('div', { class: 'list-rows', tabIndex: 0, 'aria-label': options.label });
    this.#rows.setAttribute('role', 'listbox');
    this.#bar = new ScrollBar(this.#range, {
      label: `Scroll ${options.label.toLowerCase()}`,
      onScroll: () => {
        this.#ask();
      },
    });
    this.element = element('div', { class: 'virtual-list' }, this.#rows, this.#bar.element);
    this.element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.#range.top += event.deltaMode === 1 ? event.deltaY * options.rowHeight : event.deltaY;
        this.#ask();
      },
      { passive: false },
    );
    this.#rows.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    this.#rows.addEventListener('pointerdown', (event) => {
      const box = this.#rows.getBoundingClientRect();
      const at = Math.floor((event.clientY - box.top + this.#range.top) / options.rowHeight);
      if (at >= 0 && at < this.#count) this.#choose(at);
    });
    new ResizeObserver(() => {
      this.#ask();
    }).observe(this.#rows);
  }

  get selected(): number {
    return this.#selected;
  }

  /** Forgets all rows and shows so many others. */
  reset(count: number): void {
    for (const abort of this.#pending.values()) abort.abort();
    this.#pending.clear();
    this.#pages.clear();
    for (const row of this.#made.values()) row.remove();
    this.#made.clear();
    this.#selected = -1;
    this.#count = count;
    this.#range.top = 0;
    this.#ask();
  }

  /** There are more rows than before; those there are stay. */
  grow(count: number): void {
    const last = Math.floor(this.#count / PAGE);
    this.#pending.get(last)?.abort();
    this.#pending.delete(last);
    this.#pages.delete(last);
    this.#count = count;
    this.#ask();
  }

  /** Marks a row without telling of it, and scrolls to it; -1 marks none. */
  mark(index: number): void {
    this.#selected = index;
    this.#reveal = index >= 0;
    this.#ask();
  }

  #choose(index: number): void {
    this.mark(index);
    const item = this.#item(index);
    if (item !== undefined) this.#options.onSelect(item, index);
    else {
      void this.#options.load(index, index + 1, new AbortController().signal).then(([loaded]) => {
        if (loaded !== undefined && this.#selected === index) this.#options.onSelect(loaded, index);
      }, this.#options.onError);
    }
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#rows.clientHeight / this.#options.rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const to = Math.min(this.#count - 1, Math.max(0, this.#selected + step));
    if (to >= 0 && to !== this.#selected) this.#choose(to);
  }

  #item(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  #ask(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const { rowHeight, draw } = this.#options;
    const height = this.#rows.clientHeight;
    // A list that is hidden has no height; what was to be revealed is when it is shown.
    if (height === 0) return;
    this.#range.resize(this.#count * rowHeight, height);
    if (this.#reveal) {
      this.#reveal = false;
      this.#range.reveal(this.#selected * rowHeight, (this.#selected + 1) * rowHeight);
    }
    this.#bar.update();
    const first = Math.floor(this.#range.top / rowHeight);
    const last = Math.min(this.#count, Math.ceil((this.#range.top + height) / rowHeight));
    this.#fetch(first, last);
    for (const [index, row] of this.#made) {
      if (index >= first && index < last) continue;
      row.remove();
      this.#made.delete(index);
    }
    for (let index = first; index < last; index++) {
      let row = this.#made.get(index);
      if (row === undefined) {
        row = element('div', {
          class: 'list-row',
          id: `${this.#id}-${String(index)}`,
          'aria-setsize': String(this.#count),
          'aria-posinset': String(index + 1),
        });
        row.setAttribute('role', 'option');
        row.style.height = `${String(rowHeight)}px`;
        this.#made.set(index, row);
        this.#rows.append(row);
      }
      row.style.transform = `translateY(${String(index * rowHeight - this.#range.top)}px)`;
      const selected = index === this.#selected;
      row.classList.toggle('selected', selected);
      row.setAttribute('aria-selected', String(selected));
      const item = this.#item(index);
      const state = item === undefined ? 'loading' : 'loaded';
      if (row.dataset.state !== state) {
        row.dataset.state = state;
        row.replaceChildren();
        draw(row, item);
      }
    }
    if (this.#selected >= 0) {
      this.#rows.setAttribute('aria-activedescendant', `${this.#id}-${String(this.#selected)}`);
    } else this.#rows.removeAttribute('aria-activedescendant');
  }

  #fetch(first: number, last: number): void {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(first, last - 1) / PAGE);
    for (const [page, abort] of this.#pending) {
      if (page >= from && page <= to) continue;
      abort.abort();
      this.#pending.delete(page);
    }
    for (let page = from; page <= to && page * PAGE < this.#count; page++) {
      if (this.#pages.has(page) || this.#pending.has(page)) continue;
      const abort = new AbortController();
      this.#pending.set(page, abort);
      const end = Math.min(this.#count, (page + 1) * PAGE);
      this.#options.load(page * PAGE, end, abort.signal).then(
        (items) => {
          if (this.#pending.get(page) !== abort) return;
          this.#pending.delete(page);
          this.#pages.set(page, items);
          for (const oldest of this.#pages.keys()) {
            if (this.#pages.size <= MOST_PAGES) break;
            this.#pages.delete(oldest);
          }
          this.#ask();
        },
        (error: unknown) => {
          if (this.#pending.get(page) !== abort) return;
          // Kept as empty, or each frame would ask again.
          this.#pending.delete(page);
          this.#pages.set(page, []);
          this.#options.onError(error);
        },
      );
    }
  }
}
