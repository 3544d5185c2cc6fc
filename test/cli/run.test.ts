import { appendFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, runCommand, type Ending } from './run-command.ts';
import { makeYeastSubset, type YeastSubset } from './yeast-subset.ts';

let yeast: YeastSubset;

beforeAll(async () => {
  yeast = await makeYeastSubset();
});

afterAll(() => yeast.remove());

/** Writes a config of its own name and gives its file. */
function writeConfig(name: string, changes?: Readonly<Record<string, string>>): Promise<string> {
  return yeast.write(`${name}.tatabox.yaml`, yeast.config({ name, ...changes }));
}

function runFolder(name: string): string {
  return path.join(yeast.folder, 'runs', name);
}

const metricNames = ['mae', 'mse', 'pearson', 'r2', 'spearman', 'squaredPearson'];

describe('run', () => {
  it('trains and gives the metrics of test set and baselines as one JSON object', async () => {
    const baselines = '{ baselines: true, resamples: 20 }';
    const file = await writeConfig('whole', { evaluation: baselines });
    const { code, stdout, stderr, json } = await runCommand(['run', file, '--json']);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(Object.keys(json)).toEqual(['runFolder', 'modelFolder', 'metrics', 'seconds']);
    expect(json.runFolder).toBe(runFolder('whole'));
    expect(json.modelFolder).toBe(path.join(runFolder('whole'), 'model'));
    expect(json.seconds).toBeGreaterThan(0);
    const { test, baselines: measured } = json.metrics;
    expect(Object.keys(test).sort()).toEqual(metricNames);
    for (const name of metricNames) expect(test[name]).toBeTypeOf('number');
    expect(test.squaredPearson).toBeCloseTo(test.pearson ** 2, 12);
    expect(Object.keys(measured)).toHaveLength(4);
    for (const row of Object.values(measured)) {
      expect(Object.keys(row as object)).toEqual(['pearson', 'r2']);
    }
    // The mean of the training set predicts no differences: no correlation, but a value of R².
    expect(measured['train mean']).toMatchObject({ pearson: null });
    expect(stderr).toContain('Do genome, transcripts and table fit each other?');
    expect(stderr).toContain('Data card');
  });

  it('writes the metrics of its own predictions, and everything that it promises', async () => {
    const folder = runFolder('whole');
    expect(await readdir(folder)).toEqual(
      ['config.yaml', 'model', 'report.html', 'result.json', 'run.log']
        .concat('status.json', 'test_predictions.tsv', 'training')
        .sort(),
    );
    expect(await filesBelow(path.join(folder, 'model'))).toEqual([
      'README.md',
      'config.json',
      'example',
      'example/expected.json',
      'example/input.json',
      'model.safetensors',
    ]);
    const log = await readFile(path.join(folder, 'run.log'), 'utf8');
    expect(log).toMatch(/^\S+Z run whole, mode train, backend \w+ [\d.]+\n/);
    expect(log).toContain('window bounds');
    expect(log).toMatch(/finished in [\d.]+ s\n$/);
    const lines = (await readFile(path.join(folder, 'test_predictions.tsv'), 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t').map(Number));
    expect(lines).toHaveLength(40);
    const squares = lines.map(([, observed, predicted]) => (observed! - predicted!) ** 2);
    const mse = squares.reduce((sum, value) => sum + value, 0) / lines.length;
    const { json } = JSON.parse(await readFile(path.join(folder, 'result.json'), 'utf8')) as Ending;
    expect(json.metrics.test.mse).toBeCloseTo(mse, 6);
    const report = await readFile(path.join(folder, 'report.html'), 'utf8');
    expect(report.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it('gives the result of a finished run again with --resume', async () => {
    const file = path.join(yeast.folder, 'whole.tatabox.yaml');
    const before = await readFile(path.join(runFolder('whole'), 'result.json'), 'utf8');
    const { code, json, stderr } = await runCommand(['run', file, '--resume', '--json']);
    expect(code).toBe(0);
    expect(json).toEqual((JSON.parse(before) as Ending).json);
    expect(stderr).toBe('this run is finished already\n');
  });

  it('refuses to resume with another config', async () => {
    const file = path.join(yeast.folder, 'whole.tatabox.yaml');
    const args = ['run', file, '--resume', '--set', 'training.epochs=3'];
    const { code, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stderr.replaceAll(yeast.folder, 'FOLDER')).toMatchInlineSnapshot(`
      "error: FOLDER/runs/whole: a run with another config; expected the config that the run was started with, to go on with it. Compare with its config.yaml, or start a new run without --resume.
      "
    `);
  });

  it('sets values by path, and moves an earlier run aside', async () => {
    const file = await writeConfig('again');
    const first = await runCommand(['train', file, '--quiet']);
    expect(first.code).toBe(0);
    expect(first.stderr).toBe('');
    expect(first.stdout).toContain(`model folder ${runFolder('again')}/model`);
    expect(first.stdout).toMatch(/xpresso +-?0\.\d+/);
    const mark = path.join(runFolder('again'), 'mark');
    await appendFile(mark, 'of the first run');
    const sets = ['--set', 'training.epochs=1', '--set', 'seeds=[4, 5]', '--set', 'workers=1'];
    const set = [...sets, '--set', 'model.config.dense.0.units=6'];
    const second = await runCommand(['run', file, ...set, '--json']);
    expect(second.code).toBe(0);
    expect(second.json.metrics.members).toHaveLength(2);
    expect(second.stderr).toContain(`The earlier run is kept as ${runFolder('again')}.1`);
    expect(await readFile(`${runFolder('again')}.1/mark`, 'utf8')).toBe('of the first run');
    const config = await readFile(path.join(runFolder('again'), 'config.yaml'), 'utf8');
    expect(config).toMatch(/epochs: 1\n/);
    expect(config).toMatch(/units: 6\n/);
    expect(await readdir(runFolder('again'))).not.toContain('mark');
  });

  it('computes the same with the same seed on wasm and on cpu', async () => {
    const file = await writeConfig('cpu', { training: '{ epochs: 1, batchSize: 30 }' });
    const cpu = await runCommand(['run', file, '--backend', 'cpu', '--json']);
    const wasm = await runCommand(['run', file, '--backend', 'wasm', '--json']);
    expect(cpu.stderr).toContain('backend cpu');
    expect(wasm.json.metrics.test.mse).toBeCloseTo(cpu.json.metrics.test.mse, 4);
  });
});
