import path from 'node:path';
import * as vscode from 'vscode';
import { TataboxError } from 'tatabox/core/errors.ts';
import { errorText } from '../host/error-text.ts';
import { findConfigs } from './choose-run.ts';
import { followFile } from './follow-file.ts';
import { LinesForPeople } from './lines-for-people.ts';
import { readRunDetails } from './run-details.ts';
import type { RunLaunch } from './launch-store.ts';
import { signalProcess } from './run-process.ts';
import type { RunsModel } from './runs-model.ts';
import { startConfig } from './start-run.ts';

const TYPE = 'tatabox';
/** Ctrl-C as a terminal sends it. */
const INTERRUPT = '\u0003';
/** Exit code of an error that no class of ours describes. */
const DEFECT = 1;

/** A task as it stands in tasks.json. */
interface RunTaskDefinition extends vscode.TaskDefinition {
  readonly config: string;
  readonly resume?: boolean;
  readonly set?: readonly string[];
}

/** What a definition says; damaged parts are left out. */
function definitionOf(definition: vscode.TaskDefinition): RunTaskDefinition | undefined {
  const { config, resume, set } = definition as Partial<Record<string, unknown>>;
  if (typeof config !== 'string') return undefined;
  return {
    ...definition,
    config,
    resume: resume === true,
    set: Array.isArray(set) ? set.filter((each): each is string => typeof each === 'string') : [],
  };
}

/** The terminal of a task: shows the log of a run, and interrupts it with Ctrl-C. */
class RunTerminal implements vscode.Pseudoterminal {
  readonly #model: RunsModel;
  readonly #config: vscode.Uri;
  readonly #definition: RunTaskDefinition;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  #launch: RunLaunch | undefined;
  #isInterrupted = false;

  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  constructor(model: RunsModel, config: vscode.Uri, definition: RunTaskDefinition) {
    this.#model = model;
    this.#config = config;
    this.#definition = definition;
  }

  open(): void {
    void this.#run().then((code) => {
      this.#close.fire(code);
    });
  }

  handleInput(data: string): void {
    if (data.includes(INTERRUPT)) this.#interrupt();
  }

  /** The task was ended, or its terminal closed. */
  close(): void {
    // A second interrupt ends a run at once, as in any terminal: what it is saving would be lost.
    if (!this.#isInterrupted) this.#interrupt();
  }

  async #run(): Promise<number> {
    try {
      const { resume, set } = this.#definition;
      const started = await startConfig(this.#model, this.#config, {
        ...(resume === true ? { resume: true } : {}),
        overrides: set ?? [],
        told: true,
      });
      if (started === undefined) {
        this.#print('Nothing was started.\n');
        return DEFECT;
      }
      this.#launch = started.launch;
      if (this.#isInterrupted) this.#interrupt();
      let code: number | null | undefined;
      void started.ended.then((value) => (code = value));
      const lines = new LinesForPeople((text) => {
        this.#print(text);
      });
      await followFile(started.launch.log, (text) => lines.add(text), {
        isDone: () => code !== undefined,
      });
      lines.end();
      if (code === 0) {
        const { resultText } = await readRunDetails(started.launch.folder);
        if (resultText !== undefined) this.#print(`\n${resultText}\n`);
      }
      await this.#model.scan();
      return code ?? DEFECT;
    } catch (error) {
      this.#print(`error: ${errorText(error)}\n`);
      return error instanceof TataboxError ? error.exitCode : DEFECT;
    }
  }

  #interrupt(): void {
    this.#isInterrupted = true;
    if (this.#launch === undefined) return;
    if (signalProcess(this.#launch.process, 'SIGINT')) {
      this.#print('\nStopping: the run saves what is done.\n');
    }
  }

  #print(text: string): void {
    // Control characters of a name in a file must not steer the terminal.
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    const shown = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
    this.#write.fire(shown.replaceAll('\n', '\r\n'));
  }
}

/** Each run configuration as a task of the type `tatabox`. */
export class RunTasks implements vscode.TaskProvider {
  readonly #model: RunsModel;

  constructor(model: RunsModel) {
    this.#model = model;
  }

  async provideTasks(): Promise<vscode.Task[]> {
    if (!vscode.workspace.isTrusted) return [];
    return (await findConfigs()).flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (folder === undefined) return [];
      const config = path.relative(folder.uri.fsPath, uri.fsPath).replaceAll(path.sep, '/');
      return [this.#task({ type: TYPE, config }, folder)];
    });
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const definition = definitionOf(task.definition);
    const { scope } = task;
    const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
    if (definition === undefined || folder === undefined) return undefined;
    return this.#task(definition, folder, task.definition);
  }

  /** @param given the very definition that VS Code asked for, by which it knows the task again */
  #task(
    definition: RunTaskDefinition,
    folder: vscode.WorkspaceFolder,
    given: vscode.TaskDefinition = definition,
  ): vscode.Task {
    const config = vscode.Uri.file(path.resolve(folder.uri.fsPath, definition.config));
    const name = `run ${definition.config.replace(/\.tatabox\.ya?ml$/i, '')}`;
    const execution = new vscode.CustomExecution(() =>
      Promise.resolve(new RunTerminal(this.#model, config, definition)),
    );
    const task = new vscode.Task(given, folder, name, TYPE, execution, []);
    task.detail = 'Runs it and shows its log; Ctrl+C stops it';
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
    return task;
  }
}

/** Registers the task type `tatabox`. */
export function registerRunTasks(model: RunsModel): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TYPE, new RunTasks(model));
}
