import * as vscode from 'vscode';
import type { TypeScriptController } from './notebook-controller.ts';

const CELLS: vscode.DocumentSelector = ['typescript', 'javascript'].map((language) => ({
  language,
  notebookType: 'jupyter-notebook',
}));

/** Milliseconds that typing waits for a kernel, which may be computing. */
const PATIENCE = 2000;

function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document === document),
  );
}

function soon<T>(answer: Promise<T>, token: vscode.CancellationToken): Promise<T | undefined> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      resolve(undefined);
    };
    setTimeout(giveUp, PATIENCE);
    token.onCancellationRequested(giveUp);
    answer.then(resolve, giveUp);
  });
}

/**
 * Completion and hover of cells from the kernel, which knows what the cells before declared. Without
 * a kernel there is none: typing must not start a process.
 */
export function registerCellCompletion(controller: TypeScriptController): vscode.Disposable {
  const kernelOf = (document: vscode.TextDocument) => {
    const notebook = notebookOf(document);
    return notebook === undefined ? undefined : controller.running(notebook);
  };
  const completion = vscode.languages.registerCompletionItemProvider(
    CELLS,
    {
      async provideCompletionItems(document, position, token) {
        const kernel = kernelOf(document);
        if (kernel === undefined) return [];
        const offset = document.offsetAt(position);
        const found = await soon(kernel.complete(document.getText(), offset), token);
        if (found === undefined) return [];
        const start = document.positionAt(found.start);
        const range = new vscode.Range(start, document.positionAt(found.end));
        return found.matches.map((name, i) => {
          const item = new vscode.CompletionItem(name, vscode.CompletionItemKind.Variable);
          item.range = range;
          item.detail = 'TypeScript kernel';
          // The kernel's order, before that of VS Code's own words.
          item.sortText = String(i).padStart(5, '0');
          return item;
        });
      },
    },
    '.',
  );
  const hover = vscode.languages.registerHoverProvider(CELLS, {
    async provideHover(document, position, token) {
      const kernel = kernelOf(document);
      const range = document.getWordRangeAtPosition(position);
      if (kernel === undefined || range === undefined) return undefined;
      const offset = document.offsetAt(position);
      const text = await soon(kernel.inspect(document.getText(), offset), token);
      if (text === undefined || text.trim() === '') return undefined;
      return new vscode.Hover(
        new vscode.MarkdownString().appendCodeblock(text, 'typescript'),
        range,
      );
    },
  });
  return vscode.Disposable.from(completion, hover);
}
