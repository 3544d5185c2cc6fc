import { describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { namedVariables, readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { xpresso, xpressoConfigSchema } from '../../../kernel-lib/src/models/xpresso.ts';

const features = Array.from({ length: 8 }, (_, i) => `feature_${i}`);

describe('xpresso', () => {
  it.each([
    // Parameter counts of the original Keras networks.
    { length: 10_500, features, parameters: 112_485 },
    { length: 10_000, features, parameters: 108_389 },
    { length: 10_500, features: [], parameters: 111_973 },
    { length: 10_500, features: features.slice(0, 6), parameters: 112_357 },
  ])('has $parameters parameters for $length bases', async ({ parameters, ...config }) => {
    await useBackend('cpu');
    const model = xpresso.build(xpressoConfigSchema.parse(config));
    expect(model.countParams()).toBe(parameters);
    model.dispose();
  });

  it('builds the same weights from one seed and others from another', async () => {
    await useBackend('cpu');
    const config = xpresso.presets['promoter-1500']!;
    const weights = async (seed: number) => {
      const model = xpresso.build(config, { seed });
      const values = await readWeights(model);
      model.dispose();
      return values['conv1d_2/kernel']!.data;
    };
    expect(await weights(1)).toEqual(await weights(1));
    expect(await weights(1)).not.toEqual(await weights(2));
  });

  it('names its weights like the original, in the twin for one-hot input too', async () => {
    await useBackend('cpu');
    const config = xpresso.presets['human']!;
    const original = xpresso.originalWeightNames(config);
    for (const sequenceInput of ['tokens', 'one-hot'] as const) {
      const model = xpresso.build(config, { sequenceInput });
      expect([...namedVariables(model).keys()].sort()).toEqual(Object.keys(original).sort());
      model.dispose();
    }
    expect(original['conv1d_1/kernel']).toBe('conv1d_1/kernel:0');
  });

  it('leaves no tensor behind', async () => {
    await useBackend('cpu');
    const before = tf.memory().numTensors;
    xpresso.build(xpresso.presets['promoter-1500']!).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a misspelt key', () => {
    expect(xpressoConfigSchema.safeParse({ length: 10, densse: [] }).success).toBe(false);
  });
});
