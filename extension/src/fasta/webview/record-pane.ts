import { element } from '../../webviews/element.ts';
import { HostError, type Host } from '../../webviews/host.ts';
import type { FastaProtocol, RecordRow } from '../fasta-protocol.ts';
import { RecordCompositions } from './record-compositions.ts';
import { VirtualList } from './virtual-list.ts';

/** What the list of records begins with and tells. */
export interface RecordPaneOptions {
  readonly host: Host<FastaProtocol>;
  readonly filter: string;
  /** Whether GC and N are counted: proteins have neither. */
  readonly bases: boolean;
  onSelect(row: RecordRow): void;
  onFilter(filter: string): void;
  onError(error: unknown): void;
}

/** The list of records with a field that filters it by name. */
export class RecordPane {
  readonly element: HTMLElement;
  readonly #options: RecordPaneOptions;
  readonly #list: VirtualList<RecordRow>;
  readonly #compositions: RecordCompositions;
  readonly #count = element('div', { class: 'record-count muted' });
  #filter: string;
  #abort = new AbortController();
  #record = -1;

  constructor(options: RecordPaneOptions) {
    this.#options = options;
    this.#filter = options.filter;
    const { host } = options;
    this.#compositions = new RecordCompositions(host);
    this.#list = new VirtualList<RecordRow>({
      label: 'Records',
      rowHeight: 22,
      load: async (start, end, signal) =>
        (await host.request('records', { filter: this.#filter, start, end }, { signal })).rows,
      draw: (row, item) => {
        if (item === undefined) row.append('…');
        else {
          row.title = item.description === '' ? item.name : `${item.name}\n${item.description}`;
          const cells = {
            gc: element('span', { class: 'record-gc muted' }),
            unknown: element('span', { class: 'record-unknown muted' }),
          };
          row.append(
            element('span', { class: 'record-name' }, item.name),
            element('span', { class: 'record-length muted' }, item.length.toLocaleString('en')),
            ...(options.bases ? [cells.gc, cells.unknown] : []),
          );
          if (options.bases) this.#compositions.show(item, row, cells);
        }
      },
      onSelect: (row) => {
        this.#record = row.record;
        options.onSelect(row);
      },
      onError: options.onError,
    });
    const filter = element('input', {
      type: 'search',
      class: 'record-filter',
      value: options.filter,
      placeholder: 'Filter records',
      'aria-label': 'Filter records by name',
      spellcheck: false,
    });
    let timer = 0;
    filter.addEventListener('input', () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        this.#filter = filter.value;
        options.onFilter(filter.value);
        void this.load();
      }, 120);
    });
    filter.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.element.querySelector<HTMLElement>('[role=listbox]')?.focus();
    });
    this.#count.setAttribute('role', 'status');
    this.element = element(
      'nav',
      { class: 'records', 'aria-label': 'Records' },
      filter,
      this.#count,
      element(
        'div',
        { class: 'record-heads muted', 'aria-hidden': 'true' },
        element('span', { class: 'record-name' }, 'Name'),
        element('span', { class: 'record-length' }, 'Length'),
        ...(options.bases
          ? [
              element('span', { class: 'record-gc' }, 'GC'),
              element('span', { class: 'record-unknown' }, 'N'),
            ]
          : []),
      ),
      this.#list.element,
    );
  }

  /** Applies the filter. */
  async load(): Promise<void> {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    try {
      const { count } = await this.#options.host.request(
        'records',
        { filter: this.#filter, start: 0, end: 0 },
        { signal },
      );
      const records = count === 1 ? '1 record' : `${count.toLocaleString('en')} records`;
      this.#count.textContent = count === 0 ? 'No record has a name with this text.' : records;
      this.#list.reset(count);
      if (this.#record >= 0) await this.mark(this.#record);
    } catch (error) {
      if (!(error instanceof HostError && error.cancelled)) this.#options.onError(error);
    }
  }

  /** Marks a record in the list, where the filter leaves it there. */
  async mark(record: number): Promise<void> {
    this.#record = record;
    const { filter } = { filter: this.#filter };
    const { position } = await this.#options.host.request('record', { record, filter });
    if (this.#record === record) this.#list.mark(position);
  }
}
