import { element, icon, iconButton } from '../../webviews/element.ts';
import { HostError } from '../../webviews/host.ts';
import { VirtualTable, type TableColumn } from '../../webviews/virtual-table.ts';
import type { Column, TableView } from '../track-types.ts';
import { countOf, formatCount, formatRegion } from './format-text.ts';
import { invalidPanel } from './invalid-panel.ts';
import type { PageContext } from './page-context.ts';

/** Milliseconds without a key after which a filter is applied. */
const PAUSE = 250;

const WIDTHS: Readonly<Record<Column['kind'], number>> = {
  text: 150,
  whole: 100,
  number: 90,
  strand: 70,
  color: 110,
};

function tableColumn({ name, kind, description }: Column): TableColumn {
  const isNumber = kind === 'whole' || kind === 'number';
  const width = /attributes/i.test(name) ? 420 : Math.max(WIDTHS[kind], name.length * 9 + 34);
  return { name, description, width, align: isNumber ? 'end' : 'start' };
}

/** The rows of the file: sorted, filtered, selected. */
export class TableTab {
  readonly element: HTMLElement;
  readonly #page: PageContext;
  readonly #table: VirtualTable;
  readonly #filter: HTMLInputElement;
  readonly #inView: HTMLButtonElement;
  readonly #count = element('span', { class: 'muted', role: 'status' });
  readonly #problem = element('div', { class: 'message error', role: 'alert', hidden: true });
  readonly #empty = element('div', { class: 'empty', hidden: true });
  #asked: AbortController | undefined;
  #timer = 0;
  #isRestored = false;

