import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type {
  EndStatus,
  KernelEvent,
  KernelRequest,
  OutputChange,
} from 'tatabox/notebook/kernel-protocol.ts';

/** What an execution tells while it runs and after. */
export interface ExecutionListener {
  started(): void;
  /** There are `count` outputs now; those of `changes` are new or have changed. */
  outputs(count: number, changes: readonly OutputChange[]): void;
}

/** How a cell ended. */
export interface ExecutionEnd {
  readonly status: EndStatus;
  readonly executionCount: number | null;
}

/** What is told of the kernel as a whole. */
export interface KernelListener {
  /** It runs, at first or after a restart. */
  ready(): void;
  /** It could not start, or has ended by itself. */
  ended(message: string): void;
  /** An interrupt has no effect on the cell that runs. */
  stuck(): void;
}

/** What could stand at a position, and which part of the cell it would replace. */
export interface Completion {
  readonly matches: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Omit over each of a union. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** How much of what the program says on stderr is kept for a message. */
const LOG_LENGTH = 4000;

/** Milliseconds that the program has to end its kernel by itself. */
const GRACE = 3000;

/** The program `tatabox notebook kernel`, spoken to over its stdin and stdout. */
export class KernelClient {
  readonly #child: ChildProcess;
  readonly #listener: KernelListener;
  readonly #executions = new Map<
    number,
    { listener: ExecutionListener; resolve: (end: ExecutionEnd) => void; ended: boolean }
  >();
  readonly #answers = new Map<number, (event: KernelEvent | undefined) => void>();
  readonly #exit: Promise<void>;
  #nextId = 1;
  #log = '';
  #alive = true;
  #stopping = false;

  /** @param child the program, with pipes for stdin, stdout and stderr */
  constructor(child: ChildProcess, listener: KernelListener) {
    this.#child = child;
    this.#listener = listener;
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null) throw new Error('the program has no pipes');
    // Writing to a program that has ended is told of by its end.
    stdin.on('error', () => undefined);
    createInterface({ input: stdout }).on('line', (line) => {
      this.#onLine(line);
    });
    stderr?.on('data', (data: Buffer) => {
      this.#log = (this.#log + data.toString()).slice(-LOG_LENGTH);
    });
    this.#exit = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#onEnd(error.message);
        resolve();
      });
      child.once('exit', (code, signal) => {
        const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
        this.#onEnd(`${this.#log.trim()}\nThe kernel's program ended ${how}.`.trim());
        resolve();
      });
    });
  }

  /** Whether the program runs; its kernel may have ended nevertheless and can be restarted. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Runs a cell after those before it. Never rejects. */
  execute(code: string, listener: ExecutionListener): Promise<ExecutionEnd> {
    return new Promise((resolve) => {
      if (!this.#alive) {
        resolve({ status: 'kernel-ended', executionCount: null });
        return;
      }
      const id = this.#send({ type: 'execute', code });
      this.#executions.set(id, { listener, resolve, ended: false });
    });
  }

  /** Interrupts what runs and drops what waits; resolves when that is done or of no effect. */
  async interrupt(): Promise<void> {
    await this.#ask({ type: 'interrupt' });
  }

  /** Ends the kernel and starts another; resolves when that runs or has failed. */
  async restart(): Promise<void> {
    await this.#ask({ type: 'restart' });
  }

  /** What could stand at a position; undefined where the kernel does not say. */
  async complete(code: string, position: number): Promise<Completion | undefined> {
    const answer = await this.#ask({ type: 'complete', code, position });
    return answer?.event === 'completion' ? answer : undefined;
  }

  /** Type and documentation of what stands at a position; undefined where there is none. */
  async inspect(code: string, position: number): Promise<string | undefined> {
    const answer = await this.#ask({ type: 'inspect', code, position });
    return answer?.event === 'inspection' ? (answer.text ?? undefined) : undefined;
  }

  /** Ends the program and its kernel. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // The end of stdin is what the program would see, too, if this process were killed.
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE);
    await this.#exit;
    clearTimeout(timer);
  }

  #send(request: WithoutId<KernelRequest>): number {
    const id = this.#nextId++;
    this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    return id;
  }

  #ask(request: WithoutId<KernelRequest>): Promise<KernelEvent | undefined> {
    return new Promise((resolve) => {
      if (this.#alive) this.#answers.set(this.#send(request), resolve);
      else resolve(undefined);
    });
  }

  #answer(id: number, event: KernelEvent): void {
    this.#answers.get(id)?.(event);
    this.#answers.delete(id);
  }

  #onLine(line: string): void {
    let event: KernelEvent;
    try {
      event = JSON.parse(line) as KernelEvent;
    } catch {
      this.#log = `${this.#log}${line}\n`.slice(-LOG_LENGTH);
      return;
    }
    switch (event.event) {
      case 'ready':
        this.#listener.ready();
        break;
      case 'kernel-ended':
        this.#listener.ended(event.message);
        break;
      case 'stuck':
        this.#listener.stuck();
        break;
      case 'started':
        this.#executions.get(event.id)?.listener.started();
        break;
      case 'outputs':
        this.#executions.get(event.id)?.listener.outputs(event.count, event.changes);
        break;
      case 'ended': {
        const execution = this.#executions.get(event.id);
        if (execution === undefined) break;
        // Kept: a later cell may update what this one displays.
        execution.ended = true;
        execution.resolve(event);
        break;
      }
      case 'refused':
        if (event.id !== undefined) this.#answer(event.id, event);
        break;
      default:
        this.#answer(event.id, event);
    }
  }

  #onEnd(message: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const { resolve, ended } of this.#executions.values()) {
      if (!ended) resolve({ status: 'kernel-ended', executionCount: null });
    }
    for (const resolve of this.#answers.values()) resolve(undefined);
    this.#executions.clear();
    this.#answers.clear();
    if (!this.#stopping) this.#listener.ended(message);
  }
}
