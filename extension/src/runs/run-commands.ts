import path from 'node:path';
import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import { readRun, type RunSummary } from 'tatabox/runs/status/read-run.ts';
import { registerCommand } from '../host/commands.ts';
import { chooseRun, configOf, folderOf, runPicks, type RunTarget } from './choose-run.ts';
import { openReport } from './run-report.ts';
import type { RunResults } from './run-results.ts';
import type { RunLaunch } from './launch-store.ts';
import type { RunsModel } from './runs-model.ts';
import { planStart } from './start-plan.ts';
import { configOfRun, requireTrust, startConfig, startRun } from './start-run.ts';
import { stopProcess } from './stop-run.ts';

/** The launch of a row that is not a run yet. */
function launchOf(target: RunTarget): RunLaunch | undefined {
  if (typeof target !== 'object' || target === null) return undefined;
  return 'kind' in target && target.kind === 'starting' && 'launch' in target
    ? (target.launch as RunLaunch)
    : undefined;
}

/** The run of a config; told to the user where it has none. */
async function runOfConfig(config: vscode.Uri): Promise<RunSummary> {
  const { earlier, name } = await planStart(config.fsPath);
  if (earlier !== undefined) return earlier;
  throw new UsageError({
    where: `run ${name}`,
    found: 'it was not started yet',
    fix: 'Start it with the command Tatabox: Run.',
  });
}

/** A run that a command is about: of a row, of a config, or chosen. */
async function runOf(
  model: RunsModel,
  target: RunTarget,
  options: Parameters<typeof chooseRun>[2],
): Promise<RunSummary | undefined> {
  const config = configOf(target);
  if (config !== undefined) return runOfConfig(config);
  const folder = folderOf(target);
  return (
    (folder === undefined ? undefined : await readRun(folder)) ??
    (await chooseRun(model, target, options))
  );
}

async function resume(model: RunsModel, target: RunTarget): Promise<void> {
  requireTrust();
  const run = await runOf(model, target, {
    wanted: ({ canResume }) => canResume,
    placeHolder: 'Which run is to go on?',
    none: 'no run that could go on',
  });
  if (run === undefined) return;
  if (!run.canResume) {
    throw new UsageError({ where: `run ${run.name}`, found: `it is ${run.state}` });
  }
  const config = configOf(target) ?? (await configOfRun(run));
  if (config === undefined) return;
  const { overrides } = run;
  const { folder } = await planStart(config.fsPath, overrides);
  if (folder !== run.folder) {
    throw new UsageError({
      where: config.fsPath,
      found: `it writes ${folder}`,
      expected: run.folder,
      fix: 'A run that was moved aside cannot go on; move it back first.',
    });
  }
  await startConfig(model, config, { resume: true, overrides });
}

async function stop(model: RunsModel, target: RunTarget): Promise<void> {
  const launch = launchOf(target);
  if (launch !== undefined) {
    await stopProcess(launch.name, launch.process, model.stopping);
    return;
  }
  if (target === undefined && model.starting.length === 1) {
    const [only] = model.starting;
    if (only !== undefined && !model.runs.some(({ state }) => state === 'running')) {
      await stopProcess(only.name, only.process, model.stopping);
      return;
    }
  }
  const run = await runOf(model, target, {
    wanted: ({ state }) => state === 'running',
    placeHolder: 'Which run is to be stopped?',
    none: 'nothing runs',
  });
  if (run === undefined) return;
  if (run.process === undefined || run.state !== 'running') {
    const found = run.state === 'running' ? 'its process is not known' : 'it is not running';
    throw new UsageError({ where: `run ${run.name}`, found });
  }
  await stopProcess(run.name, run.process, model.stopping);
  await model.look();
}

async function openLog(model: RunsModel, target: RunTarget): Promise<void> {
  const starting = launchOf(target);
  const run = starting === undefined ? await anyRun(model, target) : undefined;
  const launch = starting ?? (run === undefined ? undefined : model.launchOf(run));
  const file = launch?.log ?? (run === undefined ? undefined : path.join(run.folder, 'run.log'));
  if (file !== undefined) await showLog(file);
}

/** Shows a log from its end. */
export async function showLog(file: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const end = document.lineAt(document.lineCount - 1).range.end;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
}

function anyRun(model: RunsModel, target: RunTarget): Promise<RunSummary | undefined> {
  return runOf(model, target, {
    wanted: () => true,
    placeHolder: 'Which run?',
    none: 'no runs',
  });
}

async function openFolder(model: RunsModel, target: RunTarget): Promise<void> {
  const run = await anyRun(model, target);
  if (run === undefined) return;
  const uri = vscode.Uri.file(run.folder);
  const isInside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(isInside ? 'revealInExplorer' : 'revealFileInOS', uri);
}

/** Rows that are selected where the one that was clicked is among them, else that one alone. */
function rowsOf(target: RunTarget, selected: unknown): string[] {
  const rows: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const folders = rows.map(folderOf).filter((folder) => folder !== undefined);
  const clicked = folderOf(target);
  if (clicked === undefined || folders.includes(clicked)) return folders;
  return [clicked];
}

