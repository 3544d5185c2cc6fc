import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from '../../../kernel-lib/src/runs/run-folder.ts';
import { parseRunConfig } from '../../../kernel-lib/src/runs/schema/read-run-config.ts';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tatabox-run-'));
  folder = path.join(root, 'tiny');
});

afterEach(() => rm(root, { recursive: true, force: true }));

const text = `
mode: train
name: tiny
data:
  genome: genome.fa
  table: genes.tsv
  target: { column: fpkm }
  split: { by: column, column: part }
`;
const config = (...overrides: string[]) => parseRunConfig(text, 'tiny.yaml', overrides);
const log = (): void => undefined;

describe('the folder of a run', () => {
  it('lets nobody else in, and moves an earlier run aside with its lock released', async () => {
    const first = await RunFolder.open(folder, config(), { resume: false, log });
    const again = RunFolder.open(folder, config(), { resume: false, log });
    await expect(again).rejects.toThrow(/in use for run tiny by this process/);
    const resuming = RunFolder.open(folder, config(), { resume: true, log });
    await expect(resuming).rejects.toThrow(/in use for run tiny/);
    await first.close();
    const lines: string[] = [];
    const second = await RunFolder.open(folder, config(), {
      resume: false,
      log: (line) => lines.push(line),
    });
    await second.close();
    expect(lines).toEqual([`The earlier run is kept as ${folder}.1`]);
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      'tiny',
      'tiny.1',
      path.join('tiny.1', 'config.yaml'),
      path.join('tiny', 'config.yaml'),
    ]);
  });

  it('cuts off the line that a killed run was writing', async () => {
    const first = await RunFolder.open(folder, config(), { resume: false, log });
    await first.record(['one', 'two']);
    await first.close();
    const file = path.join(folder, 'run.log');
    await writeFile(file, '2030-01-01T00:00:00.000Z thr', { flag: 'a' });
    const second = await RunFolder.open(folder, config(), { resume: true, log });
    await second.record(['four']);
    await second.close();
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['one', 'two', 'four']);
  });

  it('goes on with the same config, or one that tells only what to do with bad batches', async () => {
    await (await RunFolder.open(folder, config(), { resume: false, log })).close();
    const open = async (...overrides: string[]): Promise<void> => {
      const run = await RunFolder.open(folder, config(...overrides), { resume: true, log });
      await run.close();
    };
    await open();
    await open('training.onBadLoss=skip', 'training.maxBadBatches=3');
    await open('training.maxGradientNorm=5', 'workers=2');
    await expect(open('training.epochs=3')).rejects.toThrow(/a run with another config/);
    await expect(open('seeds=[2]')).rejects.toThrow(/a run with another config/);
    expect(await readdir(folder)).toEqual(['config.yaml']);
  });

  it('goes on with a config that an earlier version saved without the newest options', async () => {
    await (await RunFolder.open(folder, config(), { resume: false, log })).close();
    const file = path.join(folder, 'config.yaml');
    const saved = await readFile(file, 'utf8');
    const older = saved.replace(/^ +(onBadLoss|maxBadBatches|logEvery):.*\n/gm, '');
    expect(older).not.toBe(saved);
    await writeFile(file, older);
    await (await RunFolder.open(folder, config(), { resume: true, log })).close();
  });

  it('whose config is damaged is another run', async () => {
    await (await RunFolder.open(folder, config(), { resume: false, log })).close();
    for (const damaged of ['', '[', 'mode: train', '&a [*a]', '\0', '- 1']) {
      await writeFile(path.join(folder, 'config.yaml'), damaged);
      await expect(RunFolder.open(folder, config(), { resume: true, log })).rejects.toThrow(
        /a run with another config/,
      );
    }
  });

  it('whose result is damaged says so', async () => {
    await (await RunFolder.open(folder, config(), { resume: false, log })).close();
    await writeFile(path.join(folder, 'result.json'), '{"text":');
    await expect(RunFolder.finished(folder, config())).rejects.toThrow(
      /result\.json: no valid JSON .*Remove it to have the run evaluated again/,
    );
  });
});
