import { element, icon, iconButton } from '../../webviews/element.ts';
import type { Contig } from '../track-types.ts';
import { formatBases, formatCount, formatRegion } from './format-text.ts';
import type { Viewport } from './viewport.ts';

/** What the bar asks of the view. */
export interface RegionBarActions {
  readonly goTo: (text: string) => Promise<void>;
  readonly zoom: (factor: number) => void;
  readonly pan: (share: number) => void;
  readonly showAll: () => void;
  readonly addTrack: () => void;
}

/** Chooses what is in sight: a contig, a region, nearer or farther. */
export class RegionBar {
  readonly element: HTMLElement;
  readonly #contigs = element('select', { 'aria-label': 'Contig', title: 'Contig' });
  readonly #box: HTMLInputElement;
  readonly #span = element('span', { class: 'muted', role: 'status' });
  readonly #problem = element('span', { class: 'region-problem', role: 'alert' });

  constructor(actions: RegionBarActions) {
    this.#box = element('input', {
      type: 'text',
      class: 'region-box mono',
      spellcheck: false,
      title: 'Go to a region (chrI:1,000-20,000), a place, a contig or a name',
      placeholder: 'chrI:1,000-20,000 or a name',
      'aria-label': 'Region',
    });
    const go = async (text: string): Promise<void> => {
      this.#problem.textContent = '';
      try {
        await actions.goTo(text);
      } catch (error) {
        this.#problem.textContent = error instanceof Error ? error.message : String(error);
      }
    };
    this.#box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      void go(this.#box.value);
    });
    this.#contigs.addEventListener('change', () => void go(this.#contigs.value));
    this.element = element(
      'div',
      { class: 'toolbar' },
      this.#contigs,
      this.#box,
      iconButton('chevron-left', 'Back by half a view (left arrow key: a tenth)', () => {
        actions.pan(-0.5);
      }),
      iconButton('chevron-right', 'On by half a view (right arrow key: a tenth)', () => {
        actions.pan(0.5);
      }),
      iconButton('zoom-in', 'Zoom in (+)', () => {
        actions.zoom(0.5);
      }),
      iconButton('zoom-out', 'Zoom out (−)', () => {
        actions.zoom(2);
      }),
      iconButton('screen-full', 'Show the whole contig', actions.showAll),
      this.#span,
      this.#problem,
      element('span', { class: 'spacer' }),
      element(
        'button',
        {
          type: 'button',
          title: 'Show another BED, GTF, bigWig or bigBed file in the same view',
          onclick: actions.addTrack,
        },
        icon('add'),
        'Add track…',
      ),
    );
  }

  /** Offers contigs; a list that is cut says so. */
  setContigs(contigs: readonly Contig[], count: number): void {
    const { value } = this.#contigs;
    this.#contigs.replaceChildren(
      ...contigs.map(({ name }) => element('option', { value: name }, name)),
      ...(count > contigs.length
        ? [
            element(
              'option',
              { disabled: true },
              `and ${formatCount(count - contigs.length)} more: type the name`,
            ),
          ]
        : []),
    );
    this.#contigs.value = value;
  }

  show(view: Viewport): void {
    this.#contigs.value = view.chrom;
    if (document.activeElement !== this.#box) this.#box.value = formatRegion(view.region);
    this.#span.textContent = formatBases(view.region.end - view.region.start);
  }

  /** Says that the region was gone to. */
  settle(view: Viewport): void {
    this.#problem.textContent = '';
    this.#box.value = formatRegion(view.region);
  }

  focus(): void {
    this.#box.focus();
    this.#box.select();
  }
}
