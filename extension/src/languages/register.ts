import type * as vscode from 'vscode';
import type { InvalidLine } from '../tracks/track-types.ts';
import { Problems } from './problems.ts';

let problems: Problems | undefined;

/**
 * Shows invalid lines of a file, found by its preview, in the Problems panel.
 *
 * @param count of all of them; default those that are given
 */
export function reportInvalidLines(
  uri: vscode.Uri,
  invalid: readonly InvalidLine[],
  count = invalid.length,
): void {
  problems?.report(uri, invalid, count);
}

/** Registers hovers, problems and folding of FASTA, BED and GTF text. */
export function registerLanguages(context: vscode.ExtensionContext): void {
  problems = new Problems();
  context.subscriptions.push(problems);
}
