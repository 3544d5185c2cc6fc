import { element } from '../../webviews/element.ts';

/** How a splitter moves. */
export interface SplitterOptions {
  readonly label: string;
  /** `column`: it stands between left and right. */
  readonly direction: 'column' | 'row';
  readonly smallest: number;
  readonly largest: number;
  readonly size: number;
  /** Whether the part behind it gets larger when it moves forward. Default false. */
  readonly reversed?: boolean;
  onSize(size: number): void;
}

/** A bar that makes the part beside it larger, by mouse and by arrow keys. */
export function splitter(options: SplitterOptions): HTMLElement {
  const { label, direction, smallest, largest, reversed = false, onSize } = options;
  const bar = element('div', { class: `splitter ${direction}`, tabIndex: 0, 'aria-label': label });
  bar.setAttribute('role', 'separator');
  bar.setAttribute('aria-orientation', direction === 'column' ? 'vertical' : 'horizontal');
  bar.setAttribute('aria-valuemin', String(smallest));
  bar.setAttribute('aria-valuemax', String(largest));
  let size = options.size;
  const set = (wanted: number): void => {
    size = Math.round(Math.min(largest, Math.max(smallest, wanted)));
    bar.setAttribute('aria-valuenow', String(size));
    onSize(size);
  };
  bar.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const place = (at: PointerEvent): number => (direction === 'column' ? at.clientX : at.clientY);
    const [from, before] = [place(event), size];
    const move = (to: PointerEvent): void => {
      set(before + (place(to) - from) * (reversed ? -1 : 1));
    };
    bar.addEventListener('pointermove', move);
    bar.addEventListener('lostpointercapture', () => {
      bar.removeEventListener('pointermove', move);
    });
  });
  bar.addEventListener('keydown', (event) => {
    const forward = direction === 'column' ? 'ArrowRight' : 'ArrowDown';
    const back = direction === 'column' ? 'ArrowLeft' : 'ArrowUp';
    if (event.key !== forward && event.key !== back) return;
    event.preventDefault();
    set(size + ((event.key === forward) === reversed ? -16 : 16));
  });
  set(size);
  return bar;
}
