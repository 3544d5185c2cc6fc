import { element } from '../../webviews/element.ts';
import { HostError, type Host } from '../../webviews/host.ts';
import type {
  BaseColors,
  FastaProtocol,
  FileInfo,
  FilePlace,
  HitBatch,
} from '../fasta-protocol.ts';
import { AlignmentView } from './alignment-view.ts';
import { CompositionPanel } from './composition-panel.ts';
import { HitPane } from './hit-pane.ts';
import type { HitStore } from './hit-store.ts';
import { readKept, type KeptState } from './kept-state.ts';
import { letterStyles } from './letter-colors.ts';
import { LowerPanel, type ShownPanel } from './lower-panel.ts';
import { MotifSearch } from './motif-search.ts';
import { OverviewStrip } from './overview-strip.ts';
import { RecordPane } from './record-pane.ts';
import { SequenceView, type SequenceChoices } from './sequence-view.ts';
import { splitter } from './splitter.ts';
import { StatusLine } from './status-line.ts';
import { banner, Toolbar } from './toolbar.ts';

/** What the page of a file is made with. */
export interface FastaPageOptions {
  readonly host: Host<FastaProtocol>;
  readonly info: FileInfo;
  /** Where messages are shown. */
  readonly banners: HTMLElement;
  /** Reads the file anew. */
  onRetry(): void;
}

/** The page of an open file. */
export class FastaPage {
  readonly element: HTMLElement;
  readonly #host: Host<FastaProtocol>;
  readonly #info: FileInfo;
  readonly #banners: HTMLElement;
  readonly #onRetry: () => void;
  readonly #toolbar: Toolbar;
  readonly #search: MotifSearch;
  readonly #records: RecordPane;
  readonly #view: SequenceView;
  readonly #overview: OverviewStrip;
  readonly #status: StatusLine;
  readonly #composition: CompositionPanel;
  readonly #hitPane: HitPane;
  readonly #panel: LowerPanel;
  /** The same rows as text, for who cannot see a canvas. */
  readonly #text = element('pre', { class: 'visually-hidden' });
  #alignment: AlignmentView | undefined;
  #hits: HitStore | undefined;
  #state: KeptState;
  #keeping = 0;
  #asked = 0;

