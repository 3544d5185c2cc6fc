import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  kernelThreadCount,
  setKernelThreadCount,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

function numbers(seed: number, size: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => random.normal());
}

function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  let [difference, scale] = [0, 1e-3];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(found[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return Number.isFinite(difference) ? difference / scale : Infinity;
}

const usual = kernelThreadCount();
beforeAll(async () => {
  await useBackend('wasm');
  await setKernelThreadCount(3);
});
afterAll(() => setKernelThreadCount(usual));

describe('matrix products', () => {
  interface Case {
    rows: number;
    depth: number;
    columns: number;
    batchA: number;
    batchB: number;
    transposeA: boolean;
    transposeB: boolean;
  }

  function naive(a: Float32Array, b: Float32Array, shape: Case): Float64Array {
    const { rows, depth, columns, batchA, batchB, transposeA, transposeB } = shape;
    const batch = Math.max(batchA, batchB);
    const result = new Float64Array(batch * rows * columns);
    for (let n = 0; n < batch; n++) {
      const atA = (batchA === 1 ? 0 : n) * rows * depth;
      const atB = (batchB === 1 ? 0 : n) * depth * columns;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            const x = a[atA + (transposeA ? k * rows + i : i * depth + k)]!;
            sum += x * b[atB + (transposeB ? j * depth + k : k * columns + j)]!;
          }
          result[(n * rows + i) * columns + j] = sum;
        }
      }
    }
    return result;
  }

  function check(shape: Case, seed: number): void {
    const { rows, depth, columns, batchA, batchB, transposeA, transposeB } = shape;
    const a = numbers(seed, batchA * rows * depth);
    const b = numbers(seed + 1, batchB * depth * columns);
    const found = tf.tidy(() =>
      tf
        .matMul(
          tf.tensor3d(a, transposeA ? [batchA, depth, rows] : [batchA, rows, depth]),
          tf.tensor3d(b, transposeB ? [batchB, columns, depth] : [batchB, depth, columns]),
          transposeA,
          transposeB,
        )
        .dataSync(),
    );
    expect(largestDifference(found, naive(a, b, shape))).toBeLessThan(
      2e-6 * Math.sqrt(depth) + 1e-6,
    );
  }

  const side = fc.integer({ min: 1, max: 45 });
  it('equal the sums in double precision, for any sides, batches and transpositions', () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: side,
          depth: side,
          columns: side,
          batches: fc.constantFrom([1, 1], [3, 3], [1, 4], [4, 1]),
          transposeA: fc.boolean(),
          transposeB: fc.boolean(),
        }),
        fc.nat(1000),
        ({ batches, ...rest }, seed) => {
          check({ ...rest, batchA: batches[0]!, batchB: batches[1]! }, seed);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    { rows: 203, depth: 517, columns: 300 },
    { rows: 9, depth: 1100, columns: 9 },
    { rows: 400, depth: 3, columns: 270 },
  ])('are right over the edges of the cache blocks: %o', (sides) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        check({ ...sides, batchA: 1, batchB: 1, transposeA, transposeB }, 7);
      }
    }
  });

  it.each(['linear', 'relu', 'sigmoid', 'elu'] as const)(
    'add a bias and apply %s in the same call',
    (activation) => {
      const [a, b, bias] = [numbers(1, 30 * 40), numbers(2, 40 * 21), numbers(3, 21)];
      const sums = naive(a, b, {
        rows: 30,
        depth: 40,
        columns: 21,
        batchA: 1,
        batchB: 1,
        transposeA: false,
        transposeB: false,
      });
      const apply = {
        linear: (x: number) => x,
        relu: (x: number) => Math.max(0, x),
        sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
        elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
      }[activation];
      const found = tf.tidy(() =>
        tf.fused
          .matMul({
            a: tf.tensor2d(a, [30, 40]),
            b: tf.tensor2d(b, [40, 21]),
            bias: tf.tensor1d(bias),
            activation,
          })
          .dataSync(),
      );
      const expected = sums.map((sum, i) => apply(sum + bias[i % 21]!));
      expect(largestDifference(found, expected)).toBeLessThan(1e-5);
    },
  );

  it('keep NaN and infinity', () => {
    const found = tf.tidy(() =>
      tf
        .relu(tf.matMul(tf.tensor2d([NaN, 1, 1, Infinity, 0, 1, 2, 2], [4, 2]), tf.ones([2, 3])))
        .dataSync(),
    );
    expect(found[0]).toBeNaN();
    expect(found[3]).toBe(Infinity);
  });
});

