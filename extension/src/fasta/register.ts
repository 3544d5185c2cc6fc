import * as vscode from 'vscode';
import { registerCommand } from '../host/commands.ts';
import { registerOpenPreview } from '../host/open-preview.ts';
import { FASTA_VIEW, FastaPreview, type ShowInGenome } from './fasta-preview.ts';

/** Registers the FASTA preview, its commands, and those that open any preview. */
export function registerFasta(context: vscode.ExtensionContext): void {
  const preview = new FastaPreview(context);
  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider(FASTA_VIEW, preview, {
      supportsMultipleEditorsPerDocument: true,
    }),
    registerCommand('fasta.goTo', () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      // One key for both previews: VS Code knows a single command of a name.
      if (input instanceof vscode.TabInputCustom && input.viewType === 'tatabox.tracks') {
        return vscode.commands.executeCommand('tatabox.tracks.goTo');
      }
      preview.goTo();
      return undefined;
    }),
    registerCommand('fasta.buildIndex', () => preview.buildIndex()),
    registerCommand('showInGenome', (shown: ShowInGenome) => preview.show(shown)),
  );
  registerOpenPreview(context);
}
