import path from 'node:path';
import * as vscode from 'vscode';

/** What is told of a file on disk. */
export interface FileWatch {
  readonly onChange: (isGone: boolean) => void;
}

/** Milliseconds after which a file that is being written is called changed. */
const SETTLED = 300;

/** Tells when a file changes, vanishes or comes back. */
export function watchFile(uri: vscode.Uri, { onChange }: FileWatch): vscode.Disposable {
  // The pattern is a glob, in which a name such as a[1].bed would mean another file.
  const name = path.posix.basename(uri.path).replace(/[[\]{}*?,!]/g, '?');
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), name),
  );
  let timer: NodeJS.Timeout | undefined;
  const tell = (changed: vscode.Uri, isGone: boolean): void => {
    if (changed.toString() !== uri.toString()) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      onChange(isGone);
    }, SETTLED);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange((changed) => {
      tell(changed, false);
    }),
    watcher.onDidCreate((changed) => {
      tell(changed, false);
    }),
    watcher.onDidDelete((changed) => {
      tell(changed, true);
    }),
    new vscode.Disposable(() => {
      clearTimeout(timer);
    }),
  );
}
