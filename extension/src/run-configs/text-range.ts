import * as vscode from 'vscode';
import type { TextRange } from 'tatabox/runs/schema/config-text.ts';

/** Letters of a document as VS Code counts them. */
export function rangeIn(document: vscode.TextDocument, { start, end }: TextRange): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
