import * as vscode from 'vscode';

/** A program that replaces a file removes it for a moment. */
const SETTLED = 400;

/** Tells, after a file was written, removed or made again, that it may be another one. */
export function watchFasta(uri: vscode.Uri, onEvent: () => void): vscode.Disposable {
  // Letters that mean more than themselves in a glob are left open; the events are checked below.
  const name = (uri.path.split('/').at(-1) ?? '').replace(/[[\]{}*?!,]/g, '?');
  const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), name);
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (changed: vscode.Uri): void => {
    if (changed.toString() !== uri.toString()) return;
    clearTimeout(timer);
    timer = setTimeout(onEvent, SETTLED);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(heard),
    watcher.onDidCreate(heard),
    watcher.onDidDelete(heard),
    {
      dispose: () => {
        clearTimeout(timer);
      },
    },
  );
}
