import { spawn } from 'node:child_process';
import { EnvironmentError, throwIfAborted } from 'tatabox/core/errors.ts';
import type { TataboxProgram } from '../host/find-program.ts';

/** Characters that a command's result has at most. */
const LARGEST = 10_000_000;

/**
 * Runs a command of tatabox and gives what it printed to stdout.
 *
 * @throws EnvironmentError with what it said where it fails
 * @throws InterruptedError where the signal was aborted
 */
export async function runTatabox(
  program: TataboxProgram,
  args: readonly string[],
  options: { readonly cwd?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const { cwd, signal } = options;
  const child = spawn(program.node, [program.cli, ...args], {
    cwd,
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const stop = (): void => {
    child.kill();
  };
  signal?.addEventListener('abort', stop);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    if (stdout.length < LARGEST) stdout += data;
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    stderr = (stderr + data).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      stderr += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  signal?.removeEventListener('abort', stop);
  throwIfAborted(signal, `tatabox ${args.join(' ')}`);
  if (code === 0) return stdout;
  throw new EnvironmentError({
    where: `tatabox ${args.join(' ')}`,
    found: stderr.trim() === '' ? `it ended with exit code ${String(code)}` : stderr.trim(),
  });
}
