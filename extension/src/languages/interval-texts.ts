import type * as vscode from 'vscode';
import { chooseIntervalFormat, type IntervalFormat } from '../tracks/interval-format.ts';

/** Lines that say which format a text has. */
const SAMPLE = 400;

/** The formats of the texts that are open. */
export class IntervalTexts {
  readonly #formats = new WeakMap<
    vscode.TextDocument,
    { version: number; format: IntervalFormat }
  >();

  format(document: vscode.TextDocument): IntervalFormat {
    const known = this.#formats.get(document);
    if (known?.version === document.version) return known.format;
    const count = Math.min(document.lineCount, SAMPLE);
    const lines = Array.from({ length: count }, (_, line) => document.lineAt(line).text);
    const format = chooseIntervalFormat(document.uri.path, lines);
    this.#formats.set(document, { version: document.version, format });
    return format;
  }
}
