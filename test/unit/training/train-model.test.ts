import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { ProgressEvent } from '../../../kernel-lib/src/core/progress.ts';
import type { Dataset } from '../../../kernel-lib/src/datasets/dataset.ts';
import { readSafetensors } from '../../../kernel-lib/src/formats/safetensors.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { SeededDropout } from '../../../kernel-lib/src/layers/seeded-dropout.ts';
import { trainModel } from '../../../kernel-lib/src/training/train-model.ts';
import type { TrainModelOptions } from '../../../kernel-lib/src/training/training-call.ts';
import { readMetrics } from '../../../kernel-lib/src/training/training-log.ts';
import type { TrainingOptionsInput } from '../../../kernel-lib/src/training/training-options.ts';

/** Examples y = x·w + noise; with a generator a little noise is added to x. */
function linear(length: number, seed: number, weights = false): Dataset {
  const random = new Random(seed);
  const rows = Array.from({ length }, () => {
    const x = Float32Array.from({ length: 3 }, () => random.normal());
    return { x, y: x[0]! - 2 * x[1]! + 0.5 * x[2]! + 0.1 * random.normal() };
  });
  return {
    length,
    inputs: { x: { kind: 'features', shape: [3] } },
    targetNames: ['y'],
    ids: rows.map((_, i) => `e${String(i)}`),
    example: (index, augment) => {
      const { x, y } = rows[index]!;
      return {
        id: `e${String(index)}`,
        inputs: { x: augment ? x.map((value) => value + 0.01 * augment.normal()) : x },
        target: Float32Array.from([y]),
        ...(weights ? { weight: 1 + (index % 3) } : {}),
      };
    },
    subset: () => linear(length, seed, weights),
  };
}

interface Parts {
  dropout?: 'seeded' | 'stock';
  batchNormalization?: boolean;
  regularizer?: boolean;
}

function buildModel({ dropout, batchNormalization, regularizer }: Parts = {}): tfl.LayersModel {
  const input = tfl.input({ shape: [3], name: 'x' });
  let hidden = tfl.layers
    .dense({
      name: 'hidden',
      units: 8,
      activation: 'tanh',
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 3 }),
      kernelRegularizer: regularizer ? tfl.regularizers.l2({ l2: 0.5 }) : undefined,
    })
    .apply(input) as tfl.SymbolicTensor;
  if (batchNormalization) {
    hidden = tfl.layers.batchNormalization({ name: 'norm' }).apply(hidden) as tfl.SymbolicTensor;
  }
  if (dropout === 'seeded') {
    hidden = new SeededDropout({ name: 'drop', rate: 0.2, seed: 5 }).apply(
      hidden,
    ) as tfl.SymbolicTensor;
  } else if (dropout === 'stock') {
    hidden = tfl.layers.dropout({ name: 'drop', rate: 0.2 }).apply(hidden) as tfl.SymbolicTensor;
  }
  const output = tfl.layers
    .dense({
      name: 'output',
      units: 1,
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 4 }),
    })
    .apply(hidden) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs: output });
}

async function weightsAfter(
  call: Omit<TrainModelOptions, 'model' | 'train'> & { train?: Dataset },
  parts: Parts = {},
) {
  const model = buildModel(parts);
  const result = await trainModel({ train: linear(50, 1), ...call, model });
  const weights = await readWeights(model);
  const flat = Object.values(weights).flatMap(({ data }) => [...data]);
  model.dispose();
  return { result, weights, flat };
}

/** Stops after some optimizer steps, as an interrupt by the user does. */
function abortAfter(steps: number) {
  const controller = new AbortController();
  let seen = 0;
  return {
    signal: controller.signal,
    progress: () => {
      seen += 1;
      if (seen === steps) controller.abort();
    },
  };
}

