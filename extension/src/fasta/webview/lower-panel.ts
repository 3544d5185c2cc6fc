import { element } from '../../webviews/element.ts';
import type { RecordRow } from '../fasta-protocol.ts';
import type { CompositionPanel } from './composition-panel.ts';
import type { HitPane } from './hit-pane.ts';
import { splitter } from './splitter.ts';

/** What the panel below the sequence shows. */
export type ShownPanel = 'none' | 'composition' | 'hits';

/** What the panel is made of and tells. */
export interface LowerPanelOptions {
  readonly composition: CompositionPanel;
  readonly hits: HitPane;
  readonly height: number;
  onHeight(height: number): void;
  /** A tab was chosen. */
  onShow(panel: ShownPanel): void;
}

/** The panel below the sequence: composition, or the list of hits. */
export class LowerPanel {
  readonly element: HTMLElement;
  readonly splitter: HTMLElement;
  readonly #options: LowerPanelOptions;
  readonly #tabs = new Map<ShownPanel, HTMLButtonElement>();

  constructor(options: LowerPanelOptions) {
    this.#options = options;
    const { composition, hits, height, onHeight, onShow } = options;
    const tabs = element('div', { class: 'tabs', 'aria-label': 'Panel' });
    tabs.setAttribute('role', 'tablist');
    const parts = [
      ['composition', 'Composition', composition.element],
      ['hits', 'Hits', hits.element],
    ] as const;
    for (const [name, label, part] of parts) {
      const onclick = (): void => {
        onShow(name);
      };
      const tab = element(
        'button',
        { type: 'button', class: 'tab', id: `tab-${name}`, onclick },
        label,
      );
      tab.setAttribute('role', 'tab');
      part.setAttribute('role', 'tabpanel');
      part.setAttribute('aria-labelledby', tab.id);
      this.#tabs.set(name, tab);
      tabs.append(tab);
    }
    tabs.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      const other = hits.element.hidden ? 'hits' : 'composition';
      onShow(other);
      this.#tabs.get(other)?.focus();
    });
    this.element = element(
      'section',
      { class: 'panel', 'aria-label': 'Composition and hits' },
      tabs,
      composition.element,
      hits.element,
    );
    this.splitter = splitter({
      label: 'Height of the panel',
      direction: 'row',
      smallest: 110,
      largest: 500,
      size: height,
      reversed: true,
      onSize: (size) => {
        this.element.style.height = `${String(size)}px`;
        onHeight(size);
      },
    });
  }

  /** Shows one of the parts, or none; letters are counted only while their counts are seen. */
  show(panel: ShownPanel, record: RecordRow): void {
    const { composition, hits } = this.#options;
    this.element.hidden = this.splitter.hidden = panel === 'none';
    composition.element.hidden = panel !== 'composition';
    hits.element.hidden = panel !== 'hits';
    for (const [name, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(name === panel));
      tab.tabIndex = name === panel ? 0 : -1;
    }
    if (panel === 'composition' && record.name !== '') void composition.show(record);
    else composition.stop();
  }
}
