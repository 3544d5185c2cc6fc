import path from 'node:path';
import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import type { RunSummary } from 'tatabox/runs/status/read-run.ts';
import { descriptionOf } from './run-text.ts';
import type { RunsModel } from './runs-model.ts';

/** What a command of a run is called with: a row of the tree, a file, a folder, or nothing. */
export type RunTarget = unknown;

const CONFIG = /\.tatabox\.ya?ml$/i;

/** A target that is a uri of VS Code. */
function uriOf(target: RunTarget): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  return typeof target === 'string' ? vscode.Uri.file(target) : undefined;
}

/** The run folder that a target names; undefined where it names none. */
export function folderOf(target: RunTarget): string | undefined {
  const uri = uriOf(target);
  if (uri !== undefined) return CONFIG.test(uri.path) ? undefined : uri.fsPath;
  if (typeof target !== 'object' || target === null) return undefined;
  return 'folder' in target && typeof target.folder === 'string' ? target.folder : undefined;
}

/** Whether a uri is that of a run configuration. */
export function isConfig(uri: vscode.Uri | undefined): uri is vscode.Uri {
  return uri !== undefined && uri.scheme === 'file' && CONFIG.test(uri.path);
}

/** The config file that a target names; undefined where it names none. */
export function configOf(target: RunTarget): vscode.Uri | undefined {
  const uri = uriOf(target);
  return isConfig(uri) ? uri : undefined;
}

/** The config in the editor that is active; undefined for another file. */
export function activeConfig(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return isConfig(uri) ? uri : undefined;
}

/** Run configurations of the workspace. */
export async function findConfigs(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(
    '**/*.tatabox.{yaml,yml}',
    '**/{node_modules,.git}/**',
    1000,
  );
  return found.filter(isConfig).sort((one, other) => one.path.localeCompare(other.path));
}

/** Asks which configuration is meant. @returns undefined where the user chose none */
export async function chooseConfig(placeHolder: string): Promise<vscode.Uri | undefined> {
  const configs = await findConfigs();
  if (configs.length === 0) {
    throw new UsageError({
      where: 'the workspace',
      found: 'no run configuration (NAME.tatabox.yaml)',
      fix: 'Make one with the command Tatabox: New Run Configuration.',
    });
  }
  const chosen = await vscode.window.showQuickPick(
    configs.map((uri) => ({
      label: path.basename(uri.fsPath).replace(CONFIG, ''),
      description: vscode.workspace.asRelativePath(uri),
      uri,
    })),
    { placeHolder, matchOnDescription: true },
  );
  return chosen?.uri;
}

interface RunPick extends vscode.QuickPickItem {
  readonly run: RunSummary;
}

const PICK_ICONS = {
  running: '$(loading~spin)',
  finished: '$(pass)',
  failed: '$(error)',
  interrupted: '$(debug-pause)',
} as const;

/** Runs as rows to choose from. */
export function runPicks(runs: readonly RunSummary[]): RunPick[] {
  return runs.map((run) => ({
    label: `${PICK_ICONS[run.state]} ${run.name}`,
    description: descriptionOf(run),
    detail: vscode.workspace.asRelativePath(run.folder),
    run,
  }));
}

/**
 * The run that a target names, else the one that the user chooses.
 *
 * @param wanted which runs can be chosen
 * @param none what is said where there is none of them
 */
export async function chooseRun(
  model: RunsModel,
  target: RunTarget,
  {
    wanted,
    placeHolder,
    none,
  }: {
    readonly wanted: (run: RunSummary) => boolean;
    readonly placeHolder: string;
    readonly none: string;
  },
): Promise<RunSummary | undefined> {
  const named = folderOf(target);
  if (named !== undefined) return model.get(named);
  await model.scan();
  const runs = model.runs.filter(wanted);
  if (runs.length === 0) throw new UsageError({ where: 'the workspace', found: none });
  if (runs.length === 1) return runs[0];
  const chosen = await vscode.window.showQuickPick(runPicks(runs), {
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.run;
}
