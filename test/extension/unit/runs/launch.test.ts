import { spawn } from 'node:child_process';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followFile } from '../../../../extension/src/runs/follow-file.ts';
import { LinesForPeople } from '../../../../extension/src/runs/lines-for-people.ts';
import { outcomeOf, outcomeOfLog } from '../../../../extension/src/runs/launch-outcome.ts';
import { LaunchStore, type RunLaunch } from '../../../../extension/src/runs/launch-store.ts';
import { launchRun } from '../../../../extension/src/runs/run-launch.ts';
import { isAlive, signalProcess, waitForEnd } from '../../../../extension/src/runs/run-process.ts';
import { formatMark, markOf } from '../../../../kernel-lib/src/core/process-mark.ts';

let root: string;
let store: LaunchStore;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tatabox-launch-'));
  store = new LaunchStore(path.join(root, 'store'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Starts a program in place of the command line. */
async function launch(script: string, more: { resume?: boolean; overrides?: string[] } = {}) {
  const cli = path.join(root, 'cli.cjs');
  await writeFile(cli, script);
  return launchRun({
    program: { node: process.execPath, cli, environment: { OF_PROGRAM: 'yes' } },
    name: 'tiny',
    config: path.join(root, 'tiny.tatabox.yaml'),
    folder: path.join(root, 'runs', 'tiny'),
    store,
    ...more,
  });
}

describe('a launch', () => {
  it('hands the config on as arguments, and keeps what is printed', async () => {
    const script =
      'console.log(JSON.stringify({ argv: process.argv.slice(2), own: process.env.OF_PROGRAM,' +
      ' code: process.env.VSCODE_PID, cwd: process.cwd() })); console.error("to stderr")';
    process.env['VSCODE_PID'] = '7';
    const started = await launch(script, { resume: true, overrides: ['a=1 2', 'b=$(x)'] });
    delete process.env['VSCODE_PID'];
    expect(await started.ended).toBe(0);
    const [line = '', more] = (await readFile(started.launch.log, 'utf8')).split('\n');
    expect(JSON.parse(line)).toEqual({
      argv: [
        'run',
        path.join(root, 'tiny.tatabox.yaml'),
        '--json',
        '--resume',
        ...['--set', 'a=1 2', '--set', 'b=$(x)'],
      ],
      own: 'yes',
      cwd: root,
    });
    expect(more).toBe('to stderr');
    // What a run prints is for its user alone.
    if (process.platform !== 'win32') {
      expect((await stat(started.launch.log)).mode & 0o077).toBe(0);
    }
    expect(await store.list()).toEqual([started.launch]);
  });

  it('is known by its process, is interrupted, and ended by force', async () => {
    const started = await launch(
      'process.on("SIGINT", () => console.log("asked")); setInterval(() => {}, 1000); console.log("ready")',
    );
    const { process: mark, log } = started.launch;
    expect(isAlive(mark)).toBe(true);
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 5000 }).toContain('ready');
    expect(signalProcess(mark, 'SIGINT')).toBe(true);
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 5000 }).toContain('asked');
    expect(await waitForEnd(mark, 200)).toBe(false);
    expect(signalProcess(mark, 'SIGKILL')).toBe(true);
    expect(await started.ended).toBeNull();
    expect(await waitForEnd(mark, 2000)).toBe(true);
    expect(signalProcess(mark, 'SIGINT')).toBe(false);
  });

  it('sends no signal to a process that has the number of an ended one', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const mark = markOf(child.pid!);
    const other = formatMark({ ...mark, start: String(Number(mark.start) + 100) });
    expect(signalProcess(other, 'SIGKILL')).toBe(false);
    expect(isAlive(formatMark(mark))).toBe(true);
    expect(() =>
      signalProcess(formatMark({ ...mark, machine: 'aaaaaaaa', boot: '0123' }), 'SIGINT'),
    ).toThrow(/another machine/);
    const end = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await end;
  });

  it('says when there is no Node.js', async () => {
    const node = path.join(root, 'no-node');
    const program = { node, cli: 'cli.cjs', environment: {} };
    const options = {
      program,
      name: 'tiny',
      config: path.join(root, 'a.yaml'),
      folder: root,
      store,
    };
    await expect(launchRun(options)).rejects.toThrow(/could not be started \(ENOENT\)/);
    expect(await store.list()).toEqual([]);
  });
});

