import path from 'node:path';
import * as vscode from 'vscode';
import { registerRunCommands } from './run-commands.ts';
import { runNotifications } from './run-notifications.ts';
import { runStatusBar } from './run-status-bar.ts';
import { registerRunTasks } from './run-tasks.ts';
import { RunResults } from './run-results.ts';
import { RunsModel } from './runs-model.ts';
import { RunsTree } from './runs-tree.ts';

/** Registers what starts, watches and lists runs. */
export function registerRuns(context: vscode.ExtensionContext): void {
  const storage = context.storageUri ?? context.globalStorageUri;
  const model = new RunsModel(path.join(storage.fsPath, 'runs'));
  const tree = new RunsTree(model);
  const results = new RunResults(context.extensionUri);
  const view = vscode.window.createTreeView('tatabox.runs', {
    treeDataProvider: tree,
    canSelectMany: true,
  });
  context.subscriptions.push(
    model,
    tree,
    results,
    view,
    registerRunCommands(model, results, () => view.selection),
    runNotifications(model),
    runStatusBar(model),
    registerRunTasks(model),
  );
  void model.scan().catch(() => undefined);
}
