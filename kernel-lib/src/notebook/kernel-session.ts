import { setTimeout as delay } from 'node:timers/promises';
import { CellOutputs, type DisplayRegistry } from './cell-outputs.ts';
import { executionError } from './execution-error.ts';
import type { KernelOutput } from './kernel-output.ts';
import type { EndStatus, KernelEvent } from './kernel-protocol.ts';
import type { ExecutionReply, KernelCompletion } from './kernel.ts';
import type { NotebookOutput } from './notebook-file.ts';
import { outputChanges } from './output-changes.ts';

/** What a session needs of a kernel; a TslabKernel is one. */
export interface SessionKernel {
  readonly running: boolean;
  execute(
    code: string,
    options: { readonly onOutput?: (output: KernelOutput) => void },
  ): Promise<ExecutionReply>;
  complete(code: string, position: number): Promise<KernelCompletion>;
  inspect(code: string, position: number): Promise<string | undefined>;
  interrupt(): void;
}

/** Milliseconds between two messages about outputs; work that prints must not flood the editor. */
const FLUSH_INTERVAL = 50;

/** As after an interrupt in a run of a notebook: one that comes while tslab compiles is lost. */
const INTERRUPT_INTERVAL = 500;
const INTERRUPT_ATTEMPTS = 6;

/** tslab drops what it is sent within 200 ms of an error. */
const PAUSE_AFTER_ERROR = 250;

/** Executions whose outputs can still change when a later cell updates a display. */
const MOST_REMEMBERED = 2000;

interface Execution {
  readonly id: number;
  readonly code: string;
  readonly outputs: CellOutputs;
  readonly stderr: string[];
  ran: boolean;
  sent: readonly NotebookOutput[];
  interrupted: boolean;
}

/** Runs the cells that an editor sends in one kernel, one after the other, and tells what comes of them. */
export class KernelSession {
  readonly #kernel: SessionKernel;
  readonly #tell: (event: KernelEvent) => void;
  readonly #displays: DisplayRegistry = new Map();
  /** The executions that a display id was shown by. */
  readonly #shownBy = new Map<string, Set<Execution>>();
  readonly #changed = new Set<Execution>();
  readonly #waiting: Execution[] = [];
  #running: Execution | undefined;
  #timer: NodeJS.Timeout | undefined;
  #notBefore = 0;
  #closed = false;

  constructor(kernel: SessionKernel, tell: (event: KernelEvent) => void) {
    this.#kernel = kernel;
    this.#tell = tell;
  }

  execute(id: number, code: string): void {
    this.#waiting.push({
      id,
      code,
      outputs: new CellOutputs(this.#displays),
      stderr: [],
      ran: false,
      sent: [],
      interrupted: false,
    });
    void this.#runWaiting();
  }

  /** Interrupts what runs until it ends, and drops what waits. */
  async interrupt(): Promise<void> {
    this.#dropWaiting();
    const interrupted = this.#running;
    if (interrupted === undefined) return;
    interrupted.interrupted = true;
    for (let attempt = 0; attempt < INTERRUPT_ATTEMPTS; attempt++) {
      this.#kernel.interrupt();
      await delay(INTERRUPT_INTERVAL);
      if (this.#running !== interrupted) return;
    }
    this.#tell({ event: 'stuck', id: interrupted.id });
  }

  async complete(id: number, code: string, position: number): Promise<void> {
    this.#tell({ event: 'completion', id, ...(await this.#kernel.complete(code, position)) });
  }

  async inspect(id: number, code: string, position: number): Promise<void> {
    const text = await this.#kernel.inspect(code, position);
    this.#tell({ event: 'inspection', id, text: text ?? null });
  }

  /** Ends the session: what waits is dropped, nothing more is told of what the kernel does. */
  close(): void {
    this.#dropWaiting();
    this.flush();
    const running = this.#running;
    this.#running = undefined;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (running !== undefined) this.#end(running, 'kernel-ended', null);
  }

  /** Tells now what has changed. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const execution of this.#changed) {
      const outputs = execution.outputs.toOutputs();
      const changes = outputChanges(execution.sent, outputs);
      execution.sent = outputs;
      if (changes !== undefined) this.#tell({ event: 'outputs', id: execution.id, ...changes });
    }
    this.#changed.clear();
  }

  #dropWaiting(): void {
    for (const { id } of this.#waiting.splice(0)) {
      this.#tell({ event: 'ended', id, status: 'dropped', executionCount: null });
    }
  }

  async #runWaiting(): Promise<void> {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#running = next;
    const pause = this.#notBefore - Date.now();
    if (pause > 0) await delay(pause);
    if (this.#closed) return;
    this.#tell({ event: 'started', id: next.id });
    await this.#run(next);
    if (this.#closed) return;
    this.#running = undefined;
    await this.#runWaiting();
  }

  async #run(execution: Execution): Promise<void> {
    let reply: ExecutionReply | undefined;
    try {
      reply = await this.#kernel.execute(execution.code, {
        onOutput: (output) => {
          this.#add(execution, output);
        },
      });
    } catch {
      // The kernel has ended; who started it says why.
    }
    if (this.#closed) return;
    const executionCount = reply?.executionCount ?? null;
    const status: EndStatus =
      reply === undefined
        ? 'kernel-ended'
        : reply.status === 'ok'
          ? 'ok'
          : execution.interrupted
            ? 'interrupted'
            : reply.status === 'abort'
              ? 'dropped'
              : 'error';
    if (status === 'error' || status === 'interrupted') {
      this.#notBefore = Date.now() + PAUSE_AFTER_ERROR;
      this.#addError(execution, executionCount);
    }
    this.flush();
    this.#end(execution, status, executionCount);
  }

  #end({ id }: Execution, status: EndStatus, executionCount: number | null): void {
    this.#tell({ event: 'ended', id, status, executionCount });
  }

  #add(execution: Execution, output: KernelOutput): void {
    if (this.#closed) return;
    execution.outputs.add(output);
    if (output.kind === 'stream' && output.name === 'stderr') execution.stderr.push(output.text);
    else execution.ran = true;
    const shown = output.kind === 'display' ? output.displayId : undefined;
    const changed = shown === undefined ? undefined : this.#shownBy.get(shown);
    if (output.kind === 'display' && output.update) {
      for (const each of changed ?? []) this.#changed.add(each);
    } else {
      this.#changed.add(execution);
      if (shown !== undefined) {
        this.#shownBy.set(shown, (changed ?? new Set()).add(execution));
        this.#forgetOldest();
      }
    }
    // Large outputs take longer to send and to show.
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, FLUSH_INTERVAL);
  }

  #forgetOldest(): void {
    if (this.#shownBy.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#shownBy.keys();
    if (oldest === undefined) return;
    this.#shownBy.delete(oldest);
    this.#displays.delete(oldest);
  }

  #addError(execution: Execution, executionCount: number | null): void {
    const error = executionError({ ...execution, executionCount });
    if (error === undefined) return;
    execution.outputs.addError(error.output, error.text);
    this.#changed.add(execution);
  }
}
