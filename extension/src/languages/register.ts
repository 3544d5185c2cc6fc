import * as vscode from 'vscode';
import { registerCommand } from '../host/commands.ts';
import type { InvalidLine } from '../tracks/track-types.ts';
import { chooseGenome } from './choose-genome.ts';
import { FastaFeatures } from './fasta-features.ts';
import { GenomeSequences } from './genome-sequences.ts';
import { IntervalHover } from './interval-hover.ts';
import { IntervalTexts } from './interval-texts.ts';
import { ProblemWatcher } from './problem-watcher.ts';
import { Problems } from './problems.ts';

let problems: Problems | undefined;

/**
 * Shows invalid lines of a file, found by its preview, in the Problems panel; none clears them. What is
 * known of a text that is open in an editor stays: it may not be saved.
 *
 * @param count of all of them; default those that are given
 */
export function reportInvalidLines(
  uri: vscode.Uri,
  invalid: readonly InvalidLine[],
  count = invalid.length,
): void {
  const key = uri.toString();
  const isOpen = vscode.workspace.textDocuments.some((each) => each.uri.toString() === key);
  if (!isOpen) problems?.report(uri, invalid, count);
}

/** Registers hovers, problems and folding of FASTA, BED and GTF text. */
export function registerLanguages(context: vscode.ExtensionContext): void {
  problems = new Problems();
  const genomes = new GenomeSequences();
  const fasta = new FastaFeatures();
  context.subscriptions.push(
    problems,
    new ProblemWatcher(problems),
    { dispose: () => void genomes.close() },
    vscode.languages.registerHoverProvider(
      ['bed', 'gff'],
      new IntervalHover(new IntervalTexts(), genomes),
    ),
    vscode.languages.registerHoverProvider('fasta', fasta),
    vscode.languages.registerFoldingRangeProvider('fasta', fasta),
    vscode.languages.registerDocumentSymbolProvider('fasta', fasta, { label: 'FASTA' }),
    registerCommand('chooseGenome', chooseGenome),
  );
}
