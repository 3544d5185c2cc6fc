import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { readWeights, writeWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import {
  promoterRegions,
  promoterRegionsConfigSchema,
} from '../../../kernel-lib/src/models/promoter-regions.ts';

const small = promoterRegionsConfigSchema.parse({
  length: 120,
  regions: [
    {
      name: 'left',
      start: 3,
      end: 63,
      filters: 8,
      pool: 10,
      second: { filters: 5, width: 3, pool: 2 },
    },
    {
      name: 'right',
      start: 60,
      end: 120,
      filters: 7,
      pool: 15,
      pooling: 'mean',
      phases: 3,
      second: { filters: 6, width: 3, pool: 2 },
    },
  ],
  features: ['a', 'b'],
});

function sequences(batch: number): { tokens: tf.Tensor2D; oneHot: tf.Tensor3D } {
  const random = new Random(3);
  const values = Int32Array.from({ length: batch * 120 }, () => random.integer(4));
  return {
    tokens: tf.tensor2d(values, [batch, 120], 'int32'),
    oneHot: tf.cast(
      tf.oneHot(tf.tensor2d(values, [batch, 120], 'int32'), 4),
      'float32',
    ) as tf.Tensor3D,
  };
}

describe('promoter-regions', () => {
  it.each(['wasm', 'cpu'] as const)(
    'gives equal outputs for tokens and one-hot after training steps on %s',
    async (backend) => {
      await useBackend(backend);
      const { tokens, oneHot } = sequences(6);
      const features = tf.tensor2d(
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        [6, 2],
      );
      const model = promoterRegions.build(small, { seed: 2 });
      // The first forward pass of training measures the standardisation.
      (model.apply([tokens, features], { training: true }) as tf.Tensor).dispose();
      const weights = await readWeights(model);
      expect(weights['left_standardisation_1/measured']!.data[0]).toBe(1);
      const noisy: typeof weights = Object.fromEntries(
        Object.entries(weights).map(([name, { shape, data }]) => [
          name,
          { shape, data: name === 'dense_2/kernel' ? data.map((_, i) => Math.cos(i)) : data },
        ]),
      );
      const twin = promoterRegions.build(small, { sequenceInput: 'one-hot' });
      writeWeights(model, noisy, 'test');
      writeWeights(twin, noisy, 'test');
      const a = (model.apply([tokens, features]) as tf.Tensor).dataSync();
      const b = (twin.apply([oneHot, features]) as tf.Tensor).dataSync();
      a.forEach((value, i) => {
        expect(value).toBeCloseTo(b[i]!, 5);
      });
      expect(new Set(a).size).toBeGreaterThan(1);
    },
  );

  it('starts at the mean of the target', async () => {
    await useBackend('cpu');
    const { tokens } = sequences(2);
    const model = promoterRegions.build({ ...small, features: [] }, { seed: 1 });
    expect([...(model.apply(tokens) as tf.Tensor).dataSync()]).toEqual([0, 0]);
  });

  it('has 144,069 weights for yeast promoters with six features', async () => {
    await useBackend('cpu');
    expect(promoterRegions.build(promoterRegions.presets['yeast-1500']!).countParams()).toBe(
      144_069,
    );
  });
});
