import type * as vscode from 'vscode';

/** Registers the preview of model folders. */
export function registerModels(_context: vscode.ExtensionContext): void {
  // To come.
}
