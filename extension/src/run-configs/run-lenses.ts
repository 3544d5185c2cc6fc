import * as vscode from 'vscode';
import { readRun } from 'tatabox/runs/status/read-run.ts';
import { runFolderOf } from 'tatabox/runs/status/run-folder-of.ts';
import { configRun } from './config-run.ts';
import { isRunConfig } from './run-config-files.ts';
import { lensesOf } from './lenses-of.ts';

/** Milliseconds after a run wrote something before the lenses are asked for again. */
const PAUSE = 1500;

/** "Run | Resume | Show Results" above the first line of a run config. */
export class RunLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #watcher = vscode.workspace.createFileSystemWatcher('**/{status,result}.json');
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    const soon = (): void => {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#changed.fire();
      }, PAUSE);
    };
    this.#watcher.onDidCreate(soon);
    this.#watcher.onDidChange(soon);
    this.#watcher.onDidDelete(soon);
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!isRunConfig(document) || document.uri.scheme !== 'file') return [];
    if (!vscode.workspace.isTrusted) return [];
    const names = configRun(document.getText());
    const folder = names === undefined ? undefined : runFolderOf(names, document.uri.fsPath);
    const run = folder === undefined ? undefined : await readRun(folder);
    const top = new vscode.Range(0, 0, 0, 0);
    return lensesOf(run).map(
      ({ title, command, of }) =>
        new vscode.CodeLens(top, {
          title,
          command,
          arguments: [of === 'run' && folder ? vscode.Uri.file(folder) : document.uri],
        }),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher.dispose();
    this.#changed.dispose();
  }
}
