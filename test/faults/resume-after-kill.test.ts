import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleSources } from '../unit/training/bundle-sources.ts';

let bundle: string;
let folder: string;

beforeAll(async () => {
  bundle = await bundleSources({ training: 'test/faults/training-program.ts' });
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-kill-'));
});

afterAll(async () => {
  await rm(bundle, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

interface Ending {
  signal: NodeJS.Signals | null;
  milliseconds: number;
  stderr: string;
}

/** Runs the training; with a time kills it so long after its first step. */
function train(target: string, killAfter?: number): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(bundle, 'training.cjs'), target]);
    let startedAt = 0;
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    child.stdout.once('data', () => {
      startedAt = performance.now();
      if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
    });
    child.on('exit', (_, signal) => {
      resolve({ signal, milliseconds: performance.now() - startedAt, stderr });
    });
  });
}

async function metricsWithoutTimings(target: string): Promise<unknown[]> {
  const text = await readFile(path.join(target, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const timed = JSON.parse(line) as Record<string, number>;
      const { seconds, dataSeconds, examplesPerSecond, ...rest } = timed;
      expect(seconds).toBeGreaterThan(0);
      expect(dataSeconds).toBeLessThan(seconds ?? 0);
      expect(examplesPerSecond).toBeGreaterThan(0);
      return rest;
    });
}

describe('a training killed with SIGKILL', () => {
  it('resumes to the same weights and metrics as one not killed', async () => {
    const whole = path.join(folder, 'whole');
    const { milliseconds, signal, stderr } = await train(whole);
    expect(stderr).toBe('');
    expect(signal).toBeNull();

    const killed = path.join(folder, 'killed');
    let kills = 0;
    // At moments spread over the training, whatever the machine's speed
    for (const fraction of [0.1, 0.2, 0.15]) {
      const ending = await train(killed, milliseconds * fraction * (0.8 + 0.4 * Math.random()));
      if (ending.signal === 'SIGKILL') kills += 1;
    }
    expect(kills).toBeGreaterThan(1);
    expect(existsSync(path.join(killed, 'weights.bin'))).toBe(false);
    expect((await train(killed)).stderr).toBe('');

    expect(await readFile(path.join(killed, 'weights.bin'))).toEqual(
      await readFile(path.join(whole, 'weights.bin')),
    );
    expect(await metricsWithoutTimings(killed)).toEqual(await metricsWithoutTimings(whole));
    const files = await readdir(killed);
    expect(files.filter((file) => file.includes('tfevents'))).toHaveLength(1);
  });
});
