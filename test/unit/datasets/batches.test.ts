import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { batches, disposeBatch } from '../../../kernel-lib/src/datasets/batches.ts';
import type { BatchOptions } from '../../../kernel-lib/src/datasets/batches.ts';
import type { Dataset } from '../../../kernel-lib/src/datasets/dataset.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Five examples whose augmentation adds a random token. */
function dataset(weights?: number[]): Dataset {
  return {
    length: 5,
    inputs: {
      sequence: { kind: 'tokens', shape: [3] },
      features: { kind: 'features', shape: [2] },
    },
    targetNames: ['y'],
    ids: ['a', 'b', 'c', 'd', 'e'],
    example: (index, random) => ({
      id: 'abcde'.charAt(index),
      inputs: {
        sequence: Uint8Array.from([index, random?.integer(1000) ?? 0, 4]),
        features: Float32Array.from([index / 2, -index]),
      },
      target: Float32Array.from([index * 10]),
      weight: weights?.[index],
    }),
    subset: () => dataset(weights),
  };
}

interface Collected {
  sequence: number[][];
  features: number[][];
  targets: number[];
  weights: number[] | undefined;
  totalWeight: number;
  indices: number[];
}

async function collect(source: Dataset, options: BatchOptions): Promise<Collected[]> {
  const before = tf.memory().numTensors;
  const all: Collected[] = [];
  for await (const batch of batches(source, {
    inputNames: ['features', 'sequence'],
    ...options,
  })) {
    const [features, sequence] = batch.inputs;
    expect(sequence!.dtype).toBe('int32');
    expect(features!.dtype).toBe('float32');
    all.push({
      sequence: sequence!.arraySync() as number[][],
      features: features!.arraySync() as number[][],
      targets: [...batch.targets!.dataSync()],
      weights: batch.weights && [...batch.weights.dataSync()],
      totalWeight: batch.totalWeight,
      indices: [...batch.indices],
    });
    disposeBatch(batch);
  }
  expect(tf.memory().numTensors).toBe(before);
  return all;
}

describe('batches', () => {
  it('come in the given order, the last one smaller', async () => {
    const order = Uint32Array.from([4, 2, 0, 1, 3]);
    const all = await collect(dataset(), { size: 2, order });
    expect(all.map(({ indices }) => indices)).toEqual([[4, 2], [0, 1], [3]]);
    expect(all[0]).toMatchObject({
      sequence: [
        [4, 0, 4],
        [2, 0, 4],
      ],
      features: [
        [2, -4],
        [1, -2],
      ],
      targets: [40, 20],
      weights: undefined,
      totalWeight: 2,
    });
    expect(await collect(dataset(), { size: 2, order, dropLast: true })).toHaveLength(2);
    expect(await collect(dataset(), { size: 10 })).toHaveLength(1);
  });

  it('carry weights', async () => {
    const all = await collect(dataset([1, 2, 0.5, 0, 3]), { size: 3 });
    expect(all[0]!.weights).toEqual([1, 2, 0.5]);
    expect(all[0]!.totalWeight).toBe(3.5);
    expect(all[1]!.totalWeight).toBe(3);
  });

  it('augment an example the same way whatever the batch size and the beginning', async () => {
    const draw = async (options: BatchOptions) => {
      const drawn = new Map<number, number>();
      const all = await collect(dataset(), { ...options, random: new Random(3).derive(7) });
      for (const { indices, sequence } of all)
        indices.forEach((index, row) => drawn.set(index, sequence[row]![1]!));
      return drawn;
    };
    const whole = await draw({ size: 5 });
    expect(new Set(whole.values()).size).toBe(5);
    expect(await draw({ size: 2 })).toEqual(whole);
    const rest = await draw({ size: 2, order: Uint32Array.from([3, 4]) });
    expect(rest.get(4)).toBe(whole.get(4));
  });

  it('tell what is wrong', async () => {
    await expect(collect(dataset(), { size: 0 })).rejects.toThrow(/size: 0/);
    await expect(collect(dataset(), { size: 1, inputNames: ['sequenze'] })).rejects.toThrow(
      /no input 'sequenze'.*Did you mean 'sequence'\?/,
    );
    const wrong = dataset();
    const short: Dataset = {
      ...wrong,
      inputs: { ...wrong.inputs, sequence: { kind: 'tokens', shape: [4] } },
    };
    await expect(collect(short, { size: 2 })).rejects.toThrow(
      /example 'a', input 'sequence': 3 values; expected 4/,
    );
  });
});
