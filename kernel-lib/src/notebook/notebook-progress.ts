import { createDisplayHandle, runningCell, type DisplayHandle } from '../core/display.ts';
import { escapeHtml } from '../core/escape-html.ts';
import type { ProgressEvent, ProgressReporter } from '../core/progress.ts';
import {
  formatDetails,
  formatDone,
  fractionDone,
  ProgressTasks,
  taskLine,
  type TaskState,
} from './progress-tasks.ts';

/** How a notebook shows progress. */
export interface NotebookProgressOptions {
  /** Milliseconds between two updates. Default 200. */
  readonly interval?: number;
  /** A clock in milliseconds, for tests. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Shows progress as one block that updates in place, a row a task: bar, units done, rate, time left
 * and values. The last state stays in the saved notebook. In a new cell, new work begins a new
 * block. Updates appear while a cell computes synchronously, too.
 *
 * @example
 * await train(model, dataset, { progress: notebookProgress() });
 */
export function notebookProgress(options: NotebookProgressOptions = {}): ProgressReporter {
  const { interval = 200, now = () => performance.now() } = options;
  let block: ProgressBlock | undefined;
  return (event) => {
    if (block === undefined || !block.takes(event)) block = new ProgressBlock(interval, now);
    block.update(event);
  };
}

/** The rows of one cell. */
class ProgressBlock {
  readonly #interval: number;
  readonly #now: () => number;
  readonly #tasks: ProgressTasks;
  readonly #handle: DisplayHandle = createDisplayHandle();
  readonly #cell = runningCell();
  #shownAt = -Infinity;
  #later: NodeJS.Timeout | undefined;

  constructor(interval: number, now: () => number) {
    this.#interval = interval;
    this.#now = now;
    this.#tasks = new ProgressTasks(now);
  }

  /** Whether the event belongs here: to the same cell, or to work that a former cell began. */
  takes(event: ProgressEvent): boolean {
    const unfinished = this.#tasks.states.some(
      (state) => state.event.task === event.task && !state.finished,
    );
    return unfinished || runningCell() === this.#cell;
  }

  update(event: ProgressEvent): void {
    const isNew = !this.#tasks.has(event.task);
    const { finished } = this.#tasks.update(event);
    const wait = this.#shownAt + this.#interval - this.#now();
    if (isNew || finished || wait <= 0) this.#show();
    // Without this the last state before a pause would never be seen.
    else this.#later ??= setTimeout(() => this.#show(), wait).unref();
  }

  #show(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#shownAt = this.#now();
    const { states } = this.#tasks;
    this.#handle.update({
      'text/html': `<div role="status">${states.map(htmlRow).join('')}</div>`,
      'text/plain': states.map((state) => taskLine(state, 20)).join('\n'),
    });
  }
}

/** Inline styles only: front ends strip style sheets of outputs that are not trusted. */
function htmlRow(state: TaskState): string {
  const { event, finished } = state;
  const fraction = fractionDone(event);
  const percent = fraction === undefined ? undefined : Math.floor(fraction * 100);
  const colour = finished ? '#2e7d4f' : '#2f6fb0';
  const bar =
    percent === undefined
      ? ''
      : `<div style="background:rgba(128,128,128,.25);border-radius:3px;height:6px;margin:2px 0"><div style="background:${colour};border-radius:3px;height:6px;width:${percent}%"></div></div>`;
  const mark = finished ? '✓ ' : percent === undefined ? '' : `${percent} % · `;
  const details = [formatDone(event), ...formatDetails(state)].join(' · ');
  return `<div style="max-width:44em;margin:4px 0;font-variant-numeric:tabular-nums"><b>${escapeHtml(event.task)}</b> ${mark}${escapeHtml(details)}${bar}</div>`;
}
