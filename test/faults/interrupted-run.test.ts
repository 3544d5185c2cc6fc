import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, runCommand, type Ending } from '../cli/run-command.ts';
import { makeYeastSubset, type YeastSubset } from '../cli/yeast-subset.ts';

let yeast: YeastSubset;
let whole: Ending;

/** The weights of the last epoch depend on all steps. */
const training = `
  epochs: 60
  batchSize: 16
  keep: last
  checkpointEvery: { steps: 4 }`;

beforeAll(async () => {
  yeast = await makeYeastSubset();
  whole = await start('whole', []);
});

afterAll(() => yeast.remove());

function folder(name: string): string {
  return path.join(yeast.folder, 'runs', name);
}

/** Starts a run; sends it the signal so long after training began. */
async function start(
  name: string,
  args: readonly string[],
  signal?: NodeJS.Signals,
  after = 0,
): Promise<Ending> {
  const file = await yeast.write(`${name}.tatabox.yaml`, yeast.config({ name, training }));
  let sent = false;
  return runCommand(['run', file, '--json', ...args], {
    onStderr: (text, kill) => {
      if (signal === undefined || sent || !text.includes('training of')) return;
      sent = true;
      setTimeout(() => {
        kill(signal);
      }, after);
    },
  });
}

async function weightsOf(name: string): Promise<string> {
  const weights = await readFile(path.join(folder(name), 'model', 'model.safetensors'));
  return weights.toString('base64');
}

describe('a run', () => {
  it('that was killed with SIGKILL resumes to the same weights and metrics', async () => {
    expect(whole.code).toBe(0);
    const name = 'killed';
    let kills = 0;
    for (const base of [50, 150, 300]) {
      const resume = kills === 0 ? [] : ['--resume'];
      const killed = await start(name, resume, 'SIGKILL', base + Math.random() * 150);
      if (killed.code === null) kills += 1;
    }
    expect(kills).toBeGreaterThan(1);
    const resumed = await start(name, ['--resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.json.metrics).toEqual(whole.json.metrics);
    expect(await weightsOf(name)).toBe(await weightsOf('whole'));
    const files = await filesBelow(folder(name));
    expect(files.filter((file) => file.includes('.tmp'))).toEqual([]);
  });

  it('that was interrupted with Ctrl-C ends with 5 and can be resumed', async () => {
    const name = 'interrupted';
    const interrupted = await start(name, [], 'SIGINT', 200);
    expect(interrupted.code).toBe(5);
    expect(interrupted.json.error).toMatchObject({ name: 'InterruptedError', exitCode: 5 });
    expect(interrupted.json.error.message.replaceAll(yeast.folder, 'FOLDER')).toMatchInlineSnapshot(
      `"run interrupted: interrupted. The same command with --resume goes on where it stopped; FOLDER/runs/interrupted holds what is done."`,
    );
    const files = await filesBelow(folder(name));
    expect(files).not.toContain('model');
    expect(files).toContain('training/member-1/checkpoints/last.safetensors');
    expect(files.filter((file) => file.includes('.tmp'))).toEqual([]);

    const resumed = await start(name, ['--resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.json.metrics).toEqual(whole.json.metrics);
    expect(await weightsOf(name)).toBe(await weightsOf('whole'));
  });

  it('of two networks in worker threads can be interrupted and resumed, too', async () => {
    const two = ['--set', 'seeds=[1, 2]', '--set', 'workers=2'];
    const interrupted = await start('two', two, 'SIGINT', 150);
    expect(interrupted.code).toBe(5);
    const resumed = await start('two', ['--resume', ...two]);
    expect(resumed.code).toBe(0);
    // The first of them is the one that was trained alone.
    expect(resumed.json.metrics.members[0]).toEqual(whole.json.metrics.members[0]);
  });
});
