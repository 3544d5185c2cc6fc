import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import basenji from './basenji-losses.json' with { type: 'json' };
import florabert from '../../parity/golden/florabert/florabert_tiny_model.json' with { type: 'json' };
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import type { LossInput } from '../../../kernel-lib/src/training/loss-options.ts';
import { lossFunction } from '../../../kernel-lib/src/training/losses.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function losses(input: LossInput, y: number[][], p: number[][]): number[] {
  const before = tf.memory().numTensors;
  const targets = tf.tensor2d(y);
  const predictions = tf.tensor2d(p);
  const result = lossFunction(input)(targets, predictions);
  const values = [...result.dataSync()];
  expect(result.shape).toEqual([y.length]);
  tf.dispose([targets, predictions, result]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

const y = [
  [1, 0],
  [0.5, 2],
];
const p = [
  [0.5, 0.25],
  [3.5, 1],
];

describe('losses of each example', () => {
  // by hand: errors are (-.5, .25) and (3, -1)
  it.each<[LossInput, number[]]>([
    ['mse', [(0.25 + 0.0625) / 2, (9 + 1) / 2]],
    ['mae', [0.375, 2]],
    ['huber', [(0.125 + 0.03125) / 2, (2.5 + 0.5) / 2]],
    [{ name: 'huber', delta: 2 }, [(0.125 + 0.03125) / 2, (4 + 0.5) / 2]],
    // |e| < beta: e²/(2 beta), else |e| − beta/2
    [{ name: 'smooth-l1', beta: 0.5 }, [(0.25 + 0.0625) / 2, (2.75 + 0.75) / 2]],
    [
      { name: 'poisson', epsilon: 0 },
      [(0.5 - Math.log(0.5) + 0.25) / 2, (3.5 - 0.5 * Math.log(3.5) + 1) / 2],
    ],
    [
      { name: 'poisson', logOutput: true },
      [(Math.exp(0.5) - 0.5 + Math.exp(0.25)) / 2, (Math.exp(3.5) - 0.5 * 3.5 + Math.E - 2) / 2],
    ],
    [
      'binary-crossentropy',
      [
        (Math.log(1 + Math.exp(-0.5)) + Math.log(1 + Math.exp(0.25))) / 2,
        (Math.log(1 + Math.exp(3.5)) - 0.5 * 3.5 + Math.log(1 + Math.E) - 2) / 2,
      ],
    ],
    [
      'categorical-crossentropy',
      [
        Math.log(Math.exp(0.5) + Math.exp(0.25)) - 0.5,
        2.5 * Math.log(Math.exp(3.5) + Math.E) - 0.5 * 3.5 - 2,
      ],
    ],
  ])('%j', (input, expected) => {
    losses(input, y, p).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it('takes probabilities where the model gives them', () => {
    const probabilities = [
      [0.8, 0.2],
      [0.3, 0.7],
    ];
    const labels = [
      [1, 0],
      [1, 0],
    ];
    const binary = losses(
      { name: 'binary-crossentropy', fromLogits: false },
      labels,
      probabilities,
    );
    expect(binary[0]).toBeCloseTo(-Math.log(0.8), 5);
    expect(binary[1]).toBeCloseTo(-Math.log(0.3), 5);
    const categorical = losses(
      { name: 'categorical-crossentropy', fromLogits: false },
      labels,
      probabilities,
    );
    expect(categorical[1]).toBeCloseTo(-Math.log(0.3), 5);
  });

  it('stays finite for large logits, value and gradient', () => {
    const [far, wrong] = losses('binary-crossentropy', [[1], [0]], [[200], [200]]);
    expect(far).toBeCloseTo(0, 6);
    expect(wrong).toBeCloseTo(200, 3);
    tf.tidy(() => {
      const loss = lossFunction('binary-crossentropy');
      const gradient = tf.grad((x) => tf.sum(loss(tf.tensor2d([[1], [0], [1]]), x)));
      const values = gradient(tf.tensor2d([[200], [200], [0]])).dataSync();
      expect(values[0]).toBeCloseTo(0, 6);
      expect(values[1]).toBeCloseTo(1, 6);
      // |x| has no derivative at 0; the loss has: sigmoid(0) − 1
      expect(values[2]).toBeCloseTo(-0.5, 6);
    });
  });

  it('gives the values of Basenji', () => {
    const { targets: y, predictions: p } = basenji;
    const labels = y.map((rows) => rows.map((row) => row.map((each) => (each > 3 ? 1 : 0))));
    const probabilities = p.map((rows) => rows.map((row) => row.map((each) => each / (each + 3))));
    const cases: [LossInput, number[][][], number[][][], number][] = [
      ['mse', y, p, basenji.mse],
      ['poisson', y, p, basenji.poisson],
      ['poisson-multinomial', y, p, basenji.poissonMultinomial],
      [
        { name: 'poisson-multinomial', totalWeight: 0.2 },
        y,
        p,
        basenji['poissonMultinomialTotalWeight0.2'],
      ],
      [
        { name: 'binary-crossentropy', fromLogits: false },
        labels,
        probabilities,
        basenji.binaryCrossentropy,
      ],
    ];
    for (const [input, targets, predictions, expected] of cases) {
      tf.tidy(() => {
        const each = lossFunction(input)(tf.tensor3d(targets), tf.tensor3d(predictions));
        expect(tf.mean(each).dataSync()[0]).toBeCloseTo(expected, 5);
      });
    }
  });

  it('poisson-multinomial with weight 1 is the Poisson loss', () => {
    tf.tidy(() => {
      const targets = tf.randomUniform([2, 5, 3], 0, 5, 'float32', 1);
      const predictions = tf.randomUniform([2, 5, 3], 0.1, 5, 'float32', 2);
      const a = lossFunction('poisson-multinomial')(targets, predictions).dataSync();
      const b = lossFunction('poisson')(targets, predictions).dataSync();
      expect(a[0]).toBeCloseTo(b[0]!, 4);
      expect(a[1]).toBeCloseTo(b[1]!, 4);
    });
  });

  it('has the same values and gradients on the wasm backend', async () => {
    const inputs: LossInput[] = [
      'mse',
      'mae',
      { name: 'huber', delta: 0.5 },
      'smooth-l1',
      'poisson',
      { name: 'poisson', logOutput: true },
      'binary-crossentropy',
      { name: 'binary-crossentropy', fromLogits: false },
      'categorical-crossentropy',
      { name: 'categorical-crossentropy', fromLogits: false },
      'poisson-multinomial',
    ];
    const measure = () =>
      inputs.map((input) =>
        tf.tidy(() => {
          const targets = tf.tensor3d([0, 1, 0.2, 0.8, 0.5, 0.5], [1, 3, 2]);
          const predictions = tf.tensor3d([0.3, 0.6, 0.9, 0.2, 0.4, 0.8], [1, 3, 2]);
          const loss = tf.valueAndGrad((p) => tf.sum(lossFunction(input)(targets, p)));
          const { value, grad } = loss(predictions);
          return [...value.dataSync(), ...grad.dataSync()];
        }),
      );
    const expected = measure();
    await useBackend('wasm');
    const values = measure();
    await tf.setBackend('cpu');
    values.forEach((each, i) => {
      each.forEach((value, j) => {
        expect(value, JSON.stringify(inputs[i])).toBeCloseTo(expected[i]![j]!, 5);
      });
    });
  });

  it('tells what is wrong', () => {
    expect(() => lossFunction('mze' as 'mse')).toThrow(/unknown loss 'mze'. Did you mean 'mse'\?/);
    expect(() => lossFunction({ name: 'huber', delta: -1 })).toThrow(/delta/);
    expect(() => lossFunction('poisson-multinomial')(tf.zeros([2, 2]), tf.zeros([2, 2]))).toThrow(
      /\[batch, length, tracks\]/,
    );
  });
});

describe('losses whose targets are not the values that the model gives', () => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  it('sparse-regression is that of FloraBERT', () => {
    const { cls, reg, labels, loss } = florabert.sparse;
    const outputs = cls.map((row, index) => [...row, ...(reg[index] ?? [])]);
    const options = { name: 'sparse-regression', alpha: 0.1, threshold: 0 } as const;
    expect(mean(losses(options, labels, outputs))).toBeCloseTo(loss, 6);
    expect(lossFunction(options).targetShape?.([2, 4])).toEqual([2, 2]);
  });

  it('masked-language is the mean over the hidden tokens of an example', () => {
    const scores = [
      [
        [1, 2, 0],
        [0, 0, 3],
      ],
      [
        [5, 1, 1],
        [0, 1, 0],
      ],
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
    ];
    const labels = [
      [1, 2],
      [-100, 0],
      [-100, -100],
    ];
    const loss = lossFunction('masked-language');
    const [targets, predictions] = [tf.tensor2d(labels), tf.tensor3d(scores)];
    const crossEntropy = (row: readonly number[], label: number): number =>
      Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0)) - (row[label] ?? NaN);
    const expected = [
      (crossEntropy([1, 2, 0], 1) + crossEntropy([0, 0, 3], 2)) / 2,
      crossEntropy([0, 1, 0], 0),
      0,
    ];
    const values = [...loss(targets, predictions).dataSync()];
    values.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? NaN, 5);
    });
    expect(loss.targetShape?.([3, 2, 3])).toEqual([3, 2]);
  });
});
