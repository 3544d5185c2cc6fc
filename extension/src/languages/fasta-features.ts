import * as vscode from 'vscode';
import { fastaOutline, type OutlineRecord } from './fasta-outline.ts';
import { markdownText } from './markdown-text.ts';

/** Records in the outline at most. */
const MOST = 5000;

/** Outline, folding and hovers of a FASTA text. */
export class FastaFeatures
  implements vscode.DocumentSymbolProvider, vscode.FoldingRangeProvider, vscode.HoverProvider
{
  readonly #outlines = new WeakMap<
    vscode.TextDocument,
    { version: number; records: readonly OutlineRecord[] }
  >();

  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    return this.#records(document).map((record) => {
      const { name, line, lastLine } = record;
      const heading = document.lineAt(line).range;
      const all = heading.union(document.lineAt(lastLine).range);
      const shown = name === '' ? 'without name' : name.slice(0, 200);
      return new vscode.DocumentSymbol(
        shown,
        factsOf(record),
        vscode.SymbolKind.String,
        all,
        heading,
      );
    });
  }

  provideFoldingRanges(document: vscode.TextDocument): vscode.FoldingRange[] {
    return this.#records(document)
      .filter(({ line, lastLine }) => lastLine > line)
      .map(({ line, lastLine }) => new vscode.FoldingRange(line, lastLine));
  }

  provideHover(document: vscode.TextDocument, { line }: vscode.Position): vscode.Hover | undefined {
    const { text, range } = document.lineAt(line);
    if (!text.startsWith('>')) return undefined;
    const [record] = fastaOutline(linesFrom(document, line), 1);
    if (record === undefined) return undefined;
    const description = record.description === '' ? '' : `\n\n${markdownText(record.description)}`;
    const content = `**${markdownText(record.name)}**: ${factsOf(record)}${description}`;
    return new vscode.Hover(new vscode.MarkdownString(content), range);
  }

  #records(document: vscode.TextDocument): readonly OutlineRecord[] {
    const known = this.#outlines.get(document);
    if (known?.version === document.version) return known.records;
    const records = fastaOutline(linesFrom(document, 0), MOST);
    this.#outlines.set(document, { version: document.version, records });
    return records;
  }
}

function* linesFrom(document: vscode.TextDocument, first: number): Generator<string> {
  for (let line = first; line < document.lineCount; line++) yield document.lineAt(line).text;
}

function factsOf({ length, gc, isProtein }: OutlineRecord): string {
  const letters = length.toLocaleString('en');
  if (isProtein) return `${letters} residues`;
  const share = Number.isNaN(gc) ? '' : `, GC ${(100 * gc).toFixed(1)}%`;
  return `${letters} ${length === 1 ? 'base' : 'bases'}${share}`;
}
