import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { FirstPosition } from '../../../kernel-lib/src/layers/first-position.ts';
import { HidePadding } from '../../../kernel-lib/src/layers/hide-padding.ts';
import {
  TokenDropoutEmbedding,
  tokenDropoutFactors,
} from '../../../kernel-lib/src/layers/token-dropout-embedding.ts';
import { checkGradients, normalTensor } from './check-gradients.ts';

const options = { name: 'embeddings', vocabularySize: 7, size: 3, padding: 1 };
const ids = [
  [0, 4, 6, 5, 2, 1],
  [0, 6, 6, 4, 5, 2],
  [0, 4, 4, 5, 5, 2],
];

beforeAll(async () => {
  await useBackend('wasm');
  expect(tfl.version_layers).toBeDefined();
});

describe('tokenDropoutFactors', () => {
  it('drop masked tokens and rescale the others by their fraction', () => {
    const factors = tokenDropoutFactors(tf.tensor2d(ids, undefined, 'int32'), 1, 6).dataSync();
    // 1 of 5, 2 of 6, none
    const expected = [0.88 / (1 - 1 / 5), 0.88 / (1 - 2 / 6), 0.88];
    factors.forEach((factor, i) => {
      const row = Math.floor(i / 6);
      expect(factor).toBeCloseTo(ids[row]![i % 6] === 6 ? 0 : expected[row]!, 5);
    });
  });

  it('are finite where all tokens are masked, or there are none', () => {
    const empty = tf.tensor2d([6, 6, 1, 1], [2, 2], 'int32');
    const factors = tokenDropoutFactors(empty, 1, 6).dataSync();
    expect(factors.every(Number.isFinite)).toBe(true);
    expect([...factors.slice(0, 2)]).toEqual([0, 0]);
  });
});

describe('TokenDropoutEmbedding', () => {
  it('looks tokens up, drops masked ones and adds positions', () => {
    const layer = new TokenDropoutEmbedding({ ...options, maskToken: 6, positions: 9, seed: 2 });
    const tokens = tf.tensor2d(ids, undefined, 'int32');
    const found = (layer.apply(tokens) as tf.Tensor3D).arraySync();
    const [table, positions] = layer.getWeights().map((each) => each.arraySync() as number[][]);
    const factors = tokenDropoutFactors(tokens, 1, 6).arraySync();
    ids.forEach((row, i) => {
      let position = 1;
      row.forEach((id, at) => {
        const place = id === 1 ? 1 : ++position;
        found[i]![at]!.forEach((value, k) => {
          const expected = table![id]![k]! * factors[i]![at]![0]! + positions![place]![k]!;
          expect(value).toBeCloseTo(expected, 5);
        });
      });
    });
    expect(() => layer.computeOutputShape([null, 8])).toThrow(/8 tokens.*at most 7/s);
  });

  it('gives no gradient to masked tokens and padding', () => {
    const layer = new TokenDropoutEmbedding({ ...options, maskToken: 6 });
    const tokens = tf.tensor2d(ids, undefined, 'int32');
    layer.apply(tokens);
    const table = layer.trainableWeights[0]!.read() as tf.Variable;
    const { grads } = tf.variableGrads(() => tf.sum(layer.apply(tokens) as tf.Tensor), [table]);
    const rows = (grads[table.name] as tf.Tensor2D).arraySync().map(([first]) => first!);
    expect(rows[1]).toBe(0);
    expect(rows[3]).toBe(0);
    expect(rows[6]).toBe(0);
    expect(rows[5]).toBeCloseTo(1.1 + 1.32 + 2 * 0.88, 4);
  });

  it('takes embeddings from outside, with gradients', () => {
    const layer = new TokenDropoutEmbedding({ ...options, maskToken: 6 });
    const tokens = tf.tensor2d(ids, undefined, 'int32');
    const table = (layer.apply(tokens), layer.tokenTable);
    const given = tf.gather(table, tokens);
    const [own, outside] = [layer.apply(tokens), layer.apply([tokens, given])] as tf.Tensor[];
    expect([...outside!.dataSync()]).toEqual([...own!.dataSync()]);
    checkGradients((x) => layer.apply([tokens, x]) as tf.Tensor, [given]);
  });

  it.each([
    [{ size: 0 }, /size 0.*at least 1/s],
    [{ vocabularySize: 2.5 }, /vocabularySize 2\.5/],
    [{ maskToken: -1 }, /maskToken -1/],
    [{ positions: NaN }, /positions NaN/],
  ])('refuses %j', (over, message) => {
    expect(() => new TokenDropoutEmbedding({ ...options, ...over })).toThrow(message);
  });
});

describe('layers around it', () => {
  it('HidePadding sets padding to zero, with the right gradient', () => {
    const layer = new HidePadding({ name: 'hide' });
    const mask = tf.tensor2d([1, 1, 0, 1, 0, 0], [2, 3], 'int32');
    const hidden = normalTensor([2, 3, 2], 1);
    const found = (layer.apply([hidden, mask]) as tf.Tensor).dataSync();
    const given = hidden.dataSync();
    const visible = mask.dataSync();
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(given[i]! * visible[Math.floor(i / 2)]!, 6);
    });
    checkGradients((x) => layer.apply([x, mask]) as tf.Tensor, [hidden]);
  });

  it('FirstPosition takes the state of the first token, with the right gradient', () => {
    const layer = new FirstPosition({ name: 'first' });
    const hidden = normalTensor([2, 3, 2], 1);
    const first = layer.apply(hidden) as tf.Tensor;
    expect(first.shape).toEqual([2, 2]);
    expect([...first.dataSync()]).toEqual([0, 1, 6, 7].map((i) => hidden.dataSync()[i]));
    checkGradients((x) => layer.apply(x) as tf.Tensor, [hidden]);
  });
});
