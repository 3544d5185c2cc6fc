import * as vscode from 'vscode';
import type { LongWorkOptions, ProgressEvent } from 'tatabox/core/progress.ts';

/** Where progress is shown and whether it can be cancelled. */
export interface LongWorkPlace {
  readonly title: string;
  /** Default `notification`. */
  readonly location?: 'notification' | 'window' | { readonly viewId: string };
}

/** An abort signal that follows a cancellation token. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => {
    abort.abort();
  });
  return abort.signal;
}

/** What is shown of a progress event beside the title. */
export function progressText({ done, total, unit, rate }: ProgressEvent): string {
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  const of = total === undefined ? '' : ` of ${number(total)}`;
  if (unit === 'bytes') {
    const size = (bytes: number): string => (bytes / 1e6).toFixed(1);
    const speed = rate === undefined ? '' : `, ${size(rate)} MB/s`;
    return `${size(done)}${total === undefined ? '' : ` of ${size(total)}`} MB${speed}`;
  }
  return `${number(done)}${of} ${unit}`;
}

/**
 * Does long work of the library with VS Code's own progress and its Cancel button.
 *
 * @example
 * await withLongWork({ title: 'Pulling me/model' }, (work) => pullModel({ repo, ...work }));
 */
export function withLongWork<T>(
  { title, location = 'notification' }: LongWorkPlace,
  work: (options: Required<LongWorkOptions>) => Promise<T>,
): Promise<T> {
  const where =
    location === 'notification'
      ? vscode.ProgressLocation.Notification
      : location === 'window'
        ? vscode.ProgressLocation.Window
        : location;
  return Promise.resolve(
    vscode.window.withProgress(
      { location: where, title, cancellable: location === 'notification' },
      (report, token) => {
        let shown = 0;
        return work({
          signal: signalOf(token),
          progress: (event) => {
            const percent =
              event.total === undefined ? 0 : (100 * event.done) / Math.max(1, event.total);
            report.report({
              message: progressText(event),
              increment: event.total === undefined ? undefined : Math.max(0, percent - shown),
            });
            shown = Math.max(shown, percent);
          },
        });
      },
    ),
  );
}
