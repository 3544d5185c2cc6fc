import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../../../kernel-lib/src/core/folder-lock.ts';
import { folderSize } from '../../../../kernel-lib/src/runs/status/folder-size.ts';
import { listRuns } from '../../../../kernel-lib/src/runs/status/list-runs.ts';
import { readRun } from '../../../../kernel-lib/src/runs/status/read-run.ts';
import { STATUS_FILE } from '../../../../kernel-lib/src/runs/status/run-status.ts';
import { StatusWriter } from '../../../../kernel-lib/src/runs/status/status-writer.ts';

const text = `
mode: train
name: tiny
data:
  genome: genome.fa
  table: genes.tsv
  target: { column: fpkm }
  split: { by: column, column: part }
training:
  epochs: 7
`;
const facts = { mode: 'train', name: 'tiny', config: '/a/t.yaml', overrides: [], epochs: 7 };
const event = (done: number) => ({ task: 'training', done, total: 100, unit: 'examples' });
const result = (json: object) => JSON.stringify({ text: '', json });

let root: string;
let folder: string;
let tools: string;
let program: string;

beforeAll(async () => {
  tools = await mkdtemp(path.join(tmpdir(), 'tatabox-status-'));
  program = path.join(tools, 'writer.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'killed-writer.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
});
afterAll(() => rm(tools, { recursive: true, force: true }));

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tatabox-runs-'));
  folder = path.join(root, 'tiny');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Starts a process that works in the folder; resolves when it has begun. */
async function startWriter(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, folder, text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

async function write(name: string, content: string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

describe('a run of another process', () => {
  it('is running, then interrupted when the process is killed, and can be resumed', async () => {
    const child = await startWriter();
    await expect
      .poll(async () => (await readRun(folder))?.progress[0]?.done, { timeout: 5000 })
      .toBeGreaterThan(10);
    expect(await readRun(folder)).toMatchObject({
      name: 'tiny',
      mode: 'train',
      state: 'running',
      pid: child.pid,
      config: '/somewhere/tiny.yaml',
      overrides: ['training.epochs=9'],
      epochs: 9,
      canResume: false,
    });
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exit;
    expect(JSON.parse(await readFile(path.join(folder, STATUS_FILE), 'utf8'))).toMatchObject({
      state: 'running',
    });
    expect(await readRun(folder)).toMatchObject({
      state: 'interrupted',
      pid: undefined,
      error: undefined,
      canResume: true,
    });
    // The next one leaves no temporary file of the killed one behind.
    const next = await startWriter();
    expect((await readRun(folder))?.state).toBe('running');
    const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    expect(left.length).toBeLessThanOrEqual(1);
    const end = new Promise((resolve) => next.once('exit', resolve));
    next.kill('SIGKILL');
    await end;
  });

  it('is not running in a copy of its folder', async () => {
    const child = await startWriter();
    const copy = path.join(root, 'copy');
    // Temporary files come and go.
    await cp(folder, copy, { recursive: true, filter: (file) => !file.endsWith('.tmp') });
    expect((await readRun(folder))?.state).toBe('running');
    expect((await readRun(copy))?.state).toBe('interrupted');
    const end = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await end;
  });
});

describe('the state of a run', () => {
  it('is finished once there is a result, whatever its last status says', async () => {
    await write('config.yaml', text);
    const lock = await lockFolder(folder, 'run tiny');
    const status = await StatusWriter.open(folder, facts);
    expect((await readRun(folder))?.state).toBe('running');
    await write('result.json', result({ metrics: { test: { pearson: 0.5 } }, seconds: 3 }));
    expect((await readRun(folder))?.state).toBe('running');
    await lock.release();
    expect((await readRun(folder))?.state).toBe('finished');
    await status.end('finished');
    expect(await readRun(folder)).toMatchObject({
      state: 'finished',
      seconds: 3,
      metrics: { part: 'test', values: { pearson: 0.5 } },
      canResume: false,
    });
  });

  it('is failed with its message, until it is resumed', async () => {
    await write('config.yaml', text);
    const status = await StatusWriter.open(folder, facts);
    await status.end('failed', new Error('the disk is full'));
    expect(await readRun(folder)).toMatchObject({
      state: 'failed',
      error: 'the disk is full',
      canResume: true,
    });
    const lock = await lockFolder(folder, 'run tiny');
    expect(await readRun(folder)).toMatchObject({ state: 'running', error: undefined });
    await lock.release();
  });

  it('is told of runs that were made before there was a status', async () => {
    await write('config.yaml', text);
    await write('run.log', '2026-01-01T00:00:00.000Z run tiny\n');
    expect(await readRun(folder)).toMatchObject({
      name: 'tiny',
      mode: 'train',
      epochs: 7,
      state: 'interrupted',
      config: undefined,
      canResume: true,
    });
    const lock = await lockFolder(folder, 'run tiny');
    expect(await readRun(folder)).toMatchObject({ state: 'running', pid: process.pid });
    await lock.release();
    await write('result.json', result({ metrics: { validation: { perplexity: 9.5 } } }));
    await write('report.html', '<!doctype html>');
    await write('model/config.json', '{}');
    expect(await readRun(folder)).toMatchObject({
      state: 'finished',
      metrics: { part: 'validation', values: { perplexity: 9.5 } },
      hasReport: true,
      hasModel: true,
    });
  });
});

describe('the last epoch', () => {
  const line = (epoch: number) => `${JSON.stringify({ epoch, step: 9, trainLoss: 1 / epoch })}\n`;

  it('is the last whole line that is one of an epoch', async () => {
    await write('config.yaml', text);
    await write(
      'training/metrics.jsonl',
      `${line(1)}${line(2)}{"epoch":3,"step":4,"runningLoss":0.2}\n{"epoch":3,"trainLo`,
    );
    expect((await readRun(folder))?.epoch).toEqual({ epoch: 2, step: 9, trainLoss: 0.5 });
  });

  it('is that of the network of an ensemble that was written last', async () => {
    await write('config.yaml', text);
    await write('training/member-2/metrics.jsonl', line(4));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await write('training/member-10/metrics.jsonl', line(3));
    expect((await readRun(folder))?.epoch?.['epoch']).toBe(3);
  });
});

describe('foreign and damaged folders', () => {
  it('are no runs', async () => {
    expect(await readRun(path.join(root, 'missing'))).toBeUndefined();
    await write('config.yaml', text);
    expect(await readRun(folder)).toBeUndefined();
    expect(await readRun(path.join(folder, 'config.yaml'))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['other JSON', '[1, 2]'],
    ['half of it', '{"format":"tatabox run 1","state":"run'],
    ['a null', 'null'],
    ['wrong types', '{"format":"tatabox run 1","state":"running","mode":3,"progress":7}'],
    ['a wrong mark', '{"format":"tatabox run 1","state":"running","process":"1-2"}'],
    ['deep nesting', '['.repeat(100_000)],
    ['nesting that ends the YAML parser', '- '.repeat(200_000)],
    ['binary', '\u0000\u0001\ufffd'],
  ])('are read with %s in their files', async (_, damage) => {
    await write('config.yaml', damage);
    await write('status.json', damage);
    await write('result.json', damage);
    await write('tatabox.lock.removal', damage);
    await write('training/metrics.jsonl', damage);
    expect(await readRun(folder)).toMatchObject({
      name: 'tiny',
      mode: undefined,
      state: 'interrupted',
      epoch: undefined,
      metrics: undefined,
      canResume: false,
    });
  });

  it('are read with folders where files should be, and with an alias bomb', async () => {
    for (const name of ['status.json', 'result.json', 'run.log']) {
      await mkdir(path.join(folder, name), { recursive: true });
    }
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    await write('config.yaml', ['a-1: &a-1 [x]', ...bomb].join('\n'));
    expect(await readRun(folder)).toMatchObject({ state: 'interrupted', mode: undefined });
  });

  it('give numbers only where there are some', async () => {
    await write('config.yaml', text);
    const status = await StatusWriter.open(folder, facts);
    status.report({ ...event(3), values: { loss: NaN, 'learning rate': 0.5 } });
    await status.end('interrupted');
    expect((await readRun(folder))?.progress).toEqual([
      { ...event(3), values: { 'learning rate': 0.5 } },
    ]);
  });
});

describe('the status', () => {
  it('is written twice a second at most, and keeps the last event of each task', async () => {
    await write('config.yaml', text);
    const status = await StatusWriter.open(folder, facts);
    const began = performance.now();
    for (let i = 0; i < 100_000; i++) status.report(event(i));
    // A hundred thousand batches: what it costs each is far below a hundredth of any step.
    expect((performance.now() - began) / 100_000).toBeLessThan(0.05);
    for (let i = 0; i < 20; i++) status.report({ task: `task ${i}`, done: i, unit: 'files' });
    await status.end('finished');
    status.report(event(7));
    await new Promise((resolve) => setTimeout(resolve, 600));
    const read = JSON.parse(await readFile(path.join(folder, STATUS_FILE), 'utf8')) as {
      state: string;
      progress: { task: string }[];
    };
    expect(read.state).toBe('finished');
    expect(read.progress.map(({ task }) => task)).toEqual(
      Array.from({ length: 8 }, (_, i) => `task ${i + 12}`),
    );
    expect(await readdir(folder)).toEqual(['config.yaml', 'status.json']);
  });

  it('does not end a run when it cannot be written', async () => {
    await mkdir(path.join(folder, STATUS_FILE), { recursive: true });
    const status = await StatusWriter.open(folder, facts);
    status.report(event(1));
    await status.end('finished');
    expect(await readdir(folder)).toEqual([STATUS_FILE]);
  });
});

describe('a list of runs', () => {
  it('has the runs of all levels, running ones first, and follows no link', async () => {
    const place = async (name: string, startedAt: string): Promise<string> => {
      folder = path.join(root, name);
      await write('config.yaml', text.replace('tiny', path.basename(name)));
      const mark = 'aaaaaaaa-0-00-1-0';
      const status = { format: 'tatabox run 1', state: 'interrupted', process: mark, ...facts };
      const times = { name: path.basename(name), startedAt, updatedAt: startedAt };
      await write('status.json', JSON.stringify({ ...status, ...times }));
      return folder;
    };
    await place('old', '2025-01-01T00:00:00.000Z');
    const running = await place('a/b/running', '2024-01-01T00:00:00.000Z');
    await place('new', '2026-01-01T00:00:00.000Z');
    await place('node_modules/not', '2026-01-01T00:00:00.000Z');
    await place('.hidden/not', '2026-01-01T00:00:00.000Z');
    await place('new/training/member-1', '2026-01-01T00:00:00.000Z');
    await symlink(root, path.join(root, 'a', 'circle'));
    const lock = await lockFolder(running, 'run');
    const names = (await listRuns(root)).map(({ name }) => name);
    expect(names).toEqual(['running', 'new', 'old']);
    await lock.release();
    expect((await listRuns(root, { depth: 1 })).map(({ name }) => name)).toEqual(['new', 'old']);
    expect((await listRuns(running)).map(({ name }) => name)).toEqual(['running']);
  });

  it('says when there is no such folder, and stops when it is told to', async () => {
    await expect(listRuns(path.join(root, 'missing'))).rejects.toThrow(/missing/);
    await write('config.yaml', text);
    await expect(listRuns(path.join(folder, 'config.yaml'))).rejects.toThrow(
      /a file; expected a folder with runs/,
    );
    await expect(listRuns(root, { signal: AbortSignal.abort() })).rejects.toThrow(/interrupted/);
  });

  it('measures folders without following links', async () => {
    await write('a.txt', '12345');
    await write('b/c.txt', '123');
    await symlink(folder, path.join(folder, 'b', 'circle'));
    expect(await folderSize(folder)).toBe(8);
  });
});
