import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import type { RunSummary } from 'tatabox/runs/status/read-run.ts';
import { errorText } from '../host/error-text.ts';
import { tataboxProgram } from '../host/tatabox-program.ts';
import { activeConfig, chooseConfig, configOf, folderOf, type RunTarget } from './choose-run.ts';
import { launchRun, type StartedRun } from './run-launch.ts';
import type { RunsModel } from './runs-model.ts';
import { planStart, type StartPlan } from './start-plan.ts';

/** @throws UsageError in a workspace that is not trusted: a config names files to read and write */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UsageError({
    where: 'this workspace',
    found: 'it is not trusted',
    expected: 'a trusted workspace to run models in',
    fix: 'Trust it with the command Workspaces: Manage Workspace Trust.',
  });
}

/** Writes what is not saved of a config. @returns false where it could not be saved */
async function save(config: vscode.Uri): Promise<boolean> {
  const open = vscode.workspace.textDocuments.find(
    ({ uri }) => uri.toString() === config.toString(),
  );
  return open === undefined || !open.isDirty || open.save();
}

/**
 * What a start of a config means. Where the config is wrong the user is told, and can go to what is
 * wrong.
 *
 * @returns undefined where there is nothing to start
 */
async function checkedPlan(
  config: vscode.Uri,
  overrides: readonly string[],
): Promise<StartPlan | undefined> {
  const found = vscode.languages.getDiagnostics(config).filter(({ severity, source }) => {
    return severity === vscode.DiagnosticSeverity.Error && source === 'tatabox';
  });
  let message = found[0]?.message;
  if (message === undefined) {
    try {
      return await planStart(config.fsPath, overrides);
    } catch (error) {
      message = errorText(error);
    }
  }
  const show = 'Show Problems';
  const answer = await vscode.window.showErrorMessage(
    `This configuration cannot be run: ${message}`,
    show,
  );
  if (answer === show) {
    const first = found[0]?.range;
    await vscode.window.showTextDocument(config, first === undefined ? {} : { selection: first });
    await vscode.commands.executeCommand('workbench.actions.view.problems');
  }
  return undefined;
}

/** Asks what is to become of a run that stopped. @returns undefined where the user gave up */
async function askResume(plan: StartPlan): Promise<boolean | undefined> {
  const { earlier, name, canResume } = plan;
  if (earlier === undefined || earlier.state === 'finished') return false;
  const epoch = earlier.epoch?.['epoch'];
  const far = epoch === undefined ? '' : ` after epoch ${String(epoch)}`;
  const detail = canResume
    ? 'Resume goes on where it stopped. A new run keeps the earlier one in a folder of its own.'
    : 'Its configuration was another one, so it cannot go on. A new run keeps the earlier one in a folder of its own.';
  const answer = await vscode.window.showInformationMessage(
    `Run ${name} was ${earlier.state}${far}.`,
    { modal: true, detail },
    ...(canResume ? ['Resume', 'New Run'] : ['New Run']),
  );
  return answer === undefined ? undefined : answer === 'Resume';
}

/** Tells that a run goes on already. */
async function tellRunning(run: RunSummary): Promise<void> {
  const [stop, results] = ['Stop Run', 'Show Results'];
  const answer = await vscode.window.showInformationMessage(
    `Run ${run.name} is running already.`,
    results,
    stop,
  );
  const target = { kind: 'run', folder: run.folder };
  if (answer === stop) await vscode.commands.executeCommand('tatabox.run.stop', target);
  if (answer === results) await vscode.commands.executeCommand('tatabox.run.showResults', target);
}

/** How a run is started. */
export interface StartOptions {
  /** Goes on with an earlier start; undefined asks where there is one to go on with. */
  readonly resume?: boolean;
  readonly overrides?: readonly string[];
  /** Whether somebody else tells of its end. Default false. */
  readonly told?: boolean;
}

/** Starts the run of a config. @returns undefined where nothing was started */
export async function startConfig(
  model: RunsModel,
  config: vscode.Uri,
  options: StartOptions = {},
): Promise<StartedRun | undefined> {
  requireTrust();
  if (!(await save(config))) return undefined;
  const { overrides = [], told = false } = options;
  const plan = await checkedPlan(config, overrides);
  if (plan === undefined) return undefined;
  if (plan.earlier?.state === 'running') {
    await tellRunning(plan.earlier);
    return undefined;
  }
  const starting = model.starting.find(({ folder }) => folder === plan.folder);
  if (starting !== undefined) {
    void vscode.window.showInformationMessage(`Run ${plan.name} is being started already.`);
    return undefined;
  }
  const resume = options.resume ?? (await askResume(plan));
  if (resume === undefined) return undefined;
  const program = tataboxProgram(config);
  const { name, folder } = plan;
  const started = await launchRun({
    program,
    name,
    folder,
    config: plan.config,
    overrides,
    resume,
    told,
    store: model.store,
  });
  await model.add(started.launch);
  // The step 'Run it' of the walkthrough is done, also where a task started it.
  void vscode.commands.executeCommand('setContext', 'tatabox.hasStartedRun', true);
  void started.ended.then(() => model.look());
  return started;
}

/** The command Run: of a config in the explorer, an editor, a CodeLens or the palette. */
export async function startRun(model: RunsModel, target: RunTarget): Promise<void> {
  requireTrust();
  const folder = folderOf(target);
  const run = folder === undefined ? undefined : model.get(folder);
  const config =
    run === undefined
      ? (configOf(target) ??
        activeConfig() ??
        (await chooseConfig('Which configuration is to be run?')))
      : await configOfRun(run);
  if (config === undefined) return;
  const started = await startConfig(model, config, { overrides: run?.overrides ?? [] });
  if (started !== undefined) await vscode.commands.executeCommand('tatabox.runs.focus');
}

/** The config file of a run: the one that it was started with, else one that writes its folder. */
export async function configOfRun(run: RunSummary): Promise<vscode.Uri | undefined> {
  if (run.config !== undefined) {
    const uri = vscode.Uri.file(run.config);
    const found = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
    if (found !== undefined) return uri;
  }
  return chooseConfig(`With which configuration was ${run.name} started?`);
}
