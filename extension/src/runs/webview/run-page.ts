import { element } from '../../webviews/element.ts';
import type { RunAction, ShownRun } from '../runs-protocol.ts';
import { actionButtons, figuresView, ProgressView, stateBadge } from './run-view.ts';
import { TextSection } from './text-section.ts';

/** One run, kept up to date: what has the focus or is scrolled stays as it is. */
export class RunPage {
  /** What stands above the charts. */
  readonly head: HTMLElement;
  /** What stands below them. */
  readonly foot: HTMLElement;
  readonly #act: (folder: string, action: RunAction) => void;
  readonly #bar = element('div', { class: 'run-head' });
  readonly #problem = element('div', { class: 'message error', role: 'alert', hidden: true });
  readonly #progress = new ProgressView();
  readonly #figures = element('div', {});
  readonly #result = new TextSection('Result', 'start');
  readonly #log = new TextSection('Log', 'end');
  readonly #empty = element('p', { class: 'muted', hidden: true });
  #shown: readonly string[] = [];

  constructor(act: (folder: string, action: RunAction) => void) {
    this.#act = act;
    this.head = element(
      'div',
      {},
      this.#bar,
      this.#problem,
      this.#progress.element,
      this.#figures,
      this.#empty,
    );
    this.foot = element('div', {}, this.#result.element, this.#log.element);
  }

  update(run: ShownRun): void {
    const { error, state, curves } = run;
    const bar = JSON.stringify([run.name, state, run.canResume, run.hasReport, run.hasModel]);
    const figures = JSON.stringify([run.metrics, run.measuredOn, curves.at(-1)?.epochs.at(-1)]);
    const [barBefore, figuresBefore] = this.#shown;
    this.#shown = [bar, figures];
    if (bar !== barBefore) this.#showBar(run);
    // An alert that is written again is read aloud again.
    if (this.#problem.textContent !== (error ?? '')) this.#problem.textContent = error ?? '';
    this.#problem.hidden = error === undefined;
    this.#progress.update(run);
    if (figures !== figuresBefore) {
      const view = figuresView(run);
      this.#figures.replaceChildren(...(view === undefined ? [] : [view]));
    }
    this.#result.text = run.resultText;
    this.#log.text = run.log;
    const hasNothing = this.#figures.childElementCount === 0 && curves.length === 0;
    this.#empty.hidden = !hasNothing || error !== undefined;
    this.#empty.textContent =
      state === 'running'
        ? 'Figures and charts come with the first epoch.'
        : 'This run has no figures.';
  }

  #showBar(run: ShownRun): void {
    const hadFocus = this.#bar.contains(document.activeElement);
    this.#bar.replaceChildren(
      element('h1', {}, run.name),
      stateBadge(run),
      element(
        'span',
        { class: 'muted' },
        `${run.mode} · started ${new Date(run.startedAt).toLocaleString()}`,
      ),
      element('span', { class: 'spacer' }),
      element(
        'span',
        { class: 'run-actions' },
        ...actionButtons(run, (action) => {
          this.#act(run.folder, action);
        }),
      ),
    );
    if (hadFocus) this.#bar.querySelector('button')?.focus();
  }
}
