import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { isRecord } from './kernel-messages.ts';
import type { KernelEvent, KernelRequest } from './kernel-protocol.ts';
import { KernelSession } from './kernel-session.ts';
import { TslabKernel, type KernelOptions } from './kernel.ts';

/** Where {@link serveKernel} listens and answers. */
export interface ServeKernelOptions extends Omit<KernelOptions, 'signal'> {
  readonly input: Readable;
  readonly output: Writable;
  /** Ends the kernel, as the end of the input does. */
  readonly signal?: AbortSignal;
}

const TYPES = ['execute', 'complete', 'inspect', 'interrupt', 'restart', 'stop'];

/**
 * A request in a line of JSON.
 *
 * @throws InputError for what is none
 */
export function parseKernelRequest(line: string): KernelRequest {
  const expected = `a request of type ${TYPES.join(', ')}`;
  const value = parseJson(line, 'stdin', { expected });
  const wrong = (found: string): InputError => new InputError({ where: 'stdin', found, expected });
  if (!isRecord(value)) throw wrong('no object');
  const { id, type, code, position } = value;
  if (typeof id !== 'number') throw wrong('a request without a number as id');
  if (type === 'interrupt' || type === 'restart' || type === 'stop') return { id, type };
  if (type !== 'execute' && type !== 'complete' && type !== 'inspect') {
    throw wrong(typeof type === 'string' ? `the type '${type}'` : 'a request without a type');
  }
  if (typeof code !== 'string') throw wrong(`${type} without code`);
  if (type === 'execute') return { id, type, code };
  if (typeof position !== 'number') throw wrong(`${type} without a position`);
  return { id, type, code, position: Math.max(0, Math.min(code.length, Math.trunc(position))) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs one tslab kernel for an editor, which sends requests and receives events as lines of JSON
 * (kernel-protocol.ts). Resolves when the input has ended or `stop` was asked for, and the kernel with
 * it. A kernel that ends by itself is told of and can be started again.
 *
 * @example
 * await serveKernel({ input: process.stdin, output: process.stdout, workingFolder: 'notebooks' });
 */
export async function serveKernel(options: ServeKernelOptions): Promise<void> {
  const { input, output, signal, ...kernelOptions } = options;
  const server = new KernelServer(kernelOptions, (event) => {
    if (!output.writableEnded) output.write(`${JSON.stringify(event)}\n`);
  });
  const lines = createInterface({ input, crlfDelay: Infinity });
  const stop = (): void => {
    lines.close();
    // Whoever holds the other end open must not keep this process.
    input.destroy();
  };
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  // An editor that is gone must not be answered.
  output.on('error', stop);
  void server.start();
  const ended = new Promise<void>((resolve) => lines.once('close', resolve));
  lines.on('line', (line) => {
    if (line.trim() !== '' && server.handle(line) === 'stop') stop();
  });
  await ended;
  signal?.removeEventListener('abort', stop);
  await server.stop();
}

class KernelServer {
  readonly #options: Omit<KernelOptions, 'signal'>;
  readonly #tell: (event: KernelEvent) => void;
  readonly #stopping = new AbortController();
  #kernel: TslabKernel | undefined;
  #session: KernelSession | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(options: Omit<KernelOptions, 'signal'>, tell: (event: KernelEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Handles a line; `stop` where the editor wants no more. */
  handle(line: string): 'stop' | 'go on' {
    let request: KernelRequest;
    try {
      request = parseKernelRequest(line);
    } catch (error) {
      this.#tell({ event: 'refused', message: messageOf(error) });
      return 'go on';
    }
    if (request.type === 'stop') return 'stop';
    if (request.type === 'restart') void this.#restart(request.id);
    else void this.#starting.then(() => this.#ask(request));
    return 'go on';
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    this.#session?.close();
    await this.#kernel?.stop(0);
  }

  async #start(): Promise<void> {
    try {
      const kernel = await TslabKernel.start({ ...this.#options, signal: this.#stopping.signal });
      const session = new KernelSession(kernel, this.#tell);
      this.#kernel = kernel;
      this.#session = session;
      this.#tell({ event: 'ready', processId: kernel.processId });
      void kernel.ended.then((error) => {
        if (this.#session !== session || this.#stopping.signal.aborted) return;
        this.#session = undefined;
        session.close();
        this.#tell({ event: 'kernel-ended', message: error.message });
        void kernel.stop(0);
      });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#tell({ event: 'kernel-ended', message: messageOf(error) });
    }
  }

  async #restart(id: number): Promise<void> {
    const before = this.#starting;
    this.#starting = before.then(() => this.#startAgain());
    await this.#starting;
    this.#tell({ event: 'done', id });
  }

  async #startAgain(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    session?.close();
    await this.#kernel?.stop(0);
    this.#kernel = undefined;
    if (!this.#stopping.signal.aborted) await this.#start();
  }

  async #ask(request: Exclude<KernelRequest, { type: 'restart' | 'stop' }>): Promise<void> {
    const { id, type } = request;
    const session = this.#session;
    if (session === undefined) {
      if (type === 'execute') {
        this.#tell({ event: 'ended', id, status: 'dropped', executionCount: null });
      } else this.#tell({ event: 'refused', id, message: 'no kernel runs' });
      return;
    }
    try {
      if (type === 'execute') session.execute(id, request.code);
      else if (type === 'complete') await session.complete(id, request.code, request.position);
      else if (type === 'inspect') await session.inspect(id, request.code, request.position);
      else {
        await session.interrupt();
        this.#tell({ event: 'done', id });
      }
    } catch (error) {
      this.#tell({ event: 'refused', id, message: messageOf(error) });
    }
  }
}