describe('convolutions', () => {
  interface Case {
    batch: number;
    height: number;
    width: number;
    inChannels: number;
    outChannels: number;
    filter: [number, number];
    strides: [number, number];
    dilations: [number, number];
    padding: 'same' | 'valid';
    /** Share of the output's gradient that is zero. */
    zeros?: number;
  }

  /** Output and gradients of input and filter of a sum of weighted outputs, in plain loops. */
  function naive(x: Float32Array, w: Float32Array, dy: Float32Array, c: Case): Float64Array[] {
    const info = tf.backend_util.computeConv2DInfo(
      [c.batch, c.height, c.width, c.inChannels],
      [...c.filter, c.inChannels, c.outChannels],
      c.strides,
      c.dilations,
      c.padding,
    );
    const y = new Float64Array(tf.util.sizeFromShape(info.outShape));
    const dx = new Float64Array(x.length);
    const dw = new Float64Array(w.length);
    for (let n = 0; n < c.batch; n++) {
      for (let oy = 0; oy < info.outHeight; oy++) {
        for (let ox = 0; ox < info.outWidth; ox++) {
          const out = ((n * info.outHeight + oy) * info.outWidth + ox) * c.outChannels;
          for (let fy = 0; fy < c.filter[0]; fy++) {
            for (let fx = 0; fx < c.filter[1]; fx++) {
              const iy = oy * c.strides[0] + fy * c.dilations[0] - info.padInfo.top;
              const ix = ox * c.strides[1] + fx * c.dilations[1] - info.padInfo.left;
              if (iy < 0 || ix < 0 || iy >= c.height || ix >= c.width) continue;
              for (let i = 0; i < c.inChannels; i++) {
                const at = ((n * c.height + iy) * c.width + ix) * c.inChannels + i;
                const f = ((fy * c.filter[1] + fx) * c.inChannels + i) * c.outChannels;
                for (let o = 0; o < c.outChannels; o++) {
                  y[out + o]! += x[at]! * w[f + o]!;
                  dx[at]! += dy[out + o]! * w[f + o]!;
                  dw[f + o]! += dy[out + o]! * x[at]!;
                }
              }
            }
          }
        }
      }
    }
    return [y, dx, dw];
  }

  function check(c: Case, seed: number): void {
    const xShape: [number, number, number, number] = [c.batch, c.height, c.width, c.inChannels];
    const wShape: [number, number, number, number] = [...c.filter, c.inChannels, c.outChannels];
    const x = numbers(seed, tf.util.sizeFromShape(xShape));
    const w = numbers(seed + 1, tf.util.sizeFromShape(wShape));
    const info = tf.backend_util.computeConv2DInfo(
      xShape,
      wShape,
      c.strides,
      c.dilations,
      c.padding,
    );
    const dy = numbers(seed + 2, tf.util.sizeFromShape(info.outShape));
    if (c.zeros !== undefined) {
      const random = new Random(seed + 3);
      for (let i = 0; i < dy.length; i++) if (random.uniform() < c.zeros) dy[i] = 0;
    }
    const before = tf.memory().numTensors;
    const attributes = {
      strides: c.strides,
      pad: c.padding,
      dataFormat: 'NHWC',
      dilations: c.dilations,
    };
    // The gradients of tf.conv2d refuse dilations; the kernels themselves do not.
    const found = tf.tidy(() => {
      const [tx, tw] = [tf.tensor4d(x, xShape), tf.tensor4d(w, wShape)];
      const tdy = tf.tensor4d(dy, info.outShape);
      const run = (kernel: string, inputs: object, more: object): Float32Array =>
        (
          tf.engine().runKernel(
            kernel,
            inputs as tf.NamedTensorMap,
            {
              ...attributes,
              ...more,
            } as unknown as tf.NamedAttrMap,
          ) as tf.Tensor
        ).dataSync() as Float32Array;
      return [
        run('Conv2D', { x: tx, filter: tw }, {}),
        run('Conv2DBackpropInput', { dy: tdy, filter: tw }, { inputShape: xShape }),
        run('Conv2DBackpropFilter', { x: tx, dy: tdy }, { filterShape: wShape }),
      ];
    });
    expect(tf.memory().numTensors).toBe(before);
    naive(x, w, dy, c).forEach((expected, i) => {
      expect(largestDifference(found[i]!, expected)).toBeLessThan(2e-5);
    });
  }

  const small = fc.integer({ min: 1, max: 3 });
  it('and their gradients equal plain loops for any strides, dilations and sides', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: small,
          height: fc.integer({ min: 1, max: 6 }),
          width: fc.integer({ min: 1, max: 20 }),
          inChannels: fc.integer({ min: 1, max: 9 }),
          outChannels: fc.integer({ min: 1, max: 19 }),
          filter: fc.tuple(small, fc.integer({ min: 1, max: 7 })),
          strides: fc.tuple(small, small),
          dilations: fc.tuple(small, small),
          padding: fc.constantFrom('same' as const, 'valid' as const),
        }),
        fc.nat(1000),
        (c, seed) => {
          fc.pre(
            c.padding === 'same' ||
              ((c.filter[0] - 1) * c.dilations[0] < c.height &&
                (c.filter[1] - 1) * c.dilations[1] < c.width),
          );
          check(c, seed);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('have the same gradients where only what is not zero is multiplied', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 11 }),
          width: fc.integer({ min: 1, max: 40 }),
          inChannels: fc.integer({ min: 16, max: 70 }),
          outChannels: fc.integer({ min: 1, max: 33 }),
          filter: fc.integer({ min: 1, max: 9 }),
          stride: small,
          padding: fc.constantFrom('same' as const, 'valid' as const),
          zeros: fc.constantFrom(0.55, 0.9, 1),
        }),
        fc.nat(1000),
        ({ filter, stride, ...c }, seed) => {
          fc.pre(c.padding === 'same' || filter <= c.width);
          check(
            { ...c, height: 1, filter: [1, filter], strides: [1, stride], dilations: [1, 1] },
            seed,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    { width: 500, inChannels: 12, outChannels: 20, filter: 9, stride: 1, dilation: 1 },
    { width: 700, inChannels: 6, outChannels: 40, filter: 5, stride: 3, dilation: 1 },
    { width: 400, inChannels: 8, outChannels: 16, filter: 3, stride: 1, dilation: 32 },
    { width: 129, inChannels: 70, outChannels: 5, filter: 8, stride: 1, dilation: 1 },
  ])(
    'work over many chunks and threads: %o',
    ({ width, inChannels, outChannels, filter, stride, dilation }) => {
      check(
        {
          batch: 9,
          height: 1,
          width,
          inChannels,
          outChannels,
          filter: [1, filter],
          strides: [1, stride],
          dilations: [1, dilation],
          padding: 'same',
        },
        3,
      );
    },
  );

  it.each(['linear', 'relu', 'sigmoid'] as const)(
    'add a bias and apply %s in the same call',
    (activation) => {
      const found = tf.tidy(() => {
        const x = tf.tensor4d(numbers(1, 2 * 40 * 6), [2, 1, 40, 6]);
        const filter = tf.tensor4d(numbers(2, 5 * 6 * 10), [1, 5, 6, 10]);
        const bias = tf.tensor1d(numbers(3, 10));
        const fused = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation });
        const sum = tf.add(tf.conv2d(x, filter, 1, 'same'), bias);
        const apart = { linear: sum, relu: tf.relu(sum), sigmoid: tf.sigmoid(sum) }[activation];
        return [fused.dataSync(), apart.dataSync()];
      });
      expect(largestDifference(found[0]!, found[1]!)).toBeLessThan(1e-6);
    },
  );
});
