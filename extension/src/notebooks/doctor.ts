import * as vscode from 'vscode';
import { EnvironmentError } from 'tatabox/core/errors.ts';
import { withLongWork } from '../host/long-work.ts';
import { tataboxProgram } from '../host/tatabox-program.ts';
import {
  doctorReport,
  doctorSummary,
  readDoctorResult,
  type DoctorResult,
} from './doctor-report.ts';
import { nativeConsent, readNativePlan, type NativePlan } from './native-plan.ts';
import { runTatabox } from './run-tatabox.ts';

const SCHEME = 'tatabox-doctor';
const REPORT = vscode.Uri.from({ scheme: SCHEME, path: '/tatabox doctor.md' });

const ICONS = { ok: '$(pass)', missing: '$(circle-slash)', error: '$(error)' } as const;

/** Says what this machine can compute with, what is missing, and adds it when asked to. */
export class Doctor implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #provider: vscode.Disposable;
  #report = '';

  constructor() {
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: () => this.#report,
    });
  }

  dispose(): void {
    this.#provider.dispose();
    this.#changed.dispose();
  }

  /** Looks at the machine and shows what it found, to choose from what can be added. */
  async show(): Promise<void> {
    const result = await diagnose();
    this.#report = doctorReport(result);
    this.#changed.fire(REPORT);
    const entries = result.rows.map(({ what, status, detail, fix }) => ({
      label: `${ICONS[status]} ${what}`,
      description: detail,
      ...(fix === '' ? {} : { detail: `$(terminal) ${fix}` }),
      fix,
    }));
    const report = { label: '$(markdown) Show as a report', alwaysShow: true, fix: 'report' };
    const separator = { label: '', kind: vscode.QuickPickItemKind.Separator, fix: '' };
    const chosen = await vscode.window.showQuickPick([...entries, separator, report], {
      title: doctorSummary(result),
      placeHolder: 'Choose what is missing to add it',
      matchOnDescription: true,
    });
    if (chosen === undefined || chosen.fix === '') return;
    if (chosen.fix === 'report') {
      await vscode.commands.executeCommand('markdown.showPreview', REPORT);
    } else if (/\btatabox native$/.test(chosen.fix)) await installNative();
    else await runFix(chosen.fix);
  }
}

async function diagnose(): Promise<DoctorResult> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const program = tataboxProgram(folder);
  const stdout = await withLongWork({ title: 'Looking at this machine' }, ({ signal }) =>
    runTatabox(program, ['doctor', '--json'], {
      signal,
      ...(folder === undefined ? {} : { cwd: folder.fsPath }),
    }),
  );
  const result = readDoctorResult(stdout);
  if (result !== undefined) return result;
  throw new EnvironmentError({
    where: 'tatabox doctor',
    found: `another answer than this extension knows: ${stdout.slice(0, 200)}`,
    fix: 'Update tatabox: npm install tatabox@latest',
  });
}

/** Runs a command that the library suggests, in a terminal, when the user says so. */
async function runFix(command: string): Promise<void> {
  const run = 'Run in Terminal';
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri;
  const where = cwd === undefined ? '' : `Runs in ${cwd.fsPath}:\n\n`;
  const options = { modal: true, detail: `${where}${command}` };
  if ((await vscode.window.showInformationMessage('Run this command?', options, run)) !== run) {
    return;
  }
  const terminal = vscode.window.createTerminal({
    name: 'tatabox: install',
    ...(cwd === undefined ? {} : { cwd }),
  });
  terminal.show();
  // The user types what is no plain command of npm; what a message says is not run unseen.
  terminal.sendText(command, /^(npm install|npx tatabox) [\w@./ -]+$/.test(command));
}

async function planOf(): Promise<NativePlan> {
  const program = tataboxProgram(vscode.workspace.workspaceFolders?.[0]?.uri);
  const title = 'Looking at what native TensorFlow needs';
  const stdout = await withLongWork({ title }, ({ signal }) =>
    runTatabox(program, ['native', '--dry-run', '--json'], { signal }),
  );
  const plan = readNativePlan(stdout);
  if (plan !== undefined) return plan;
  throw new EnvironmentError({
    where: 'tatabox native --dry-run',
    found: `another answer than this extension knows: ${stdout.slice(0, 200)}`,
    fix: 'Update tatabox: npm install tatabox@latest',
  });
}

/** Installs native TensorFlow after the user has agreed to its size and to what is done. */
export async function installNative(): Promise<void> {
  const plan = await planOf();
  if (plan.installed) {
    const text = `Native TensorFlow ${plan.tensorflow} is installed already, in ${plan.folder}.`;
    await vscode.window.showInformationMessage(text);
    return;
  }
  if (plan.obstacles.length > 0) {
    const text = `Native TensorFlow cannot be installed yet: ${plan.obstacles.join(' ')}`;
    await vscode.window.showErrorMessage(text);
    return;
  }
  const install = 'Install';
  const chosen = await vscode.window.showInformationMessage(
    `Install native TensorFlow ${plan.tensorflow}?`,
    { modal: true, detail: nativeConsent(plan) },
    install,
  );
  if (chosen === install) await runInstallation(plan);
}

/** In a task: its terminal shows progress and can be stopped, and it goes on if this window closes. */
async function runInstallation({ tensorflow }: NativePlan): Promise<void> {
  const { node, cli, environment } = tataboxProgram(vscode.workspace.workspaceFolders?.[0]?.uri);
  const task = new vscode.Task(
    { type: 'process' },
    vscode.TaskScope.Workspace,
    'Install native TensorFlow',
    'tatabox',
    new vscode.ProcessExecution(node, [cli, 'native'], { env: { ...environment } }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  const execution = await vscode.tasks.executeTask(task);
  const code = await new Promise<number | undefined>((resolve) => {
    const listener = vscode.tasks.onDidEndTaskProcess((event) => {
      if (event.execution !== execution) return;
      listener.dispose();
      resolve(event.exitCode);
    });
  });
  if (code === 0) {
    const text = `Native TensorFlow ${tensorflow} is installed. Kernels and runs that start from now on use it.`;
    await vscode.window.showInformationMessage(text);
  } else {
    const text = 'Native TensorFlow was not installed; the terminal says why.';
    await vscode.window.showErrorMessage(text);
  }
}
