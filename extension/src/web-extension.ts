import * as vscode from 'vscode';
import { registerFasta } from './fasta/register.ts';
import { registerLanguages } from './languages/register.ts';
import { registerModels } from './models/register.ts';
import { registerTracks } from './tracks/register.ts';

/** Views whose content needs programs on a machine. */
const OTHER_VIEWS = ['tatabox.runs', 'tatabox.models'];

/**
 * Called by VS Code in a browser, where there are previews and help in texts. Runs, notebooks and the
 * Hub need a machine: the manifest hides their commands by this key and the views say so.
 */
export function activate(context: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', 'tatabox.previewsOnly', true);
  registerFasta(context);
  registerTracks(context);
  registerLanguages(context);
  registerModels(context);
  const empty: vscode.TreeDataProvider<never> = {
    getChildren: () => [],
    getTreeItem: (item) => item,
  };
  context.subscriptions.push(
    ...OTHER_VIEWS.map((view) => vscode.window.registerTreeDataProvider(view, empty)),
  );
}
