import { isNotebook } from '../core/display.ts';
import type { ProgressEvent, ProgressReporter } from '../core/progress.ts';
import { notebookProgress } from './notebook-progress.ts';
import { ProgressTasks, taskLine } from './progress-tasks.ts';

/** Where progress is written: `process.stderr`, or anything like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How a terminal shows progress. */
export interface TerminalProgressOptions {
  /** Write each event as one line of JSON, for programs that read it. Default false. */
  readonly json?: boolean;
  /**
   * Milliseconds between two updates of a task. Default 100 in a terminal, 500 for JSON, 5,000 for
   * plain lines (a log file).
   */
  readonly interval?: number;
  /** A clock in milliseconds, for tests. Default `performance.now`. */
  readonly now?: () => number;
}

/** A reporter that writes to a terminal. */
export interface TerminalProgress extends ProgressReporter {
  /** Ends the line in place, so that what is printed next begins a line of its own. */
  finish(): void;
}

/**
 * Shows progress in a terminal: one line in place where the stream is a terminal, otherwise a plain
 * line every few seconds; a line that stays for each task that is done.
 *
 * @example
 * const progress = terminalProgress();
 * try {
 *   await train(model, dataset, { progress });
 * } finally {
 *   progress.finish();
 * }
 */
export function terminalProgress(
  stream: ProgressStream = process.stderr,
  options: TerminalProgressOptions = {},
): TerminalProgress {
  const { json = false, now = () => performance.now() } = options;
  const inPlace = !json && stream.isTTY === true;
  const interval = options.interval ?? (json ? 500 : inPlace ? 100 : 5000);
  const tasks = new ProgressTasks(now);
  const writtenAt = new Map<string, number>();
  const finished = new Set<string>();
  let lineOpen = false;

  function writeLine(text: string): void {
    stream.write(lineOpen ? `\r\x1b[K${text}\n` : `${text}\n`);
    lineOpen = false;
  }

  function writeInPlace(): void {
    const active = tasks.states.filter((state) => !state.finished);
    if (active.length === 0) return;
    const text = active.map((state) => taskLine(state, 20)).join('  |  ');
    // A line that wraps could not be overwritten.
    stream.write(`\r\x1b[K${clip(text, (stream.columns ?? 80) - 1)}`);
    lineOpen = true;
  }

  function report(event: ProgressEvent): void {
    const { task } = event;
    const state = tasks.update(event);
    if (state.finished && finished.has(task)) return;
    const due = now() - (writtenAt.get(inPlace ? '' : task) ?? -Infinity) >= interval;
    if (!state.finished) finished.delete(task);
    if (!due && !state.finished) return;
    writtenAt.set(inPlace ? '' : task, now());
    if (state.finished) finished.add(task);
    if (json)
      stream.write(
        `${JSON.stringify({ ...event, rate: state.rate, secondsLeft: state.secondsLeft })}\n`,
      );
    else if (inPlace && !state.finished) writeInPlace();
    else {
      writeLine(taskLine(state, 20));
      if (inPlace) writeInPlace();
    }
  }

  return Object.assign(report, {
    finish() {
      if (lineOpen) stream.write('\n');
      lineOpen = false;
    },
  });
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** The reporter for where this code runs: a block in a notebook cell, a line in a terminal. */
export function defaultProgress(): ProgressReporter {
  return isNotebook() ? notebookProgress() : terminalProgress();
}
