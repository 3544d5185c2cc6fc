import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError, InputError, InterruptedError, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { CellError, type CellFailure } from './cell-error.ts';
import { CellOutputs, type DisplayRegistry } from './cell-outputs.ts';
import { cellTitles } from './cell-title.ts';
import type { KernelOutput } from './kernel-output.ts';
import { TslabKernel, type ExecutionReply } from './kernel.ts';
import {
  joinText,
  readNotebook,
  writeNotebook,
  type Notebook,
  type NotebookCell,
} from './notebook-file.ts';

/** What is run, and how. */
export interface RunNotebookOptions extends LongWorkOptions {
  /** The notebook. */
  readonly file: string;
  /**
   * Where the notebook with its outputs is written; the notebook itself is allowed. It is written
   * when the run fails or is interrupted, too, with the outputs so far. Default: nowhere.
   */
  readonly output?: string;
  /** Milliseconds that a cell may run. Default: no limit. */
  readonly timeoutPerCell?: number;
  /** The folder that the cells run in. Default: the notebook's. */
  readonly workingFolder?: string;
  /** Environment variables for the kernel, added to those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Go on after a cell that fails. Default false. */
  readonly allowErrors?: boolean;
  /** Record in each cell's metadata when it ran, as Jupyter does. Default true. */
  readonly recordTiming?: boolean;
  /** Is told when a cell starts and when it ends. */
  readonly onCell?: (event: CellEvent) => void;
  /** Is told what the cells print and display, as it comes. */
  readonly onOutput?: (output: KernelOutput, cell: CellPosition) => void;
}

/** Which cell of a notebook. */
export interface CellPosition {
  /** Position in the notebook's cells, from 0. */
  readonly index: number;
  /** Position among the code cells that run, from 1. */
  readonly number: number;
  /** How many code cells run. */
  readonly total: number;
  /** The nearest heading above the cell. */
  readonly title: string;
}

/** How a cell ended: as it should, with an error that was expected or allowed, or with one that was not. */
export type CellStatus =
  'ok' | 'expected-error' | 'error' | 'time-limit' | 'kernel-ended' | 'interrupted';

/** A cell starts, or has ended. */
export type CellEvent =
  | (CellPosition & { readonly phase: 'start' })
  | (CellPosition & CellResult & { readonly phase: 'end' });

/** How one cell went. */
export interface CellResult {
  /** Position in the notebook's cells, from 0. */
  readonly index: number;
  readonly status: CellStatus;
  readonly milliseconds: number;
}

/** What a run of a notebook gives. */
export interface NotebookRun {
  /** The notebook with its outputs. */
  readonly notebook: Notebook;
  /** The code cells that ran, in order. */
  readonly cells: readonly CellResult[];
  /** False where a cell failed and `allowErrors` let the run go on. */
  readonly ok: boolean;
}

/** Milliseconds that a cell has to end after it was interrupted; then the kernel is killed. */
const INTERRUPT_GRACE = 3000;

/**
 * Milliseconds between two interrupts: one that comes while tslab compiles the cell is lost, for
 * Node's vm module puts the SIGINT listeners aside, and what waits for them, when the cell begins.
 */
const INTERRUPT_INTERVAL = 500;

/** tslab gives an awaiting cell up at once; what its work prints while it stops is waited for. */
const QUIET_AFTER_INTERRUPT = 500;

/** Milliseconds that interrupted work has to save its state before the kernel is killed. */
const CANCEL_GRACE = 10_000;

/** tslab drops what it is sent within 200 ms of an error. */
const PAUSE_AFTER_ERROR = 250;

/** A long run is written this often (milliseconds), so that a crash does not lose its outputs. */
const SAVE_INTERVAL = 10_000;

/**
 * Executes every code cell of a notebook in order, in a fresh tslab kernel. Cells tagged
 * `raises-exception` may fail, cells tagged `skip-execution` are left as they are.
 *
 * @throws InputError when the file is not a notebook for tslab or jslab
 * @throws CellError (an InputError) when a cell fails, exceeds its time limit or ends the kernel
 * @throws EnvironmentError when tslab or zeromq is missing or does not start
 * @throws InterruptedError when the signal was aborted
 * @example
 * const { ok, cells } = await runNotebook({ file: 'study.ipynb', output: 'runs/study.ipynb' });
 */
