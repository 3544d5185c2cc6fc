import { element, icon } from './element.ts';
import { RowPages, type FetchRows } from './row-pages.ts';
import { RowScroll } from './row-scroll.ts';

/** A column as a table shows it. */
export interface TableColumn {
  readonly name: string;
  /** Told when the pointer rests on the header. */
  readonly description?: string;
  /** Default `start`; numbers stand at the `end`. */
  readonly align?: 'start' | 'end';
  /** Width in pixels at first. Default 120. */
  readonly width?: number;
}

/** How rows are sorted. */
export interface TableSort {
  readonly column: number;
  readonly descending: boolean;
}

/** What a {@link VirtualTable} is made of. */
export interface VirtualTableOptions {
  /** What the table holds, for screen readers. */
  readonly label: string;
  readonly columns: readonly TableColumn[];
  /** Gives the cells of rows; only those near the viewport are asked for. */
  readonly fetchRows: FetchRows;
  /** The user clicked a header; without it headers are no buttons. */
  readonly onSort?: (sort: TableSort | undefined) => void;
  /** A row was chosen by a click or the keyboard. */
  readonly onSelect?: (row: number) => void;
  /** Enter or a double click on a row. */
  readonly onOpen?: (row: number) => void;
  /** Rows could not be had. */
  readonly onError?: (error: unknown) => void;
  /** Column widths or the scroll place changed: time to keep {@link VirtualTable.state}. */
  readonly onChange?: () => void;
}

/** What a table needs to look the same again. */
export interface TableState {
  readonly top: number;
  readonly widths: readonly number[];
  readonly selected?: number;
  readonly sort?: TableSort;
}

const ROW_HEIGHT = 22;
const NARROWEST = 40;
const WIDEST = 1200;

/**
 * A table of any number of rows that holds only those in sight: sorted by its headers, with columns
 * that can be resized, for mouse, keyboard and screen reader. Include `virtual-table.css`.
 *
 * @example
 * const table = new VirtualTable({ label: 'Regions', columns, fetchRows });
 * panel.append(table.element);
 * table.setRows(5_000_000);
 */
export class VirtualTable {
  readonly element: HTMLElement;
  readonly #options: VirtualTableOptions;
  readonly #scroll = new RowScroll(ROW_HEIGHT);
  readonly #pages: RowPages;
  readonly #scroller: HTMLElement;
  readonly #header: HTMLElement;
  readonly #layer: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #headers: HTMLElement[] = [];
  readonly #lines: HTMLElement[] = [];
  readonly #resized: ResizeObserver;
  readonly #id = `table-${Math.random().toString(36).slice(2)}`;
  #widths: number[];
  #sort: TableSort | undefined;
  #active = 0;
  #activeColumn = 0;
  #selected = -1;
  #frame = 0;
  /** Scroll place that we set ourselves; the event that follows is none of the user's. */
  #ownBarTop = -1;

