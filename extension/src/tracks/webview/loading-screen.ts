import type { ProgressEvent } from 'tatabox/core/progress.ts';
import { element } from '../../webviews/element.ts';
import { formatCount } from './format-text.ts';

/** What the buttons of the screen do. */
export interface LoadingActions {
  readonly stop: () => void;
  readonly again: () => void;
}

/** Milliseconds before anything is shown: small files need no flicker. */
const PATIENCE = 250;

/** What is seen while a file is read, and when it cannot be. */
export class LoadingScreen {
  readonly element = element('div', { class: 'loading' });
  readonly #actions: LoadingActions;
  readonly #bar = element('div', {});
  readonly #text = element('p', { role: 'status' });

  constructor(actions: LoadingActions) {
    this.#actions = actions;
  }

  begin(): void {
    this.#text.textContent = 'Reading the file…';
    this.#bar.style.width = '0';
    const progress = element('div', { class: 'progress', role: 'progressbar' }, this.#bar);
    progress.setAttribute('aria-label', 'Reading the file');
    const stop = element('button', { type: 'button', onclick: this.#actions.stop }, 'Cancel');
    this.element.replaceChildren(progress, this.#text, stop);
    this.element.classList.add('patient');
    window.setTimeout(() => {
      this.element.classList.remove('patient');
    }, PATIENCE);
  }

  progress({ done, total, unit }: ProgressEvent): void {
    const isBytes = unit === 'bytes';
    const size = (value: number): string =>
      isBytes ? (value / 1e6).toFixed(1) : formatCount(value);
    const of = total === undefined ? '' : ` of ${size(total)}`;
    this.#text.textContent = `Reading the file: ${size(done)}${of} ${isBytes ? 'MB' : unit}`;
    const share = total === undefined || total === 0 ? 0 : Math.min(1, done / total);
    this.#bar.style.width = `${String(100 * share)}%`;
    this.#bar.parentElement?.setAttribute('aria-valuenow', String(Math.round(100 * share)));
  }

  /** Says why there is nothing to see. */
  fail(message: string, isCancelled: boolean): void {
    this.element.classList.remove('patient');
    const text = isCancelled ? 'Reading was stopped.' : message;
    this.element.replaceChildren(
      element('div', { class: isCancelled ? 'message' : 'message error', role: 'alert' }, text),
      element(
        'button',
        { type: 'button', class: 'primary', onclick: this.#actions.again },
        isCancelled ? 'Read it' : 'Retry',
      ),
    );
  }
}
