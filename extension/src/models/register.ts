import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import { registerCommand } from '../host/commands.ts';
import { ModelEditor } from './model-editor.ts';
import { weightsFileOf } from './weights-file.ts';

/** The model folder that a command is for: the given one, else one that is asked for. */
async function chooseFolder(given: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  if (given !== undefined) return given;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Preview Model',
      title: 'Model folder (config.json and *.safetensors)',
    })) ?? [];
  return chosen;
}

/** Registers the preview of model folders. */
export function registerModels(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider(
      'tatabox.model',
      new ModelEditor(context.extensionUri),
    ),
    registerCommand('model.preview', async (given?: vscode.Uri) => {
      const folder = await chooseFolder(given);
      if (folder === undefined) return;
      const found = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(
        () => [],
      );
      const file = weightsFileOf(found.map(([name]) => name));
      if (file === undefined) {
        throw new UsageError({
          where: folder.fsPath,
          found: 'no weights',
          expected: 'a model folder with model.safetensors',
        });
      }
      await vscode.commands.executeCommand(
        'vscode.openWith',
        vscode.Uri.joinPath(folder, file),
        'tatabox.model',
      );
    }),
  );
}