  constructor(options: VirtualTableOptions) {
    this.#options = options;
    this.#widths = options.columns.map(({ width = 120 }) => width);
    this.#pages = new RowPages(
      options.fetchRows,
      () => {
        this.#schedule();
      },
      (error) => options.onError?.(error),
    );
    this.#header = element('div', { class: 'virtual-table-row virtual-table-header', role: 'row' });
    this.#header.setAttribute('aria-rowindex', '1');
    options.columns.forEach((column, index) => {
      this.#header.append(this.#makeHeader(column, index));
    });
    this.#layer = element('div', { class: 'virtual-table-layer', role: 'rowgroup' });
    this.#spacer = element('div', { class: 'virtual-table-spacer', role: 'presentation' });
    this.#scroller = element(
      'div',
      {
        class: 'virtual-table',
        role: 'grid',
        tabIndex: 0,
        'aria-label': options.label,
        'aria-colcount': String(options.columns.length),
        'aria-multiselectable': 'false',
      },
      element('div', { class: 'virtual-table-head', role: 'rowgroup' }, this.#header),
      this.#layer,
      this.#spacer,
    );
    this.element = this.#scroller;
    this.#listen();
    this.#resized = new ResizeObserver(() => {
      this.#measure();
    });
    this.#resized.observe(this.#scroller);
    this.#applyWidths();
  }

  /** The table as it looks, to be given to {@link VirtualTable.restore} later. */
  get state(): TableState {
    return {
      top: this.#scroll.top,
      widths: [...this.#widths],
      ...(this.#selected < 0 ? {} : { selected: this.#selected }),
      ...(this.#sort === undefined ? {} : { sort: this.#sort }),
    };
  }

  get sort(): TableSort | undefined {
    return this.#sort;
  }

  /** Looks as before; to be called when the number of rows is set. */
  restore({ top, widths, selected = -1, sort }: TableState): void {
    if (widths.length === this.#widths.length) this.#widths = [...widths];
    this.#selected = selected;
    this.#active = Math.max(0, selected);
    this.#applyWidths();
    this.showSort(sort);
    this.#scroll.moveTo(top);
    this.#place();
  }

  /** Says how many rows there are; all are asked for again. `keepPlace` stays where it is scrolled to. */
  setRows(rows: number, { keepPlace = false }: { readonly keepPlace?: boolean } = {}): void {
    this.#pages.clear();
    this.#selected = -1;
    if (!keepPlace) {
      this.#active = 0;
      this.#scroll.moveTo(0);
    }
    this.#scroller.setAttribute('aria-rowcount', String(rows + 1));
    this.#scroll.resize(rows, this.#scroll.page * ROW_HEIGHT);
    this.#active = Math.min(this.#active, Math.max(0, rows - 1));
    this.#measure();
  }

  /** Marks a row and scrolls to it. */
  select(row: number): void {
    this.#selected = row;
    if (row >= 0) {
      this.#active = row;
      this.#scroll.reveal(row);
    }
    this.#place();
  }

  /** Marks the header that rows are sorted by. */
  showSort(sort: TableSort | undefined): void {
    this.#sort = sort;
    this.#headers.forEach((header, index) => {
      const isSorted = sort?.column === index;
      const direction = sort?.descending === true ? 'descending' : 'ascending';
      header.setAttribute('aria-sort', isSorted ? direction : 'none');
    });
  }

  focus(): void {
    this.#scroller.focus();
  }

  dispose(): void {
    this.#resized.disconnect();
    this.#pages.clear();
    cancelAnimationFrame(this.#frame);
    this.#scroller.remove();
  }

  #makeHeader(column: TableColumn, index: number): HTMLElement {
    const title = column.description ?? column.name;
    const text = element('span', { class: 'virtual-table-name' }, column.name);
    const sortIcon = icon('arrow-up');
    sortIcon.classList.add('virtual-table-sort');
    const onkeydown = (event: KeyboardEvent): void => {
      if (!event.shiftKey || !/^Arrow(Left|Right)$/.test(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#resizeColumn(
        index,
        (this.#widths[index] ?? 0) + (event.key === 'ArrowLeft' ? -10 : 10),
      );
    };
    const name =
      this.#options.onSort === undefined
        ? element('span', { class: 'virtual-table-title', title }, text)
        : element(
            'button',
            {
              class: 'virtual-table-title',
              type: 'button',
              title: `${title}\nClick to sort; Shift with left or right arrow changes the width`,
              onclick: () => {
                this.#clickHeader(index);
              },
              onkeydown,
            },
            text,
            sortIcon,
          );
    const handle = element('div', { class: 'virtual-table-handle', 'aria-hidden': 'true' });
    handle.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      const start = event.clientX - (this.#widths[index] ?? 0);
      const move = (to: PointerEvent): void => {
        this.#resizeColumn(index, to.clientX - start);
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener(
        'lostpointercapture',
        () => {
          handle.removeEventListener('pointermove', move);
        },
        { once: true },
      );
    });
    const header = element(
      'div',
      { role: 'columnheader', class: 'virtual-table-cell' },
      name,
      handle,
    );
    header.setAttribute('aria-colindex', String(index + 1));
    if (column.align === 'end') header.classList.add('at-end');
    this.#headers.push(header);
    return header;
  }

  #clickHeader(column: number): void {
    const sort = this.#sort;
    const next =
      sort?.column !== column
        ? { column, descending: false }
        : sort.descending
          ? undefined
          : { column, descending: true };
    this.showSort(next);
    this.#options.onSort?.(next);
  }

  #resizeColumn(index: number, width: number): void {
    this.#widths[index] = Math.max(NARROWEST, Math.min(WIDEST, Math.round(width)));
    this.#applyWidths();
    this.#options.onChange?.();
  }

  #applyWidths(): void {
    const template = this.#widths.map((width) => `${String(width)}px`).join(' ');
    this.#scroller.style.setProperty('--columns', template);
    const total = this.#widths.reduce((sum, width) => sum + width, 0);
    this.#scroller.style.setProperty('--row-width', `${String(total)}px`);
  }

  #listen(): void {
    const scroller = this.#scroller;
    scroller.addEventListener('scroll', () => {
      if (Math.abs(scroller.scrollTop - this.#ownBarTop) > 1) {
        this.#scroll.moveBarTo(scroller.scrollTop);
        this.#ownBarTop = scroller.scrollTop;
        this.#options.onChange?.();
      }
      this.#schedule();
    });
    scroller.addEventListener(
      'wheel',
      (event) => {
        // A mapped scroll bar would jump over thousands of rows with each turn of the wheel.
        if (!this.#scroll.isMapped || event.deltaY === 0 || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        const unit = event.deltaMode === 1 ? ROW_HEIGHT : event.deltaMode === 2 ? 400 : 1;
        this.#scroll.moveTo(this.#scroll.top + event.deltaY * unit);
        this.#place();
        this.#options.onChange?.();
      },
      { passive: false },
    );
    scroller.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    this.#layer.addEventListener('click', ({ target }) => {
      const row = this.#rowOf(target);
      if (row !== undefined) this.#choose(row);
    });
    this.#layer.addEventListener('dblclick', ({ target }) => {
      const row = this.#rowOf(target);
      if (row !== undefined) this.#options.onOpen?.(row);
    });
    scroller.addEventListener('focus', () => {
      this.#schedule();
    });
  }

  #rowOf(target: EventTarget | null): number | undefined {
    if (!(target instanceof Element)) return undefined;
    const line = target.closest<HTMLElement>('.virtual-table-line');
    const cell = target.closest('.virtual-table-cell');
    if (line === null) return undefined;
    if (cell !== null) this.#activeColumn = Number(cell.getAttribute('aria-colindex')) - 1;
    return Number(line.dataset.row);
  }

  #choose(row: number): void {
    if (row < 0 || row >= this.#scroll.rows) return;
    this.select(row);
    this.#options.onSelect?.(row);
    this.#options.onChange?.();
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#scroller || event.altKey) return;
    const { page, rows } = this.#scroll;
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
      ...(event.ctrlKey || event.metaKey ? { Home: -rows, End: rows } : {}),
    };
    const step = steps[event.key];
    const last = this.#options.columns.length - 1;
    if (step !== undefined) {
      const from = this.#selected < 0 && Math.abs(step) === 1 ? this.#active - step : this.#active;
      this.#choose(Math.max(0, Math.min(rows - 1, from + step)));
    } else if (event.key === 'ArrowLeft') this.#moveColumn(this.#activeColumn - 1);
    else if (event.key === 'ArrowRight') this.#moveColumn(this.#activeColumn + 1);
    else if (event.key === 'Home') this.#moveColumn(0);
    else if (event.key === 'End') this.#moveColumn(last);
    else if (event.key === 'Enter' && this.#selected >= 0) this.#options.onOpen?.(this.#selected);
    else if (event.key === ' ' || event.key === 'Enter') this.#choose(this.#active);
    else return;
    event.preventDefault();
  }

  #moveColumn(column: number): void {
    this.#activeColumn = Math.max(0, Math.min(this.#options.columns.length - 1, column));
    const left = this.#widths.slice(0, this.#activeColumn).reduce((sum, width) => sum + width, 0);
    const right = left + (this.#widths[this.#activeColumn] ?? 0);
    const { scrollLeft, clientWidth } = this.#scroller;
    if (left < scrollLeft) this.#scroller.scrollLeft = left;
    else if (right > scrollLeft + clientWidth) this.#scroller.scrollLeft = right - clientWidth;
    this.#schedule();
  }

  #measure(): void {
    const { clientHeight } = this.#scroller;
    const viewport = Math.max(0, clientHeight - this.#header.offsetHeight);
    // A hidden table has no height: its place must outlast that.
    if (viewport === 0) return;
    this.#scroll.resize(this.#scroll.rows, viewport);
    this.#spacer.style.height = `${String(this.#scroll.height)}px`;
    this.#place();
  }

  /** Puts the scroll bar where the list is. */
  #place(): void {
    const { barTop } = this.#scroll;
    this.#ownBarTop = Math.round(barTop);
    if (Math.abs(this.#scroller.scrollTop - barTop) > 0.5) this.#scroller.scrollTop = barTop;
    this.#schedule();
  }

  #schedule(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#draw();
    });
  }

  #draw(): void {
    const { from, to } = this.#scroll.range;
    this.#pages.want(
      Math.max(0, from - 20),
      Math.min(this.#scroll.rows, to + 20),
      this.#scroll.rows,
    );
    while (this.#lines.length < to - from) this.#lines.push(this.#makeLine());
    this.#lines.forEach((line, index) => {
      this.#fillLine(line, from + index, from + index < to);
    });
    const isSeen = this.#active >= from && this.#active < to;
    if (isSeen) {
      const cell = this.#lines[this.#active - from]?.children[this.#activeColumn];
      if (cell !== undefined) this.#scroller.setAttribute('aria-activedescendant', cell.id);
    } else this.#scroller.removeAttribute('aria-activedescendant');
  }

  #makeLine(): HTMLElement {
    const line = element('div', { class: 'virtual-table-row virtual-table-line', role: 'row' });
    this.#options.columns.forEach((column, index) => {
      const cell = element('div', {
        class: column.align === 'end' ? 'virtual-table-cell at-end' : 'virtual-table-cell',
        role: 'gridcell',
        id: `${this.#id}-${String(this.#lines.length)}-${String(index)}`,
        'aria-colindex': String(index + 1),
      });
      line.append(cell);
    });
    this.#layer.append(line);
    return line;
  }

  #fillLine(line: HTMLElement, row: number, isShown: boolean): void {
    line.hidden = !isShown;
    if (!isShown) return;
    const cells = this.#pages.row(row);
    line.dataset.row = String(row);
    line.setAttribute('aria-rowindex', String(row + 2));
    line.setAttribute('aria-selected', String(row === this.#selected));
    line.classList.toggle('odd', row % 2 === 1);
    line.style.transform = `translateY(${String(row * ROW_HEIGHT - this.#scroll.top)}px)`;
    Array.from(line.children).forEach((cell, index) => {
      const text = cells === undefined ? '…' : (cells[index] ?? '');
      if (cell.textContent !== text) cell.textContent = text;
      cell.classList.toggle('active', row === this.#active && index === this.#activeColumn);
    });
  }
}
