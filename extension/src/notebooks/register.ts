import type * as vscode from 'vscode';

/** Registers the TypeScript notebook kernel. */
export function registerNotebooks(_context: vscode.ExtensionContext): void {
  // To come.
}
