import path from 'node:path';
import * as vscode from 'vscode';
import {
  runConfigProblems,
  runConfigProblemText,
} from 'tatabox/runs/schema/run-config-problems.ts';
import type { SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { configPaths } from './config-paths.ts';
import { isRunConfig } from './run-config-files.ts';
import { rangeIn } from './text-range.ts';
import { isYamlExtensionThere } from './yaml-extension.ts';

/** Milliseconds after the last key before a text is checked. */
const PAUSE = 300;

async function isThere(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

/** A path of a config as an address, whatever file system the config is in. */
export function pathBeside(config: vscode.Uri, file: string): vscode.Uri {
  if (path.isAbsolute(file)) return config.with({ path: vscode.Uri.file(file).path });
  return vscode.Uri.joinPath(config, '..', file);
}

async function missingFiles(
  document: vscode.TextDocument,
  schema: SchemaNode,
): Promise<vscode.Diagnostic[]> {
  const found = await Promise.all(
    configPaths(document.getText(), schema).map(async ({ file, range, endings }) => {
      for (const ending of ['', ...endings]) {
        if (await isThere(pathBeside(document.uri, `${file}${ending}`))) return [];
      }
      const diagnostic = new vscode.Diagnostic(
        rangeIn(document, range),
        `There is no '${file}'. Paths start from the folder of this file.`,
        vscode.DiagnosticSeverity.Warning,
      );
      diagnostic.source = 'tatabox';
      diagnostic.code = 'missing-file';
      return [diagnostic];
    }),
  );
  return found.flat();
}

function problems(document: vscode.TextDocument, schema: SchemaNode): vscode.Diagnostic[] {
  const elsewhere = isYamlExtensionThere();
  return runConfigProblems(document.getText(), schema)
    .filter(({ kind }) => !elsewhere || kind === 'rule')
    .map((problem) => {
      const diagnostic = new vscode.Diagnostic(
        rangeIn(document, problem.range),
        runConfigProblemText(problem),
        vscode.DiagnosticSeverity.Error,
      );
      diagnostic.source = 'tatabox';
      diagnostic.code = problem.kind;
      return diagnostic;
    });
}

/** Shows in the Problems panel what is wrong with the run configs that are open. */
export function registerDiagnostics(schema: () => SchemaNode): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('tatabox-run-configs');
  const waiting = new Map<string, NodeJS.Timeout>();
  const check = async (document: vscode.TextDocument): Promise<void> => {
    const { version } = document;
    const diagnostics = [
      ...problems(document, schema()),
      ...(await missingFiles(document, schema())),
    ];
    // Files were asked for meanwhile; a later text has a check of its own.
    if (!document.isClosed && document.version === version) {
      collection.set(document.uri, diagnostics);
    }
  };
  const checkSoon = (document: vscode.TextDocument, pause = PAUSE): void => {
    const key = document.uri.toString();
    clearTimeout(waiting.get(key));
    waiting.delete(key);
    if (!isRunConfig(document)) {
      collection.delete(document.uri);
      return;
    }
    waiting.set(
      key,
      setTimeout(() => {
        waiting.delete(key);
        void check(document);
      }, pause),
    );
  };
  const checkAll = (): void => {
    for (const document of vscode.workspace.textDocuments) checkSoon(document, 0);
  };
  checkAll();
  return vscode.Disposable.from(
    collection,
    vscode.workspace.onDidOpenTextDocument((document) => {
      checkSoon(document, 0);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      checkSoon(document);
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      clearTimeout(waiting.get(document.uri.toString()));
      waiting.delete(document.uri.toString());
      collection.delete(document.uri);
    }),
    // Files may have come or gone meanwhile.
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor !== undefined && isRunConfig(editor.document)) checkSoon(editor.document, 0);
    }),
    vscode.workspace.onDidCreateFiles(checkAll),
    vscode.workspace.onDidDeleteFiles(checkAll),
    vscode.workspace.onDidRenameFiles(checkAll),
    vscode.extensions.onDidChange(checkAll),
    {
      dispose: () => {
        for (const timer of waiting.values()) clearTimeout(timer);
      },
    },
  );
}
