import * as vscode from 'vscode';
import { modelFolderOf, modelName } from './model-folders.ts';

/** The path that a command was given: of the explorer, an editor, or an entry of the view of runs. */
function placeOf(argument: unknown): string | undefined {
  if (argument instanceof vscode.Uri) return argument.fsPath;
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return undefined;
  for (const key of ['modelFolder', 'resourceUri', 'uri', 'runFolder', 'folder', 'path']) {
    const value: unknown = (argument as Record<string, unknown>)[key];
    if (value instanceof vscode.Uri) return value.fsPath;
    if (typeof value === 'string') return value;
  }
  const run: unknown = (argument as { run?: unknown }).run;
  return run === undefined ? undefined : placeOf(run);
}

/** The model folder that a command is about: of its argument, else one that the user chooses. */
export async function pickModelFolder(
  argument: unknown,
  title: string,
): Promise<string | undefined> {
  const place = placeOf(argument);
  if (place !== undefined) return await modelFolderOf(place);
  const files = await vscode.workspace.findFiles('**/model.safetensors', '**/node_modules/**', 500);
  const folders = files
    .filter(({ scheme }) => scheme === 'file')
    .map((file) => vscode.Uri.joinPath(file, '..'))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const items = folders.map((folder) => ({
    label: modelName(folder.fsPath).replaceAll('$(', '$ ('),
    description: vscode.workspace.asRelativePath(folder).replaceAll('$(', '$ ('),
    folder: folder.fsPath,
  }));
  const other = { label: '$(folder-opened) Another folder…', description: '', folder: '' };
  const chosen = await vscode.window.showQuickPick([...items, other], {
    title,
    placeHolder:
      items.length === 0
        ? 'No model in this workspace yet: run a configuration, or choose a folder'
        : 'Model folder',
    matchOnDescription: true,
  });
  if (chosen === undefined) return undefined;
  if (chosen.folder !== '') return chosen.folder;
  const [uri] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Choose',
      title,
    })) ?? [];
  return uri === undefined ? undefined : await modelFolderOf(uri.fsPath);
}
