import type * as vscode from 'vscode';

/** Registers the preview of BED, GTF, bigWig and the like. */
export function registerTracks(_context: vscode.ExtensionContext): void {
  // To come.
}
