// Recurrent layers of TensorFlow.js in the library's own training, interrupted and resumed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { Dataset } from '../../../kernel-lib/src/datasets/dataset.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { trainModel } from '../../../kernel-lib/src/training/train-model.ts';
import type { TrainModelOptions } from '../../../kernel-lib/src/training/training-call.ts';

const STEPS = 4;
const FEATURES = 3;

/** The target is the difference of the first feature's first and last values. */
function sequences(length: number, seed: number): Dataset {
  const random = new Random(seed);
  const rows = Array.from({ length }, () =>
    Float32Array.from({ length: STEPS * FEATURES }, () => random.normal()),
  );
  return {
    length,
    inputs: { x: { kind: 'features', shape: [STEPS, FEATURES] } },
    targetNames: ['y'],
    ids: rows.map((_, i) => `e${String(i)}`),
    example: (index) => {
      const x = rows[index]!;
      const y = x[0]! - x[(STEPS - 1) * FEATURES]!;
      return { id: `e${String(index)}`, inputs: { x }, target: Float32Array.from([y]) };
    },
    subset: () => sequences(length, seed),
  };
}

const kernel = (seed: number) => tfl.initializers.glorotUniform({ seed });
const recurrent = (seed: number) => tfl.initializers.orthogonal({ seed, gain: 1 });

const layers: Record<string, () => tfl.layers.Layer> = {
  LSTM: () =>
    tfl.layers.lstm({
      name: 'recurrent',
      units: 6,
      kernelInitializer: kernel(1),
      recurrentInitializer: recurrent(2),
      recurrentActivation: 'sigmoid',
    }),
  GRU: () =>
    tfl.layers.gru({
      name: 'recurrent',
      units: 6,
      kernelInitializer: kernel(1),
      recurrentInitializer: recurrent(2),
      recurrentActivation: 'sigmoid',
    }),
  'bidirectional GRU': () =>
    tfl.layers.bidirectional({
      layer: tfl.layers.gru({
        name: 'one_way',
        units: 4,
        kernelInitializer: kernel(1),
        recurrentInitializer: recurrent(2),
      }) as tfl.RNN,
      name: 'recurrent',
      mergeMode: 'concat',
    }),
};

function buildModel(layer: () => tfl.layers.Layer): tfl.LayersModel {
  const input = tfl.input({ shape: [STEPS, FEATURES], name: 'x' });
  const each = tfl.layers.timeDistributed({
    layer: tfl.layers.dense({ units: 4, activation: 'tanh', kernelInitializer: kernel(3) }),
    name: 'each_step',
  });
  const hidden = layer().apply(each.apply(input)) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 1, name: 'output', kernelInitializer: kernel(4) });
  return tfl.model({ inputs: input, outputs: output.apply(hidden) as tfl.SymbolicTensor });
}

let folder: string;
beforeAll(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-recurrent-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(layers))('%s', (name, layer) => {
  it('learns, and ends with the same weights when it is interrupted and resumed', async () => {
    const before = tf.memory().numTensors;
    const train = async (more: Partial<TrainModelOptions>) => {
      const model = buildModel(layer);
      try {
        const { history } = await trainModel({
          model,
          train: sequences(48, 1),
          options: { epochs: 8, batchSize: 16, learningRate: 0.05 },
          ...more,
        });
        const weights = Object.values(await readWeights(model)).map(({ data }) => [...data]);
        return { first: history[0]!.trainLoss, last: history.at(-1)!.trainLoss, weights };
      } finally {
        model.dispose();
      }
    };
    const whole = await train({});
    expect(whole.last).toBeLessThan(0.5 * whole.first);

    const part = path.join(folder, name);
    const stop = new AbortController();
    let epochs = 0;
    await expect(
      train({
        folder: part,
        signal: stop.signal,
        onEpoch: () => {
          if (++epochs === 3) stop.abort();
        },
      }),
    ).rejects.toThrow(/interrupted/);
    const resumed = await train({ folder: part, resume: true });
    expect(resumed.weights).toEqual(whole.weights);
    expect(tf.memory().numTensors).toBe(before);
  });
});
