import { element, icon } from '../../webviews/element.ts';
import { metricName } from '../metric-names.ts';
import type { RunAction, ShownRun } from '../runs-protocol.ts';
import { describeFigure } from './chart-specs.ts';

const STATES: Readonly<Record<ShownRun['state'], { icon: string; label: string }>> = {
  running: { icon: 'loading codicon-modifier-spin', label: 'Running' },
  finished: { icon: 'check', label: 'Finished' },
  failed: { icon: 'error', label: 'Failed' },
  interrupted: { icon: 'debug-pause', label: 'Interrupted' },
};

/** A figure as people read it: four digits that count. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : value.toPrecision(4);
}

/** Seconds as `1 h 2 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** The state of a run, by icon and word. */
export function stateBadge(run: ShownRun): HTMLElement {
  const { icon: name, label } = STATES[run.state];
  return element('span', { class: 'badge', role: 'status' }, icon(name), label);
}

/** The buttons of what can be done with a run. */
export function actionButtons(run: ShownRun, act: (action: RunAction) => void): HTMLElement[] {
  const offers: [RunAction, string, string, boolean][] = [
    ['stop', 'debug-stop', 'Stop', run.state === 'running'],
    ['resume', 'debug-continue', 'Resume', run.canResume],
    ['openReport', 'preview', 'Open Report', run.hasReport],
    ['push', 'cloud-upload', 'Push Model…', run.hasModel && run.state === 'finished'],
    ['openLog', 'output', 'Open Log', true],
    ['openFolder', 'folder-opened', 'Open Folder', true],
  ];
  return offers
    .filter(([, , , offered]) => offered)
    .map(([action, name, label], place) =>
      element(
        'button',
        {
          class:
            place === 0 && !action.startsWith('openF') && action !== 'openLog' ? 'primary' : '',
          type: 'button',
          onclick: () => {
            act(action);
          },
        },
        icon(name),
        label,
      ),
    );
}

/** How far the newest task of a run is; hidden where the run does not go on. */
export class ProgressView {
  readonly element: HTMLElement;
  readonly #bar = element('progress', {});
  readonly #text = element('div', { class: 'muted' });

  constructor() {
    this.element = element('div', { class: 'run-progress', hidden: true }, this.#bar, this.#text);
  }

  update(run: ShownRun): void {
    const event = run.state === 'running' ? run.progress.at(-1) : undefined;
    this.element.hidden = run.state !== 'running';
    this.#bar.setAttribute('aria-label', event?.task ?? 'Progress');
    if (event?.total === undefined) this.#bar.removeAttribute('value');
    else {
      this.#bar.max = Math.max(1, event.total);
      this.#bar.value = event.done;
    }
    this.#text.textContent = event === undefined ? 'Starting…' : progressText(event);
  }
}

/** How far a task is, in words. */
export function progressText(event: ShownRun['progress'][number]): string {
  const { task, done, total, unit, secondsLeft, values = {} } = event;
  const count =
    total === undefined ? formatFigure(done) : `${formatFigure(done)} of ${formatFigure(total)}`;
  return [
    `${task}: ${count} ${unit}`,
    ...Object.entries(values).map(([name, value]) => `${name} ${formatFigure(value)}`),
    ...(secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`]),
  ].join(' · ');
}

/** Names and figures: those measured at the end, else those of the last epoch. */
export function figuresOf(run: ShownRun): { title: string; figures: [string, number][] } {
  const measured = Object.entries(run.metrics);
  if (measured.length > 0) {
    const title = run.measuredOn === undefined ? 'Result' : `On ${run.measuredOn} data`;
    return { title, figures: measured.map(([name, value]) => [metricName(name), value]) };
  }
  const last = run.curves.at(-1)?.epochs.at(-1) ?? {};
  const figures = Object.entries(last).filter(([name]) => /^(train|validation)[A-Z]/.test(name));
  return {
    title: `After epoch ${formatFigure(last['epoch'] ?? 0)}`,
    figures: figures.map(([name, value]) => {
      const { part, measure } = describeFigure(name);
      return [`${measure}, ${part}`, value];
    }),
  };
}

/** The figures of a run as tiles; nothing where there are none yet. */
export function figuresView(run: ShownRun): HTMLElement | undefined {
  const { title, figures } = figuresOf(run);
  if (figures.length === 0) return undefined;
  const tiles = figures.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, formatFigure(value))),
  );
  return element(
    'section',
    { class: 'section', 'aria-label': title },
    element('h2', {}, title),
    element('dl', { class: 'figures' }, ...tiles),
  );
}
