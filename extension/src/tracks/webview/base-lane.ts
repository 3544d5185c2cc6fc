import { element } from '../../webviews/element.ts';
import type { Region } from '../track-types.ts';
import { BASES_HEIGHT, drawBases } from './draw-ruler.ts';
import { sharpContext } from './sharp-canvas.ts';
import type { ThemeColors } from './theme-colors.ts';
import type { Viewport } from './viewport.ts';

/** Pixels that a base has at least when bases are shown. */
const LEAST_PIXELS = 3;

/** The bases of the genome, where they are wide enough to be told apart. */
export class BaseLane {
  readonly element: HTMLElement;
  readonly #canvas = element('canvas', { class: 'lane-canvas', 'aria-hidden': 'true' });
  readonly #fetch: (region: Region) => Promise<string>;
  readonly #redraw: () => void;
  #data: { readonly region: Region; readonly letters: string } | undefined;
  #asked: Region | undefined;

  constructor(fetch: (region: Region) => Promise<string>, redraw: () => void) {
    this.#fetch = fetch;
    this.#redraw = redraw;
    this.element = element(
      'div',
      { class: 'bases', role: 'img', 'aria-label': 'Bases of the genome' },
      this.#canvas,
    );
  }

  forget(): void {
    this.#data = undefined;
    this.#asked = undefined;
  }

  draw(view: Viewport, colors: ThemeColors, hasGenome: boolean): void {
    const isShown = hasGenome && view.pixelsPerBase >= LEAST_PIXELS;
    this.element.hidden = !isShown;
    if (!isShown) return;
    if (!covers(this.#data?.region, view)) this.#ask(view);
    const context = sharpContext(this.#canvas, view.width, BASES_HEIGHT);
    if (context === undefined || this.#data?.region.chrom !== view.chrom) return;
    const { region, letters } = this.#data;
    drawBases(context, view, colors, { start: region.start, letters });
    const from = Math.max(0, Math.floor(view.start) - region.start);
    const seen = letters.slice(from, Math.ceil(view.end) - region.start);
    this.element.setAttribute('aria-label', `Bases of the genome: ${seen.slice(0, 300)}`);
  }

  #ask(view: Viewport): void {
    if (covers(this.#asked, view)) return;
    const region = view.wanted();
    this.#asked = region;
    this.#fetch(region).then(
      (letters) => {
        if (this.#asked !== region) return;
        this.#data = { region, letters };
        this.#redraw();
      },
      () => {
        // The genome's own problem is told where the genome is.
        this.#data = { region, letters: '' };
      },
    );
  }
}

function covers(region: Region | undefined, view: Viewport): boolean {
  const { chrom, start, end } = view.region;
  return (
    region !== undefined && region.chrom === chrom && region.start <= start && region.end >= end
  );
}