export async function runNotebook(options: RunNotebookOptions): Promise<NotebookRun> {
  const { timeoutPerCell: limit } = options;
  if (limit !== undefined && !(limit > 0)) {
    throw new UsageError({
      where: 'timeoutPerCell',
      found: String(limit),
      expected: 'milliseconds above 0',
      fix: 'Leave it out for no limit.',
    });
  }
  const notebook = await readNotebook(options.file);
  const language = kernelLanguage(notebook, options.file);
  const kernel = await TslabKernel.start({
    workingFolder: options.workingFolder ?? path.dirname(path.resolve(options.file)),
    environment: options.environment,
    language,
    signal: options.signal,
  });
  const run = new Execution(notebook, kernel, options);
  let grace = 1000;
  try {
    await run.all();
  } catch (error) {
    if (error instanceof InterruptedError) grace = CANCEL_GRACE;
    throw error;
  } finally {
    // The kernel is stopped first: what it prints while it ends belongs to the outputs.
    await kernel.stop(grace);
    await run.save();
  }
  return { notebook: run.notebook(), cells: run.results, ok: run.ok };
}

/** The notebook's language; refuses notebooks of kernels that this runner does not speak to. */
function kernelLanguage(notebook: Notebook, file: string): 'typescript' | 'javascript' {
  const spec = notebook.metadata['kernelspec'] as { name?: unknown } | undefined;
  if (spec?.name === 'tslab') return 'typescript';
  if (spec?.name === 'jslab') return 'javascript';
  throw new InputError({
    where: file,
    found:
      typeof spec?.name === 'string'
        ? `the notebook is for the kernel '${spec.name}'`
        : 'the notebook names no kernel (metadata.kernelspec.name)',
    expected: "'tslab' (TypeScript) or 'jslab' (JavaScript)",
    fix: 'Run it with Jupyter, or choose the kernel TypeScript in Jupyter and save it.',
  });
}

interface PlannedCell extends CellPosition {
  readonly source: string;
  readonly mayFail: boolean;
}

/** One run of a notebook: which cells, what came of them, and the file that is written. */
class Execution {
  readonly results: CellResult[] = [];
  ok = true;
  readonly #source: Notebook;
  readonly #kernel: TslabKernel;
  readonly #options: RunNotebookOptions;
  readonly #plan: readonly PlannedCell[];
  readonly #displays: DisplayRegistry = new Map();
  readonly #executed = new Map<number, { outputs: CellOutputs; fields: Partial<NotebookCell> }>();
  #savedAt = Date.now();

  constructor(notebook: Notebook, kernel: TslabKernel, options: RunNotebookOptions) {
    this.#source = notebook;
    this.#kernel = kernel;
    this.#options = options;
    this.#plan = plan(notebook);
  }

