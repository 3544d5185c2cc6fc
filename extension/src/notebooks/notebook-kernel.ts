import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import type { OutputChange } from 'tatabox/notebook/kernel-protocol.ts';
import type { TataboxProgram } from '../host/tatabox-program.ts';
import { KernelClient, type Completion } from './kernel-client.ts';
import { OUTPUT_MIMES, shownOutput } from './output-items.ts';

/** How the kernel of a notebook is started, and what is told of it. */
export interface NotebookKernelOptions {
  readonly program: TataboxProgram;
  /** The folder that the cells run in. */
  readonly folder: string;
  readonly language: 'typescript' | 'javascript';
  readonly onReady: () => void;
  /** The kernel could not start, or has ended by itself. */
  readonly onEnded: (message: string) => void;
  /** An interrupt has no effect. */
  readonly onStuck: () => void;
}

/** The latest execution of a cell, whose outputs may change after its end. */
interface CellRun {
  readonly cell: vscode.NotebookCell;
  readonly outputs: vscode.NotebookCellOutput[];
  /** Undefined when the cell has ended. */
  execution: vscode.NotebookCellExecution | undefined;
  executionOrder: number | undefined;
  success: boolean | undefined;
  times: { readonly start: number; end: number };
  /** Changes are made one after the other. */
  changing: Promise<void>;
}

/** The kernel process of one notebook. */
export class NotebookKernel implements vscode.Disposable {
  readonly #controller: vscode.NotebookController;
  readonly #client: KernelClient;
  readonly #latest = new WeakMap<vscode.NotebookCell, CellRun>();
  #batch: Promise<void> = Promise.resolve();
  /** Counts what makes waiting cells not run: a failed cell, an interrupt, a restart. */
  #stops = 0;

  constructor(controller: vscode.NotebookController, options: NotebookKernelOptions) {
    this.#controller = controller;
    const { program, folder, language, onReady, onEnded, onStuck } = options;
    const args = ['notebook', 'kernel', '--folder', folder, '--language', language];
    const child = spawn(program.node, [program.cli, ...args], {
      cwd: folder,
      env: { ...process.env, ...program.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#client = new KernelClient(child, { ready: onReady, ended: onEnded, stuck: onStuck });
  }

  /** Whether the kernel's program runs. */
  get alive(): boolean {
    return this.#client.alive;
  }

  /** Runs cells after those that wait already; after one that fails, those behind it do not run. */
  run(cells: readonly vscode.NotebookCell[]): Promise<void> {
    // All are shown as waiting at once.
    const executions = cells.map((cell) => {
      const execution = this.#controller.createNotebookCellExecution(cell);
      execution.token.onCancellationRequested(() => void this.interrupt());
      return execution;
    });
    const stops = this.#stops;
    this.#batch = this.#batch.then(async () => {
      for (const execution of executions) {
        if (this.#stops !== stops) {
          execution.end(undefined);
          continue;
        }
        const ok = await this.#run(execution);
        if (!ok) this.#stops += 1;
      }
    });
    return this.#batch;
  }

  async interrupt(): Promise<void> {
    this.#stops += 1;
    await this.#client.interrupt();
  }

  async restart(): Promise<void> {
    this.#stops += 1;
    await this.#client.restart();
  }

  complete(code: string, position: number): Promise<Completion | undefined> {
    return this.#client.complete(code, position);
  }

  inspect(code: string, position: number): Promise<string | undefined> {
    return this.#client.inspect(code, position);
  }

  stop(): Promise<void> {
    this.#stops += 1;
    return this.#client.stop();
  }

  dispose(): void {
    void this.stop();
  }

  async #run(execution: vscode.NotebookCellExecution): Promise<boolean> {
    const { cell } = execution;
    const started = Date.now();
    execution.start(started);
    await execution.clearOutput();
    const run: CellRun = {
      cell,
      outputs: [],
      execution,
      executionOrder: undefined,
      success: undefined,
      times: { start: started, end: started },
      changing: Promise.resolve(),
    };
    this.#latest.set(cell, run);
    const { status, executionCount } = await this.#client.execute(cell.document.getText(), {
      started: () => undefined,
      outputs: (count, changes) => {
        run.changing = run.changing.then(() => this.#change(run, count, changes)).catch(ignore);
      },
    });
    await run.changing;
    run.executionOrder = executionCount ?? undefined;
    run.success = status === 'ok' ? true : status === 'dropped' ? undefined : false;
    run.times.end = Date.now();
    run.execution = undefined;
    execution.executionOrder = run.executionOrder;
    execution.end(run.success, run.times.end);
    return status === 'ok';
  }

  async #change(run: CellRun, count: number, changes: readonly OutputChange[]): Promise<void> {
    if (this.#latest.get(run.cell) !== run) return;
    if (run.execution !== undefined) {
      await applyChanges(run.execution, run.outputs, count, changes);
      return;
    }
    // What comes after a cell's end, as updates by later cells, needs an execution of its own that
    // leaves the cell as it was. One that was cleared or deleted meanwhile is left alone.
    const { cell } = run;
    if (cell.index < 0 || cell.notebook.isClosed) return;
    if (run.outputs.length > 0 && cell.outputs.length === 0) return;
    let late: vscode.NotebookCellExecution;
    try {
      late = this.#controller.createNotebookCellExecution(cell);
    } catch {
      // The cell runs again.
      return;
    }
    late.start(run.times.start);
    late.executionOrder = run.executionOrder;
    await applyChanges(late, run.outputs, count, changes);
    late.end(run.success, run.times.end);
  }
}

/** A cell that was deleted while it ran takes no outputs any more. */
function ignore(): void {
  // Nothing to do.
}

function itemsOf(items: readonly { mime: string; data: string | Uint8Array }[]) {
  return items.map(({ mime, data }) =>
    typeof data === 'string'
      ? vscode.NotebookCellOutputItem.text(data, mime)
      : new vscode.NotebookCellOutputItem(data, mime),
  );
}

async function applyChanges(
  execution: vscode.NotebookCellExecution,
  outputs: vscode.NotebookCellOutput[],
  count: number,
  changes: readonly OutputChange[],
): Promise<void> {
  const isShorter = count < outputs.length;
  outputs.length = Math.min(outputs.length, count);
  for (const change of changes) {
    const before = outputs[change.index];
    if ('append' in change) {
      if (before === undefined) continue;
      const mime = before.items[0]?.mime ?? OUTPUT_MIMES.stdout;
      const text = itemsOf([{ mime, data: change.append }]);
      before.items.push(...text);
      if (!isShorter) await execution.appendOutputItems(text, before);
      continue;
    }
    const { items, metadata } = shownOutput(change.output);
    const made = new vscode.NotebookCellOutput(itemsOf(items), metadata);
    const isSameKind = before?.metadata?.['outputType'] === metadata['outputType'];
    if (before !== undefined && isSameKind && !isShorter) {
      before.items = made.items;
      await execution.replaceOutputItems(made.items, before);
    } else if (before === undefined) {
      outputs[change.index] = made;
      if (!isShorter) await execution.appendOutput(made);
    } else {
      outputs[change.index] = made;
      if (!isShorter) await execution.replaceOutput(outputs);
    }
  }
  if (isShorter) await execution.replaceOutput(outputs);
}
