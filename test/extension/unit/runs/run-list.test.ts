import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCurve, readRunDetails } from '../../../../extension/src/runs/run-details.ts';
import { reportHtml } from '../../../../extension/src/runs/report-html.ts';
import { RunList } from '../../../../extension/src/runs/run-list.ts';
import { planStart } from '../../../../extension/src/runs/start-plan.ts';
import { lockFolder } from '../../../../kernel-lib/src/core/folder-lock.ts';
import { RunFolder } from '../../../../kernel-lib/src/runs/run-folder.ts';
import { readRunConfig } from '../../../../kernel-lib/src/runs/schema/read-run-config.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tatabox-list-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const place = (...names: string[]) => path.join(root, ...names);

async function write(name: string, content: string): Promise<string> {
  const file = place(name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

async function makeRun(name: string): Promise<string> {
  await write(`runs/${name}/config.yaml`, `mode: train\nname: ${name}\n`);
  await write(`runs/${name}/run.log`, '');
  return place('runs', name);
}

const configText = `
mode: train
name: tiny
data:
  genome: genome.fa
  table: genes.tsv
  target: { column: fpkm }
  split: { by: column, column: part }
`;

describe('the list of runs', () => {
  it('reads again only what has changed, and forgets what is gone', async () => {
    const [a, b] = [await makeRun('a'), await makeRun('b')];
    const list = new RunList();
    await list.replace([a, b, place('none')]);
    expect(list.runs.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(await list.update([a, b])).toEqual([]);
    const before = list.get(b);
    await write('runs/a/result.json', '{"text":"","json":{}}');
    expect(await list.update([a, b])).toEqual([a]);
    expect(list.get(a)?.state).toBe('finished');
    expect(list.get(b)).toBe(before);
    await rm(a, { recursive: true });
    expect(await list.update([a])).toEqual([a]);
    await list.replace([]);
    expect(list.runs).toEqual([]);
  });

  it('puts what goes on first, and sees that it ended', async () => {
    const [a, b] = [await makeRun('a'), await makeRun('b')];
    const lock = await lockFolder(a, 'run a');
    const list = new RunList();
    await list.replace([b, a]);
    expect(list.running.map(({ name }) => name)).toEqual(['a']);
    expect(list.runs[0]?.name).toBe('a');
    await lock.release();
    expect(await list.update([a])).toEqual([a]);
    expect(list.get(a)?.state).toBe('interrupted');
  });

  it('stays quick with thousands of runs', async () => {
    const folders: string[] = [];
    for (let i = 0; i < 2000; i++) {
      folders.push(place('runs', String(i)));
      await write(`runs/${String(i)}/config.yaml`, 'mode: train\nname: many\n');
      await write(`runs/${String(i)}/run.log`, '');
    }
    const list = new RunList();
    await list.replace(folders);
    const began = performance.now();
    expect(await list.update(folders)).toEqual([]);
    expect(list.runs).toHaveLength(2000);
    console.log(`2,000 runs looked at again in ${(performance.now() - began).toFixed(0)} ms`);
    // Far above what it takes, below what a watched folder could bear.
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('what a start means', () => {
  it('is a new run where there is none, or to go on with one of the same config', async () => {
    const file = await write('tiny.tatabox.yaml', configText);
    const plan = await planStart(file);
    expect(plan).toMatchObject({ name: 'tiny', earlier: undefined, canResume: false });
    expect(plan.folder).toBe(place('runs', 'tiny'));
    const { config } = await readRunConfig(file);
    const run = await RunFolder.open(plan.folder, config, { resume: false, log: () => undefined });
    expect((await planStart(file)).earlier?.state).toBe('running');
    await run.record(['begun']);
    await run.close();
    expect(await planStart(file)).toMatchObject({
      earlier: { state: 'interrupted' },
      canResume: true,
    });
    expect((await planStart(file, ['training.epochs=3'])).canResume).toBe(false);
  });

  it('is refused with file and line where the config is wrong', async () => {
    const file = await write('tiny.tatabox.yaml', `${configText}modle: {}\n`);
    await expect(planStart(file)).rejects.toThrow(/line 9: unknown key 'modle'/);
  });
});

describe('the details of a run', () => {
  it('hold its curves, result, log and files', async () => {
    const folder = await makeRun('a');
    const epoch = (number: number) => `{"epoch":${number},"step":${number},"trainLoss":0.5}\n`;
    await write('runs/a/training/member-10/metrics.jsonl', epoch(1));
    await write(
      'runs/a/training/member-2/metrics.jsonl',
      `${epoch(1)}{"epoch":2,"step":2,"runningLoss":0.4}\nnot JSON\n{"epoch":2,"step":3,"skipped":"NaN","examples":["a"]}\n${epoch(2)}{"epo`,
    );
    await write('runs/a/result.json', '{"text":"all is well","json":{"metrics":{},"genes":3}}');
    await write('runs/a/run.log', 'one\ntwo\n');
    await write('runs/a/.status.json.aaaaaaaa-0-0-1-0-aaaaaaaa.tmp', '');
    const details = await readRunDetails(folder);
    expect(
      details.curves.map(({ name, epochs, steps, skipped }) => [
        name,
        epochs.length,
        steps.length,
        skipped,
      ]),
    ).toEqual([
      ['member-2', 2, 1, 1],
      ['member-10', 1, 0, 0],
    ]);
    expect(details).toMatchObject({
      resultText: 'all is well',
      result: { genes: 3 },
      log: 'one\ntwo\n',
    });
    expect(details.files.map(({ name }) => name).sort()).toEqual([
      'config.yaml',
      'result.json',
      'run.log',
      'training',
    ]);
    await expect(readRunDetails(root)).rejects.toThrow(/no run; expected a run folder/);
  });

  it('stay short for a training of many steps, and keep the last', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) =>
      JSON.stringify({ epoch: 1, step: i, runningLoss: 1 / (i + 1) }),
    );
    const file = await write('metrics.jsonl', `${lines.join('\n')}\n`);
    const { steps } = await readCurve(file, '');
    expect(steps.length).toBeLessThanOrEqual(2001);
    expect(steps.length).toBeGreaterThan(900);
    expect(steps[0]).toMatchObject({ step: 0 });
    expect(steps.at(-1)).toMatchObject({ step: 49_999 });
    const gaps = new Set(steps.slice(1, -1).map(({ step }, i) => step! - steps[i]!['step']!));
    expect(gaps.size).toBe(1);
    expect(await readCurve(place('gone'), '')).toEqual({
      name: '',
      epochs: [],
      steps: [],
      skipped: 0,
    });
  });
});

describe('a report in VS Code', () => {
  it('is under a policy that comes before all that is in the file', () => {
    const html = reportHtml('<!doctype html>\n<html><head><script>alert(1)</script></head></html>');
    const policy = html.indexOf('Content-Security-Policy');
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(html.indexOf('<script>'));
    expect(html).toContain("default-src 'none'");
    expect(html).not.toContain('script-src');
    expect(html.match(/<!doctype/gi)).toHaveLength(1);
  });
});
