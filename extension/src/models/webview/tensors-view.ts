import { element, icon } from '../../webviews/element.ts';
import type { Host } from '../../webviews/host.ts';
import { HostError } from '../../webviews/host.ts';
import { VirtualTable, type TableSort, type TableState } from '../../webviews/virtual-table.ts';
import { tensorColumns, type ModelProtocol, type TensorQuery } from '../model-protocol.ts';
import { statisticsView } from './statistics-view.ts';

/** What is kept of the view. */
export interface TensorsState {
  readonly filter: string;
  readonly table: TableState;
}

/** Milliseconds after the last key before tensors are filtered. */
const PAUSE = 150;

/** The table of tensors with a filter, and the figures of the one that is chosen. */
export class TensorsView {
  readonly element: HTMLElement;
  readonly #host: Host<ModelProtocol>;
  readonly #table: VirtualTable;
  readonly #filter: HTMLInputElement;
  readonly #found: HTMLElement;
  readonly #side: HTMLElement;
  readonly #changed: () => void;
  #count: AbortController | undefined;
  #reading: { readonly name: string; readonly abort: AbortController } | undefined;

  constructor(host: Host<ModelProtocol>, changed: () => void) {
    this.#host = host;
    this.#changed = changed;
    this.#filter = element('input', {
      type: 'search',
      placeholder: 'Filter by name, type or shape',
      'aria-label': 'Filter tensors',
    });
    this.#found = element('span', { class: 'muted', 'aria-live': 'polite' });
    this.#side = element('aside', { class: 'side', 'aria-label': 'Figures of the tensor' });
    this.#table = new VirtualTable({
      label: 'Tensors',
      columns: [
        { name: 'Name', width: 320 },
        { name: 'Type', width: 60 },
        { name: 'Shape', width: 140, align: 'end' },
        { name: 'Parameters', width: 110, align: 'end' },
        { name: 'Size', width: 90, align: 'end' },
      ],
      fetchRows: (from, to, signal) =>
        host.request('rows', { query: this.#query(), from, to }, { signal }),
      onSort: () => {
        void this.refresh();
      },
      onSelect: (row) => {
        void this.#choose(row);
      },
      onChange: changed,
      onError: (error) => {
        this.#fail(error);
      },
    });
    let timer = 0;
    this.#filter.addEventListener('input', () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        void this.refresh();
      }, PAUSE);
    });
    this.#showHint();
    this.element = element(
      'div',
      { class: 'tensors' },
      element('div', { class: 'toolbar' }, this.#filter, this.#found),
      element('div', { class: 'split' }, this.#table.element, this.#side),
    );
    host.on('read', ({ name, share }) => {
      if (name !== this.#reading?.name) return;
      const bar = this.#side.querySelector<HTMLElement>('.progress > div');
      if (bar !== null) bar.style.width = `${String(Math.round(100 * share))}%`;
    });
  }

  get state(): TensorsState {
    return { filter: this.#filter.value, table: this.#table.state };
  }

  /** Looks as before. */
  async restore({ filter, table }: TensorsState): Promise<void> {
    this.#filter.value = filter;
    this.#table.showSort(table.sort);
    await this.refresh();
    this.#table.restore(table);
  }

  /** Asks for the tensors again. */
  async refresh({ keepPlace = false }: { readonly keepPlace?: boolean } = {}): Promise<void> {
    this.#count?.abort();
    const abort = new AbortController();
    this.#count = abort;
    try {
      const rows = await this.#host.request('count', this.#query(), { signal: abort.signal });
      this.#table.setRows(rows, { keepPlace });
      const plural = rows === 1 ? 'tensor' : 'tensors';
      this.#found.textContent =
        rows === 0
          ? 'No tensor has that. Clear the filter to see all.'
          : `${String(rows)} ${plural}`;
      this.#changed();
    } catch (error) {
      this.#fail(error);
    }
  }

  #query(): TensorQuery {
    const sort: TableSort | undefined = this.#table.sort;
    const column = sort === undefined ? undefined : tensorColumns[sort.column];
    return {
      filter: this.#filter.value,
      ...(sort === undefined || column === undefined
        ? {}
        : { sort: { column, descending: sort.descending } }),
    };
  }

  #showHint(): void {
    this.#side.replaceChildren(
      element(
        'p',
        { class: 'muted' },
        'Choose a tensor to see the range and spread of its values.',
      ),
    );
  }

  #fail(error: unknown): void {
    if (error instanceof HostError && error.cancelled) return;
    const text = error instanceof Error ? error.message : String(error);
    this.#side.replaceChildren(element('p', { class: 'message error', role: 'alert' }, text));
  }

  async #choose(row: number): Promise<void> {
    this.#reading?.abort.abort();
    this.#changed();
    const [cells] = await this.#host.request('rows', {
      query: this.#query(),
      from: row,
      to: row + 1,
    });
    const [name, dtype = '', shape = ''] = cells ?? [];
    if (name === undefined) return;
    const abort = new AbortController();
    const reading = { name, abort };
    this.#reading = reading;
    const title = element(
      'div',
      {},
      element('h2', { class: 'mono' }, name),
      element('p', { class: 'muted' }, `${dtype}, ${shape}`),
    );
    const bar = element('div', { class: 'progress', role: 'progressbar' }, element('div'));
    const cancel = element(
      'button',
      {
        type: 'button',
        onclick: () => {
          abort.abort();
        },
      },
      icon('close'),
      'Cancel',
    );
    this.#side.replaceChildren(title, bar, cancel);
    try {
      const statistics = await this.#host.request('statistics', { name }, { signal: abort.signal });
      if (this.#reading === reading) this.#side.replaceChildren(title, statisticsView(statistics));
    } catch (error) {
      if (this.#reading !== reading) return;
      if (error instanceof HostError && error.cancelled) this.#showHint();
      else this.#fail(error);
    }
  }
}
