import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const config = path.join(import.meta.dirname, '../../notebooks/quickstart.tatabox.yaml');

describe('the shipped run config', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-shipped-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('runs on the whole data, here with one network and one epoch', async () => {
    const { code, json, stderr } = await runCommand([
      'run',
      config,
      ...['--set', `output=${path.join(folder, 'run')}`],
      ...['--set', 'training.epochs=1', '--set', 'seeds=[1]', '--set', 'workers=1'],
      ...['--set', 'evaluation.baselines=false', '--set', 'evaluation.resamples=10', '--json'],
    ]);
    expect(stderr).toContain('90 of 5,811 are not in the BED');
    expect(code).toBe(0);
    const { metrics } = json as { metrics: { test: { pearson: number } } };
    expect(metrics.test.pearson).toBeGreaterThan(0.4);
  }, 120_000);
});
