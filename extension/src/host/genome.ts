import path from 'node:path';
import * as vscode from 'vscode';
import { genomeInMemory, genomeOnDisk, type GenomeFile } from './genome-file.ts';
import { fileStamp, isOnDisk, readWhole } from './file-content.ts';

/** The genome FASTA that belongs to a file by the setting `tatabox.genome`; undefined where none is set. */
export function genomeOf(resource: vscode.Uri): vscode.Uri | undefined {
  const value = vscode.workspace.getConfiguration('tatabox', resource).get<string>('genome', '');
  if (value.trim() === '') return undefined;
  const folder =
    vscode.workspace.getWorkspaceFolder(resource) ?? vscode.workspace.workspaceFolders?.[0];
  if (path.isAbsolute(value)) {
    const isElsewhere = folder !== undefined && !isOnDisk(folder.uri);
    return isElsewhere ? folder.uri.with({ path: value }) : vscode.Uri.file(value);
  }
  return folder === undefined ? undefined : vscode.Uri.joinPath(folder.uri, value);
}

/** The genome at an address, on any file system. */
export function genomeFile(uri: vscode.Uri): GenomeFile {
  if (isOnDisk(uri)) return genomeOnDisk(uri.fsPath);
  const beside = (ending: string): vscode.Uri => uri.with({ path: uri.path + ending });
  return genomeInMemory(uri.toString(), path.posix.basename(uri.path), {
    stamp: (ending) => fileStamp(beside(ending)),
    read: (ending) => readWhole(beside(ending)),
  });
}
