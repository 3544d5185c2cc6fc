import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from 'tatabox/core/errors.ts';
import { formatMark, markOf } from 'tatabox/core/process-mark.ts';
import type { TataboxProgram } from '../host/find-program.ts';
import type { LaunchStore, RunLaunch } from './launch-store.ts';

/** What is started. */
export interface LaunchOptions {
  readonly program: TataboxProgram;
  readonly name: string;
  readonly config: string;
  readonly folder: string;
  /** Values that replace those of the config. Default none. */
  readonly overrides?: readonly string[];
  /** Goes on with a run that stopped. Default false. */
  readonly resume?: boolean;
  /** Whether somebody else tells of its end, as a task's terminal does. Default false. */
  readonly told?: boolean;
  readonly store: LaunchStore;
}

/** A run that was started, and the exit code when it has ended; null where a signal ended it. */
export interface StartedRun {
  readonly launch: RunLaunch;
  readonly ended: Promise<number | null>;
}

/** Variables by which VS Code's own processes know each other; a run is none of them. */
const OF_VSCODE = /^(VSCODE_|ELECTRON_|APPLICATION_INSIGHTS_)/;

function environmentOf(program: TataboxProgram): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !OF_VSCODE.test(name));
  return { ...Object.fromEntries(own), ...program.environment };
}

/**
 * Starts a run as a process of its own, which goes on when this one ends. What it prints goes to a
 * file; its call holds nothing but paths and values of the config.
 *
 * @throws EnvironmentError where Node.js cannot be started
 */
export async function launchRun(options: LaunchOptions): Promise<StartedRun> {
  const { program, name, config, folder, store, overrides = [], resume = false } = options;
  const startedAt = new Date().toISOString();
  const id = `${startedAt.replace(/[^0-9]/g, '')}-${randomBytes(3).toString('hex')}`;
  await mkdir(store.folder, { recursive: true });
  const log = path.join(store.folder, `${id}.log`);
  const args = [
    program.cli,
    'run',
    config,
    '--json',
    ...(resume ? ['--resume'] : []),
    ...overrides.flatMap((override) => ['--set', override]),
  ];
  const handle = await open(log, 'wx', 0o600);
  try {
    const child = spawn(program.node, args, {
      cwd: path.dirname(config),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', handle.fd, handle.fd],
      env: environmentOf(program),
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => {
        resolve(code);
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => {
        reject(cannotStart(program, cause));
      });
    });
    child.unref();
    const launch: RunLaunch = {
      id,
      name,
      config,
      overrides,
      resume,
      folder,
      log,
      process: formatMark(markOf(child.pid ?? 0)),
      startedAt,
      told: options.told ?? false,
    };
    await store.save(launch);
    return { launch, ended };
  } finally {
    await handle.close();
  }
}

function cannotStart(program: TataboxProgram, cause: Error): EnvironmentError {
  return new EnvironmentError(
    {
      where: program.node,
      found: `it could not be started (${(cause as NodeJS.ErrnoException).code ?? cause.message})`,
      expected: 'Node.js 20.19 or newer',
      fix: 'Install Node.js, or set tatabox.nodePath to where it is.',
    },
    { cause },
  );
}
