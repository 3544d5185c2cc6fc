import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { InputError } from 'tatabox/core/errors.ts';
import { reportHtml } from './report-html.ts';

/** A report is a page with a few figures. */
const LARGEST_REPORT = 64 << 20;

/**
 * Opens `report.html` of a run in an editor: a page of its own without scripts. A browser would not
 * reach the file where VS Code works on another machine.
 */
export async function openReport(folder: string): Promise<void> {
  const file = path.join(folder, 'report.html');
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new InputError({
      where: folder,
      found: 'no report',
      expected: 'report.html of a finished run',
      fix: 'Resume the run, or look into its log.',
    });
  }
  if (found.size > LARGEST_REPORT) {
    const found = 'a report of more than 64 MB';
    throw new InputError({ where: file, found, fix: 'Open it in a browser.' });
  }
  const html = await readFile(file, 'utf8');
  const panel = vscode.window.createWebviewPanel(
    'tatabox.report',
    `Report: ${path.basename(folder)}`,
    vscode.ViewColumn.Active,
    { enableScripts: false, enableFindWidget: true, localResourceRoots: [] },
  );
  panel.webview.html = reportHtml(html);
}
