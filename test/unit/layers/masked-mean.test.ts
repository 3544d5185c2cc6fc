import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { maskedMean } from '../../../kernel-lib/src/layers/masked-mean.ts';
import { TokenMask } from '../../../kernel-lib/src/layers/token-mask.ts';

const hidden = [
  [
    [1, 2],
    [3, 5],
    [100, -100],
  ],
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
];

describe.each(['cpu', 'wasm'] as const)('maskedMean on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it('leaves out what is hidden, and gives zeros where all is', () => {
    tf.tidy(() => {
      const mask = tf.tensor2d(
        [
          [1, 1, 0],
          [0, 0, 0],
        ],
        undefined,
        'int32',
      );
      expect(maskedMean(tf.tensor3d(hidden), mask).arraySync()).toEqual([
        [2, 3.5],
        [0, 0],
      ]);
    });
  });

  it('has the gradient of the mean, zero for what is hidden', () => {
    tf.tidy(() => {
      const mask = tf.tensor2d(
        [
          [1, 1, 0],
          [0, 0, 0],
        ],
        undefined,
        'int32',
      );
      const gradient = tf.grad((x) => tf.sum(tf.mul(maskedMean(x, mask), tf.tensor2d([[2, 4]]))));
      expect(gradient(tf.tensor3d(hidden)).arraySync()).toEqual([
        [
          [1, 2],
          [1, 2],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      ]);
    });
  });
});

describe('TokenMask', () => {
  it('is 0 for the tokens that are left out, 1 for the others', () => {
    const layer = new TokenMask({ name: 'mask', leftOut: [0, 2, 2] });
    const none = new TokenMask({ name: 'none', leftOut: [] });
    tf.tidy(() => {
      const ids = tf.tensor2d([[0, 1, 2, 3]], undefined, 'int32');
      expect((layer.apply(ids) as tf.Tensor).arraySync()).toEqual([[0, 1, 0, 1]]);
      expect((none.apply(ids) as tf.Tensor).arraySync()).toEqual([[1, 1, 1, 1]]);
    });
    expect(layer.getConfig()).toMatchObject({ leftOut: [0, 2] });
  });
});
