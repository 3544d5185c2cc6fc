import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { integratedGradients } from '../../../kernel-lib/src/interpretation/integrated-gradients.ts';
import { gaussLegendre, trapezoid } from '../../../kernel-lib/src/interpretation/quadrature.ts';
import { convDenseScorer, randomTokens, scorerOf } from './toy-scorers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('Gauss-Legendre is exact for polynomials below degree 2n, the trapezoid rule for lines', () => {
  for (const steps of [1, 2, 5, 16, 50]) {
    const { points, weights } = gaussLegendre(steps);
    for (let degree = 0; degree < Math.min(2 * steps, 40); degree++) {
      const integral = points.reduce((sum, x, i) => sum + weights[i]! * x ** degree, 0);
      expect(integral).toBeCloseTo(1 / (degree + 1), 12);
    }
    expect([...points]).toEqual([...points].sort((a, b) => a - b));
  }
  // Abramowitz and Stegun, table 25.4, n = 2: ±1/sqrt(3).
  expect(gaussLegendre(2).points[0]).toBeCloseTo((1 - 1 / Math.sqrt(3)) / 2, 14);
  expect([...trapezoid(4).weights]).toEqual([0.125, 0.25, 0.25, 0.25, 0.125]);
});

test('a product of two positions: known contributions and completeness', async () => {
  // f = a·b with a = 3 at (0, A), b = 2 at (1, C); from zero the path integral splits it in half.
  const scorer = scorerOf(2, (x) => {
    const a = tf.mul(tf.slice(x, [0, 0, 0], [-1, 1, 1]), 3);
    const b = tf.mul(tf.slice(x, [0, 1, 1], [-1, 1, 1]), 2);
    return tf.mul(a, b);
  });
  for (const rule of ['gauss-legendre', 'trapezoid'] as const) {
    const result = await integratedGradients(scorer, [Uint8Array.of(0, 1)], {
      reference: 'zero',
      steps: 4,
      rule,
    });
    expect(result.contributions[0]).toBeCloseTo(3, 5);
    expect(result.contributions[1]).toBeCloseTo(3, 5);
    expect(result.deltas![0]).toBeCloseTo(0, 5);
    expect(result.referenceScores![0]).toBe(0);
    expect(result.exampleScores[0]).toBe(6);
    expect(result.warnings).toEqual([]);
  }
});

test('completeness on a conv-tanh-pool-dense model; deltas shrink with steps; seeds repeat', async () => {
  const scorer = convDenseScorer(12, 3, 'tanh');
  const examples = [1, 2, 3].map((seed) => randomTokens(12, seed));
  const options = { references: 2, seed: 5 };
  const before = tf.memory().numTensors;
  const coarse = await integratedGradients(scorer, examples, { ...options, steps: 2 });
  const fine = await integratedGradients(scorer, examples, { ...options, steps: 40 });
  const again = await integratedGradients(scorer, examples, {
    ...options,
    steps: 40,
    batchSize: 7,
  });
  expect(tf.memory().numTensors).toBe(before);
  const worst = (deltas: Float32Array) => Math.max(...deltas.map(Math.abs));
  expect(worst(fine.deltas!)).toBeLessThan(worst(coarse.deltas!));
  for (let i = 0; i < 3; i++) {
    const sum = fine.contributions.slice(i * 12, i * 12 + 12).reduce((a, b) => a + b);
    const change = fine.exampleScores[i]! - fine.referenceScores![i]!;
    expect(Math.abs(sum - change)).toBeLessThan(0.01);
  }
  fine.scores.forEach((score, at) => expect(again.scores[at]).toBeCloseTo(score, 4));
  expect(coarse.warnings[0]).toMatch(/convergence delta .* Raise steps/);
  // An example's references depend on its row, not on its place in the call.
  const alone = await integratedGradients(scorer, [examples[2]!], {
    ...options,
    steps: 40,
    rows: [2],
  });
  alone.contributions.forEach((value, i) =>
    expect(value).toBeCloseTo(fine.contributions[24 + i]!, 5),
  );
  scorer.dispose();
});

test('an unknown base contributes what the reference had there', async () => {
  const scorer = scorerOf(2, (x) => tf.sum(x, [1, 2]));
  const result = await integratedGradients(scorer, [Uint8Array.of(4, 1)], {
    reference: 'uniform',
    steps: 1,
  });
  expect(result.contributions[0]).toBeCloseTo(-1, 5);
  expect(result.deltas![0]).toBeCloseTo(0, 5);
});

test('bad options', async () => {
  const scorer = scorerOf(2, (x) => tf.sum(x, [1, 2]));
  const run = (options: object) => integratedGradients(scorer, [Uint8Array.of(0, 1)], options);
  await expect(run({ reference: 'zeros' })).rejects.toThrow(/Did you mean 'zero'/);
  await expect(run({ reference: 'zero', references: 5 })).rejects.toThrow(/all be equal/);
  await expect(run({ rule: 'trapezium' })).rejects.toThrow(/Did you mean 'trapezoid'/);
  await expect(run({ steps: 0 })).rejects.toThrow(/steps 0/);
});
