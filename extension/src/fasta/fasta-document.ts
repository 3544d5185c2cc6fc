import type * as vscode from 'vscode';
import type { LongWorkOptions, ProgressReporter } from 'tatabox/core/progress.ts';
import { fileContent } from '../host/file-content.ts';
import { FastaRequests } from './fasta-requests.ts';
import { SequenceDocument } from './sequence-document.ts';

interface Opening {
  readonly opened: Promise<FastaRequests>;
  readonly listeners: Set<ProgressReporter>;
  readonly abort: AbortController;
}

/** A file that previews show: opened by the first that asks, closed with the last. */
export class FastaDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly #temporaryFolder: string | undefined;
  #opening: Opening | undefined;

  constructor(uri: vscode.Uri, temporaryFolder: string | undefined) {
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
    const document = await SequenceDocument.open(await fileContent(this.uri), {
      ...work,
      temporaryFolder: this.#temporaryFolder,
      name: this.uri.path.split('/').at(-1) ?? '',
    });
    return new FastaRequests(document);
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
