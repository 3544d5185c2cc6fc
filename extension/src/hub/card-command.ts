import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { parseJson } from 'tatabox/core/parse-json.ts';
import { InputError } from 'tatabox/core/errors.ts';
import { fillCardResults } from 'tatabox/hub/card-results.ts';
import type { ModelCardMetric } from 'tatabox/hub/model-card.ts';
import { evaluationMetrics } from './evaluation-metrics.ts';
import { registerHubCommand } from './hub-command.ts';
import { newCard } from './new-card.ts';
import { modelName } from './model-folders.ts';
import { pickModelFolder } from './pick-model-folder.ts';

const SCHEME = 'tatabox-card';
/** Larger than any result of a run or any card; what is larger is something else. */
const LARGEST_BYTES = 16 << 20;

async function readText(file: string): Promise<string | undefined> {
  const uri = vscode.Uri.file(file);
  const stats = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.size > LARGEST_BYTES) {
    throw new InputError({ where: file, found: `${String(stats.size)} bytes`, expected: 'a text' });
  }
  return await readFile(file, 'utf8');
}

async function metricsIn(file: string): Promise<ModelCardMetric[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  const expected = 'the result of a run or of tatabox evaluate --json';
  return evaluationMetrics(parseJson(text, file, { expected }));
}

/** What was measured last: of the run that the model folder lies in, else of a file of the user. */
async function findMetrics(folder: string): Promise<ModelCardMetric[]> {
  for (const place of [folder, path.dirname(folder)]) {
    for (const name of ['evaluation.json', 'result.json']) {
      const metrics = await metricsIn(path.join(place, name));
      if (metrics.length > 0) return metrics;
    }
  }
  const chosen = await vscode.window.showInformationMessage(
    'No result of an evaluation lies beside this model.',
    'Choose Result File…',
    'Open Card',
  );
  if (chosen !== 'Choose Result File…') return [];
  const [file] =
    (await vscode.window.showOpenDialog({
      filters: { 'Results (result.json, tatabox evaluate --json)': ['json'] },
      defaultUri: vscode.Uri.file(path.dirname(folder)),
    })) ?? [];
  if (file === undefined) return [];
  const metrics = await metricsIn(file.fsPath);
  if (metrics.length > 0) return metrics;
  throw new InputError({
    where: file.fsPath,
    found: 'no metrics',
    expected: 'result.json of a training, or what tatabox evaluate --json printed',
  });
}

async function editCard(argument: unknown, before: CardsBefore): Promise<void> {
  const folder = await pickModelFolder(argument, 'Edit Model Card');
  if (folder === undefined) return;
  const uri = vscode.Uri.file(path.join(folder, 'README.md'));
  const old = await readText(uri.fsPath);
  const metrics = await findMetrics(folder);
  if (old === undefined) {
    const config = await readText(path.join(folder, 'config.json'));
    const card = newCard(modelName(folder), config, metrics);
    const edit = new vscode.WorkspaceEdit();
    edit.createFile(uri, { contents: Buffer.from(card) });
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(uri);
    return;
  }
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText();
  const filled = fillCardResults({ card: text, metrics, where: uri.fsPath });
  if (filled === text) {
    await vscode.window.showTextDocument(document);
    if (metrics.length > 0) {
      vscode.window.setStatusBarMessage('The card has the results of the last evaluation', 5000);
    }
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  const end = document.lineAt(document.lineCount - 1).range.end;
  edit.replace(uri, new vscode.Range(new vscode.Position(0, 0), end), filled);
  await vscode.workspace.applyEdit(edit);
  const left = uri.with({ scheme: SCHEME });
  before.show(left, text);
  await vscode.commands.executeCommand(
    'vscode.diff',
    left,
    uri,
    `README.md of ${modelName(folder)}: before ↔ with the last evaluation (save to keep)`,
  );
}

/** Cards as they were before results were filled in, for the left side of the comparison. */
class CardsBefore implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  show(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  forget(uri: vscode.Uri): void {
    this.#texts.delete(uri.toString());
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** Registers the command that fills in a model card. */
export function registerCardCommand(): vscode.Disposable[] {
  const before = new CardsBefore();
  return [
    before,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, before),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === SCHEME) before.forget(uri);
    }),
    registerHubCommand('editCard', (argument: unknown) => editCard(argument, before)),
  ];
}
