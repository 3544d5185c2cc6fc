import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import type { ProgressEvent } from '../../../kernel-lib/src/core/progress.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  InMemoryDataset,
  type InMemoryDatasetParts,
} from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { trainEnsemble } from '../../../kernel-lib/src/training/train-ensemble.ts';
import { bundleSources } from './bundle-sources.ts';
import type * as program from './ensemble-program.ts';

const config = {
  length: 30,
  convolutions: [{ filters: 4, width: 3, pool: 5, dropout: 0.1 }],
  dense: [{ units: 4, dropout: 0.1 }],
};
const options = { epochs: 2, batchSize: 8 };

/** Windows of 30 bases with 2 flanking ones on each side; the target is the fraction of G and C. */
function parts(length: number, seed: number): InMemoryDatasetParts {
  const random = new Random(seed);
  const values = Uint8Array.from({ length: length * 34 }, () => random.integer(4));
  return {
    ids: Array.from({ length }, (_, i) => `e${String(i)}`),
    inputs: {
      promoter: { kind: 'tokens', shape: [30], values, flank: 2, maxShift: 2 },
    },
    targetNames: ['gc'],
    targets: Float32Array.from({ length }, (_, i) => {
      const window = values.subarray(i * 34 + 2, i * 34 + 32);
      return window.filter((base) => base === 1 || base === 2).length / 30;
    }),
  };
}

const call = {
  modelType: 'xpresso',
  config,
  options,
  train: new InMemoryDataset(parts(24, 1)),
  validation: new InMemoryDataset(parts(12, 2)),
};

let folder: string;
let bundle: string;
let bundled: typeof program;

beforeAll(async () => {
  await useBackend('cpu');
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-ensemble-'));
  bundle = await bundleSources({
    program: 'test/unit/training/ensemble-program.ts',
    'ensemble-worker': 'kernel-lib/src/training/ensemble-worker.ts',
  });
  bundled = createRequire(import.meta.url)(path.join(bundle, 'program.cjs')) as typeof program;
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(bundle, { recursive: true, force: true });
});

describe('trainEnsemble', () => {
  it('trains one model a seed in this thread, leaks nothing, and does not train twice', async () => {
    const before = tf.memory().numTensors;
    const events: ProgressEvent[] = [];
    const members = await trainEnsemble({
      ...call,
      seeds: [3, 4],
      folder,
      workers: 1,
      progress: (event) => events.push(event),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(members.map(({ seed }) => seed)).toEqual([3, 4]);
    expect(members[0]!.weights['conv1d_1/kernel']!.shape).toEqual([3, 4, 4]);
    expect(members[0]!.weights).not.toEqual(members[1]!.weights);
    expect(events.at(-1)).toMatchObject({ done: 96, total: 96, secondsLeft: 0 });
    expect((await readdir(folder)).sort()).toEqual(['member-3', 'member-4']);

    const checkpoint = path.join(folder, 'member-3', 'checkpoints', 'last.safetensors');
    const { mtimeMs } = await stat(checkpoint);
    const again = await trainEnsemble({ ...call, seeds: [3, 4], folder, workers: 1, resume: true });
    expect(again).toEqual(members);
    expect((await stat(checkpoint)).mtimeMs).toBe(mtimeMs);
  });

  it('gives the same numbers in threads', async () => {
    const here = await trainEnsemble({ ...call, seeds: [3, 4], workers: 1 });
    const events: ProgressEvent[] = [];
    const there = await bundled.train({
      ...call,
      train: parts(24, 1),
      validation: parts(12, 2),
      seeds: [3, 4],
      workers: 2,
      progress: (event) => events.push(event),
    });
    expect(there.map(({ weights }) => weights)).toEqual(here.map(({ weights }) => weights));
    expect(events.at(-1)).toMatchObject({ done: 96, total: 96 });
  });

  it('stops its threads with a checkpoint each, and goes on', async () => {
    const target = path.join(folder, 'stopped');
    const controller = new AbortController();
    const threads = {
      ...call,
      options: { ...options, epochs: 30, checkpointEvery: { epochs: 15 } },
      train: parts(24, 1),
      validation: parts(12, 2),
      seeds: [5, 6],
      folder: target,
      workers: 2,
    };
    await expect(
      bundled.train({
        ...threads,
        signal: controller.signal,
        progress: () => {
          controller.abort();
        },
      }),
    ).rejects.toMatchObject({ name: 'InterruptedError', exitCode: 5 });
    for (const seed of [5, 6]) {
      expect(await readdir(path.join(target, `member-${String(seed)}`, 'checkpoints'))).toContain(
        'last.safetensors',
      );
    }
    const resumed = await bundled.train({ ...threads, resume: true });
    const whole = await trainEnsemble({ ...call, ...{ options: threads.options }, seeds: [5, 6] });
    expect(resumed.map(({ weights }) => weights)).toEqual(whole.map(({ weights }) => weights));
  });

  it('brings errors back from the threads as what they were', async () => {
    await expect(
      bundled.train({
        ...call,
        options: { ...options, freeze: ['conv9'] },
        train: parts(24, 1),
        seeds: [1, 2],
        workers: 2,
        validation: undefined,
      }),
    ).rejects.toMatchObject({
      name: 'UsageError',
      details: { fix: expect.stringContaining('conv') },
    });
  });

  it('tells what does not fit', async () => {
    await expect(trainEnsemble({ ...call, seeds: [1, 1] })).rejects.toThrow(/each once/);
    await expect(trainEnsemble({ ...call, seeds: [1, 2], workers: 2 })).rejects.toThrow(
      /no worker program; expected .*ensemble-worker\.cjs/,
    );
    await expect(trainEnsemble({ ...call, modelType: 'xpreso', seeds: [1] })).rejects.toThrow(
      /Did you mean 'xpresso'\?/,
    );
    await expect(
      trainEnsemble({ ...call, config: { ...config, filters: 3 }, seeds: [1] }),
    ).rejects.toThrow(/config of model 'xpresso'/);
  });
});
