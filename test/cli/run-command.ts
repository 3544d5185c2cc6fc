import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..');
const command = path.join(root, 'kernel-lib', 'dist', 'cli.cjs');

/** How a command ended. */
export interface Ending {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, where it is a JSON object. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its shape is what tests check
  readonly json: any;
}

export interface RunCommandOptions {
  /** Folder that it runs in. */
  readonly cwd?: string;
  /** Variables that are set, or removed where undefined. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Is called with all of stderr so far each time that there is more. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

function lastObject(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

/** Runs the built `tatabox` command. */
export function runCommand(
  args: readonly string[],
  { cwd, env, onStderr }: RunCommandOptions = {},
): Promise<Ending> {
  if (!existsSync(command)) throw new Error(`${command} is missing: npm run build makes it`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd,
      // Vitest's own marks of a test run do not reach the command.
      env: { ...process.env, NODE_ENV: undefined, VITEST: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr, json: lastObject(stdout) });
    });
  });
}

/** Paths of all files and folders below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
