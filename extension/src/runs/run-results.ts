import path from 'node:path';
import * as vscode from 'vscode';
import { connectPage } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import type { RunAction, RunsProtocol } from './runs-protocol.ts';
import { readShownRuns } from './shown-run.ts';

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

const BODY = '<div id="page" class="runs-page" aria-live="off"></div>';

/** Shows what runs have reached, in one editor tab for the same runs, and goes on while they do. */
export class RunResults implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  /** @param folders one run, or several to be compared */
  show(folders: readonly string[]): void {
    const key = folders.map((folder) => path.resolve(folder)).join('\n');
    const open = this.#panels.get(key);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const name = path.basename(folders[0] ?? '');
    const title = folders.length === 1 ? `Run ${name}` : `Compare ${String(folders.length)} runs`;
    const panel = vscode.window.createWebviewPanel('tatabox.results', title, {
      viewColumn: vscode.ViewColumn.Active,
    });
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'icon.svg');
    this.#panels.set(key, panel);
    this.#fill(panel, folders, () => this.#panels.delete(key));
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
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
    showPage(panel.webview, this.#extensionUri, { name: 'runs', title: panel.title, body: BODY });
  }
}
