import type * as vscode from 'vscode';

/** Called by VS Code in a browser, where there are previews alone. */
export function activate(_context: vscode.ExtensionContext): void {
  // Parts are registered here.
}
