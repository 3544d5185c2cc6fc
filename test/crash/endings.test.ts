import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeYeastSubset, type YeastSubset } from '../cli/yeast-subset.ts';
import { bundleCommand } from './bundle-command.ts';

let bundle: string;
let yeast: YeastSubset;

beforeAll(async () => {
  bundle = await bundleCommand();
  yeast = await makeYeastSubset();
});

/** All that were started: a test that fails leaves them running. */
const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(bundle, { recursive: true, force: true });
  await yeast.remove();
});

const training = '{ epochs: 400, batchSize: 16, keep: last }';

interface Running {
  readonly child: ChildProcess;
  /** Resolves when its training has begun. */
  readonly training: Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string }>;
}

/** Starts the command as leader of a process group of its own, as a terminal does. */
async function start(name: string, args: readonly string[] = []): Promise<Running> {
  const config = yeast.config({ name, training, seeds: '[1, 2]' });
  const file = await yeast.write(`${name}.tatabox.yaml`, `${config}workers: 2\n`);
  const child = spawn(
    process.execPath,
    [path.join(bundle, 'cli.cjs'), 'run', file, '--json', ...args],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: undefined, VITEST: undefined, TATABOX_BACKEND: 'wasm' },
    },
  );
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  return {
    child,
    training: new Promise((resolve, reject) => {
      child.stderr.on('data', (text) => {
        stderr += String(text);
        if (stderr.includes('training of')) resolve();
      });
      child.once('close', () => {
        reject(new Error(`it has ended: ${stderr}`));
      });
    }),
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout });
      });
    }),
  };
}

/** Processes of a group that still run (proc(5): field 5 of stat is the group). */
async function processesOf(group: number): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) === group && fields[0] !== 'Z') found.push(pid);
  }
  return found;
}

const inRun = (name: string, ...names: string[]): string =>
  path.join(yeast.folder, 'runs', name, ...names);

async function leftIn(name: string): Promise<string[]> {
  const files = await readdir(inRun(name), { recursive: true });
  return files.filter((file) => /\.tmp$|tatabox\.lock$/.test(file));
}

describe.runIf(process.platform === 'linux')('a run that is ended', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s saves what it has, ends with 5 and leaves nobody behind',
    async (signal) => {
      const name = signal.toLowerCase();
      const { child, training: begun, ended } = await start(name);
      await begun;
      process.kill(-child.pid!, signal);
      const { code, stdout } = await ended;
      expect(code).toBe(5);
      expect(stdout).toMatch(/"name":"InterruptedError".*The same command with --resume goes on/);
      expect(await processesOf(child.pid!)).toEqual([]);
      for (const member of ['member-1', 'member-2']) {
        const checkpoint = inRun(name, 'training', member, 'checkpoints', 'last.safetensors');
        expect(existsSync(checkpoint)).toBe(true);
      }
      expect(await leftIn(name)).toEqual([]);
    },
  );

  it('by a second Ctrl-C ends at once', async () => {
    const { child, training: begun, ended } = await start('twice');
    await begun;
    child.kill('SIGSTOP');
    // Both are there when it goes on, as when one step takes long.
    child.kill('SIGINT');
    child.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const before = performance.now();
    child.kill('SIGINT');
    const { code, signal } = await ended;
    expect([code, signal]).toSatisfy(
      ([exit, by]: [number | null, string | null]) => exit === 5 || by === 'SIGINT',
    );
    expect(performance.now() - before).toBeLessThan(5000);
    expect(await processesOf(child.pid!)).toEqual([]);
  });

  it('whose terminal is gone saves what it has all the same', async () => {
    const { child, training: begun, ended } = await start('hang-up');
    await begun;
    child.stdout!.destroy();
    child.stderr!.destroy();
    child.kill('SIGHUP');
    expect((await ended).code).toBe(5);
    expect(await leftIn('hang-up')).toEqual([]);
  });
});

describe('two runs in one folder', () => {
  it('the second is refused, with the process that is there', async () => {
    const first = await start('shared');
    await first.training;
    const second = await start('shared');
    second.training.catch(() => undefined);
    const { code, stdout } = await second.ended;
    expect(code).toBe(2);
    expect(stdout).toMatch(
      new RegExp(`in use for run shared by process ${String(first.child.pid)} on .* since \\d{4}-`),
    );
    expect(await readdir(path.join(yeast.folder, 'runs'))).not.toContain('shared.1');
    // A killed one holds nobody back.
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await leftIn('shared')).toContain('tatabox.lock');
    const third = await start('shared', ['--resume']);
    await third.training;
    third.child.kill('SIGTERM');
    expect((await third.ended).code).toBe(5);
    expect(await leftIn('shared')).toEqual([]);
  });
});

describe('a run whose name is no name of a folder', () => {
  it.each(['..', 'con'])('%s is refused', async (name) => {
    await mkdir(path.join(yeast.folder, 'runs'), { recursive: true });
    await writeFile(path.join(yeast.folder, 'config.yaml'), 'not of a run\n');
    const before = await readdir(path.dirname(yeast.folder));
    const { child, training: begun, ended } = await start('named', ['--set', `name=${name}`]);
    begun.catch(() => undefined);
    expect(child.pid).toBeGreaterThan(0);
    const { code, stdout } = await ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(/the run is called '.*'; expected a name .* Give it another name\./);
    const after = await readdir(path.dirname(yeast.folder));
    // A folder that was moved aside would be called so; other tests make folders here, too.
    const own = path.basename(yeast.folder);
    expect(after.filter((each) => each.startsWith(own) && !before.includes(each))).toEqual([]);
    expect(after).toContain(own);
  });
});
