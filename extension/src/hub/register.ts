import type * as vscode from 'vscode';

/** Registers models on the Hugging Face Hub. */
export function registerHub(_context: vscode.ExtensionContext): void {
  // To come.
}
