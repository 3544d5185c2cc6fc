import path from 'node:path';
import * as vscode from 'vscode';
import { InputError } from 'tatabox/core/errors.ts';
import { readRun } from 'tatabox/runs/status/read-run.ts';
import { openReport } from './run-report.ts';

async function firstFile(folder: string, names: readonly string[]): Promise<vscode.Uri> {
  for (const name of names) {
    const uri = vscode.Uri.file(path.join(folder, name));
    const found = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
    if (found !== undefined) return uri;
  }
  throw new InputError({ where: folder, found: 'no results', expected: 'a run that has begun' });
}

/** Shows what a run has measured: its report, else its figures as text. */
export async function showResults(folder: string): Promise<void> {
  const run = await readRun(folder);
  if (run?.hasReport === true) {
    await openReport(folder);
    return;
  }
  const names = ['result.json', 'training/metrics.jsonl', 'training/member-1/metrics.jsonl'];
  await vscode.window.showTextDocument(await firstFile(folder, [...names, 'run.log']));
}

/** Shows several runs beside each other. */
export async function compareRuns(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const uri = await firstFile(folder, ['result.json', 'run.log']);
    await vscode.window.showTextDocument(uri, {
      viewColumn: vscode.ViewColumn.Beside,
      preview: false,
    });
  }
}
