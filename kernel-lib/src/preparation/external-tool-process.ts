import { spawn, type ChildProcess } from 'node:child_process';

/** How a program ended. */
export interface ProcessEnd {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly startError?: NodeJS.ErrnoException;
}

/** A program that runs in a process group of its own. */
export interface ToolProcess {
  readonly child: ChildProcess;
  /** Resolves when it has ended and its streams are closed; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends the program and all that it has started: asks first, then kills. */
  stop(): void;
}

/** A program that was asked to end has this time before it is killed. */
const PATIENCE_MILLISECONDS = 3000;

/** How a process is started. */
export interface StartProcessOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether something is written to its input. */
  readonly takesInput?: boolean;
}

/**
 * Starts a program without a shell, in a process group of its own, so that wrappers (HISAT2's Perl
 * script, Trimmomatic's shell script) end together with what they have started.
 */
export function startProcess(
  program: string,
  args: readonly string[],
  options: StartProcessOptions = {},
): ToolProcess {
  const { cwd, environment, takesInput = false } = options;
  const isPosix = process.platform !== 'win32';
  const child = spawn(program, [...args], {
    cwd,
    env: environment,
    detached: isPosix,
    stdio: [takesInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const send = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      // A negative number means the group (kill(2)).
      if (isPosix) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (timer !== undefined) return;
    send('SIGTERM');
    timer = setTimeout(() => {
      send('SIGKILL');
    }, PATIENCE_MILLISECONDS);
  };
  const killWithUs = () => {
    send('SIGKILL');
  };
  process.once('exit', killWithUs);
  const ended = new Promise<ProcessEnd>((resolve) => {
    const finish = (end: ProcessEnd) => {
      clearTimeout(timer);
      process.removeListener('exit', killWithUs);
      resolve(end);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      // An error after the start is one of sending a signal.
      if (child.pid === undefined) finish({ code: null, signal: null, startError: error });
    });
    child.on('close', (code, signal) => {
      finish({ code, signal });
    });
  });
  return { child, ended, stop };
}