  constructor({ host, info, banners, onRetry }: FastaPageOptions) {
    this.#onRetry = onRetry;
    this.#host = host;
    this.#info = info;
    this.#banners = banners;
    const state = readKept(host.kept());
    this.#state = { ...state, alignment: state.alignment && info.aligned };
    const protein = info.alphabet === 'protein';
    const onError = (error: unknown): void => {
      this.fail(error);
    };
    this.#toolbar = this.#makeToolbar(protein);
    this.#status = new StatusLine(host, protein, this.#fileText());
    this.#view = new SequenceView(this.#choices(info.baseColors), {
      load: (record, start, end, signal) =>
        host.request('letters', { record, start, end }, { signal }),
      onError,
      onSelect: () => {
        this.#status.update(this.#view);
        this.#keep();
      },
      onScroll: () => {
        this.#scrolled();
      },
      onCopy: () => void this.copy(),
    });
    this.#overview = new OverviewStrip((position) => {
      this.#view.goTo(position, position + 1);
    });
    this.#search = new MotifSearch({
      host,
      protein,
      motif: state.motif,
      bothStrands: state.bothStrands,
      all: state.all,
      place: () => ({ record: this.#view.record.record, position: this.#view.anchor }),
      onHits: (hits) => {
        this.#hits = hits;
        this.#view.hits = hits;
        this.#hitPane.show(hits);
        this.#scrolled();
      },
      onGo: (hit, index) => {
        void this.go(hit);
        this.#hitPane.mark(index);
      },
      onList: () => {
        this.#showPanel(this.#state.panel === 'hits' ? 'none' : 'hits');
      },
      onChange: () => {
        this.#keep();
      },
    });
    this.#records = new RecordPane({
      host,
      filter: state.filter,
      bases: info.alphabet !== 'protein',
      onSelect: (row) => void this.go({ record: row.record, start: 0, end: 0 }),
      onFilter: (filter) => {
        this.#set({ filter });
      },
      onError,
    });
    this.#composition = new CompositionPanel({
      host,
      protein,
      styles: ({ theme, light }) =>
        letterStyles(this.#view.choices.colors, info.alphabet, theme, light),
      onGo: (position) => {
        this.#view.goTo(position, position + 1);
      },
    });
    this.#hitPane = new HitPane({ host, onSelect: (hit) => void this.go(hit), onError });
    this.#panel = new LowerPanel({
      composition: this.#composition,
      hits: this.#hitPane,
      height: state.panelHeight,
      onHeight: (panelHeight) => {
        this.#set({ panelHeight });
      },
      onShow: (panel) => {
        this.#showPanel(panel);
      },
    });
    this.element = this.#makeBody();
    this.element.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    this.#showPanel(this.#state.panel);
    void this.#start();
  }

  #fileText(): string {
    const { alphabet, compression, index, recordCount } = this.#info;
    const records = recordCount === 1 ? '1 record' : `${recordCount.toLocaleString('en')} records`;
    const packed = compression === 'none' ? '' : ` · ${compression}`;
    return `${alphabet} · ${records}${packed} · ${index === 'file' ? '.fai index' : 'no .fai used'}`;
  }

  #choices(colors: BaseColors): SequenceChoices {
    const { reverse, letters, frames } = this.#state;
    const protein = this.#info.alphabet === 'protein';
    const { alphabet } = this.#info;
    return { alphabet, reverse: reverse && !protein, letters, frames: frames && !protein, colors };
  }

  #makeToolbar(protein: boolean): Toolbar {
    const { alphabet, aligned, baseColors } = this.#info;
    const { letters, reverse, frames, alignment } = this.#state;
    const choose = (part: Partial<KeptState>): void => {
      this.#set(part);
      this.#view.choices = this.#choices(this.#view.choices.colors);
      if (this.#alignment !== undefined) this.#alignment.letters = this.#state.letters;
    };
    return new Toolbar({
      protein,
      aligned,
      fileIsRna: alphabet === 'RNA',
      rna: letters === 'RNA' || (letters === 'file' && alphabet === 'RNA'),
      reverse,
      frames,
      alignment,
      colors: baseColors,
      onGoTo: (text) => void this.#goToText(text),
      onReverse: (on) => {
        choose({ reverse: on });
      },
      onRna: (on) => {
        choose({ letters: on ? 'RNA' : 'DNA' });
      },
      onFrames: (on) => {
        choose({ frames: on });
      },
      onAlignment: (on) => {
        this.#set({ alignment: on });
        this.#showAlignment(on);
      },
      onColors: (baseColors) => {
        this.colors = baseColors;
        this.#host.request('setBaseColors', { baseColors }).catch((error: unknown) => {
          this.fail(error);
        });
      },
      onCopy: () => void this.copy(),
      onCopyRows: () => void this.#copyRows(),
      onPanel: () => {
        this.#showPanel(this.#state.panel === 'none' ? 'composition' : 'none');
      },
    });
  }

  #makeBody(): HTMLElement {
    const { sidebar } = this.#state;
    const records = this.#records.element;
    const split = splitter({
      label: 'Width of the record list',
      direction: 'column',
      smallest: 90,
      largest: 600,
      size: sidebar,
      onSize: (size) => {
        records.style.width = `${String(size)}px`;
        this.#set({ sidebar: size });
      },
    });
    return element(
      'div',
      { class: 'fasta-page' },
      this.#toolbar.element,
      this.#search.element,
      element(
        'div',
        { class: 'fasta-body' },
        records,
        split,
        element(
          'section',
          { class: 'sequence', 'aria-label': 'Sequence' },
          this.#overview.element,
          this.#view.element,
          this.#text,
          this.#status.description,
          this.#panel.splitter,
          this.#panel.element,
        ),
      ),
      this.#status.element,
    );
  }

  /** Shows what was kept, or where a link asked to go. */
  async #start(): Promise<void> {
    const { record, first, cursor, anchor, motif } = this.#state;
    const { place, recordCount } = this.#info;
    void this.#records.load();
    if (place !== undefined) await this.go(place);
    else {
      const at = Math.min(record, recordCount - 1);
      await this.go({ record: at, start: at === record ? first : 0, end: 0 });
      if (at === record) this.#view.select(cursor, anchor);
    }
    if (this.#state.alignment) this.#showAlignment(true);
    if (motif !== '') void this.#search.search(motif, false);
  }

  /** Goes to a place of the file. An end of 0 means: this base is the first that is seen. */
  async go({ record, start, end }: FilePlace): Promise<void> {
    const asked = ++this.#asked;
    try {
      if (this.#view.record.record !== record || this.#view.record.name === '') {
        const { row } = await this.#host.request('record', { record, filter: '' });
        if (asked !== this.#asked) return;
        this.#view.show(row);
        this.#records.mark(record).catch(() => undefined);
        this.#search.recordChanged();
        if (this.#state.panel === 'composition') void this.#composition.show(row);
        this.#set({ record });
      }
      const { length } = this.#view.record;
      // A name alone means the record, not that all of it is to be selected.
      if (start === 0 && end >= length) this.#view.goTo(this.#view.mirror(0), 0);
      else if (end > 0) this.#view.goTo(start, end);
      else if (start > 0) this.#view.startWith(start);
      this.#alignment?.goTo(start, record);
    } catch (error) {
      this.fail(error);
    }
  }

  async #goToText(text: string): Promise<void> {
    if (text.trim() === '') return;
    try {
      const { record } = this.#view.record;
      const place = await this.#host.request('place', { text, record });
      this.#toolbar.wrong = false;
      await this.go(place);
      this.#view.element.focus();
    } catch (error) {
      this.#toolbar.wrong = true;
      this.fail(error);
    }
  }

  /** Puts the selection, or the record where nothing is selected, on the clipboard. */
  async copy(): Promise<void> {
    const { record, selection, choices } = this.#view;
    const part = selection ?? { start: 0, end: record.length };
    try {
      const { header } = await this.#host.request('copy', {
        record: record.record,
        start: part.start,
        end: part.end,
        reverse: choices.reverse,
        letters: choices.letters,
      });
      this.#status.say(`Copied ${header}`);
    } catch (error) {
      this.fail(error);
    }
  }

  async #copyRows(): Promise<void> {
    await this.#host.request('copyText', { text: this.#view.visibleText() });
    this.#status.say('Copied the visible rows');
  }

  #showAlignment(on: boolean): void {
    if (on && this.#alignment === undefined) {
      this.#alignment = new AlignmentView({
        host: this.#host,
        alphabet: this.#info.alphabet,
        records: this.#info.recordCount,
        length: this.#view.record.length,
        onSelect: (record, column) => void this.go({ record, start: column, end: column + 1 }),
        onError: (error) => {
          this.fail(error);
        },
      });
      this.#alignment.colors = this.#view.choices.colors;
      this.#alignment.letters = this.#state.letters;
      this.#view.element.before(this.#alignment.element);
    }
    if (this.#alignment !== undefined) this.#alignment.element.hidden = !on;
    this.#view.element.hidden = on;
    this.#overview.element.hidden = on;
  }

  #showPanel(panel: ShownPanel): void {
    this.#set({ panel });
    this.#panel.show(panel, this.#view.record);
  }

  #scrolled(): void {
    const { record, choices, visible } = this.#view;
    const { reverse } = choices;
    const { length } = record;
    this.#overview.show({
      record: record.record,
      length,
      reverse,
      seen: visible,
      hits: this.#hits,
    });
    if (document.body.classList.contains('vscode-using-screen-reader')) {
      this.#text.textContent = this.#view.visibleText();
    }
    this.#keep();
  }

  #set(part: Partial<KeptState>): void {
    this.#state = { ...this.#state, ...part };
    this.#keep();
  }

  /** Keeps the state when it has not changed for a moment: scrolling changes it with each frame. */
  #keep(): void {
    window.clearTimeout(this.#keeping);
    this.#keeping = window.setTimeout(() => {
      const { cursor, selection, anchor, visible, choices, record } = this.#view;
      if (record.name === '' && record.length === 0) return;
      this.#state = {
        ...this.#state,
        record: record.record,
        first: choices.reverse ? visible.end - 1 : visible.start,
        cursor,
        anchor: selection === undefined ? undefined : anchor,
        motif: this.#search.motif,
        bothStrands: this.#search.bothStrands,
        all: this.#search.all,
      };
      this.#host.keep(this.#state);
    }, 150);
  }

  #key(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (event.key === 'F3' || (command && key === 'g' && event.shiftKey)) {
      this.#search.step(event.shiftKey ? -1 : 1);
    } else if (command && key === 'f') this.#search.focus();
    else if (command && key === 'g') this.#toolbar.focusGoTo();
    else return;
    event.preventDefault();
  }

  focusGoTo(): void {
    this.#toolbar.focusGoTo();
  }

  hear(batch: HitBatch): void {
    this.#search.hear(batch);
  }

  hearSearched(state: FastaProtocol['events']['searched']): void {
    this.#search.hearSearched(state);
  }

  /** Colours by the setting. */
  set colors(colors: BaseColors) {
    this.#toolbar.colors = colors;
    this.#view.choices = this.#choices(colors);
    if (this.#alignment !== undefined) this.#alignment.colors = colors;
    this.#composition.refresh();
  }

  /** Shows an error above the sequence; what was cancelled is none. */
  fail(error: unknown): void {
    if (error instanceof HostError && error.cancelled) return;
    const text = error instanceof Error ? error.message : String(error);
    for (const shown of this.#banners.querySelectorAll('.banner-text')) {
      if (shown.textContent === text) return;
    }
    this.#banners.append(banner('error', text, ['Retry', this.#onRetry]));
  }
}
