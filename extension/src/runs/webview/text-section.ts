import { element } from '../../webviews/element.ts';

/** Text under a heading, in a box that scrolls; hidden while there is none. */
export class TextSection {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #follows: boolean;

  /** @param shows where it begins to be read; at the end it follows what is added, as a terminal does */
  constructor(title: string, shows: 'start' | 'end') {
    this.#follows = shows === 'end';
    this.#box = element('pre', {
      class: 'mono',
      tabIndex: 0,
      role: 'region',
      'aria-label': title,
    });
    this.element = element(
      'section',
      { class: 'section', hidden: true },
      element('h2', {}, title),
      this.#box,
    );
  }

  set text(text: string) {
    const trimmed = text.trim();
    this.element.hidden = trimmed === '';
    if (this.#box.textContent === trimmed) return;
    const { scrollTop, clientHeight, scrollHeight } = this.#box;
    // The reader may have scrolled back: only who is at the end goes on to the new one.
    const isNew = this.#box.textContent === '';
    const isAtEnd = isNew || scrollTop + clientHeight >= scrollHeight - 4;
    this.#box.textContent = trimmed;
    if (!this.#follows || !isAtEnd) {
      this.#box.scrollTop = scrollTop;
      return;
    }
    // It may not be part of the page yet.
    requestAnimationFrame(() => {
      this.#box.scrollTop = this.#box.scrollHeight;
    });
  }
}