async function metricsWithoutTimings(folder: string) {
  const text = await readFile(path.join(folder, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({
      ...(JSON.parse(line) as object),
      seconds: undefined,
      dataSeconds: undefined,
      examplesPerSecond: undefined,
    }));
}

let folder: string;

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-training-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const validation = linear(30, 2);

describe('trainModel', () => {
  it('learns, keeps the best weights and leaks nothing', async () => {
    const model = buildModel({ dropout: 'seeded', batchNormalization: true });
    const train = linear(50, 1);
    const before = tf.memory().numTensors;
    const result = await trainModel({
      model,
      train,
      validation,
      options: {
        epochs: 30,
        batchSize: 8,
        learningRate: 0.02,
        clip: { globalNorm: 1 },
        accumulate: 2,
        ema: { decay: 0.9 },
      },
      folder,
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ epochs: 30, steps: 120, stoppedEarly: false });
    expect(result.best!.validationPearson).toBeGreaterThan(0.9);
    const losses = result.history.map(({ validationLoss }) => validationLoss!);
    expect(result.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(await readMetrics(path.join(folder, 'metrics.jsonl'))).toEqual(result.history);
    const best = await readSafetensors(path.join(folder, 'checkpoints', 'best.safetensors'));
    for (const [name, { data }] of Object.entries(await readWeights(model))) {
      expect(best.tensors.get(name)!.data).toEqual(data);
    }
    // the kept weights give the loss that the history tells
    const mse = tf.tidy(() => {
      const x = tf.tensor2d(
        Array.from({ length: 30 }, (_, i) => [...validation.example(i).inputs['x']!]),
      );
      const y = tf.tensor2d(
        Array.from({ length: 30 }, (_, i) => [...validation.example(i).target!]),
      );
      return tf.mean(tf.squaredDifference(model.predict(x) as tf.Tensor, y)).dataSync()[0]!;
    });
    expect(mse).toBeCloseTo(result.best!.validationLoss!, 5);
    model.dispose();
  });

  it('gives equal weights for equal seeds and others for another seed', async () => {
    const run = async (seed: number) =>
      (await weightsAfter({ options: { epochs: 3, seed } }, { dropout: 'stock' })).flat;
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it.each<[string, TrainingOptionsInput, Parts]>([
    ['seeded dropout and Adam', { optimizer: 'adam' }, { dropout: 'seeded' }],
    [
      'stock dropout, accumulation, a moving average and step checkpoints',
      {
        optimizer: { name: 'sgd', momentum: 0.9 },
        ema: { decay: 0.9 },
        accumulate: 2,
        checkpointEvery: { steps: 3 },
        logEvery: 2,
      },
      { dropout: 'stock' },
    ],
    [
      'batch normalisation and LAMB on a plateau, the last weights kept',
      { optimizer: 'lamb', schedule: { name: 'plateau', patience: 0 }, keep: 'last', ema: {} },
      { batchNormalization: true },
    ],
  ])('resumes exactly: %s', async (_, options, parts) => {
    const call = {
      validation,
      options: { epochs: 4, batchSize: 8, learningRate: 0.05, ...options },
    };
    const whole = await weightsAfter({ ...call, folder: path.join(folder, 'whole') }, parts);
    for (const batches of [4, 7, 13]) {
      const part = path.join(folder, String(batches));
      await expect(
        weightsAfter({ ...call, folder: part, ...abortAfter(batches) }, parts),
      ).rejects.toThrow(/interrupted in epoch .*Set resume to go on from there/);
      const resumed = await weightsAfter({ ...call, folder: part, resume: true }, parts);
      expect(resumed.flat).toEqual(whole.flat);
      expect(resumed.result.bestEpoch).toBe(whole.result.bestEpoch);
      expect(await metricsWithoutTimings(part)).toEqual(
        await metricsWithoutTimings(path.join(folder, 'whole')),
      );
    }
    tf.disposeVariables();
  });

  it('returns at once when the training was finished, with the kept weights', async () => {
    const call = { validation, options: { epochs: 2 }, folder };
    const first = await weightsAfter(call);
    const again = await weightsAfter({ ...call, resume: true });
    expect(again.flat).toEqual(first.flat);
    expect(again.result).toEqual(first.result);
  });

  it('refuses a folder in use and another training', async () => {
    const call = { options: { epochs: 2 }, folder };
    await weightsAfter(call);
    await expect(weightsAfter(call)).rejects.toThrow(/a training that was begun before/);
    await expect(weightsAfter({ ...call, options: { epochs: 3 }, resume: true })).rejects.toThrow(
      /option epochs was 2, is 3/,
    );
    await expect(weightsAfter({ ...call, train: linear(40, 1), resume: true })).rejects.toThrow(
      /training examples was 50 .*, is 40/,
    );
    tf.disposeVariables();
  });

  it('clears away what a training left that was killed before its first checkpoint', async () => {
    const stale = path.join(folder, 'events.out.tfevents.1000000000.tatabox');
    await writeFile(stale, 'stale');
    await writeFile(path.join(folder, 'metrics.jsonl'), '{"epoch":1,"trainL');
    await mkdir(path.join(folder, 'checkpoints'));
    await writeFile(path.join(folder, 'checkpoints', '.last.safetensors.0a1b2c.tmp'), 'half');
    await weightsAfter({ options: { epochs: 1 }, folder, resume: true });
    expect(await readMetrics(path.join(folder, 'metrics.jsonl'))).toHaveLength(1);
    expect(existsSync(stale)).toBe(false);
    expect(await readdir(path.join(folder, 'checkpoints'))).toEqual(['last.safetensors']);
  });

  it('writes the log anew from the history where it was lost', async () => {
    const options = { epochs: 3, checkpointEvery: { epochs: 1 } };
    const call = { options, folder };
    await expect(weightsAfter({ ...call, ...abortAfter(3) })).rejects.toThrow(/interrupted/);
    await rm(path.join(folder, 'metrics.jsonl'));
    const { result } = await weightsAfter({ ...call, resume: true });
    expect(await readMetrics(path.join(folder, 'metrics.jsonl'))).toEqual(result.history);
    tf.disposeVariables();
  });

  it('accumulates gradients to those of the big batch', async () => {
    // 50 examples with weights, batches of 15: the last one is smaller
    const train = linear(50, 1, true);
    const options = { epochs: 1, optimizer: 'sgd', learningRate: 0.1 } as const;
    const big = await weightsAfter({ train, options: { ...options, batchSize: 50 } });
    const small = await weightsAfter({
      train,
      options: { ...options, batchSize: 15, accumulate: 4 },
    });
    expect(small.result.steps).toBe(1);
    small.flat.forEach((value, i) => {
      expect(value).toBeCloseTo(big.flat[i]!, 6);
    });
    expect(small.result.history[0]!.trainLoss).toBeCloseTo(big.result.history[0]!.trainLoss, 5);
  });

  it('stops early and ends with the best weights', async () => {
    const { result } = await weightsAfter({
      validation,
      options: {
        epochs: 50,
        learningRate: 1e-9,
        monitor: 'pearson',
        earlyStopping: { patience: 2, minEpochs: 5, minDelta: 0.1 },
      },
    });
    expect(result).toMatchObject({ stoppedEarly: true, epochs: 5 });
  });

  it('freezes layers by name, batch normalisation with its statistics', async () => {
    const before = buildModel({ batchNormalization: true });
    const start = await readWeights(before);
    before.dispose();
    const { weights } = await weightsAfter(
      { options: { epochs: 2, freeze: ['hid*', 'norm'] } },
      { batchNormalization: true },
    );
    for (const [name, { data }] of Object.entries(weights)) {
      if (name.startsWith('output/')) expect(data).not.toEqual(start[name]!.data);
      else expect(data, name).toEqual(start[name]!.data);
    }
    await expect(weightsAfter({ options: { freeze: ['hiden'] } })).rejects.toThrow(
      /no layer is called 'hiden'.*Did you mean 'hidden'\?/,
    );
    tf.disposeVariables();
  });

  it('minimises the layers’ regularisation, and reports the loss without it', async () => {
    const options = { epochs: 1, batchSize: 50, optimizer: 'sgd', learningRate: 0.1 } as const;
    const plain = await weightsAfter({ options });
    const regularised = await weightsAfter({ options }, { regularizer: true });
    expect(regularised.result.history[0]!.trainLoss).toBeCloseTo(
      plain.result.history[0]!.trainLoss,
      6,
    );
    expect(regularised.weights['hidden/kernel']!.data).not.toEqual(
      plain.weights['hidden/kernel']!.data,
    );
  });

  it('validates and saves only as often as it is told', async () => {
    const { result } = await weightsAfter({
      validation,
      options: { epochs: 5, validateEvery: 2, checkpointEvery: { epochs: 5 } },
      folder,
    });
    expect(result.history.map(({ validationLoss }) => validationLoss !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
    const files = await readdir(folder);
    expect(files.filter((file) => file.startsWith('events.out.tfevents.'))).toHaveLength(1);
  });

  it('reports progress with rate and time left', async () => {
    const events: ProgressEvent[] = [];
    await weightsAfter({
      validation,
      options: { epochs: 2, batchSize: 20 },
      progress: (event) => events.push(event),
    });
    expect(events.map(({ done }) => done)).toEqual([20, 40, 50, 70, 90, 100]);
    expect(events[0]).toMatchObject({ task: 'training', total: 100, unit: 'examples' });
    expect(Object.keys(events.at(-1)!.values!)).toEqual([
      'loss',
      'validation pearson',
      'learning rate',
    ]);
    expect(events.at(-1)!.secondsLeft).toBe(0);
    expect(events[0]!.rate).toBeGreaterThan(0);
  });

  it('stops with a message when the loss is not finite', async () => {
    await expect(
      weightsAfter({ options: { epochs: 50, optimizer: 'sgd', learningRate: 1e30 } }),
    ).rejects.toThrow(/training, epoch \d+, step \d+: the loss is (NaN|Infinity)/);
    tf.disposeVariables();
  });

  it('tells what does not fit', async () => {
    await expect(weightsAfter({ options: { keep: 'best' } })).rejects.toThrow(
      /keep 'best' without validation examples/,
    );
    await expect(weightsAfter({ inputNames: ['z'] })).rejects.toThrow(/no input 'z'/);
    await expect(weightsAfter({ resume: true })).rejects.toThrow(/resume without a folder/);
    await expect(
      weightsAfter({ options: { optimiser: 'adam' } as TrainingOptionsInput }),
    ).rejects.toThrow(/Did you mean 'optimizer'\?/);
    tf.disposeVariables();
  });
});
