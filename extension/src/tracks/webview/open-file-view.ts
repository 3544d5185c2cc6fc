import { element } from '../../webviews/element.ts';
import { HostError, type Host } from '../../webviews/host.ts';
import type { Feature, Region } from '../track-types.ts';
import type { OpenedFile, RowDetails, TracksProtocol, ViewInfo } from '../tracks-protocol.ts';
import { DetailsPanel, type ShownRecord } from './details-panel.ts';
import { countOf } from './format-text.ts';
import type { PageContext } from './page-context.ts';
import type { PageState, TabName } from './page-state.ts';
import { SummaryTab } from './summary-tab.ts';
import { TableTab } from './table-tab.ts';
import { TracksTab } from './tracks-tab.ts';

/** Where the page's state is kept. */
export interface StateKeeper {
  readonly state: () => PageState;
  readonly keep: (change: PageState) => void;
}

interface Tab {
  readonly element: HTMLElement;
  show(): void;
  focus(): void;
  dispose(): void;
}

const TITLES: Readonly<Record<TabName, string>> = {
  table: 'Table',
  tracks: 'Tracks',
  summary: 'Summary',
};

/** An open file: its tabs and the record that is selected. */
export class OpenFileView {
  readonly element: HTMLElement;
  readonly #host: Host<TracksProtocol>;
  readonly #file: OpenedFile;
  readonly #keeper: StateKeeper;
  readonly #tabs = new Map<TabName, Tab>();
  readonly #buttons = new Map<TabName, HTMLButtonElement>();
  readonly #details: DetailsPanel;
  readonly #table: TableTab | undefined;
  readonly #tracks: TracksTab;
  readonly #problem = element('div', {
    class: 'message error banner',
    role: 'alert',
    hidden: true,
  });
  #info: ViewInfo;

  constructor(host: Host<TracksProtocol>, file: OpenedFile, keeper: StateKeeper) {
    this.#host = host;
    this.#file = file;
    this.#info = file;
    this.#keeper = keeper;
    const page = this.#pageContext();
    this.#details = new DetailsPanel(page);
    this.#tracks = new TracksTab(page);
    // A binary file is read by ranges and has no list of all its rows.
    this.#table = file.kind === 'intervals' ? new TableTab(page) : undefined;
    if (this.#table !== undefined) this.#tabs.set('table', this.#table);
    this.#tabs.set('tracks', this.#tracks);
    this.#tabs.set('summary', new SummaryTab(page));
    const list = element('div', {
      class: 'tabs',
      role: 'tablist',
      'aria-label': 'Views of the file',
    });
    for (const name of this.#tabs.keys()) list.append(this.#makeButton(name));
    const { format, rows, kind, contigCount } = file;
    const size = kind === 'intervals' ? countOf(rows, 'record') : countOf(contigCount, 'contig');
    list.append(
      element('span', { class: 'spacer' }),
      element('span', { class: 'muted tabs-note' }, `${format} · ${size}`),
    );
    this.element = element(
      'div',
      { class: 'file' },
      list,
      this.#problem,
      element('div', { class: 'panels' }, ...[...this.#tabs.values()].map((tab) => tab.element)),
      this.#details.element,
    );
  }

  /** Shows the tab that was open, and the record that was selected. */
  show(): void {
    const { tab, selected } = this.#keeper.state();
    const first = this.#table === undefined ? 'tracks' : 'table';
    this.#openTab(tab !== undefined && this.#tabs.has(tab) ? tab : first);
    if (selected !== undefined && selected < this.#file.rows) void this.#reselect(selected);
  }

  update(info: ViewInfo): void {
    this.#info = info;
    this.#tracks.update();
    this.#details.refresh();
  }

  goTo(): void {
    this.#openTab('tracks');
    this.#tracks.focusRegionBox();
  }

  dispose(): void {
    for (const tab of this.#tabs.values()) tab.dispose();
    this.element.remove();
  }

  #pageContext(): PageContext {
    return {
      host: this.#host,
      file: this.#file,
      info: () => this.#info,
      state: this.#keeper.state,
      keep: this.#keeper.keep,
      openTab: (tab) => {
        this.#openTab(tab);
      },
      complain: (error) => {
        this.#complain(error);
      },
      selectRow: (details) => {
        this.#selectRow(details);
      },
      selectFeature: (track, chrom, feature) => {
        void this.#selectFeature(track, chrom, feature);
      },
      showRegion: (region) => {
        this.#showRegion(region);
      },
    };
  }

  #makeButton(name: TabName): HTMLButtonElement {
    const button = element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        class: 'tab',
        'aria-controls': `panel-${name}`,
        onclick: () => {
          this.#openTab(name);
        },
        onkeydown: (event: KeyboardEvent) => {
          const names = [...this.#tabs.keys()];
          const at = names.indexOf(name);
          const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[
            event.key
          ];
          const next = to === undefined ? undefined : names[(to + names.length) % names.length];
          if (next === undefined) return;
          event.preventDefault();
          this.#openTab(next);
          this.#buttons.get(next)?.focus();
        },
      },
      TITLES[name],
    );
    this.#buttons.set(name, button);
    return button;
  }

  #openTab(name: TabName): void {
    for (const [other, { element: panel }] of this.#tabs) {
      panel.hidden = other !== name;
      const button = this.#buttons.get(other);
      button?.setAttribute('aria-selected', String(other === name));
      if (button !== undefined) button.tabIndex = other === name ? 0 : -1;
    }
    this.#keeper.keep({ tab: name });
    this.#tabs.get(name)?.show();
  }

  #showRegion(region: Region): void {
    this.#openTab('tracks');
    this.#tracks.showRegion(region);
    this.#tracks.focus();
  }

  #selectRow(details: RowDetails): void {
    const { row, name, region, strand, line, cells } = details;
    this.#keeper.keep({ selected: row });
    this.#details.show({
      title: name === '' ? `Row ${String(row + 1)}` : name,
      region,
      strand,
      line,
      cells,
    });
    const main = this.#info.tracks.find(({ isMain }) => isMain);
    this.#tracks.mark(main?.id, row);
  }

  async #selectFeature(track: string, chrom: string, feature: Feature): Promise<void> {
    const info = this.#info.tracks.find(({ id }) => id === track);
    if (info?.isMain === true && info.kind === 'intervals') {
      try {
        const { position, details } = await this.#host.request('find', { row: feature.row });
        this.#selectRow(details);
        this.#tracks.mark(track, feature.row);
        if (position >= 0) this.#table?.mark(position);
      } catch (error) {
        this.#complain(error);
      }
      return;
    }
    this.#details.show(recordOf(feature, chrom, info?.name ?? ''));
  }

  async #reselect(row: number): Promise<void> {
    try {
      const { details } = await this.#host.request('find', { row });
      this.#selectRow(details);
    } catch {
      // The record was there before the file changed.
    }
  }

  #complain(error: unknown): void {
    if (error instanceof HostError && error.cancelled) return;
    const text = element('span', {}, error instanceof Error ? error.message : String(error));
    const close = element('button', { type: 'button', textContent: 'Close' });
    close.addEventListener('click', () => {
      this.#problem.hidden = true;
    });
    this.#problem.replaceChildren(text, close);
    this.#problem.hidden = false;
  }
}

/** What is told of a feature of another file. */
function recordOf(feature: Feature, chrom: string, track: string): ShownRecord {
  const { name, start, end, strand, score, blocks, mate } = feature;
  const cells = [
    { name: 'track', value: track },
    { name: 'name', value: name },
    { name: 'score', value: Number.isFinite(score) ? String(score) : '' },
    { name: 'blocks', value: blocks.length > 1 ? String(blocks.length) : '' },
    {
      name: 'pair',
      value:
        mate === undefined ? '' : `${mate.chrom}:${String(mate.start + 1)}-${String(mate.end)}`,
    },
  ];
  const title = name === '' ? track : name;
  return { title, region: { chrom, start, end }, strand, line: 0, cells };
}
