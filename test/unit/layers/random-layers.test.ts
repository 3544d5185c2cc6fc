import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { FixedStandardisation } from '../../../kernel-lib/src/layers/fixed-standardisation.ts';
import { SeededDropout } from '../../../kernel-lib/src/layers/seeded-dropout.ts';
import { SeededNoise } from '../../../kernel-lib/src/layers/seeded-noise.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

const apply = (
  layer: { apply(x: tf.Tensor, o?: object): unknown },
  x: tf.Tensor,
  training = true,
) => (layer.apply(x, { training }) as tf.Tensor).dataSync() as Float32Array;

describe('SeededDropout', () => {
  it('keeps the mean, differs from step to step and repeats a step', () => {
    const layer = new SeededDropout({ name: 'd', rate: 0.4, seed: 5 });
    const x = tf.ones([100, 100]);
    layer.setTrainingStep(1);
    const first = apply(layer, x);
    layer.setTrainingStep(2);
    const second = apply(layer, x);
    layer.setTrainingStep(1);
    expect(apply(layer, x)).toEqual(first);
    expect(second).not.toEqual(first);
    expect(first.filter((value) => value === 0).length / first.length).toBeCloseTo(0.4, 1);
    expect(first.reduce((sum, value) => sum + value, 0) / first.length).toBeCloseTo(1, 1);
  });

  it('does nothing in prediction', () => {
    const layer = new SeededDropout({ name: 'd', rate: 0.9, seed: 5 });
    expect([...apply(layer, tf.ones([2, 3]), false)]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('drops whole channels', () => {
    const layer = new SeededDropout({ name: 'd', rate: 0.5, seed: 1, unit: 'channels' });
    const values = apply(layer, tf.ones([4, 3, 5, 6]));
    for (let example = 0; example < 4; example++) {
      for (let channel = 0; channel < 6; channel++) {
        const seen = new Set<number>();
        for (let i = 0; i < 15; i++) seen.add(values[(example * 15 + i) * 6 + channel]!);
        expect(seen.size).toBe(1);
      }
    }
  });

  it('refuses a rate of 1', () => {
    expect(() => new SeededDropout({ name: 'd', rate: 1, seed: 1 })).toThrow('rate 1');
  });
});

describe('SeededNoise', () => {
  it('has the deviation asked for, in training only', () => {
    const layer = new SeededNoise({ name: 'n', deviation: 0.5, seed: 3 });
    const values = apply(layer, tf.zeros([100, 100]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(Math.sqrt(square)).toBeCloseTo(0.5, 1);
    expect([...apply(layer, tf.zeros([1, 2]), false)]).toEqual([0, 0]);
  });
});

describe('FixedStandardisation', () => {
  it('measures mean and deviation on the first batch and keeps them', () => {
    const layer = new FixedStandardisation({ name: 's' });
    const x = tf.tensor2d([1, 10, 3, 30, 5, 50], [3, 2]);
    const first = apply(layer, x);
    for (const channel of [0, 1]) {
      const values = [first[channel]!, first[2 + channel]!, first[4 + channel]!];
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
      expect(values[2]).toBeCloseTo(Math.sqrt(1.5), 2);
    }
    const other = apply(layer, tf.tensor2d([3, 30], [1, 2]));
    expect([...other]).toEqual([0, 0]);
  });

  it('leaves no tensor behind', () => {
    const layer = new FixedStandardisation({ name: 's' });
    const x = tf.ones([4, 3]);
    apply(layer, x);
    const before = tf.memory().numTensors;
    (layer.apply(x, { training: true }) as tf.Tensor).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
