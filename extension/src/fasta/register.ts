import type * as vscode from 'vscode';

/** Registers the FASTA preview. */
export function registerFasta(_context: vscode.ExtensionContext): void {
  // To come.
}
