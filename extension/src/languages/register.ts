import type * as vscode from 'vscode';

/** Registers hovers, problems and folding of FASTA, BED and GTF text. */
export function registerLanguages(_context: vscode.ExtensionContext): void {
  // To come.
}
