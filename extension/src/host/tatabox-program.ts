import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { EnvironmentError } from 'tatabox/core/errors.ts';
import { findProgram, type TataboxProgram } from './find-program.ts';

export type { TataboxProgram } from './find-program.ts';

/**
 * The command line of tatabox that belongs to a file: that of the setting `tatabox.cliPath`, else the
 * one installed in its workspace folder or above it.
 *
 * @throws EnvironmentError where none is installed or Node.js is missing
 */
export function tataboxProgram(resource: vscode.Uri | undefined): TataboxProgram {
  const settings = vscode.workspace.getConfiguration('tatabox', resource);
  const folders = [
    ...(resource === undefined ? [] : [path.dirname(resource.fsPath)]),
    ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  ];
  const program = findProgram({
    cliPath: settings.get<string>('cliPath', ''),
    nodePath: settings.get<string>('nodePath', ''),
    folders,
    searchPath: process.env.PATH ?? '',
    exists: existsSync,
    ownNode: process.execPath,
  });
  if (program !== undefined) return program;
  throw new EnvironmentError({
    where: 'tatabox',
    found: 'it is not installed in this workspace',
    expected: 'node_modules/tatabox in the workspace folder or above it',
    fix: 'Install it in a terminal with: npm install tatabox — or set tatabox.cliPath.',
  });
}
