import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../kernel-lib/src/core/errors.ts';
import { InMemoryDataset } from '../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { readWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';
import type { SkippedBatch } from '../../kernel-lib/src/training/training-log.ts';
import { smallDataset, smallTraining } from './small-training.ts';

let folder: string;

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-loss-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** 24 examples, of which one has a target that is no number: one bad batch an epoch. */
const oneBad = smallDataset(24, 1, { 5: NaN });

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

describe('a batch whose loss is not finite', () => {
  it('stops training with epoch, step, ids, and the example that is the cause', async () => {
    const tensors = tf.memory().numTensors;
    const message = await messageOf(smallTraining({ train: oneBad, folder }));
    expect(message).toMatch(
      /^training, epoch 1, step [123]: the loss is NaN, in the batch of (e\d+, ){7}e\d+; not finite are e5 \(target\); expected a finite loss and gradient\. Mend or leave out these examples, or leave such batches out with onBadLoss: 'skip'; with resume it goes on from the last checkpoint\.$/,
    );
    expect(message.slice(0, message.indexOf(';'))).toMatch(/\be5\b/);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is left out with onBadLoss: skip, and told of', async () => {
    const told: SkippedBatch[] = [];
    const options = { onBadLoss: 'skip' } as const;
    const tensors = tf.memory().numTensors;
    const { result, weights } = await smallTraining({
      train: oneBad,
      folder,
      options,
      onSkippedBatch: (record) => told.push(record),
    });
    expect(weights.every(Number.isFinite)).toBe(true);
    // Two batches of three a step in each epoch
    expect(result.steps).toBe(4);
    expect(result.history.map(({ skippedBatches }) => skippedBatches)).toEqual([1, 1]);
    expect(result.history.every(({ trainLoss }) => Number.isFinite(trainLoss))).toBe(true);
    expect(told.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const { skipped, examples } of told) {
      expect(skipped).toBe('the loss is NaN');
      expect(examples).toHaveLength(8);
      expect(examples).toContain('e5');
    }
    const log = await readFile(path.join(folder, 'metrics.jsonl'), 'utf8');
    const logged = log.split('\n').filter((line) => line.includes('"skipped"'));
    expect(logged.map((line) => JSON.parse(line) as unknown)).toEqual(told);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('changes nothing: the others make the same steps as without it', async () => {
    const options = { onBadLoss: 'skip', epochs: 1, batchSize: 1, keep: 'last' } as const;
    const sgd = { ...options, optimizer: { name: 'sgd', momentum: 0 } } as const;
    // A weight of 0 takes the example out of the loss, but not of the order and of the seeds.
    const weights = new Float32Array(24).fill(1);
    weights[5] = 0;
    const parts = smallDataset(24, 1).toPlain();
    const without = await smallTraining({
      train: InMemoryDataset.fromPlain({ ...parts, weights }),
      options: sgd,
    });
    const skipped = await smallTraining({ train: oneBad, options: sgd });
    expect(skipped.result.steps).toBe(23);
    expect(without.result.steps).toBe(24);
    expect(skipped.weights).toEqual(without.weights);
  });

  it('is left out of the batches that make one step', async () => {
    const { result, weights } = await smallTraining({
      train: oneBad,
      options: { onBadLoss: 'skip', accumulate: 3 },
    });
    expect(result.steps).toBe(2);
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  it('stops training all the same after some in a row', async () => {
    const targets = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [i, Infinity]));
    const message = await messageOf(
      smallTraining({
        train: smallDataset(24, 1, targets),
        options: { onBadLoss: 'skip', maxBadBatches: 2 },
      }),
    );
    expect(message).toMatch(/step 1: the loss is (NaN|Infinity), for 2 batches in a row now, in/);
  });

  it('may be left out on resume of a training that it has stopped', async () => {
    const train = smallDataset(24, 1, { 5: NaN });
    const options = { checkpointEvery: { steps: 1 } };
    await messageOf(smallTraining({ train, folder, options }));
    if (!existsSync(path.join(folder, 'checkpoints'))) return;
    const skip = { ...options, onBadLoss: 'skip', maxBadBatches: 3 } as const;
    const resumed = await smallTraining({ train, folder, options: skip, resume: true });
    const whole = await smallTraining({ train, options: skip });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('resumes to the same weights and log as in one go', async () => {
    const options = { onBadLoss: 'skip', epochs: 3 } as const;
    const place = (name: string): string => path.join(folder, name);
    const whole = await smallTraining({ train: oneBad, options, folder: place('whole') });
    const controller = new AbortController();
    const call = { train: oneBad, options, folder: place('part') };
    const interrupted = smallTraining({
      ...call,
      signal: controller.signal,
      onSkippedBatch: () => {
        controller.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(/interrupted/);
    const resumed = await smallTraining({ ...call, resume: true });
    expect(resumed.weights).toEqual(whole.weights);
    const log = async (name: string): Promise<string> =>
      (await readFile(path.join(place(name), 'metrics.jsonl'), 'utf8')).replace(
        /"(seconds|dataSeconds|examplesPerSecond)":[\d.e+-]+/g,
        '',
      );
    expect(await log('part')).toBe(await log('whole'));
  });
});

/** A model whose batch normalisation sees a value that is not finite. */
function normalisedModel(): tfl.LayersModel {
  const input = tfl.input({ shape: [2], name: 'x' });
  const normalised = tfl.layers.batchNormalization({ name: 'norm' }).apply(input);
  const output = tfl.layers
    .dense({ name: 'out', units: 1, kernelInitializer: 'ones' })
    .apply(normalised) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs: output });
}

describe('an input that is not finite', () => {
  it('leaves no trace in the statistics of batch normalisation', async () => {
    const values = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
    values[6] = Infinity;
    const train = new InMemoryDataset({
      ids: Array.from({ length: 16 }, (_, i) => `e${String(i)}`),
      inputs: { x: { kind: 'features', shape: [2], values } },
      targetNames: ['y'],
      targets: Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
    });
    const model = normalisedModel();
    const result = await trainModel({
      model,
      train,
      options: { epochs: 2, batchSize: 4, onBadLoss: 'skip' },
    });
    expect(result.history[0]!.skippedBatches).toBe(1);
    for (const [name, { data }] of Object.entries(await readWeights(model))) {
      expect([...data].every(Number.isFinite), name).toBe(true);
    }
    const message = await messageOf(
      trainModel({ model, train, options: { epochs: 2, batchSize: 4 } }),
    );
    expect(message).toMatch(/not finite are e3 \(input 'x'\)/);
    model.dispose();
  });
});

describe('a gradient that explodes', () => {
  it('is told from its norm, before it reaches the weights', async () => {
    const train = smallDataset(24, 1, { 5: 1e25 });
    const message = await messageOf(smallTraining({ train }));
    expect(message).toMatch(/the loss is Infinity|the norm of the gradient is Infinity/);
    const outlier = smallDataset(24, 1, { 5: 1e6 });
    const options = { maxGradientNorm: 1e3 };
    expect(await messageOf(smallTraining({ train: outlier, options }))).toMatch(
      /the norm of the gradient is [\d.e+]+, above maxGradientNorm 1000, in the batch of .*\. Lower learningRate, or set clip, or leave/,
    );
    const skipping = { ...options, onBadLoss: 'skip' } as const;
    const { result } = await smallTraining({ train: outlier, options: skipping });
    expect(result.history.map(({ skippedBatches }) => skippedBatches)).toEqual([1, 1]);
  });
});
