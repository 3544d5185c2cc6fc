import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { Dataset, Example } from '../../../kernel-lib/src/datasets/dataset.ts';
import { intervalDataset } from '../../../kernel-lib/src/datasets/interval-dataset.ts';
import { SequenceConv1D } from '../../../kernel-lib/src/layers/sequence-conv1d.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { tellWaits } from '../../../kernel-lib/src/training/tell-waits.ts';
import { trainModel } from '../../../kernel-lib/src/training/train-model.ts';
import * as tfl from '@tensorflow/tfjs-layers';
import { repository } from '../formats/helpers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tatabox-streamed-'));
beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const length = 40;

async function yeastWindows() {
  const random = new Random(3);
  const intervals = Array.from({ length: 24 }, () => {
    const start = random.integer(200_000);
    return { chrom: 'chrI', start, end: start + length };
  });
  return intervalDataset({
    genome: `${repository}notebooks/data/yeast_R64/sacCer3.fa.gz`,
    intervals,
    maxShift: 4,
    reverseComplement: true,
    targetNames: ['y'],
    targets: Float32Array.from(intervals, ({ start }) => (start % 7) / 7),
  });
}

/** The same examples, made one by one when they are wanted. */
function withoutReadingAhead(dataset: Dataset): Dataset {
  const { length, inputs, targetNames, ids } = dataset;
  return {
    length,
    inputs,
    targetNames,
    ids,
    example: (index, random) => dataset.example(index, random),
    subset: (indices) => withoutReadingAhead(dataset.subset(indices)),
  };
}

/** Whose third call of `examples` fails, as a disk does. */
function failing(dataset: Dataset): Dataset {
  let calls = 0;
  return {
    ...withoutReadingAhead(dataset),
    examples: async (indices, random): Promise<Example[]> => {
      calls += 1;
      if (calls === 3) throw new Error('the disk is gone');
      return (await dataset.examples?.(indices, random)) ?? [];
    },
  };
}

function smallModel(): tfl.LayersModel {
  const input = tfl.input({ shape: [length], dtype: 'int32', name: 'sequence' });
  const kernelInitializer = tfl.initializers.glorotUniform({ seed: 1 });
  const convolution = new SequenceConv1D({
    filters: 3,
    kernelSize: 5,
    name: 'conv',
    kernelInitializer,
  });
  const pooled = tfl.layers
    .globalMaxPooling1d({})
    .apply(convolution.apply(input)) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 1, kernelInitializer, name: 'out' }).apply(pooled);
  return tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
}

const options = { epochs: 3, batchSize: 5, seed: 1 };

describe('training on a streamed dataset', () => {
  it('ends with the same weights with and without reading ahead, and keeps no tensor', async () => {
    const streamed = await yeastWindows();
    const train = async (dataset: Dataset) => {
      const model = smallModel();
      const { history } = await trainModel({ model, train: dataset, validation: dataset, options });
      const weights = await readWeights(model);
      model.dispose();
      return {
        losses: history.map(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]),
        weights,
      };
    };
    const before = tf.memory().numTensors;
    const ahead = await train(streamed);
    expect(ahead).toEqual(await train(withoutReadingAhead(streamed)));
    expect(tf.memory().numTensors).toBe(before);
    streamed.close();
  });

  it('tells how long it waited for data', async () => {
    const streamed = await yeastWindows();
    const slow: Dataset = {
      ...withoutReadingAhead(streamed),
      examples: async (indices, random) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return streamed.examples(indices, random);
      },
    };
    const model = smallModel();
    const result = await trainModel({ model, train: slow, options: { ...options, epochs: 1 } });
    const [record] = result.history;
    expect(record!.dataSeconds).toBeGreaterThan(0.025);
    expect(record!.dataSeconds).toBeLessThan(record!.seconds);
    model.dispose();
    streamed.close();
  });

  it('stops on an error of the disk and on a signal without keeping a tensor', async () => {
    const streamed = await yeastWindows();
    const model = smallModel();
    const before = tf.memory().numTensors;
    await expect(trainModel({ model, train: failing(streamed), options })).rejects.toThrow(
      /the disk is gone/,
    );
    expect(tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    const progress = () => {
      controller.abort();
    };
    await expect(
      trainModel({ model, train: streamed, options, signal: controller.signal, progress }),
    ).rejects.toThrow(/interrupted in epoch 1 after 1 steps/);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    streamed.close();
  });
});

describe('tellWaits', () => {
  it('passes on all items and ends its source when it is left', async () => {
    let ended = 0;
    async function* source() {
      try {
        for (let i = 0; i < 3; i++) yield await Promise.resolve(i);
      } finally {
        ended += 1;
      }
    }
    const waits: number[] = [];
    const seen: number[] = [];
    for await (const item of tellWaits(source(), (seconds) => waits.push(seconds))) seen.push(item);
    expect(seen).toEqual([0, 1, 2]);
    expect(waits).toHaveLength(4);
    for await (const item of tellWaits(source(), () => undefined)) {
      expect(item).toBe(0);
      break;
    }
    expect(ended).toBe(2);
  });
});