  async all(): Promise<void> {
    const { progress, onCell } = this.#options;
    const started = performance.now();
    for (const cell of this.#plan) {
      const { index, number, total, title } = cell;
      const position = { index, number, total, title };
      onCell?.({ ...position, phase: 'start' });
      const { result, failure } = await this.#run(cell, position);
      this.results.push(result);
      onCell?.({ ...position, ...result, phase: 'end' });
      progress?.({
        task: 'notebook',
        done: number,
        total,
        unit: 'cells',
        rate: (1000 * number) / (performance.now() - started),
      });
      if (failure !== undefined) {
        this.ok = false;
        const goOn = this.#options.allowErrors && this.#kernel.running;
        if (!goOn || failure instanceof InterruptedError) throw failure;
      }
      if (result.status !== 'ok') await delay(PAUSE_AFTER_ERROR);
      if (Date.now() - this.#savedAt > SAVE_INTERVAL) await this.save();
    }
  }

  /** The notebook with the outputs so far. */
  notebook(): Notebook {
    const planned = new Set(this.#plan.map(({ index }) => index));
    const cells = this.#source.cells.map((cell, index) => {
      const executed = this.#executed.get(index);
      if (executed !== undefined) {
        return { ...cell, ...executed.fields, outputs: executed.outputs.toOutputs() };
      }
      // Old outputs of cells that have not run would look like outputs of this run.
      return planned.has(index) ? { ...cell, execution_count: null, outputs: [] } : cell;
    });
    return { ...this.#source, cells };
  }

  async save(): Promise<void> {
    if (this.#options.output === undefined) return;
    await writeNotebook(this.#options.output, this.notebook());
    this.#savedAt = Date.now();
  }

  async #run(
    cell: PlannedCell,
    position: CellPosition,
  ): Promise<{ result: CellResult; failure?: CellError | InterruptedError }> {
    const { signal, timeoutPerCell: limit, onOutput } = this.#options;
    const outputs = new CellOutputs(this.#displays);
    const entry: { outputs: CellOutputs; fields: Partial<NotebookCell> } = {
      outputs,
      fields: { execution_count: null },
    };
    this.#executed.set(cell.index, entry);
    let lastOutput = Date.now();
    const busy = new Date();
    const started = performance.now();
    const execution = this.#kernel.execute(cell.source, {
      onOutput: (output) => {
        lastOutput = Date.now();
        outputs.add(output);
        onOutput?.(output, position);
      },
    });
    const { reply, stopped, error } = await settle(this.#kernel, execution, limit, signal);
    const milliseconds = performance.now() - started;
    lastOutput = Date.now();
    const metadata = this.#source.cells[cell.index]?.metadata ?? {};
    entry.fields = {
      execution_count: reply?.executionCount ?? null,
      metadata:
        this.#options.recordTiming === false
          ? metadata
          : { ...metadata, execution: timing(busy, new Date()) },
    };
    const end = (status: CellStatus) => ({ index: cell.index, status, milliseconds });
    if (stopped === 'interrupted') {
      const found = `interrupted in code cell ${cell.number} of ${cell.total} (${cell.title})`;
      const failure = new InterruptedError(
        { where: this.#options.file, found, fix: 'Run it again to start over.' },
        { cause: signal?.reason },
      );
      // The first one may have come before the work in the cell began to listen.
      this.#kernel.interrupt();
      const patience = Date.now() + CANCEL_GRACE;
      const quietAt = () => Math.min(patience, lastOutput + QUIET_AFTER_INTERRUPT);
      while (this.#kernel.running && Date.now() < quietAt()) await delay(20);
      return { result: end('interrupted'), failure };
    }
    if (error !== undefined && !(error instanceof EnvironmentError)) throw error;
    const failure = stopped ?? (error === undefined ? undefined : 'kernel-ended');
    if (failure === undefined) {
      if (reply?.status === 'ok') return { result: end('ok') };
      if (cell.mayFail) return { result: end('expected-error') };
    }
    const kind: CellFailure = failure ?? 'error';
    const errorText = [outputs.errorText, kind === 'kernel-ended' ? error?.message : undefined]
      .filter((text) => text !== undefined && text !== '')
      .join('\n');
    const timeLimit = kind === 'time-limit' ? `limit: ${((limit ?? 0) / 1000).toFixed(1)} s` : '';
    return {
      result: end(kind),
      failure: new CellError(
        {
          ...position,
          file: this.#options.file,
          source: cell.source,
          failure: kind,
          errorText: [timeLimit, errorText].filter((text) => text !== '').join('\n'),
        },
        { cause: error },
      ),
    };
  }
}

function plan(notebook: Notebook): PlannedCell[] {
  const titles = cellTitles(notebook.cells);
  const runnable = notebook.cells
    .map((cell, index) => ({ cell, index, source: joinText(cell.source) }))
    .filter(({ cell, source }) => {
      return cell.cell_type === 'code' && source.trim() !== '' && !hasTag(cell, 'skip-execution');
    });
  return runnable.map(({ cell, index, source }, i) => ({
    index,
    number: i + 1,
    total: runnable.length,
    title: titles.get(index) ?? '',
    source,
    mayFail: hasTag(cell, 'raises-exception'),
  }));
}

function hasTag(cell: NotebookCell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}

/** The times that nbclient records under the same names. */
function timing(busy: Date, idle: Date): Record<string, string> {
  return {
    'iopub.status.busy': busy.toISOString(),
    'iopub.status.idle': idle.toISOString(),
    'shell.execute_reply': idle.toISOString(),
  };
}

interface Settled {
  readonly reply?: ExecutionReply;
  readonly error?: Error;
  /** Why the cell was stopped before its end. */
  readonly stopped?: 'time-limit' | 'interrupted';
}

/**
 * Waits for an execution; at the time limit or on abort interrupts it, and kills the kernel when
 * that does not help (a loop that never yields after an `await` cannot be interrupted).
 */
async function settle(
  kernel: TslabKernel,
  execution: Promise<ExecutionReply>,
  limit: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Settled> {
  const outcome: Promise<Settled> = execution.then(
    (reply) => ({ reply }),
    (error: unknown) => ({ error: error instanceof Error ? error : new Error(String(error)) }),
  );
  const done = new AbortController();
  const stop = new Promise<'time-limit' | 'interrupted'>((resolve) => {
    const onAbort = () => resolve('interrupted');
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { signal: done.signal });
    if (limit !== undefined) {
      const timer = setTimeout(() => resolve('time-limit'), limit);
      done.signal.addEventListener('abort', () => clearTimeout(timer));
    }
  });
  const first = await Promise.race([outcome, stop]);
  done.abort();
  if (typeof first === 'object') return first;
  for (let waited = 0; waited < INTERRUPT_GRACE; waited += INTERRUPT_INTERVAL) {
    kernel.interrupt();
    const second = await Promise.race([outcome, delay(INTERRUPT_INTERVAL, undefined)]);
    if (second !== undefined) return { ...second, stopped: first };
  }
  kernel.kill();
  return { ...(await outcome), stopped: first };
}
