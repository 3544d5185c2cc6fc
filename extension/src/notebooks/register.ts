import * as vscode from 'vscode';
import { EnvironmentError } from 'tatabox/core/errors.ts';
import { registerCommand } from '../host/commands.ts';
import { registerCellCompletion } from './cell-completion.ts';
import { Doctor, installNative } from './doctor.ts';
import { newNotebook } from './new-notebook.ts';
import { TypeScriptController } from './notebook-controller.ts';
import { registerProjectKernel, tellProjectKernel } from './project-kernel.ts';

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
  const doctor = new Doctor();
  context.subscriptions.push(
    doctor,
    registerCommand('doctor', () => doctor.show()),
    registerCommand('installNativeTensorFlow', installNative),
    registerCommand('notebook.new', async () => {
      const editor = await newNotebook();
      if (editor !== undefined) await trusted().select(editor, context.extension.id);
    }),
    registerCommand('notebook.useProjectKernel', async () => {
      const editor = vscode.window.activeNotebookEditor;
      const folder =
        (editor === undefined
          ? undefined
          : vscode.workspace.getWorkspaceFolder(editor.notebook.uri)) ??
        vscode.workspace.workspaceFolders?.[0];
      if (folder === undefined) {
        throw new EnvironmentError({
          where: 'notebooks',
          found: 'no folder is open',
          fix: 'Open the folder of your project first.',
        });
      }
      if (editor !== undefined) await trusted().select(editor, context.extension.id);
      const jupyter = await registerProjectKernel(folder.uri);
      if (jupyter !== undefined) await tellProjectKernel(jupyter, editor !== undefined);
    }),
    registerCommand('notebook.restartKernel', async () => {
      const notebook = vscode.window.activeNotebookEditor?.notebook;
      if (notebook !== undefined) await trusted().restart(notebook);
    }),
  );
}
