import { element, icon, iconButton } from '../../webviews/element.ts';
import type { Region } from '../track-types.ts';
import { formatBases, formatRegion } from './format-text.ts';
import type { PageContext } from './page-context.ts';

/** What is told of the record that is selected. */
export interface ShownRecord {
  readonly title: string;
  readonly region: Region;
  readonly strand: '+' | '-' | '.';
  /** Line in the file of the editor; 0 where it has none. */
  readonly line: number;
  readonly cells: readonly { readonly name: string; readonly value: string }[];
}

/** The record that is selected, with what can be done with it. */
export class DetailsPanel {
  readonly element = element('aside', {
    class: 'details',
    hidden: true,
    'aria-label': 'Selected record',
  });
  readonly #page: PageContext;
  #record: ShownRecord | undefined;

  constructor(page: PageContext) {
    this.#page = page;
  }

  /** Shows a record, or nothing. */
  show(record: ShownRecord | undefined): void {
    this.#record = record;
    this.element.hidden = record === undefined;
    this.refresh();
  }

  /** Shows the same again, because the genome changed. */
  refresh(): void {
    const record = this.#record;
    if (record === undefined) return;
    const { region, strand, title } = record;
    const length = formatBases(region.end - region.start);
    this.element.replaceChildren(
      element(
        'div',
        { class: 'details-head' },
        element('strong', { class: 'details-title', title }, title),
        element('span', { class: 'mono' }, formatRegion(region)),
        element(
          'span',
          { class: 'muted' },
          strand === '.' ? length : `${length}, strand ${strand}`,
        ),
        element('span', { class: 'details-buttons' }, ...this.#buttons(record)),
        iconButton('close', 'Close the details', () => {
          this.show(undefined);
        }),
      ),
      element(
        'dl',
        { class: 'details-cells', tabIndex: 0, 'aria-label': 'Columns of the record' },
        ...record.cells
          .filter(({ value }) => value !== '')
          .map(({ name, value }) =>
            element(
              'div',
              {},
              element('dt', { class: 'muted' }, name),
              element(
                'dd',
                { class: 'mono' },
                value.length > 2000 ? `${value.slice(0, 2000)}…` : value,
              ),
            ),
          ),
      ),
    );
  }

  #buttons({ region, line, cells }: ShownRecord): HTMLElement[] {
    const { host, file, info, complain, showRegion } = this.#page;
    const ask = (asked: Promise<unknown>): void => {
      asked.catch(complain);
    };
    const { genome } = info();
    const withText = (name: string, text: string, onclick: () => void, title = text): HTMLElement =>
      element('button', { type: 'button', title, onclick }, icon(name), text);
    return [
      withText('graph', 'Show in tracks', () => {
        showRegion(region);
      }),
      genome === undefined
        ? withText(
            'folder-opened',
            'Choose genome…',
            () => {
              ask(host.request('chooseGenome', {}));
            },
            'Choose the genome FASTA of this workspace, to see the sequence',
          )
        : withText(
            'open-preview',
            'Show sequence',
            () => {
              ask(host.request('showSequence', region));
            },
            `Show this region in ${genome.name}`,
          ),
      ...(file.isText && line > 0
        ? [
            withText('go-to-file', 'Show in text', () => {
              ask(host.request('showText', { line }));
            }),
          ]
        : []),
      iconButton('copy', 'Copy the region', () => {
        const text = formatRegion(region).replaceAll(',', '');
        ask(host.request('copy', { text, what: 'the region' }));
      }),
      ...(cells.length === 0
        ? []
        : [
            iconButton('list-flat', 'Copy the row', () => {
              const text = cells.map(({ value }) => value).join('\t');
              ask(host.request('copy', { text, what: 'the row' }));
            }),
          ]),
    ];
  }
}
