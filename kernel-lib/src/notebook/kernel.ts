import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import { KernelConnection, type ConnectionInfo } from './kernel-connection.ts';
import { launcherSource } from './kernel-launcher.ts';
import { isRecord } from './kernel-messages.ts';
import { kernelOutput, type KernelOutput } from './kernel-output.ts';
import { findKernelPackages, type KernelPackages } from './kernel-packages.ts';

/** How a kernel is started. */
export interface KernelOptions {
  /** The folder that the cells run in and import packages from. Default: the current one. */
  readonly workingFolder?: string;
  /** Environment variables, added to those of this process; undefined removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What the cells are written in. Default `typescript`. */
  readonly language?: 'typescript' | 'javascript';
  /** Milliseconds until the kernel must answer. Default 60,000. */
  readonly startTimeout?: number;
  /** Stops the start; a kernel that runs is stopped by `stop`. */
  readonly signal?: AbortSignal;
}

/** What an execution came to. tslab says `abort` where it dropped a cell after another's error. */
export interface ExecutionReply {
  readonly status: 'ok' | 'error' | 'abort';
  readonly executionCount: number | null;
}

/** What could stand at a position, and the part of the code that it would replace. */
export interface KernelCompletion {
  readonly matches: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** How many bytes of what the kernel process itself prints are kept for error messages. */
const LOG_LENGTH = 20_000;

/** How often a start is tried: another process may take a port between our look and the kernel's. */
const START_ATTEMPTS = 3;

/**
 * A tslab kernel in a child process, spoken to over the Jupyter protocol with neither Jupyter nor
 * Python. The process never outlives this one.
 *
 * @example
 * const kernel = await TslabKernel.start();
 * await kernel.execute('console.log(1 + 1)', { onOutput: (output) => { … } });
 * await kernel.stop();
 */
export class TslabKernel {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #connection: KernelConnection;
  readonly #ended: Promise<void>;
  readonly #killAtExit = () => this.kill();
  #log = '';

  private constructor(child: ChildProcess, folder: string, connection: KernelConnection) {
    this.#process = child;
    this.#folder = folder;
    this.#connection = connection;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#log = (this.#log + data.toString()).slice(-LOG_LENGTH);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    void this.#ended.then(async () => {
      process.off('exit', this.#killAtExit);
      // What the kernel sent before it ended may still be on its way.
      await delay(100);
      this.#connection.close(this.#endError());
    });
    process.once('exit', this.#killAtExit);
  }

  /**
   * Starts a kernel and waits until it answers.
   *
   * @throws EnvironmentError when tslab or zeromq is not installed, or the kernel does not answer
   * @throws InterruptedError when the signal was aborted
   */
  static async start(options: KernelOptions = {}): Promise<TslabKernel> {
    const workingFolder = path.resolve(options.workingFolder ?? '.');
    const ownFolder = path.dirname(fileURLToPath(import.meta.url));
    const packages = findKernelPackages([workingFolder, process.cwd(), ownFolder]);
    const deadline = Date.now() + (options.startTimeout ?? 60_000);
    for (let attempt = 1; ; attempt++) {
      const kernel = await TslabKernel.#launch(packages, workingFolder, options);
      const answered = await kernel.#answers(deadline, options.signal);
      if (answered) return kernel;
      const log = kernel.#log;
      await kernel.stop(0);
      throwIfAborted(options.signal, 'starting the notebook kernel');
      if (attempt < START_ATTEMPTS && /EADDRINUSE|address already in use/i.test(log)) continue;
      throw new EnvironmentError({
        where: 'tslab kernel',
        found: `it did not start\n${log.trim()}`,
        expected: `an answer within ${((options.startTimeout ?? 60_000) / 1000).toFixed(0)} s`,
        fix: 'Check that tslab is installed as a whole (npm install tslab zeromq).',
      });
    }
  }

  static async #launch(
    packages: KernelPackages,
    workingFolder: string,
    options: KernelOptions,
  ): Promise<TslabKernel> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-kernel-'));
    const [shell, iopub, stdin, control, heartbeat] = await freePorts();
    const info: ConnectionInfo = {
      transport: 'tcp',
      ip: '127.0.0.1',
      key: randomUUID(),
      signature_scheme: 'hmac-sha256',
      kernel_name: options.language === 'javascript' ? 'jslab' : 'tslab',
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: heartbeat,
    };
    const connectionFile = path.join(folder, 'connection.json');
    const launcher = path.join(folder, 'launch.cjs');
    await writeFile(connectionFile, JSON.stringify(info), { mode: 0o600 });
    await writeFile(launcher, launcherSource(packages.tslabMain));
    const language = options.language === 'javascript' ? ['--js'] : [];
    const child = spawn(
      process.execPath,
      [launcher, 'kernel', '--config-path', connectionFile, ...language],
      {
        cwd: workingFolder,
        env: { ...process.env, ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A group of its own: Ctrl-C in the terminal reaches this process, which interrupts the
        // cell in good order, and at the end the whole group can be killed.
        detached: process.platform !== 'win32',
      },
    );
    return new TslabKernel(child, folder, new KernelConnection(packages.zeromq, info));
  }

