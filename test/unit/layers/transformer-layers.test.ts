import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { dropoutMask } from '../../../kernel-lib/src/layers/dropout-mask.ts';
import { GatherPositions } from '../../../kernel-lib/src/layers/gather-positions.ts';
import { Gelu } from '../../../kernel-lib/src/layers/gelu.ts';
import { LayerNormalisation } from '../../../kernel-lib/src/layers/layer-normalisation.ts';
import { Linear } from '../../../kernel-lib/src/layers/linear.ts';
import { MultiHeadSelfAttention } from '../../../kernel-lib/src/layers/multi-head-self-attention.ts';
import { ResidualAdd } from '../../../kernel-lib/src/layers/residual-add.ts';
import { TokenAndPositionEmbedding } from '../../../kernel-lib/src/layers/token-and-position-embedding.ts';
import { TokenScores } from '../../../kernel-lib/src/layers/token-scores.ts';
import { normalTensor } from './check-gradients.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('dropoutMask', () => {
  it('drops the wanted fraction and keeps the mean', () => {
    const mask = dropoutMask(200_001, 0.1, 5, 0);
    const dropped = mask.filter((value) => value === 0).length;
    expect(dropped / mask.length).toBeCloseTo(0.1, 2);
    expect(mask.reduce((sum, value) => sum + value, 0) / mask.length).toBeCloseTo(1, 2);
    expect(new Set(mask).size).toBe(2);
  });

  it('depends on seed and step alone, and not on the size', () => {
    const mask = dropoutMask(9001, 0.3, 1, 2);
    expect(dropoutMask(9001, 0.3, 1, 2)).toEqual(mask);
    expect(dropoutMask(20_000, 0.3, 1, 2).slice(0, 9001)).toEqual(mask);
    expect(dropoutMask(9001, 0.3, 1, 3)).not.toEqual(mask);
    expect(dropoutMask(9001, 0.3, 2, 2)).not.toEqual(mask);
  });

  it.each([-0.1, 1, NaN])('refuses the rate %d', (rate) => {
    expect(() => dropoutMask(4, rate, 0, 0)).toThrow(/in \[0, 1\)/);
  });

  it('knows the ends of the range', () => {
    expect(dropoutMask(3, 0, 0, 0)).toEqual(new Float32Array([1, 1, 1]));
    expect(dropoutMask(100, 0.9999999, 0, 0).every(Number.isFinite)).toBe(true);
  });
});

describe('MultiHeadSelfAttention', () => {
  const layer = (dropout = 0) =>
    new MultiHeadSelfAttention({
      name: 'attention',
      heads: 2,
      dropout,
      seed: 3,
      initializerRange: 1,
    });

  it('does not see hidden keys, and does not mind a row without any', () => {
    const attention = layer();
    const hidden = normalTensor([2, 4, 6], 1);
    const mask = tf.tensor2d([1, 1, 0, 1, 0, 0, 0, 0], [2, 4], 'int32');
    const result = attention.apply([hidden, mask]) as tf.Tensor3D;
    const changed = tf.tensor(
      hidden.dataSync().map((value, i) => (i >= 12 && i < 18 ? value + 5 : value)),
      [2, 4, 6],
    );
    const other = (attention.apply([changed, mask]) as tf.Tensor3D).arraySync();
    result.arraySync()[0]!.forEach((row, position) => {
      if (position !== 2) expect(other[0]![position]).toEqual(row);
    });
    expect(result.arraySync()[1]!.flat().every(Number.isFinite)).toBe(true);
    const unmasked = attention.apply(hidden) as tf.Tensor3D;
    expect(unmasked.arraySync()[0]).not.toEqual(result.arraySync()[0]);
  });

  it('drops by seed and step, in training only', () => {
    const attention = layer(0.5);
    const hidden = normalTensor([1, 4, 6], 1);
    const values = (step: number, training: boolean) => {
      attention.setTrainingStep(step);
      return (attention.apply(hidden, { training }) as tf.Tensor).arraySync();
    };
    expect(values(1, true)).toEqual(values(1, true));
    expect(values(1, true)).not.toEqual(values(2, true));
    expect(values(1, false)).toEqual(values(2, false));
  });

  it('has weights of equal names and values for equal seeds, and a config', () => {
    const [one, two] = [layer(), layer()];
    const input = normalTensor([1, 2, 6], 1);
    expect(tf.util.flatten((one.apply(input) as tf.Tensor).arraySync() as number[])).toEqual(
      tf.util.flatten((two.apply(input) as tf.Tensor).arraySync() as number[]),
    );
    expect(one.weights.map(({ originalName }) => originalName)).toEqual(
      ['query', 'key', 'value', 'output'].flatMap((part) => [
        `attention/${part}/kernel`,
        `attention/${part}/bias`,
      ]),
    );
    expect(one.getConfig()).toMatchObject({ heads: 2, dropout: 0, seed: 3, initializerRange: 1 });
  });

  it('leaks nothing', () => {
    const attention = layer(0.5);
    const hidden = normalTensor([1, 4, 6], 1);
    (attention.apply(hidden, { training: true }) as tf.Tensor).dispose();
    const before = tf.memory().numTensors;
    (attention.apply(hidden, { training: true }) as tf.Tensor).dispose();
    expect(tf.memory().numTensors).toBe(before);
    attention.dispose();
    expect(tf.memory().numTensors).toBe(before - 8);
  });

  it('refuses heads that do not divide the size', () => {
    expect(() => layer().apply(normalTensor([1, 2, 5], 1))).toThrow(/size 5 for 2 heads/);
    expect(() => new MultiHeadSelfAttention({ name: 'a', heads: 0 })).toThrow(/at least 1/);
  });
});

