import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  kernelThreadCount,
  setKernelThreadCount,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import { COMPOSED_WASM_KERNELS } from '../../../kernel-lib/src/backend/mended-kernels.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { OWN_WASM_KERNELS } from '../../../kernel-lib/src/backend/wasm-training-kernels.ts';
import { hasNativeTensorFlow } from '../native-tensorflow.ts';
import {
  compareWithDifferences,
  leavesFor,
  prepare,
  type Evaluation,
} from './training-operations-check.ts';
import { layerCases } from './training-operations-layers.ts';
import { lossCases } from './training-operations-losses.ts';
import { networkCases } from './training-operations-networks.ts';
import { operationCases, type OperationCase } from './training-operations.ts';

const cases = [...operationCases, ...networkCases, ...layerCases, ...lossCases];

/** Relative to the largest value; values that should be zero have no scale of their own. */
function largestDifference(found: Float32Array, wanted: Float32Array): number {
  expect(found.length).toBe(wanted.length);
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
  return found.reduce((largest, value, i) => {
    const difference = Math.abs(value - wanted[i]!) / scale;
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}

/** What `cpu` computes; its gradients are compared with finite differences below. */
const expected = new Map<string, Evaluation>();

/** Runs a case on the current backend and checks that it frees what it allocates. */
function run(given: OperationCase): Evaluation {
  const before = tf.memory().numTensors;
  const prepared = prepare(given);
  const evaluation = prepared.differentiate(leavesFor(given, prepared.shapes));
  prepared.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return evaluation;
}

function expectEqual(given: OperationCase, { values, gradients }: Evaluation): void {
  const wanted = expected.get(given.name)!;
  expect(largestDifference(values, wanted.values)).toBeLessThan(1e-5);
  expect(gradients.length).toBe(wanted.gradients.length);
  gradients.forEach((gradient, i) => {
    expect(largestDifference(gradient, wanted.gradients[i]!)).toBeLessThan(2e-5);
  });
}

beforeAll(async () => {
  await useBackend('cpu');
  for (const given of cases) expected.set(given.name, run(given));
});

const usual = kernelThreadCount();
afterAll(() => setKernelThreadCount(usual));

describe('cases', () => {
  it('have names of their own', () => {
    expect(expected.size).toBe(cases.length);
  });
});

describe('gradients and finite differences', () => {
  it.each(cases)('$name', (given) => {
    const prepared = prepare(given);
    const { difference, judged } = compareWithDifferences(
      prepared,
      leavesFor(given, prepared.shapes),
      expected.get(given.name)!.gradients,
      given.differentiable,
    );
    prepared.dispose();
    expect(difference).toBeLessThan(1e-3);
    // The others are near a kink, as that of ReLU.
    expect(judged).toBeGreaterThan(0.75);
  });

  it('differ where a gradient is wrong at the border only', () => {
    // As TensorFlow.js has it: the border's means are divided by the size of the whole window.
    const mean = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, [1, 3], 1, 'same');
    const wrong = tf.customGrad((x, save) => {
      (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
      const padded = (t: tf.Tensor): tf.Tensor4D =>
        tf.pad(t as tf.Tensor4D, [
          [0, 0],
          [0, 0],
          [1, 1],
          [0, 0],
        ]) as tf.Tensor4D;
      return {
        value: mean(x as tf.Tensor),
        gradFunc: (dy) => tf.avgPool(padded(dy as tf.Tensor), [1, 3], 1, 'valid'),
      };
    });
    const given = { name: 'wrong', shapes: [[1, 1, 6, 2]] };
    for (const [compute, least, most] of [
      [mean, 0, 1e-3],
      [wrong as (...inputs: tf.Tensor[]) => tf.Tensor, 0.05, Infinity],
    ] as const) {
      const prepared = prepare({ ...given, compute: compute as OperationCase['compute'] });
      const leaves = leavesFor({ ...given, compute }, prepared.shapes);
      const { gradients } = prepared.differentiate(leaves);
      const { difference } = compareWithDifferences(prepared, leaves, gradients);
      expect(difference).toBeGreaterThanOrEqual(least);
      expect(difference).toBeLessThan(most);
    }
  });
});

describe.each([1, 3])('wasm with %i threads', (threads) => {
  beforeAll(async () => {
    await useBackend('wasm');
    await setKernelThreadCount(threads);
  });

  it.each(cases)('$name', (given) => {
    expectEqual(given, run(given));
  });
});

describe.skipIf(!hasNativeTensorFlow)(
  `tensorflow${hasNativeTensorFlow ? '' : ' (no native TensorFlow is installed: npx tatabox native)'}`,
  () => {
    beforeAll(async () => {
      await useBackend('tensorflow');
    });

    it.each(cases)('$name', (given) => {
      if (given.refusedBy !== 'tensorflow') expectEqual(given, run(given));
      else expect(() => run(given)).toThrow(/TF Backend supports only/);
    });
  },
);

describe('the table of kernels in docs/backends.md', () => {
  /** Names in backticks of the row of a table that begins with a text. */
  function rowOf(start: string): string[] {
    const text = readFileSync(new URL('../../../docs/backends.md', import.meta.url), 'utf8');
    const row = text.split('\n').find((line) => line.startsWith(`| ${start}`)) ?? '';
    return [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]!).sort();
  }

  it('names every kernel that these cases run on wasm, and no other', async () => {
    await useBackend('wasm');
    const seen = new Set<string>();
    for (const given of cases) {
      const prepared = prepare(given);
      const leaves = leavesFor(given, prepared.shapes);
      const { kernelNames } = await tf.profile(() => {
        prepared.differentiate(leaves);
        return tf.scalar(0);
      });
      prepared.dispose();
      for (const name of kernelNames) {
        if ((tf.getKernel(name, 'wasm') as object | undefined) !== undefined) seen.add(name);
      }
    }
    const ours = [
      ...OWN_WASM_KERNELS,
      ...[...seen].filter((name) => name.startsWith('SequenceConvolution')),
    ];
    const native = [...seen].filter(
      (name) => !ours.includes(name) && !COMPOSED_WASM_KERNELS.includes(name),
    );
    expect(rowOf('of TensorFlow.js')).toEqual(native.sort());
    expect(rowOf('ours')).toEqual([...seen].filter((name) => ours.includes(name)).sort());
    expect(rowOf('composed')).toEqual(
      [...seen].filter((name) => COMPOSED_WASM_KERNELS.includes(name)).sort(),
    );
  });
});