describe('how a launch ended', () => {
  it.each([
    ['{"runFolder":"/a"}\n', 'finished', undefined],
    [
      'note\n{"error":{"name":"InputError","message":"a.fa: missing","exitCode":3}}',
      'failed',
      'a.fa: missing',
    ],
    ['{"error":{"message":"x","exitCode":5}}\n', 'interrupted', undefined],
    ['one\nKilled\n\n', 'failed', 'The process ended without a result; it said last: Killed'],
    [
      '{"error":{"mess',
      'failed',
      'The process ended without a result; it said last: {"error":{"mess',
    ],
    ['', 'failed', 'The process ended without a result; it said last: '],
  ])('is read from the log %j', (log, state, error) => {
    const outcome = outcomeOfLog(log);
    expect(outcome.state).toBe(state);
    if (log !== '') expect(outcome.error).toBe(error);
    else expect(outcome.error).toMatch(/without a result/);
  });

  it('is read from the run folder where that is of this launch, and no older one', async () => {
    const started = await launch(
      'console.log(JSON.stringify({ error: { message: "no", exitCode: 3 } }))',
    );
    await started.ended;
    const { folder, process: mark, startedAt } = started.launch;
    const status = (changes: object) =>
      JSON.stringify({
        format: 'tatabox run 1',
        state: 'failed',
        error: 'of the folder',
        ...{ mode: 'train', name: 'tiny', config: '/a', overrides: [], process: mark },
        ...{ startedAt, updatedAt: startedAt },
        ...changes,
      });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'config.yaml'), 'mode: train\nname: tiny\n');
    await writeFile(path.join(folder, 'status.json'), status({}));
    expect(await outcomeOf(started.launch)).toMatchObject({
      state: 'failed',
      error: 'of the folder',
      run: { canResume: true },
    });
    const earlier = { startedAt: '2020-01-01T00:00:00.000Z' };
    await writeFile(path.join(folder, 'status.json'), status(earlier));
    expect(await outcomeOf(started.launch)).toEqual({
      state: 'failed',
      error: 'no',
      run: undefined,
    });
  });
});

describe('the store of launches', () => {
  const made = (number: number, changes: Partial<RunLaunch> = {}): RunLaunch => {
    const id = `2026${String(number).padStart(4, '0')}`;
    return {
      id,
      name: 'tiny',
      config: '/a.yaml',
      overrides: [],
      resume: false,
      folder: '/runs/tiny',
      log: path.join(store.folder, `${id}.log`),
      process: formatMark(markOf(process.pid)),
      startedAt: '2026-01-01T00:00:00.000Z',
      told: true,
      ...changes,
    };
  };

  it('passes damaged and foreign files over', async () => {
    await store.save(made(1));
    for (const [name, text] of [
      ['a.json', '{"id":'],
      ['b.json', 'null'],
      ['c.json', JSON.stringify({ ...made(2), process: '../x' })],
      ['d.txt', 'x'],
    ] as const) {
      await writeFile(path.join(store.folder, name), text);
    }
    expect((await store.list()).map(({ id }) => id)).toEqual(['20260001']);
    expect(await new LaunchStore(path.join(root, 'none')).list()).toEqual([]);
  });

  it('keeps the newest hundred, and those that nobody was told of', async () => {
    const outside = path.join(root, 'outside.log');
    await writeFile(outside, 'not ours');
    await store.save(made(0, { told: false }));
    await store.save(made(1, { log: outside }));
    for (let i = 2; i <= 104; i++) await store.save(made(i));
    await writeFile(made(2).log, 'log');
    await store.prune();
    const left = await store.list();
    expect(left).toHaveLength(101);
    expect(left.at(-1)?.id).toBe('20260000');
    expect(left.at(-2)?.id).toBe('20260005');
    expect(await readdir(store.folder)).not.toContain('20260002.log');
    expect(await readFile(outside, 'utf8')).toBe('not ours');
  });
});

describe('the log in a terminal', () => {
  it('leaves out the object for programs, however it comes', () => {
    const shown = (...pieces: string[]): string => {
      let text = '';
      const lines = new LinesForPeople((more) => (text += more));
      for (const piece of pieces) lines.add(piece);
      lines.end();
      return text;
    };
    expect(shown('one\ntw', 'o\n{"run', 'Folder":1}\n')).toBe('one\ntwo\n');
    expect(shown('one\n{"error":{}}')).toBe('one\n');
    expect(shown('no end')).toBe('no end\n');
    expect(shown('')).toBe('');
  });
});

describe('following a file', () => {
  it('hands on what is added, letters whole, until its writer is done', async () => {
    const file = path.join(root, 'log');
    await writeFile(file, 'a');
    let text = '';
    let done = false;
    const following = followFile(file, (more) => (text += more), { isDone: () => done });
    const bytes = Buffer.from('ρ█');
    for (const byte of bytes) {
      await appendFile(file, Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await appendFile(file, 'x'.repeat(200_000));
    done = true;
    await following;
    expect(text).toBe(`aρ█${'x'.repeat(200_000)}`);
  });

  it('stops when it is told to', async () => {
    const file = path.join(root, 'log');
    await writeFile(file, 'a');
    const signal = AbortSignal.timeout(50);
    await followFile(file, () => undefined, { isDone: () => false, signal });
    expect(signal.aborted).toBe(true);
  });
});