  /** Waits for the first reply and the first broadcast message. */
  async #answers(deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
    let answered = false;
    let waiting = false;
    while (Date.now() < deadline && this.running && signal?.aborted !== true) {
      if (!waiting) {
        waiting = true;
        this.#connection.request('shell', 'kernel_info_request', {}).then(
          () => {
            answered = true;
            waiting = false;
          },
          () => undefined,
        );
      }
      await delay(20);
      if (answered && this.#connection.heardBroadcast) return true;
    }
    return false;
  }

  /** The id of the kernel process; undefined where it could not be started. */
  get processId(): number | undefined {
    return this.#process.pid;
  }

  /** Whether the kernel process runs. */
  get running(): boolean {
    return (
      this.#process.pid !== undefined &&
      this.#process.exitCode === null &&
      this.#process.signalCode === null
    );
  }

  /** Resolves when the kernel process has ended, with what is known of why. */
  get ended(): Promise<EnvironmentError> {
    return this.#ended.then(() => this.#endError());
  }

  /**
   * Runs code and resolves when it is done. `onOutput` is told all that it prints and displays, as
   * it comes, also what comes after it was done.
   *
   * @throws EnvironmentError when the kernel ends meanwhile
   */
  async execute(
    code: string,
    options: { readonly onOutput?: (output: KernelOutput) => void } = {},
  ): Promise<ExecutionReply> {
    if (!this.running) throw this.#endError();
    const request = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    const { onOutput } = options;
    const reply = await this.#connection.request('shell', 'execute_request', request, (message) => {
      const output = onOutput === undefined ? undefined : kernelOutput(message);
      if (output !== undefined) onOutput?.(output);
    });
    const { status, execution_count: count } = reply.content;
    return {
      status: status === 'ok' || status === 'abort' ? status : 'error',
      executionCount: typeof count === 'number' ? count : null,
    };
  }

  /**
   * What could stand at a position of the code (UTF-16 units), as the kernel's compiler knows it.
   *
   * @throws EnvironmentError when the kernel ends meanwhile
   */
  async complete(code: string, position: number): Promise<KernelCompletion> {
    if (!this.running) throw this.#endError();
    const { content } = await this.#connection.request('shell', 'complete_request', {
      code,
      cursor_pos: position,
    });
    const { matches, cursor_start: start, cursor_end: end } = content;
    return {
      matches: Array.isArray(matches) ? matches.filter((match) => typeof match === 'string') : [],
      start: typeof start === 'number' ? start : position,
      end: typeof end === 'number' ? end : position,
    };
  }

  /**
   * Type and documentation of what stands at a position of the code; undefined where there is none.
   *
   * @throws EnvironmentError when the kernel ends meanwhile
   */
  async inspect(code: string, position: number): Promise<string | undefined> {
    if (!this.running) throw this.#endError();
    const { content } = await this.#connection.request('shell', 'inspect_request', {
      code,
      cursor_pos: position,
      detail_level: 0,
    });
    const { found, data } = content;
    const text = found === true && isRecord(data) ? data['text/plain'] : undefined;
    return typeof text === 'string' ? text : undefined;
  }

  /** Interrupts what runs, as Ctrl-C does. (On Windows, where there is no such signal, it kills.) */
  interrupt(): void {
    if (this.running) this.#process.kill('SIGINT');
  }

  /** Kills the kernel and what it started, at once. */
  kill(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#process.kill('SIGKILL');
      else process.kill(-pid, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  }

  /**
   * Asks the kernel to end, kills it if it has not after `graceMilliseconds` (default 1,000; what
   * its cells left running goes on until then), and removes its files.
   */
  async stop(graceMilliseconds = 1000): Promise<void> {
    if (this.running && graceMilliseconds > 0) {
      // The reply may never come, for the kernel closes its sockets: its end is what counts.
      this.#connection
        .request('control', 'shutdown_request', { restart: false })
        .catch(() => undefined);
      const giveUp = new AbortController();
      await Promise.race([
        this.#ended,
        delay(graceMilliseconds, undefined, { signal: giveUp.signal }).catch(() => undefined),
      ]);
      giveUp.abort();
    }
    this.kill();
    await this.#ended;
    this.#connection.close(this.#endError());
    process.off('exit', this.#killAtExit);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #endError(): EnvironmentError {
    const { exitCode, signalCode } = this.#process;
    const how =
      signalCode === null ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signalCode}`;
    const memory = signalCode === 'SIGKILL' || /heap out of memory/.test(this.#log);
    return new EnvironmentError({
      where: 'tslab kernel',
      found: `the kernel process ended ${how}\n${this.#log.trim()}`.trim(),
      fix: memory ? 'It may have run out of memory.' : undefined,
    });
  }
}

/** Five ports of this machine that were free a moment ago. */
async function freePorts(): Promise<[number, number, number, number, number]> {
  const listen = () =>
    new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
      });
    });
  const servers = await Promise.all([listen(), listen(), listen(), listen(), listen()] as const);
  await Promise.all(servers.map((server) => server.close()));
  const [a, b, c, d, e] = servers;
  return [a.port, b.port, c.port, d.port, e.port];
}