describe('TokenAndPositionEmbedding', () => {
  const config = { name: 'embeddings', vocabularySize: 7, positions: 6, size: 3, seed: 1 };

  it('adds token, position and type; the padding row is zero', () => {
    const layer = new TokenAndPositionEmbedding({ ...config, types: 1, padding: 1 });
    const tokens = tf.tensor2d([4, 1], [1, 2], 'int32');
    const [first, second] = (layer.apply(tokens) as tf.Tensor3D).arraySync()[0]!;
    const [ofTokens, ofPositions, ofTypes] = layer
      .getWeights()
      .map((each) => (each as tf.Tensor2D).arraySync());
    const expected = [0, 1, 2].map(
      (i) => ofTokens![4]![i]! + ofPositions![2]![i]! + ofTypes![0]![i]!,
    );
    first!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(ofTokens![1]).toEqual([0, 0, 0]);
    expect(second).toEqual(ofTypes![0]);
  });

  it('refuses more tokens than there are positions', () => {
    const input = tfl.input({ shape: [5], dtype: 'int32' });
    expect(() => new TokenAndPositionEmbedding({ ...config, padding: 1 }).apply(input)).toThrow(
      /5 tokens.*at most 4/s,
    );
    new TokenAndPositionEmbedding(config).apply(input);
  });

  it('refuses sizes that are none', () => {
    expect(() => new TokenAndPositionEmbedding({ ...config, size: 0 })).toThrow(/size 0/);
    expect(() => new TokenAndPositionEmbedding({ ...config, padding: -1 })).toThrow(/padding -1/);
  });
});

describe('the small layers', () => {
  it('refuse what they cannot be', () => {
    expect(() => new Gelu({ name: 'g', form: 'tan' as 'tanh' })).toThrow(/Did you mean 'tanh'/);
    expect(() => new Linear({ name: 'l', units: 1.5 })).toThrow(/units 1.5/);
    expect(() => new LayerNormalisation({ name: 'n', epsilon: 0 })).toThrow(/epsilon 0/);
    expect(() => new ResidualAdd({ name: 'r', dropout: 1 })).toThrow(/in \[0, 1\)/);
  });

  it('add a branch, dropped by seed and step in training', () => {
    const layer = new ResidualAdd({ name: 'r', dropout: 0.5, seed: 2 });
    const [hidden, branch] = [tf.zeros([1, 400]), tf.ones([1, 400])];
    expect((layer.apply([hidden, branch]) as tf.Tensor).dataSync()).toEqual(branch.dataSync());
    layer.setTrainingStep(4);
    const dropped = (layer.apply([hidden, branch], { training: true }) as tf.Tensor).dataSync();
    expect(new Set(dropped)).toEqual(new Set([0, 2]));
    const gradients = tf.grads((a, b) =>
      tf.sum(layer.apply([a, b], { training: true }) as tf.Tensor),
    )([hidden, branch]);
    expect(gradients[0]!.dataSync()).toEqual(branch.dataSync());
    expect(gradients[1]!.dataSync()).toEqual(dropped);
  });

  it('gather positions of each example, one of them twice', () => {
    const layer = new GatherPositions({ name: 'gather' });
    const hidden = tf.tensor3d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2]);
    const positions = tf.tensor2d([2, 2, 0, 1], [2, 2], 'int32');
    const states = layer.apply([hidden, positions]) as tf.Tensor;
    expect(states.shape).toEqual([2, 2, 2]);
    expect([...states.dataSync()]).toEqual([4, 5, 4, 5, 6, 7, 8, 9]);
    const gradient = tf.grad((each) => tf.sum(layer.apply([each, positions]) as tf.Tensor))(hidden);
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 2, 2, 1, 1, 1, 1, 0, 0]);
  });

  it('score tokens by a table of their own or a shared one', () => {
    const hidden = normalTensor([1, 2, 3], 1);
    const own = new TokenScores({ name: 'scores', vocabularySize: 7 });
    expect((own.apply(hidden) as tf.Tensor).shape).toEqual([1, 2, 7]);
    expect(own.weights.length).toBe(2);
    const embedding = new TokenAndPositionEmbedding({
      name: 'embeddings',
      vocabularySize: 7,
      positions: 6,
      size: 3,
    });
    embedding.apply(tf.tensor2d([0, 1], [1, 2], 'int32'));
    const tied = new TokenScores({ name: 'scores', vocabularySize: 7, tiedTo: embedding });
    const expected = tf.matMul(
      tf.reshape(hidden, [2, 3]),
      embedding.getWeights()[0] as tf.Tensor2D,
      false,
      true,
    );
    const scores = (tied.apply(hidden) as tf.Tensor).dataSync();
    [...expected.dataSync()].forEach((value, i) => expect(scores[i]).toBeCloseTo(value, 6));
    expect(tied.weights.length).toBe(1);
    expect(tied.getConfig()).toMatchObject({ vocabularySize: 7, tiedTo: 'embeddings' });
  });
});
