import { element } from '../../webviews/element.ts';
import type { ScrollRange } from './scroll-range.ts';

/** How a scroll bar lies and what it tells. */
export interface ScrollBarOptions {
  readonly label: string;
  /** Default `vertical`. */
  readonly orientation?: 'vertical' | 'horizontal';
  readonly onScroll: () => void;
}

/** A scroll bar over a {@link ScrollRange}, looking like VS Code's own. */
export class ScrollBar {
  readonly element: HTMLElement;
  readonly #thumb: HTMLElement;
  readonly #range: ScrollRange;
  readonly #vertical: boolean;

  constructor(range: ScrollRange, { label, orientation = 'vertical', onScroll }: ScrollBarOptions) {
    this.#range = range;
    this.#vertical = orientation === 'vertical';
    this.#thumb = element('div', { class: 'scroll-thumb' });
    this.element = element(
      'div',
      { class: `scroll-bar ${orientation}`, 'aria-label': label, 'aria-orientation': orientation },
      this.#thumb,
    );
    this.element.setAttribute('role', 'scrollbar');
    this.element.addEventListener('pointerdown', (event) => {
      this.#drag(event, onScroll);
    });
  }

  #drag(event: PointerEvent, onScroll: () => void): void {
    const track = this.#vertical ? this.element.clientHeight : this.element.clientWidth;
    const thumb = this.#range.thumb(track);
    if (event.button !== 0 || thumb === undefined) return;
    event.preventDefault();
    const box = this.element.getBoundingClientRect();
    const place = (at: PointerEvent): number =>
      this.#vertical ? at.clientY - box.top : at.clientX - box.left;
    const at = place(event);
    const inside = at >= thumb.offset && at <= thumb.offset + thumb.size;
    const grip = inside ? at - thumb.offset : thumb.size / 2;
    const move = (to: PointerEvent): void => {
      this.#range.dragTo(place(to) - grip, track);
      onScroll();
    };
    if (!inside) move(event);
    this.element.setPointerCapture(event.pointerId);
    this.element.classList.add('dragging');
    this.element.addEventListener('pointermove', move);
    const end = (): void => {
      this.element.classList.remove('dragging');
      this.element.removeEventListener('pointermove', move);
    };
    this.element.addEventListener('lostpointercapture', end, { once: true });
  }

  /** Shows where the range stands. */
  update(): void {
    const track = this.#vertical ? this.element.clientHeight : this.element.clientWidth;
    const thumb = this.#range.thumb(track);
    this.#thumb.hidden = thumb === undefined;
    const { last, top } = this.#range;
    this.element.setAttribute(
      'aria-valuenow',
      String(last === 0 ? 0 : Math.round((100 * top) / last)),
    );
    if (thumb === undefined) return;
    const [size, offset] = this.#vertical ? (['height', 'Y'] as const) : (['width', 'X'] as const);
    this.#thumb.style[size] = `${String(thumb.size)}px`;
    this.#thumb.style.transform = `translate${offset}(${String(thumb.offset)}px)`;
  }
}
