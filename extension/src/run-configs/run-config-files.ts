import type * as vscode from 'vscode';

/** Files that this folder's providers are for, whatever language they are opened as. */
export const runConfigSelector: vscode.DocumentSelector = [
  { pattern: '**/*.tatabox.yaml' },
  { pattern: '**/*.tatabox.yml' },
];

/** Letters from which a file is none that a person wrote; it is not looked at. */
const LARGEST = 500_000;

/** Whether a document is a run config, of a size that one can have. */
export function isRunConfig(document: vscode.TextDocument): boolean {
  if (!/\.tatabox\.ya?ml$/i.test(document.uri.path)) return false;
  const last = document.lineCount - 1;
  return document.offsetAt(document.lineAt(last).range.end) <= LARGEST;
}
