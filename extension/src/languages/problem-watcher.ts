import * as vscode from 'vscode';
import { isCancellation } from '../host/error-text.ts';
import { checkIntervals } from './check-intervals.ts';
import type { Problems } from './problems.ts';

/** Letters of a text that is checked at most. */
const LARGEST = 5_000_000;
/** Milliseconds without a change before a text is checked. */
const DELAY = 400;
/** Texts that are not files; those of other machines and of repositories on the web are. */
const OTHER_VERSIONS = /^(git|output|vscode(?!-(remote|vfs|test-web)$))/;

interface Check {
  readonly timer: NodeJS.Timeout;
  readonly abort: AbortController;
}

/** Checks BED, GTF and GFF3 texts when they are opened and changed. */
export class ProblemWatcher implements vscode.Disposable {
  readonly #problems: Problems;
  readonly #checks = new Map<string, Check>();
  readonly #listeners: vscode.Disposable[];

  constructor(problems: Problems) {
    this.#problems = problems;
    this.#listeners = [
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#plan(document, 0);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#plan(document, DELAY);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (!isChecked(document)) return;
        this.#stop(document.uri.toString());
        this.#problems.clear(document.uri);
      }),
    ];
    for (const document of vscode.workspace.textDocuments) this.#plan(document, 0);
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    for (const key of [...this.#checks.keys()]) this.#stop(key);
  }

  #plan(document: vscode.TextDocument, delay: number): void {
    if (!isChecked(document)) return;
    const key = document.uri.toString();
    this.#stop(key);
    const abort = new AbortController();
    const timer = setTimeout(() => void this.#check(document, key, abort.signal), delay);
    this.#checks.set(key, { timer, abort });
  }

  #stop(key: string): void {
    const check = this.#checks.get(key);
    if (check === undefined) return;
    clearTimeout(check.timer);
    check.abort.abort();
    this.#checks.delete(key);
  }

  async #check(document: vscode.TextDocument, key: string, signal: AbortSignal): Promise<void> {
    const text = document.getText();
    try {
      if (text.length > LARGEST) return;
      const lines = text.split(/\r?\n/);
      const { problems, count } = await checkIntervals(document.uri.path, lines, { signal });
      if (!signal.aborted) this.#problems.report(document.uri, problems, count);
    } catch (error) {
      if (!isCancellation(error)) throw error;
    } finally {
      if (!signal.aborted) this.#checks.delete(key);
    }
  }
}

/** A text that somebody edits; not one side of a comparison with another version, and the like. */
function isChecked({ languageId, uri }: vscode.TextDocument): boolean {
  return (languageId === 'bed' || languageId === 'gff') && !OTHER_VERSIONS.test(uri.scheme);
}
