import * as vscode from 'vscode';
import type { LineProblem } from './line-problem.ts';

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** Lines in the Problems panel at most; one more says how many there are. */
const MOST = 1000;

/** Shows what is wrong with the lines of files in the Problems panel. */
export class Problems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('tatabox');

  /** @param count of all; default those that are given */
  report(uri: vscode.Uri, problems: readonly LineProblem[], count = problems.length): void {
    const shown = problems.slice(0, MOST).map((problem) => diagnosticOf(problem));
    const more = count - shown.length;
    if (more > 0) {
      const line = problems[shown.length - 1]?.line ?? 1;
      const reason = `${more.toLocaleString('en')} more lines have problems`;
      shown.push(diagnosticOf({ line, reason, text: '', severity: 'information' }));
    }
    this.#collection.set(uri, shown);
  }

  clear(uri: vscode.Uri): void {
    this.#collection.delete(uri);
  }

  dispose(): void {
    this.#collection.dispose();
  }
}

function diagnosticOf(problem: LineProblem): vscode.Diagnostic {
  const { line, reason, text, severity = 'error', columns } = problem;
  const [from, to] = columns ?? [0, Math.max(1, text.length)];
  const range = new vscode.Range(line - 1, from, line - 1, to);
  const diagnostic = new vscode.Diagnostic(range, reason, SEVERITIES[severity]);
  diagnostic.source = 'tatabox';
  return diagnostic;
}
