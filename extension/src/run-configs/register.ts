import type * as vscode from 'vscode';

/** Registers what edits run configurations. */
export function registerRunConfigs(_context: vscode.ExtensionContext): void {
  // To come.
}
