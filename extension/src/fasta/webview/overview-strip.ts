import { CanvasSurface, type Drawing } from './canvas-surface.ts';
import type { HitStore } from './hit-store.ts';

/** What an overview shows; positions are those of the record. */
export interface OverviewScene {
  readonly record: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly seen: { readonly start: number; readonly end: number };
  readonly hits: HitStore | undefined;
}

/** The whole record as a strip: the part that is seen, and hits, of the forward strand above. */
export class OverviewStrip {
  readonly element: HTMLCanvasElement;
  readonly #surface: CanvasSurface;
  readonly #onGo: (position: number) => void;
  #scene: OverviewScene | undefined;

  constructor(onGo: (position: number) => void) {
    this.#onGo = onGo;
    this.#surface = new CanvasSurface('overview', (drawing) => {
      this.#paint(drawing);
    });
    this.element = this.#surface.element;
    this.element.tabIndex = 0;
    this.element.title = 'The whole record: click or drag to go there';
    this.element.setAttribute('role', 'slider');
    this.element.setAttribute('aria-label', 'Place in the record');
    this.element.setAttribute('aria-valuemin', '1');
    const go = (event: PointerEvent): void => {
      const share = event.offsetX / Math.max(1, this.element.clientWidth);
      this.#go(Math.min(1, Math.max(0, share)));
    };
    this.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) go(event);
    });
    this.element.addEventListener('keydown', (event) => {
      const scene = this.#scene;
      if (scene === undefined) return;
      const at = this.#share(scene, scene.seen.start);
      const targets: Readonly<Record<string, number>> = {
        ArrowLeft: at - 0.01,
        ArrowRight: at + 0.01,
        Home: 0,
        End: 1,
      };
      const target = targets[event.key];
      if (target === undefined) return;
      event.preventDefault();
      this.#go(Math.min(1, Math.max(0, target)));
    });
  }

  #share({ length, reverse }: OverviewScene, position: number): number {
    const share = position / Math.max(1, length);
    return reverse ? 1 - share : share;
  }

  #go(share: number): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    const forward = scene.reverse ? 1 - share : share;
    this.#onGo(Math.min(scene.length - 1, Math.floor(forward * scene.length)));
  }

  show(scene: OverviewScene): void {
    this.#scene = scene;
    this.element.setAttribute('aria-valuemax', String(scene.length));
    this.element.setAttribute('aria-valuenow', String(scene.seen.start + 1));
    this.#surface.ask();
  }

  #paint({ context, width, height, theme }: Drawing): void {
    const scene = this.#scene;
    if (scene === undefined || scene.length === 0) return;
    const middle = Math.round(height / 2);
    context.fillStyle = theme('--vscode-editorRuler-foreground', '#5a5a5a');
    context.fillRect(0, middle - 1, width, 2);
    const { hits, length, reverse, record } = scene;
    if (hits !== undefined) {
      const bins = Math.max(1, Math.floor(width));
      const counts = hits.histogram(record, length, bins);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      context.fillStyle = theme('--vscode-editorInfo-foreground', '#3794ff');
      for (let bin = 0; bin < bins; bin++) {
        const x = reverse ? bins - 1 - bin : bin;
        for (const strand of [0, 1]) {
          const count = counts[2 * bin + strand] ?? 0;
          if (count === 0) continue;
          // A single hit is seen, too; more of them stand higher.
          const tall = Math.max(3, (count / most) * (middle - 2));
          const above = (strand === 1) === reverse;
          context.fillRect(x, above ? middle - 1 - tall : middle + 1, 1, tall);
        }
      }
    }
    const ends = [scene.seen.start, scene.seen.end].map((at) => this.#share(scene, at) * width);
    const left = Math.min(...ends);
    const wide = Math.max(4, Math.max(...ends) - left);
    const x = Math.min(width - wide, Math.max(0, left - (wide === 4 ? 2 : 0)));
    context.fillStyle = theme('--vscode-scrollbarSlider-background', '#79797966');
    context.fillRect(x, 0, wide, height);
    context.strokeStyle = theme('--vscode-focusBorder', '#0078d4');
    context.strokeRect(x + 0.5, 0.5, wide - 1, height - 1);
  }
}
