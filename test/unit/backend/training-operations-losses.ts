// Losses of the library by their predictions.
import * as tf from '@tensorflow/tfjs-core';
import type { LossInput } from '../../../kernel-lib/src/training/loss-options.ts';
import { lossFunction } from '../../../kernel-lib/src/training/losses.ts';
import { sparseCrossEntropy } from '../../../kernel-lib/src/training/sparse-cross-entropy.ts';
import type { OperationCase } from './training-operations.ts';

const losses: [string, LossInput, positive: boolean][] = [
  ['mse', 'mse', false],
  ['mae', 'mae', false],
  ['huber', { name: 'huber', delta: 0.5 }, false],
  ['smooth-l1', 'smooth-l1', false],
  ['poisson', 'poisson', true],
  ['poisson of logarithms', { name: 'poisson', logOutput: true }, false],
  ['poisson-multinomial', 'poisson-multinomial', true],
  ['binary cross-entropy', 'binary-crossentropy', false],
  [
    'binary cross-entropy of probabilities',
    { name: 'binary-crossentropy', fromLogits: false },
    true,
  ],
  ['categorical cross-entropy', 'categorical-crossentropy', false],
];

export const lossCases: readonly OperationCase[] = [
  {
    name: 'sparse softmax cross-entropy',
    shapes: [[2, 3, 5]],
    compute: (scores) =>
      sparseCrossEntropy(tf.tensor2d([0, 4, -100, 2, 2, 1], [2, 3], 'int32'), scores as tf.Tensor),
  },
  ...losses.map(([name, loss, positive]): OperationCase => ({
    name: `loss ${name}`,
    shapes: [[2, 3, 4]],
    compute: (predictions) => {
      const targets = tf.tensor3d(
        Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 5) / 5),
        [2, 3, 4],
      );
      const scaled = name.includes('probabilities')
        ? tf.mul(predictions as tf.Tensor, 0.7)
        : (predictions as tf.Tensor);
      return lossFunction(loss)(targets, scaled);
    },
    positive,
  })),
];
