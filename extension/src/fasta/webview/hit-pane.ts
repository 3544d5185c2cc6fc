import { element } from '../../webviews/element.ts';
import type { Host } from '../../webviews/host.ts';
import type { FastaProtocol } from '../fasta-protocol.ts';
import type { HitStore, ShownHit } from './hit-store.ts';
import { VirtualList } from './virtual-list.ts';

/** What the list of hits needs and tells. */
export interface HitPaneOptions {
  readonly host: Host<FastaProtocol>;
  onSelect(hit: ShownHit): void;
  onError(error: unknown): void;
}

interface NamedHit extends ShownHit {
  readonly name: string;
}

/** The hits of a search as a list. */
export class HitPane {
  readonly element: HTMLElement;
  readonly #list: VirtualList<NamedHit>;
  readonly #empty = element(
    'p',
    { class: 'muted empty' },
    'No hits yet. Write a motif such as TATAWAW into the find field and press Enter.',
  );
  #hits: HitStore | undefined;
  #count = 0;

  constructor({ host, onSelect, onError }: HitPaneOptions) {
    this.#list = new VirtualList<NamedHit>({
      label: 'Hits',
      rowHeight: 22,
      load: async (start, end, signal) => {
        const hits: ShownHit[] = [];
        for (let index = start; index < end; index++) {
          const hit = this.#hits?.at(index);
          if (hit !== undefined) hits.push(hit);
        }
        const records = [...new Set(hits.map(({ record }) => record))];
        const names = await host.request('names', { records }, { signal });
        const named = new Map(records.map((record, index) => [record, names[index] ?? '']));
        return hits.map((hit) => ({ ...hit, name: named.get(hit.record) ?? '' }));
      },
      draw: (row, hit) => {
        if (hit === undefined) {
          row.append('…');
          return;
        }
        const strand = hit.reverse ? 'reverse strand' : 'forward strand';
        row.append(
          element('span', { class: 'hit-strand mono', title: strand }, hit.reverse ? '−' : '+'),
          element('span', { class: 'record-name' }, hit.name),
          element(
            'span',
            { class: 'mono' },
            `${(hit.start + 1).toLocaleString('en')}–${hit.end.toLocaleString('en')}`,
          ),
        );
      },
      onSelect,
      onError,
    });
    this.element = element('div', { class: 'hits' }, this.#empty, this.#list.element);
  }

  /** Shows hits; more of the same search stay where they are. */
  show(hits: HitStore | undefined): void {
    const count = hits?.count ?? 0;
    this.#empty.hidden = count > 0;
    this.#list.element.hidden = count === 0;
    if (hits === this.#hits && count >= this.#count && this.#count > 0) this.#list.grow(count);
    else this.#list.reset(count);
    this.#hits = hits;
    this.#count = count;
  }

  mark(index: number): void {
    this.#list.mark(index);
  }
}
