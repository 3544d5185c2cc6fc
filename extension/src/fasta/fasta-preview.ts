import * as vscode from 'vscode';
import { InputError, UsageError } from 'tatabox/core/errors.ts';
import { errorText, isCancellation } from '../host/error-text.ts';
import { isOnDisk } from '../host/file-content.ts';
import { withLongWork } from '../host/long-work.ts';
import { FastaDocument } from './fasta-document.ts';
import { FastaPanel } from './fasta-panel.ts';
import { findRecord } from './find-record.ts';

/** A place on a sequence by its name, 0-based and half-open. */
export interface GenomePlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What the command `tatabox.showInGenome` takes. */
export interface ShowInGenome {
  readonly genome: vscode.Uri;
  readonly place: GenomePlace;
}

export const FASTA_VIEW = 'tatabox.fasta';

/** Shows a place in the FASTA preview of a file, which is opened where it is not. */
export async function showFastaPlace(uri: vscode.Uri, place: GenomePlace): Promise<void> {
  const shown: ShowInGenome = { genome: uri, place };
  await vscode.commands.executeCommand('tatabox.showInGenome', shown);
}

/** The editor `tatabox.fasta` and its commands. */
export class FastaPreview implements vscode.CustomReadonlyEditorProvider<FastaDocument> {
  readonly #context: vscode.ExtensionContext;
  readonly #panels = new Set<FastaPanel>();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  openCustomDocument(uri: vscode.Uri): FastaDocument {
    const { globalStorageUri: storage } = this.#context;
    return new FastaDocument(uri, isOnDisk(storage) ? storage.fsPath : undefined);
  }

  resolveCustomEditor(document: FastaDocument, panel: vscode.WebviewPanel): void {
    const made = new FastaPanel(document, panel, this.#context.extensionUri);
    this.#panels.add(made);
    panel.onDidDispose(() => {
      this.#panels.delete(made);
      made.dispose();
    });
  }

  #active(): FastaPanel | undefined {
    return [...this.#panels].find(({ panel }) => panel.active);
  }

  /** Puts the keyboard into the page's field for a position. */
  goTo(): void {
    this.#active()?.focusGoTo();
  }

  /** Writes .fai (and .gzi) beside the file that is shown. */
  async buildIndex(): Promise<void> {
    const active = this.#active();
    if (active === undefined) {
      throw new UsageError({
        where: 'FASTA index',
        found: 'no FASTA preview is shown',
        fix: 'Open the preview of the file first.',
      });
    }
    const { document } = active;
    const title = 'Writing the FASTA index';
    const files = await withLongWork({ title }, async (work) => {
      const open = await document.open(work);
      return open.document.writeIndex(work);
    });
    const names = files.map((file) => file.split(/[\\/]/).at(-1) ?? file).join(' and ');
    void vscode.window.showInformationMessage(`Wrote ${names}.`);
  }

  /** Opens the preview of a genome and goes to a place. */
  async show({ genome, place }: ShowInGenome): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', genome, FASTA_VIEW);
    const panels = [...this.#panels].filter(
      ({ document }) => document.uri.toString() === genome.toString(),
    );
    const panel = panels.find((one) => one.panel.active) ?? panels[0];
    if (panel === undefined) {
      throw new InputError({
        where: genome.fsPath,
        found: 'VS Code did not open its preview',
        fix: 'Check the setting tatabox.genome.',
      });
    }
    try {
      // The page opens the file, too, and shows its progress and errors.
      const { document } = await panel.document.open({});
      const record = findRecord(document.records, place.name, genome.fsPath, (name) =>
        document.findRecord(name),
      );
      panel.show({ record, start: place.start, end: place.end });
    } catch (error) {
      if (!isCancellation(error)) panel.notice(errorText(error), true);
      throw error;
    }
  }
}
