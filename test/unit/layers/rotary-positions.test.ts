import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { MultiHeadSelfAttention } from '../../../kernel-lib/src/layers/multi-head-self-attention.ts';
import {
  rotaryAngles,
  rotaryFrequencies,
  rotaryPositions,
} from '../../../kernel-lib/src/layers/rotary-positions.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../native-tensorflow.ts';
import { checkGradients, normalTensor } from './check-gradients.ts';

const backends = ['cpu', 'wasm', ...(hasNativeTensorFlow ? ['tensorflow'] : [])];

describe.each(backends)('rotary positions on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend(backend as 'cpu' | 'wasm');
    // Registers the gradients of all operations
    expect(tfl.version_layers).toBeDefined();
  });

  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it('turn each pair of values by position times frequency', () => {
    const [length, size] = [5, 6];
    const x = normalTensor([2, 3, length, size], 1);
    const found = rotaryPositions(x, rotaryAngles(length, size)).dataSync();
    const given = x.dataSync();
    found.forEach((value, i) => {
      const [at, position] = [i % size, Math.floor(i / size) % length];
      const pair = at % 3;
      const angle = position * 10_000 ** ((-2 * pair) / size);
      const first = given[i - at + pair]!;
      const second = given[i - at + pair + 3]!;
      const expected =
        at < 3
          ? first * Math.cos(angle) - second * Math.sin(angle)
          : second * Math.cos(angle) + first * Math.sin(angle);
      expect(value).toBeCloseTo(expected, 5);
    });
  });

  it('have the right gradient', () => {
    const angles = rotaryAngles(4, 6);
    checkGradients((x) => rotaryPositions(x, angles), [normalTensor([2, 2, 4, 6], 2)]);
  });

  it('make products depend on the distance alone, and keep lengths', () => {
    tf.tidy(() => {
      const angles = rotaryAngles(8, 4);
      const [query, key] = [normalTensor([1, 1, 1, 4], 3), normalTensor([1, 1, 1, 4], 4)];
      const everywhere = (x: tf.Tensor): tf.Tensor =>
        rotaryPositions(tf.tile(x, [1, 1, 8, 1]), angles);
      const products = tf
        .reshape<tf.Rank.R2>(tf.matMul(everywhere(query), everywhere(key), false, true), [8, 8])
        .arraySync();
      for (let i = 0; i < 7; i++) {
        for (let j = 0; j < 7; j++) {
          expect(products[i + 1]![j + 1]).toBeCloseTo(products[i]![j]!, 5);
        }
      }
      expect(products[0]![1]).not.toBeCloseTo(products[1]![0]!, 2);
      const norm = tf.norm(query).dataSync()[0]!;
      const norms = tf.norm(everywhere(query), 'euclidean', 3).dataSync();
      for (const each of norms) expect(each).toBeCloseTo(norm, 5);
    });
  });

  it('reach the weights of an attention layer, with the right gradient', () => {
    const attention = new MultiHeadSelfAttention({
      name: 'attention',
      heads: 2,
      rotary: true,
      initializerRange: 0.7,
    });
    const plain = new MultiHeadSelfAttention({ name: 'plain', heads: 2, initializerRange: 0.7 });
    const mask = tf.tensor2d([1, 1, 1, 0, 1, 1, 1, 1], [2, 4], 'int32');
    const hidden = normalTensor([2, 4, 8], 5);
    const call = (layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor =>
      layer.apply([x, mask]) as tf.Tensor;
    const [turned, unturned] = [call(attention, hidden), call(plain, hidden)];
    const difference = tf.max(tf.abs(tf.sub(turned, unturned))).dataSync()[0]!;
    expect(difference).toBeGreaterThan(0.01);
    checkGradients((x) => call(attention, x), [hidden]);
    // Another length asks for other angles
    const shorter = tf.slice(hidden, [0, 0, 0], [-1, 2, -1]);
    expect((attention.apply(shorter) as tf.Tensor).shape).toEqual([2, 2, 8]);
  });
});

it('rotary angles refuse odd sizes', () => {
  expect(() => rotaryAngles(4, 5)).toThrow(/size 5.*even/s);
});

it('rotary frequencies are those of PyTorch', () => {
  // 1.0 / (10000 ** (torch.arange(0, 16, 2).float() / 16))
  const expected = [1, 0.31622776, 0.1, 0.03162278, 0.01, 0.00316228, 0.001, 0.00031623];
  rotaryFrequencies(16).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 8);
  });
});
