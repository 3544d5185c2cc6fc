import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { SAMPLE_FOLDER, SAMPLE_README, writeSample } from './write-sample.ts';

/** Where the sample goes: the folder that is open, else one that is asked for. */
async function parentFolder(): Promise<vscode.Uri | undefined> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (open?.scheme === 'file') return open;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Write Sample Here',
      title: `Folder in which ${SAMPLE_FOLDER} is written`,
    })) ?? [];
  return chosen;
}

/** Writes the sample folder and shows it. */
export async function sampleData(extensionUri: vscode.Uri): Promise<void> {
  const parent = await parentFolder();
  if (parent === undefined) return;
  const there = path.join(parent.fsPath, SAMPLE_FOLDER);
  const folder = existsSync(path.join(there, SAMPLE_README))
    ? there
    : await writeSample(
        vscode.Uri.joinPath(extensionUri, 'walkthrough', 'sample').fsPath,
        parent.fsPath,
      );
  const uri = vscode.Uri.file(folder);
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) {
    await vscode.commands.executeCommand('vscode.openFolder', uri);
    return;
  }
  await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.joinPath(uri, SAMPLE_README));
  await vscode.window.showTextDocument(vscode.Uri.joinPath(uri, 'yeast.tatabox.yaml'), {
    preview: false,
  });
}
