import { element } from '../../webviews/element.ts';
import type { Host } from '../../webviews/host.ts';
import type { FastaProtocol } from '../fasta-protocol.ts';
import type { SequenceView } from './sequence-view.ts';

/** Milliseconds without a change after which GC is counted and the place read aloud. */
const SETTLED = 250;

/** What is under the cursor and selected; also said to screen readers. */
export class StatusLine {
  readonly element: HTMLElement;
  readonly #host: Host<FastaProtocol>;
  readonly #protein: boolean;
  readonly #place = element('span');
  readonly #selected = element('span');
  readonly #gc = element('span');
  readonly #file = element('span', { class: 'muted' });
  /** Read aloud when the cursor rests. */
  readonly description = element('div', { class: 'visually-hidden', id: 'sequence-description' });
  #abort = new AbortController();
  #timer = 0;

  constructor(host: Host<FastaProtocol>, protein: boolean, file: string) {
    this.#host = host;
    this.#protein = protein;
    this.#file.textContent = file;
    this.description.setAttribute('aria-live', 'polite');
    this.element = element(
      'footer',
      { class: 'status-line' },
      this.#place,
      this.#selected,
      this.#gc,
      element('span', { class: 'spacer' }),
      this.#file,
    );
  }

  /** Shows a message in place of the selection until the cursor moves. */
  say(text: string): void {
    this.#selected.textContent = text;
    this.description.textContent = text;
  }

  update(view: SequenceView): void {
    const { record, cursor, selection, choices } = view;
    this.#abort.abort();
    window.clearTimeout(this.#timer);
    if (record.length === 0) {
      this.#place.textContent = `${record.name}: an empty record`;
      this.#selected.textContent = this.#gc.textContent = '';
      return;
    }
    const number = (value: number): string => value.toLocaleString('en');
    const letter = view.letter(cursor) ?? '';
    const strand = choices.reverse ? ' (−)' : '';
    this.#place.textContent = `${record.name}:${number(cursor + 1)}${strand} ${letter} of ${number(record.length)}`;
    const unit = this.#protein ? 'aa' : 'bp';
    this.#selected.textContent =
      selection === undefined
        ? ''
        : `${number(selection.start + 1)}–${number(selection.end)} ` +
          `(${number(selection.end - selection.start)} ${unit})`;
    this.#gc.textContent = '';
    this.#timer = window.setTimeout(() => {
      this.#describe(view);
      if (selection !== undefined && !this.#protein) {
        void this.#count({ record: record.record, ...selection });
      }
    }, SETTLED);
  }

  async #count(place: { record: number; start: number; end: number }): Promise<void> {
    const abort = (this.#abort = new AbortController());
    this.#gc.textContent = 'GC …';
    try {
      const gc = await this.#host.request('gc', place, { signal: abort.signal });
      if (this.#abort !== abort) return;
      this.#gc.textContent = Number.isFinite(gc) ? `GC ${(100 * gc).toFixed(1)} %` : 'GC –';
    } catch {
      // The rows tell of a file that cannot be read.
      if (this.#abort === abort) this.#gc.textContent = '';
    }
  }

  #describe(view: SequenceView): void {
    const [row = ''] = view.visibleText().split('\n');
    const [position = '', letters = ''] = row.split('\t');
    const selected = this.#selected.textContent;
    this.description.textContent =
      `Cursor at ${this.#place.textContent}. ` +
      (selected === '' ? '' : `Selected ${selected}. `) +
      `First visible row from ${position}: ${letters}`;
  }
}
