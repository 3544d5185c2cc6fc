import * as vscode from 'vscode';
import { plainText } from './plain-markdown.ts';
import { SHOW_RUNS } from './run-commands.ts';
import { liveText } from './run-text.ts';
import type { RunsModel } from './runs-model.ts';

/** Shows in the status bar what runs and how far it is; there is none while nothing runs. */
export function runStatusBar(model: RunsModel): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    'tatabox.runs',
    vscode.StatusBarAlignment.Left,
    50,
  );
  item.name = 'tatabox runs';
  item.command = `tatabox.${SHOW_RUNS}`;
  const show = (): void => {
    const running = model.runs.filter(({ state }) => state === 'running');
    const starting = model.starting;
    const count = running.length + starting.length;
    if (count === 0) {
      item.hide();
      return;
    }
    const [first] = running;
    const far = first === undefined ? 'starting' : liveText(first);
    const what = count === 1 ? (first?.name ?? starting[0]?.name ?? '') : `${String(count)} runs`;
    item.text = `$(loading~spin) ${plainIcon(what)}: ${far}`;
    const lines = [
      ...running.map((run) => `**${plainText(run.name)}**: ${plainText(liveText(run))}`),
      ...starting.map(({ name }) => `**${plainText(name)}**: starting`),
    ];
    item.tooltip = new vscode.MarkdownString(lines.join('  \n'));
    item.accessibilityInformation = { label: `${what}, ${far}`, role: 'button' };
    item.show();
  };
  show();
  return vscode.Disposable.from(item, model.onDidChange(show));
}

/** A name in which nothing is taken for an icon. */
function plainIcon(name: string): string {
  return name.replaceAll('$(', '$ (');
}