async function removeRows(model: RunsModel, target: RunTarget, selected: unknown): Promise<void> {
  const folders = rowsOf(target, selected);
  if (folders.length < 2) await remove(model, target);
  else for (const folder of folders) await remove(model, { folder });
}

async function remove(model: RunsModel, target: RunTarget): Promise<void> {
  requireTrust();
  const chosen = await runOf(model, target, {
    wanted: ({ state }) => state !== 'running',
    placeHolder: 'Which run is to be deleted?',
    none: 'no run that could be deleted',
  });
  if (chosen === undefined) return;
  const answer = await vscode.window.showWarningMessage(
    `Delete run ${chosen.name}?`,
    { modal: true, detail: `${chosen.folder}\n\nIts model, checkpoints and report go with it.` },
    'Move to Trash',
  );
  if (answer === undefined) return;
  // Asked again: it may have been started or replaced while the question was open.
  const run = await readRun(chosen.folder);
  if (run === undefined || run.state === 'running') {
    const found = run === undefined ? 'it is not a run any more' : 'it is running';
    throw new UsageError({ where: chosen.folder, found, expected: 'a run that has ended' });
  }
  const uri = vscode.Uri.file(run.folder);
  try {
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
  } catch {
    const again = await vscode.window.showWarningMessage(
      `There is no trash for ${run.folder}. Delete it for ever?`,
      { modal: true },
      'Delete',
    );
    if (again === undefined) return;
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
  }
  await model.scan();
}

async function compare(
  model: RunsModel,
  results: RunResults,
  target: RunTarget,
  selected: unknown,
): Promise<void> {
  const folders = rowsOf(target, selected);
  if (folders.length >= 2) {
    results.show(folders);
    return;
  }
  await model.scan();
  const runs = model.runs;
  if (runs.length < 2) {
    throw new UsageError({
      where: 'the workspace',
      found: runs.length === 0 ? 'no runs' : 'one run',
      expected: 'two runs at least to compare',
    });
  }
  const chosen = await vscode.window.showQuickPick(runPicks(runs), {
    canPickMany: true,
    placeHolder: 'Which runs are to be compared?',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen === undefined || chosen.length === 0) return;
  results.show(chosen.map(({ run }) => run.folder));
}

/** The status bar's list of runs, and what can be done with the one that is chosen. */
async function showRuns(model: RunsModel): Promise<void> {
  const run = await chooseRun(model, undefined, {
    wanted: () => true,
    placeHolder: 'Runs of this workspace',
    none: 'no runs',
  });
  if (run === undefined) return;
  const actions: readonly (readonly [label: string, command: string, shown: boolean])[] = [
    ['$(graph) Show Results', 'tatabox.run.showResults', true],
    ['$(preview) Open Report', 'tatabox.run.openReport', run.hasReport],
    ['$(debug-stop) Stop Run', 'tatabox.run.stop', run.state === 'running'],
    ['$(debug-continue) Resume', 'tatabox.run.resume', run.canResume],
    ['$(output) Open Log', 'tatabox.run.openLog', true],
    ['$(folder-opened) Open Run Folder', 'tatabox.run.openFolder', true],
  ];
  const chosen = await vscode.window.showQuickPick(
    actions.filter(([, , shown]) => shown).map(([label, command]) => ({ label, command })),
    { placeHolder: run.name },
  );
  const target = { kind: 'run', folder: run.folder };
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, target);
}

/** The command behind the status bar item, which no menu lists. */
export const SHOW_RUNS = 'runs.show';

/**
 * Registers the commands of runs.
 *
 * @param results the pages that show runs
 * @param selection rows of the tree that are selected
 */
export function registerRunCommands(
  model: RunsModel,
  results: RunResults,
  selection: () => readonly unknown[],
): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand('run.start', (target: RunTarget) => startRun(model, target)),
    registerCommand('run.resume', (target: RunTarget) => resume(model, target)),
    registerCommand('run.stop', (target: RunTarget) => stop(model, target)),
    registerCommand('run.showResults', async (target: RunTarget) => {
      const starting = launchOf(target);
      if (starting !== undefined) return showLog(starting.log);
      const run = await anyRun(model, target);
      if (run !== undefined) results.show([run.folder]);
      return undefined;
    }),
    registerCommand('run.openReport', async (target: RunTarget) => {
      const run = await runOf(model, target, {
        wanted: ({ hasReport }) => hasReport,
        placeHolder: 'Whose report is to be opened?',
        none: 'no run with a report',
      });
      if (run !== undefined) await openReport(run.folder);
    }),
    registerCommand('run.openFolder', (target: RunTarget) => openFolder(model, target)),
    registerCommand('run.openLog', (target: RunTarget) => openLog(model, target)),
    registerCommand('run.delete', (target: RunTarget, rows: unknown) =>
      removeRows(model, target, rows),
    ),
    registerCommand('runs.compare', (target: RunTarget, rows: unknown) =>
      compare(model, results, target, rows ?? selection()),
    ),
    registerCommand('runs.refresh', () => model.scan()),
    registerCommand(SHOW_RUNS, () => showRuns(model)),
  );
}
