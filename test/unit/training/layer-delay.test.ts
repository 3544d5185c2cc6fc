import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { layerDelay } from '../../../kernel-lib/src/training/layer-delay.ts';
import { trainModel } from '../../../kernel-lib/src/training/train-model.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('layerDelay', () => {
  it('starts layers from the output back, each at half the rate of the one behind it', () => {
    const weights = ['a/kernel', 'a/bias', 'b/kernel', 'c/kernel'].map((name) => ({ name }));
    const factors = layerDelay(weights, { steps: 10, factor: 0.5, warmupSteps: 4 });
    expect(factors(0)).toEqual([0, 0, 0, 0]);
    expect(factors(2)).toEqual([0, 0, 0, 0.5]);
    expect(factors(12)).toEqual([0, 0, 0.25, 1]);
    expect(factors(22)).toEqual([0.125, 0.125, 0.5, 1]);
    expect(factors(1000)).toEqual([0.25, 0.25, 0.5, 1]);
  });

  it('keeps a layer as it is until its turn, in training', async () => {
    const input = tfl.input({ name: 'x', shape: [2] });
    const hidden = tfl.layers.dense({ name: 'first', units: 3 }).apply(input);
    const output = tfl.layers.dense({ name: 'last', units: 1 }).apply(hidden);
    const model = tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
    const train = new InMemoryDataset({
      ids: ['a', 'b', 'c', 'd'],
      inputs: {
        x: { kind: 'features', shape: [2], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      },
      targetNames: ['y'],
      targets: Float32Array.of(1, 2, 3, 4),
    });
    const before = await readWeights(model);
    const options = { batchSize: 4, optimizer: 'adam', layerDelay: { steps: 3 } } as const;
    await trainModel({ model, train, options: { ...options, epochs: 3 } });
    const after = await readWeights(model);
    expect(after['first/kernel']).toEqual(before['first/kernel']);
    expect(after['last/kernel']).not.toEqual(before['last/kernel']);
    await trainModel({ model, train, options: { ...options, epochs: 5 } });
    expect((await readWeights(model))['first/kernel']).not.toEqual(before['first/kernel']);
    model.dispose();
    expect(tf.memory().numTensors).toBeLessThan(50);
  });
});
