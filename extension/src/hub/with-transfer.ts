import * as vscode from 'vscode';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import type { FileProgress } from 'tatabox/hub/byte-progress.ts';
import { signalOf } from '../host/long-work.ts';
import type { HubSession } from './hub-session.ts';
import { TransferText } from './transfer-text.ts';

/** Options of the library for a transfer. */
export type TransferOptions = Required<LongWorkOptions> & {
  readonly fileProgress: (event: FileProgress) => void;
};

/** How far a transfer is, for those who show it a second time. */
export interface TransferState {
  readonly text: string;
  readonly fraction: number | undefined;
}

/** Moves files with VS Code's own progress: bytes in all and of each file, waits, and Cancel. */
export function withTransfer<T>(
  session: HubSession,
  title: string,
  work: (options: TransferOptions) => Promise<T>,
  onChange: (state: TransferState) => void = () => undefined,
): Promise<T> {
  const place = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return Promise.resolve(
    vscode.window.withProgress(place, async (report, token) => {
      const text = new TransferText();
      let shown = 0;
      let last = 0;
      const show = (now = false): void => {
        if (!now && Date.now() - last < 100) return;
        last = Date.now();
        const percent = 100 * (text.fraction ?? 0);
        report.report({ message: text.text, increment: Math.max(0, percent - shown) });
        shown = Math.max(shown, percent);
        onChange({ text: text.text, fraction: text.fraction });
      };
      show();
      const waits = session.onDidWait((event) => {
        text.retry(event);
        show(true);
      });
      try {
        return await work({
          signal: signalOf(token),
          progress: (event) => {
            text.progress(event);
            show();
          },
          fileProgress: (event) => {
            text.file(event);
            show();
          },
        });
      } finally {
        waits.dispose();
      }
    }),
  );
}
