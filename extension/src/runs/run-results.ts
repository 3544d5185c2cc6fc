import path from 'node:path';
import * as vscode from 'vscode';
import { connectPage } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import type { RunAction, RunsProtocol } from './runs-protocol.ts';
import { keptFolders, readShownRuns } from './shown-run.ts';

/** Milliseconds between two looks at runs that go on. */
const REFRESH = 1000;

/** The command of each button of the page. */
const COMMANDS: Readonly<Record<RunAction, string>> = {
  stop: 'tatabox.run.stop',
  resume: 'tatabox.run.resume',
  openReport: 'tatabox.run.openReport',
  openLog: 'tatabox.run.openLog',
  openFolder: 'tatabox.run.openFolder',
  push: 'tatabox.hub.push',
};

const VIEW = 'tatabox.results';
const BODY = '<div id="page" class="runs-page" aria-live="off"></div>';

/** Shows what runs have reached, in one editor tab for the same runs, and goes on while they do. */
export class RunResults implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #extensionUri: vscode.Uri;
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  readonly #serializer: vscode.Disposable;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW, this);
  }

  /** @param folders one run, or several to be compared */
  show(folders: readonly string[]): void {
    const key = keyOf(folders);
    const open = this.#panels.get(key);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const title = titleOf(folders);
    const panel = vscode.window.createWebviewPanel(VIEW, title, {
      viewColumn: vscode.ViewColumn.Active,
    });
    this.#take(panel, folders);
  }

  /** Brings pages back when the window is loaded again. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const folders = keptFolders(state);
    if (folders === undefined) panel.dispose();
    else this.#take(panel, folders);
    return Promise.resolve();
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #take(panel: vscode.WebviewPanel, folders: readonly string[]): void {
    const key = keyOf(folders);
    panel.title = titleOf(folders);
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'icon.svg');
    this.#panels.set(key, panel);
    this.#fill(panel, folders, () => {
      if (this.#panels.get(key) === panel) this.#panels.delete(key);
    });
  }

  #fill(panel: vscode.WebviewPanel, folders: readonly string[], forget: () => void): void {
    let shown = '';
    const page = connectPage<RunsProtocol>(panel.webview, {
      load: async () => {
        const runs = await readShownRuns(folders);
        shown = JSON.stringify(runs);
        return runs;
      },
      act: async ({ folder, action }) => {
        // Only what the page shows: a message cannot name another folder.
        if (!folders.some((each) => path.resolve(each) === folder)) return null;
        const target = action === 'push' ? path.join(folder, 'model') : folder;
        await vscode.commands.executeCommand(COMMANDS[action], vscode.Uri.file(target));
        return null;
      },
    });
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking || !panel.visible) return;
      looking = true;
      try {
        const runs = await readShownRuns(folders);
        const now = JSON.stringify(runs);
        if (now !== shown) page.tell('changed', runs);
        shown = now;
      } catch {
        // The folder was removed or is being replaced; what is shown stays.
      } finally {
        looking = false;
      }
    };
    const timer = setInterval(() => void look(), REFRESH);
    panel.onDidDispose(() => {
      clearInterval(timer);
      page.dispose();
      forget();
    });
    showPage(panel.webview, this.#extensionUri, { name: 'runs', title: 'Run results', body: BODY });
  }
}

const keyOf = (folders: readonly string[]): string =>
  folders.map((folder) => path.resolve(folder)).join('\n');

function titleOf(folders: readonly string[]): string {
  const name = path.basename(folders[0] ?? '');
  return folders.length === 1 ? `Run ${name}` : `Compare ${String(folders.length)} runs`;
}
