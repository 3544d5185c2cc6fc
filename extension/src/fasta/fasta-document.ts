import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import type { LongWorkOptions, ProgressReporter } from 'tatabox/core/progress.ts';
import { FastaRequests } from './fasta-requests.ts';
import { SequenceDocument } from './sequence-document.ts';

/** A file of a file system that has no paths is read whole, up to so many bytes. */
const MOST_IN_MEMORY = 256 * 2 ** 20;

interface Opening {
  readonly opened: Promise<FastaRequests>;
  readonly listeners: Set<ProgressReporter>;
  readonly abort: AbortController;
}

/** A file that previews show: opened by the first that asks, closed with the last. */
export class FastaDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly #temporaryFolder: string;
  #opening: Opening | undefined;

  constructor(uri: vscode.Uri, temporaryFolder: string) {
    this.uri = uri;
    this.#temporaryFolder = temporaryFolder;
  }

  /** The open file. All who wait for it hear of the progress, and any of them can cancel. */
  open({ signal, progress }: LongWorkOptions): Promise<FastaRequests> {
    this.#opening ??= this.#begin();
    const { opened, listeners, abort } = this.#opening;
    if (progress !== undefined) listeners.add(progress);
    const stop = (): void => {
      abort.abort();
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop);
    const leave = (): void => {
      if (progress !== undefined) listeners.delete(progress);
      signal?.removeEventListener('abort', stop);
    };
    opened.then(leave, leave);
    return opened;
  }

  #begin(): Opening {
    const listeners = new Set<ProgressReporter>();
    const abort = new AbortController();
    const progress: ProgressReporter = (event) => {
      for (const listener of listeners) listener(event);
    };
    const opened = this.#read({ signal: abort.signal, progress });
    const opening = { opened, listeners, abort };
    opened.catch(() => {
      // What failed or was cancelled can be tried again.
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #read(work: LongWorkOptions): Promise<FastaRequests> {
    const document = await SequenceDocument.open(await this.#source(), {
      ...work,
      temporaryFolder: this.#temporaryFolder,
    });
    return new FastaRequests(document);
  }

  async #source(): Promise<string | Uint8Array> {
    if (this.uri.scheme === 'file') return this.uri.fsPath;
    const { size } = await vscode.workspace.fs.stat(this.uri);
    if (size > MOST_IN_MEMORY) {
      throw new UsageError({
        where: this.uri.path,
        found: `${(size / 2 ** 20).toFixed(0)} MB on a file system that gives only whole files`,
        expected: `at most ${String(MOST_IN_MEMORY / 2 ** 20)} MB`,
        fix: 'Copy the file to a disk and open it there.',
      });
    }
    return vscode.workspace.fs.readFile(this.uri);
  }

  /** Forgets what was read, or stops reading; the next {@link open} reads the file anew. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.abort.abort();
    const open = await opening?.opened.catch(() => undefined);
    await open?.document.close();
  }

  /** What was opened, where it is open. */
  async opened(): Promise<FastaRequests | undefined> {
    return this.#opening?.opened.catch(() => undefined);
  }

  dispose(): void {
    void this.close();
  }
}