  constructor(page: PageContext) {
    this.#page = page;
    const { host, file } = page;
    const { filter = '', inView = false, table } = page.state();
    this.#table = new VirtualTable({
      label: `Rows of ${file.name}`,
      columns: file.columns.map(tableColumn),
      fetchRows: (from, to, signal) => host.request('cells', { from, to }, { signal }),
      onSort: () => {
        void this.apply();
      },
      onSelect: (position) => {
        void this.#select(position);
      },
      onOpen: (position) => {
        host.request('row', { position }).then(({ region }) => {
          page.showRegion(region);
        }, page.complain);
      },
      onError: page.complain,
      onChange: () => {
        page.keep({ table: this.#table.state });
      },
    });
    if (table?.sort !== undefined) this.#table.showSort(table.sort);
    this.#filter = element('input', {
      type: 'search',
      class: 'filter',
      value: filter,
      spellcheck: false,
      placeholder: 'Filter, for example chrom=chrI score>500 name~TATA',
      'aria-label': 'Filter rows',
      oninput: () => {
        window.clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => void this.apply(), PAUSE);
      },
    });
    this.#inView = element(
      'button',
      {
        class: 'toggle',
        type: 'button',
        title: 'Only rows that overlap the region shown in Tracks',
        'aria-pressed': String(inView),
        onclick: () => {
          this.#inView.setAttribute('aria-pressed', String(!this.#isInView));
          void this.apply();
        },
      },
      icon('telescope'),
      'In view',
    );
    const help = this.#help();
    const invalid = invalidPanel(page);
    this.element = element(
      'div',
      { class: 'tab-panel', id: 'panel-table', role: 'tabpanel', 'aria-labelledby': 'tab-table' },
      element(
        'div',
        { class: 'toolbar' },
        this.#filter,
        iconButton('question', 'How to write a filter', () => {
          help.hidden = !help.hidden;
        }),
        this.#inView,
        this.#count,
        element('span', { class: 'spacer' }),
        ...(invalid === undefined ? [] : [invalid.button]),
        element(
          'button',
          {
            type: 'button',
            title: 'Write the rows of this table, as they are filtered and sorted, to a file',
            onclick: () => {
              host.request('exportRows', {}).catch(page.complain);
            },
          },
          icon('export'),
          'Export…',
        ),
      ),
      help,
      ...(invalid === undefined ? [] : [invalid.panel]),
      this.#problem,
      element('div', { class: 'table-box' }, this.#table.element, this.#empty),
    );
  }

  get #isInView(): boolean {
    return this.#inView.getAttribute('aria-pressed') === 'true';
  }

  /** Called when the tab comes into sight. */
  show(): void {
    if (!this.#isRestored || this.#isInView) void this.apply();
  }

  focus(): void {
    this.#table.focus();
  }

  /** Marks the row of the file that was chosen elsewhere. */
  mark(position: number): void {
    if (this.#isRestored) this.#table.select(position);
  }

  /** Applies filter and order. */
  async apply(): Promise<void> {
    window.clearTimeout(this.#timer);
    this.#asked?.abort();
    const abort = new AbortController();
    this.#asked = abort;
    const { host, file, state, keep } = this.#page;
    const filter = this.#filter.value.trim();
    const { sort } = this.#table;
    const { view: region } = state();
    const wanted: TableView = {
      ...(filter === '' ? {} : { filter }),
      ...(sort === undefined ? {} : { sort }),
      ...(this.#isInView && region !== undefined
        ? {
            region: {
              chrom: region.chrom,
              start: Math.floor(region.start),
              end: Math.ceil(region.end),
            },
          }
        : {}),
    };
    const slow = window.setTimeout(() => {
      this.#count.textContent = 'Filtering…';
    }, 200);
    try {
      const { count } = await host.request('view', wanted, { signal: abort.signal });
      this.#problem.hidden = true;
      const all = countOf(file.rows, 'row');
      this.#count.textContent = count === file.rows ? all : `${formatCount(count)} of ${all}`;
      this.#empty.hidden = count > 0;
      if (count === 0) this.#showEmpty(wanted);
      const kept = this.#isRestored ? undefined : state().table;
      this.#isRestored = true;
      this.#table.setRows(count);
      if (kept !== undefined) this.#table.restore(kept);
      keep({ filter, inView: this.#isInView, table: this.#table.state });
    } catch (error) {
      if (error instanceof HostError && error.cancelled) return;
      this.#problem.hidden = false;
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
      this.#count.textContent = '';
    } finally {
      window.clearTimeout(slow);
    }
  }

  dispose(): void {
    this.#asked?.abort();
    window.clearTimeout(this.#timer);
    this.#table.dispose();
    this.element.remove();
  }

  #showEmpty({ filter, region }: TableView): void {
    const none = filter === undefined && region === undefined;
    const what = none
      ? 'The file has no records. Lines that are added to it are shown after Reload.'
      : region === undefined
        ? 'No row fits the filter.'
        : `No row fits in ${formatRegion(region)}.`;
    this.#empty.replaceChildren(
      element('p', {}, what),
      ...(none
        ? []
        : [
            element(
              'button',
              {
                type: 'button',
                onclick: () => {
                  this.#filter.value = '';
                  this.#inView.setAttribute('aria-pressed', 'false');
                  void this.apply();
                  this.#filter.focus();
                },
              },
              'Show all rows',
            ),
          ]),
    );
  }

  async #select(position: number): Promise<void> {
    try {
      this.#page.selectRow(await this.#page.host.request('row', { position }));
    } catch (error) {
      this.#page.complain(error);
    }
  }

  #help(): HTMLElement {
    const names = this.#page.file.columns.map(({ name }) => name).join(', ');
    const code = (text: string): HTMLElement => element('code', {}, text);
    const item = (...parts: (Node | string)[]): HTMLElement => element('li', {}, ...parts);
    return element(
      'div',
      { class: 'help', hidden: true, id: 'filter-help' },
      element('p', {}, 'Rows must fit all terms, which stand apart by spaces:'),
      element(
        'ul',
        {},
        item(code('chrom=chrI'), ' is, ', code('strand!=-'), ' is not'),
        item(code('score>500'), ', ', code('start<=12000'), ' by value'),
        item(code('name~TATA'), ' contains, upper or lower case'),
        item(code('TATA'), ' contains, in any column'),
      ),
      element('p', { class: 'muted' }, `Columns: ${names}`),
    );
  }
}
