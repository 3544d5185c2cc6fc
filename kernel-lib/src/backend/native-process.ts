import { spawn } from 'node:child_process';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import type { Environment } from './native-folder.ts';

/** How another program ended. */
export interface ProgramEnd {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How another program is started. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Default `process.env`. */
  readonly environment?: Environment;
  /** Ends the program. */
  readonly signal?: AbortSignal;
  /** Seconds after which it is ended. Default none. */
  readonly seconds?: number;
}

/** Kept of each stream: enough for a message, whatever a compiler has to say. */
const LONGEST_OUTPUT = 4 * 2 ** 20;

/**
 * Runs a program to its end, its output kept, its input empty.
 *
 * @returns how it ended; undefined when there is no such program
 * @throws InterruptedError
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd | undefined> {
  const { cwd, environment = process.env, signal, seconds } = options;
  throwIfAborted(signal, 'installing native TensorFlow');
  const end = await new Promise<ProgramEnd | undefined>((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-LONGEST_OUTPUT);
      });
    }
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop);
    const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000);
    const clean = () => {
      signal?.removeEventListener('abort', stop);
      clearTimeout(timer);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      clean();
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    child.on('close', (code, endedBy) => {
      clean();
      resolve({ code, signal: endedBy, ...output });
    });
  });
  throwIfAborted(signal, 'installing native TensorFlow');
  return end;
}

/** The last lines of what a program said, for a message. */
export function lastLines(text: string, count = 3): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join(' | ');
}

/** The first program of a list that runs with the arguments and ends with code 0. */
export async function findProgram(
  candidates: readonly (readonly [program: string, ...args: string[]])[],
  probe: readonly string[],
  options: ProgramOptions,
): Promise<{ command: readonly [string, ...string[]]; stdout: string } | undefined> {
  for (const [program, ...args] of candidates) {
    const end = await runProgram(program, [...args, ...probe], { seconds: 60, ...options });
    if (end?.code === 0) return { command: [program, ...args], stdout: end.stdout };
  }
  return undefined;
}

/** The error for a program that did not end well. */
export function programError(
  where: string,
  { code, signal, stdout, stderr }: ProgramEnd,
  fix: string,
): EnvironmentError {
  const ending = signal === null ? `exit code ${String(code)}` : `ended by ${signal}`;
  const said = lastLines(stderr === '' ? stdout : stderr);
  return new EnvironmentError({
    where,
    found: said === '' ? ending : `${ending}: ${said}`,
    fix,
  });
}
