import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import { registerCommand } from './commands.ts';
import { previewOf, PREVIEW_KINDS } from './preview-kinds.ts';

/** The file that a command is about: what it was called with, else what is shown. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (
    input instanceof vscode.TabInputText ||
    input instanceof vscode.TabInputCustom ||
    input instanceof vscode.TabInputNotebook
  ) {
    return input.uri;
  }
  return vscode.window.activeTextEditor?.document.uri;
}

async function openPreview(argument: unknown, chosen: unknown): Promise<void> {
  // The explorer gives all chosen files as a second argument.
  const several = Array.isArray(chosen) ? chosen.filter((one) => one instanceof vscode.Uri) : [];
  const one = fileOf(argument);
  const files = several.length > 0 ? several : one === undefined ? [] : [one];
  const kinds = PREVIEW_KINDS.map(({ shows }) => shows).join(', ');
  if (files.length === 0) {
    throw new UsageError({
      where: 'Open Preview',
      found: 'no file is chosen',
      fix: `Open or choose one of: ${kinds}.`,
    });
  }
  for (const file of files) {
    const name = file.path.split('/').at(-1) ?? '';
    const kind = previewOf(name);
    if (kind === undefined) {
      throw new UsageError({
        where: name,
        found: 'there is no preview for files of this name',
        expected: kinds,
      });
    }
    await vscode.commands.executeCommand('vscode.openWith', file, kind.viewType);
  }
}

async function openText(argument: unknown): Promise<void> {
  const file = fileOf(argument);
  if (file === undefined) {
    throw new UsageError({
      where: 'Open as Text',
      found: 'no file is shown',
      fix: 'Open the preview of a file first.',
    });
  }
  await vscode.commands.executeCommand('vscode.openWith', file, 'default');
}

/** Registers `tatabox.openPreview` and `tatabox.openText`. */
export function registerOpenPreview(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    registerCommand('openPreview', openPreview),
    registerCommand('openText', openText),
  );
}
