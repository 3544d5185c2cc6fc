import { element, iconButton } from '../../webviews/element.ts';
import { HostError, type Host } from '../../webviews/host.ts';
import type { FastaProtocol, HitBatch } from '../fasta-protocol.ts';
import { HitStore, type ShownHit } from './hit-store.ts';
import { toggle } from './toolbar.ts';

/** What a search begins with, asks and tells. */
export interface MotifSearchOptions {
  readonly host: Host<FastaProtocol>;
  readonly protein: boolean;
  readonly motif: string;
  readonly bothStrands: boolean;
  readonly all: boolean;
  /** The record and position that "next" is next to. */
  place(): { readonly record: number; readonly position: number };
  onHits(hits: HitStore | undefined): void;
  onGo(hit: ShownHit, index: number): void;
  onList(): void;
  onChange(): void;
}

/** The find bar: a motif, its hits as they come, and the way from one to the next. */
export class MotifSearch {
  readonly element: HTMLElement;
  readonly #options: MotifSearchOptions;
  readonly #input: HTMLInputElement;
  readonly #state = element('span', { class: 'find-state' });
  readonly #cancel: HTMLButtonElement;
  readonly #steps: readonly HTMLButtonElement[];
  readonly #list: HTMLButtonElement;
  #bothStrands: boolean;
  #all: boolean;
  #hits: HitStore | undefined;
  #searched = '';
  /** Not that of a search of an earlier page, whose hits may still come. */
  #number = Date.now();
  #abort: AbortController | undefined;
  #share = '';
  #goFirst = false;

  constructor(options: MotifSearchOptions) {
    this.#options = options;
    this.#bothStrands = options.bothStrands;
    this.#all = options.all;
    const letters = options.protein ? 'a peptide, X for any residue' : 'a motif, as TATAWAW';
    this.#input = element('input', {
      class: 'find-motif mono',
      type: 'text',
      value: options.motif,
      placeholder: options.protein ? 'Find peptide' : 'Find motif (IUPAC)',
      title: `Find ${letters} (Ctrl+F; F3 and Shift+F3 go to the next and previous hit)`,
      'aria-label': `Find ${letters}`,
      spellcheck: false,
    });
    this.#input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.enter(event.shiftKey ? -1 : 1);
      if (event.key === 'Escape') this.#clear();
    });
    this.#cancel = iconButton('stop-circle', 'Stop searching', () => {
      this.#abort?.abort();
    });
    this.#steps = [
      iconButton('arrow-up', 'Previous hit (Shift+F3)', () => {
        this.step(-1);
      }),
      iconButton('arrow-down', 'Next hit (F3)', () => {
        this.step(1);
      }),
    ];
    this.#list = iconButton('list-selection', 'List of hits', options.onList);
    this.#state.setAttribute('role', 'status');
    const strands = toggle('±', 'Search both strands', options.bothStrands, (on) => {
      this.#bothStrands = on;
      this.#again();
    });
    strands.setAttribute('aria-label', '± Both strands');
    const everywhere = toggle('All records', 'Search all records', options.all, (on) => {
      this.#all = on;
      this.#again();
    });
    this.element = element(
      'div',
      { class: 'toolbar find-bar', 'aria-label': 'Find' },
      this.#input,
      ...(options.protein ? [] : [strands]),
      everywhere,
      ...this.#steps,
      this.#cancel,
      this.#state,
      this.#list,
    );
    this.element.setAttribute('role', 'toolbar');
    this.#show();
  }

  /** Hits have come. */
  hear(batch: HitBatch): void {
    if (batch.search !== this.#number || this.#hits === undefined) return;
    this.#hits.add(batch);
    this.#options.onHits(this.#hits);
    if (this.#goFirst) {
      this.#goFirst = false;
      this.step(1);
    }
    this.#show();
  }

  /** The search went on. */
  hearSearched({ search, done, total }: FastaProtocol['events']['searched']): void {
    if (search !== this.#number || total === undefined) return;
    this.#share = ` · ${String(Math.floor((100 * done) / Math.max(1, total)))} % searched`;
    this.#show();
  }

  get motif(): string {
    return this.#searched;
  }

  get bothStrands(): boolean {
    return this.#bothStrands;
  }

  get all(): boolean {
    return this.#all;
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  /** Searches what is written; where that was done already, goes to the next hit. */
  enter(step: 1 | -1): void {
    const motif = this.#input.value.trim();
    if (motif === '') this.#clear();
    else if (motif === this.#searched && this.#hits !== undefined) this.step(step);
    else void this.search(motif, true);
  }

  #again(): void {
    this.#options.onChange();
    const motif = this.#input.value.trim();
    if (motif !== '') void this.search(motif, false);
  }

  /** The record that is shown changed: a search of one record is another one now. */
  recordChanged(): void {
    if (!this.#all && this.#searched !== '') void this.search(this.#searched, false);
  }

  #clear(): void {
    this.#abort?.abort();
    this.#number++;
    this.#input.value = '';
    this.#searched = '';
    this.#hits = undefined;
    this.#share = '';
    this.#input.removeAttribute('aria-invalid');
    this.#options.onHits(undefined);
    this.#options.onChange();
    this.#show();
  }

  /** Looks for a motif; hits are shown as they come. */
  async search(motif: string, goFirst: boolean): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const number = ++this.#number;
    this.#searched = motif;
    this.#hits = new HitStore(motif);
    this.#share = '';
    this.#goFirst = goFirst;
    this.#input.setAttribute('aria-invalid', 'false');
    this.#options.onHits(this.#hits);
    this.#options.onChange();
    this.#show();
    let ending: string;
    try {
      const { limited } = await this.#options.host.request(
        'find',
        {
          search: number,
          motif,
          first: this.#options.place().record,
          all: this.#all,
          bothStrands: this.#bothStrands,
        },
        { signal: abort.signal },
      );
      ending = limited ? ' (the first ones; there are more)' : '';
    } catch (error) {
      if (number !== this.#number) return;
      if (error instanceof HostError && error.cancelled) ending = ' (stopped)';
      else {
        this.#abort = undefined;
        this.#input.setAttribute('aria-invalid', 'true');
        this.#show();
        this.#state.textContent = error instanceof Error ? error.message : String(error);
        return;
      }
    }
    if (number !== this.#number) return;
    this.#abort = undefined;
    this.#share = ending;
    this.#show();
  }

  /** Goes to the next or the previous hit from where the cursor is. */
  step(step: 1 | -1): void {
    const hits = this.#hits;
    if (hits === undefined) return;
    const { record, position } = this.#options.place();
    const index = step === 1 ? hits.next(record, position) : hits.previous(record, position);
    const hit = hits.at(index);
    if (hit !== undefined) this.#options.onGo(hit, index);
  }

  #show(): void {
    const hits = this.#hits;
    const running = this.#abort !== undefined;
    this.#cancel.hidden = !running;
    const none = hits === undefined || hits.count === 0;
    for (const button of [...this.#steps, this.#list]) button.disabled = none;
    if (hits === undefined) this.#state.textContent = '';
    else {
      const count = hits.count === 1 ? '1 hit' : `${hits.count.toLocaleString('en')} hits`;
      const said = none ? (running ? 'Searching' : 'No hits') : count;
      this.#state.textContent = `${said}${this.#share}`;
    }
  }
}
