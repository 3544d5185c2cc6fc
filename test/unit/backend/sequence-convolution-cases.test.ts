import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  kernelThreadCount,
  setKernelThreadCount,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import {
  convolutionGeometry,
  sequenceConvolution,
  type SequenceConvolutionOptions,
} from '../../../kernel-lib/src/backend/sequence-convolution.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

const usual = kernelThreadCount();
afterAll(() => setKernelThreadCount(usual));

interface Case {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly filters: number;
  readonly options: SequenceConvolutionOptions;
}

interface Result {
  readonly output: Float64Array;
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

/** Plain loops over one-hot rows, in double precision: output, and gradients of Σ upstream · output. */
function reference(
  { batch, length, width, filters, options }: Case,
  tokens: Int32Array,
  kernel: Float32Array,
  bias: Float32Array,
  upstream: Float32Array,
): Result {
  const { stride = 1, dilation = 1, unknown = 'zero', pooling = 'max', phases = 1 } = options;
  const { left, start, windows } = convolutionGeometry(length, width, options);
  const { poolSize: pool, activation } = options;
  /** Position and share of each base that a tap sees. */
  const seen = (n: number, position: number, tap: number): [number, number][] => {
    const at = (start + position) * stride + tap * dilation - left;
    if (at < 0 || at >= length) return [];
    const token = tokens[n * length + at]!;
    if (token < 4) return [[token, 1]];
    return unknown === 'zero' ? [] : [0, 1, 2, 3].map((base) => [base, 0.25]);
  };
  const output = new Float64Array(batch * phases * windows * filters);
  const kernelGradient = new Float64Array(kernel.length);
  const biasGradient = new Float64Array(filters);
  const pass = (n: number, position: number, f: number, gradient: number): void => {
    biasGradient[f]! += gradient;
    for (let tap = 0; tap < width; tap++) {
      for (const [base, share] of seen(n, position, tap)) {
        kernelGradient[(tap * 4 + base) * filters + f]! += share * gradient;
      }
    }
  };
  for (let n = 0; n < batch; n++) {
    for (let phase = 0; phase < phases; phase++) {
      for (let w = 0; w < windows; w++) {
        for (let f = 0; f < filters; f++) {
          const at = ((n * phases + phase) * windows + w) * filters + f;
          let [best, bestPosition, sum] = [-Infinity, 0, 0];
          for (let i = phase; i < pool; i += phases) {
            let value = bias[f]!;
            for (let tap = 0; tap < width; tap++) {
              for (const [base, share] of seen(n, w * pool + i, tap)) {
                value += share * kernel[(tap * 4 + base) * filters + f]!;
              }
            }
            const active = activation === 'relu' ? Math.max(0, value) : value;
            sum += active;
            if (pooling === 'mean' && (activation === 'linear' || value > 0)) {
              pass(n, w * pool + i, f, (upstream[at]! * phases) / pool);
            }
            if (value > best + 1e-6) [best, bestPosition] = [value, w * pool + i];
          }
          if (pooling === 'mean') output[at] = (sum * phases) / pool;
          else {
            output[at] = activation === 'relu' ? Math.max(0, best) : best;
            if (activation === 'linear' || best > 0) pass(n, bestPosition, f, upstream[at]!);
          }
        }
      }
    }
  }
  return { output, kernel: kernelGradient, bias: biasGradient };
}

function largestDifference(found: ArrayLike<number>, expected: Float64Array): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(found[i]! - value) / scale),
    0,
  );
}

async function check(given: Case, seed: number): Promise<void> {
  const { batch, length, width, filters, options } = given;
  const random = new Random(seed);
  const numbers = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => random.normal());
  const tokens = Int32Array.from({ length: batch * length }, () =>
    Math.floor(random.uniform() * 5.3),
  );
  const kernel = numbers(width * 4 * filters);
  const bias = numbers(filters);
  const { windows } = convolutionGeometry(length, width, options);
  const upstream = numbers(batch * (options.phases ?? 1) * windows * filters);
  const expected = reference(
    given,
    tokens.map((token) => Math.min(token, 4)),
    kernel,
    bias,
    upstream,
  );
  const before = tf.memory().numTensors;
  const found = tf.tidy(() => {
    const sequence = tf.tensor2d(tokens, [batch, length], 'int32');
    const inputs = [tf.tensor3d(kernel, [width, 4, filters]), tf.tensor1d(bias)];
    const apply = (k: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      sequenceConvolution(sequence, k as tf.Tensor3D, b as tf.Tensor1D, options);
    const output = apply(inputs[0]!, inputs[1]!);
    const weights = tf.tensor(upstream, output.shape);
    const gradients = tf.grads((k: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(weights, apply(k, b))),
    )(inputs);
    return [output, ...gradients].map((tensor) => tensor.dataSync());
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(largestDifference(found[0]!, expected.output)).toBeLessThan(1e-5);
  expect(largestDifference(found[1]!, expected.kernel)).toBeLessThan(1e-5);
  expect(largestDifference(found[2]!, expected.bias)).toBeLessThan(1e-5);
}

const anyOptions = fc
  .record({
    padding: fc.constantFrom('same' as const, 'valid' as const),
    activation: fc.constantFrom('relu' as const, 'linear' as const),
    pooling: fc.constantFrom('max' as const, 'mean' as const),
    stride: fc.integer({ min: 1, max: 4 }),
    dilation: fc.integer({ min: 1, max: 5 }),
    unknown: fc.constantFrom('zero' as const, 'uniform' as const),
    phases: fc.constantFrom(1, 3),
    pools: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ pools, phases, ...rest }): SequenceConvolutionOptions => {
    const split = rest.pooling === 'mean' ? phases : 1;
    return { ...rest, phases: split, poolSize: pools * split };
  });

const anyCase = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 60 }),
  width: fc.integer({ min: 1, max: 31 }),
  filters: fc.integer({ min: 1, max: 40 }),
  options: anyOptions,
});

describe.each([
  { backend: 'wasm', threads: 1 },
  { backend: 'wasm', threads: 3 },
  { backend: 'cpu', threads: 2 },
] as const)('sequence convolution on $backend with $threads threads', ({ backend, threads }) => {
  it('equals plain loops over one-hot, with its gradients, for any geometry', async () => {
    await useBackend(backend);
    await setKernelThreadCount(threads);
    await fc.assert(
      fc.asyncProperty(anyCase, fc.nat(1000), async (given, seed) => {
        const { windows } = convolutionGeometry(given.length, given.width, given.options);
        fc.pre(windows > 0);
        await check(given, seed);
      }),
      { numRuns: 60 },
    );
  });

  it('works over many chunks of a long sequence', async () => {
    await useBackend(backend);
    await setKernelThreadCount(threads);
    for (const pooling of ['max', 'mean'] as const) {
      const options = { padding: 'same', activation: 'relu', pooling, poolSize: 7 } as const;
      await check({ batch: 2, length: 9000, width: 4, filters: 3, options }, 3);
    }
  });
});
