import path from 'node:path';
import * as vscode from 'vscode';

/** Files of the workspace that are offered at most. */
const MOST = 500;
const ENDINGS = ['fa', 'fasta', 'fna'].flatMap((each) => [each, `${each}.gz`, `${each}.bgz`]);

interface GenomeItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
  readonly action?: 'browse' | 'none';
}

/** Asks for the genome of a workspace folder and keeps it in the setting `tatabox.genome`. */
export async function chooseGenome(resource?: unknown): Promise<void> {
  const folder = folderOf(resource instanceof vscode.Uri ? resource : activeResource());
  const settings = vscode.workspace.getConfiguration('tatabox', folder?.uri);
  const current = settings.get<string>('genome', '');
  const picked = await vscode.window.showQuickPick(items(folder, current), {
    title: 'Genome of BED, GTF and track files',
    placeHolder: 'A FASTA file; bgzip files need their index (.fai, .gzi)',
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  const uri = picked.action === 'browse' ? await browse(folder) : picked.uri;
  if (uri === undefined && picked.action !== 'none') return;
  const target =
    folder === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.WorkspaceFolder;
  const value = uri === undefined ? undefined : settingOf(uri, folder);
  await settings.update('genome', value, target);
}

async function items(
  folder: vscode.WorkspaceFolder | undefined,
  current: string,
): Promise<GenomeItem[]> {
  const pattern = `**/*.{${ENDINGS.join(',')}}`;
  const found =
    folder === undefined
      ? []
      : await vscode.workspace.findFiles(
          new vscode.RelativePattern(folder, pattern),
          '**/node_modules/**',
          MOST,
        );
  const files = found
    .map((uri) => ({ uri, value: settingOf(uri, folder) }))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
    .map(({ uri, value }): GenomeItem => ({
      uri,
      label: path.posix.basename(uri.path),
      description: path.posix.dirname(value) === '.' ? '' : path.posix.dirname(value),
      ...(value === current ? { detail: 'Chosen now' } : {}),
      iconPath: new vscode.ThemeIcon('file'),
    }));
  return [
    ...files,
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: 'Browse…', iconPath: new vscode.ThemeIcon('folder-opened'), action: 'browse' },
    ...(current === ''
      ? []
      : [
          {
            label: 'No genome',
            description: `now ${current}`,
            iconPath: new vscode.ThemeIcon('circle-slash'),
            action: 'none' as const,
          },
        ]),
  ];
}

async function browse(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Uri | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: 'Genome FASTA',
      openLabel: 'Choose',
      filters: { FASTA: ['fa', 'fasta', 'fna', 'gz', 'bgz'], 'All files': ['*'] },
      ...(folder === undefined ? {} : { defaultUri: folder.uri }),
    })) ?? [];
  return uri;
}

/** Its path from the workspace folder, so that the setting holds on other machines; else the whole path. */
function settingOf(uri: vscode.Uri, folder: vscode.WorkspaceFolder | undefined): string {
  const isInside = folder !== undefined && uri.path.startsWith(`${folder.uri.path}/`);
  return isInside ? uri.path.slice(folder.uri.path.length + 1) : uri.fsPath;
}

function folderOf(resource: vscode.Uri | undefined): vscode.WorkspaceFolder | undefined {
  const own = resource === undefined ? undefined : vscode.workspace.getWorkspaceFolder(resource);
  return own ?? vscode.workspace.workspaceFolders?.[0];
}

/** The file of the active tab: a text or a preview. */
function activeResource(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom
    ? input.uri
    : undefined;
}
