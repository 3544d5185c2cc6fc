import * as vscode from 'vscode';
import { EnvironmentError } from 'tatabox/core/errors.ts';
import { registerCommand } from '../host/commands.ts';
import { registerCellCompletion } from './cell-completion.ts';
import { TypeScriptController } from './notebook-controller.ts';

/** Registers the TypeScript kernel of notebooks, new notebooks and what a machine lacks. */
export function registerNotebooks(context: vscode.ExtensionContext): void {
  let controller: TypeScriptController | undefined;
  const start = (): void => {
    if (controller !== undefined) return;
    controller = new TypeScriptController();
    context.subscriptions.push(controller, registerCellCompletion(controller));
  };
  // Cells run programs of the workspace.
  if (vscode.workspace.isTrusted) start();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(start));
  const trusted = (): TypeScriptController => {
    if (controller !== undefined) return controller;
    throw new EnvironmentError({
      where: 'notebooks',
      found: 'this workspace is not trusted',
      fix: 'Trust it with the command Workspaces: Manage Workspace Trust.',
    });
  };
  context.subscriptions.push(
    registerCommand('notebook.restartKernel', async () => {
      const notebook = vscode.window.activeNotebookEditor?.notebook;
      if (notebook !== undefined) await trusted().restart(notebook);
    }),
  );
}
