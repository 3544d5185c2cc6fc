import path from 'node:path';
import * as vscode from 'vscode';

/** The genome FASTA that belongs to a file by the setting `tatabox.genome`; undefined where none is set. */
export function genomeOf(resource: vscode.Uri): vscode.Uri | undefined {
  const value = vscode.workspace.getConfiguration('tatabox', resource).get<string>('genome', '');
  if (value.trim() === '') return undefined;
  if (path.isAbsolute(value)) return vscode.Uri.file(value);
  const folder =
    vscode.workspace.getWorkspaceFolder(resource) ?? vscode.workspace.workspaceFolders?.[0];
  return folder === undefined ? undefined : vscode.Uri.joinPath(folder.uri, value);
}
