import * as vscode from 'vscode';
import {
  runConfigProblems,
  type RunConfigProblem,
} from 'tatabox/runs/schema/run-config-problems.ts';
import type { SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { isRunConfig } from './run-config-files.ts';
import { removalOf } from './remove-key.ts';
import { rangeIn } from './text-range.ts';

/** Offers the nearest known key or word, and to remove a key that is not known. */
export class QuickFixes implements vscode.CodeActionProvider {
  readonly #schema: () => SchemaNode;

  constructor(schema: () => SchemaNode) {
    this.#schema = schema;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    if (!isRunConfig(document)) return [];
    return runConfigProblems(document.getText(), this.#schema())
      .filter((problem) => rangeIn(document, problem.range).intersection(range) !== undefined)
      .flatMap((problem) => this.#fixes(document, problem, context));
  }

  #fixes(
    document: vscode.TextDocument,
    problem: RunConfigProblem,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const { kind, range, replacement, path } = problem;
    const place = rangeIn(document, range);
    const fixes: vscode.CodeAction[] = [];
    const add = (title: string, replaced: vscode.Range, text: string): void => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.edit = new vscode.WorkspaceEdit();
      action.edit.replace(document.uri, replaced, text);
      action.diagnostics = diagnostics.filter((each) => each.range.isEqual(place));
      action.isPreferred = fixes.length === 0 && replacement !== undefined;
      fixes.push(action);
    };
    if (replacement !== undefined) add(`Change to '${replacement}'`, place, replacement);
    if (kind === 'unknown-key') {
      const removed = removalOf(document.getText(), path);
      if (removed !== undefined) add('Remove key', rangeIn(document, removed), '');
    }
    return fixes;
  }
}
