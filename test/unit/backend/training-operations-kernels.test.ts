// The kernels of wasm on shapes that are cut into parts, and on odd geometries.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  kernelThreadCount,
  setKernelThreadCount,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

type Shape4D = [number, number, number, number];

function numbers(seed: number, shape: readonly number[]): tf.Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** Values and gradients of an operation on inputs of these shapes. */
function run(
  shapes: readonly (readonly number[])[],
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
): Float32Array[] {
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => numbers(i + 1, shape));
    const gradients = tf.grads((...given: tf.Tensor[]) => {
      const y = compute(...given);
      return tf.sum(tf.mul(y, numbers(9, y.shape)));
    })(inputs);
    return [compute(...inputs), ...gradients];
  });
  const results = tensors.map((tensor) => tensor.dataSync() as Float32Array);
  tf.dispose(tensors);
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

function expectClose(found: Float32Array[], wanted: Float32Array[]): void {
  wanted.forEach((values, n) => {
    expect(found[n]!.length).toBe(values.length);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
    let largest = 0;
    values.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(found[n]![i]! - value) / scale);
    });
    expect(largest).toBeLessThan(2e-5);
  });
}

const usual = kernelThreadCount();
afterAll(() => setKernelThreadCount(usual));

describe('operations that are cut into parts', () => {
  const tokens = Int32Array.from({ length: 900 }, (_, i) => (i * i) % 37);
  const operations: [string, number[][], (...inputs: tf.Tensor[]) => tf.Tensor][] = [
    [
      'depthwise convolution',
      [
        [6, 1, 200, 21],
        [1, 7, 21, 1],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    ],
    [
      'dilated depthwise convolution',
      [
        [2, 31, 30, 20],
        [3, 3, 20, 1],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]),
    ],
    [
      'depthwise convolution with two filters a channel',
      [
        [3, 1, 300, 9],
        [1, 7, 9, 2],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, [1, 1], 'valid'),
    ],
    [
      'depthwise convolution with stride',
      [
        [4, 40, 41, 18],
        [3, 3, 18, 1],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    ],
    ['max pooling', [[5, 1, 400, 19]], (x) => tf.maxPool(x as tf.Tensor4D, [1, 5], [1, 3], 'same')],
    [
      'mean pooling',
      [[5, 1, 400, 19]],
      (x) => tf.avgPool(x as tf.Tensor4D, [1, 5], [1, 3], 'same'),
    ],
    ['embedding', [[37, 130]], (table) => tf.gather(table, tf.tensor1d(tokens, 'int32'))],
    [
      'dilated convolution',
      [
        [3, 120, 16],
        [3, 16, 16],
      ],
      (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same', 'NWC', 8),
    ],
    [
      'einsum',
      [
        [2, 60, 4, 16],
        [2, 60, 4, 16],
      ],
      (q, k) => tf.einsum('bqhd,bkhd->bhqk', q, k),
    ],
  ];

  it.each(operations)(
    '%s: the same bits with any number of threads',
    async (_, shapes, compute) => {
      await useBackend('cpu');
      const wanted = run(shapes, compute);
      await useBackend('wasm');
      await setKernelThreadCount(1);
      const alone = run(shapes, compute);
      await setKernelThreadCount(3);
      const together = run(shapes, compute);
      expectClose(alone, wanted);
      together.forEach((values, i) => {
        expect(Buffer.from(values.buffer).equals(Buffer.from(alone[i]!.buffer))).toBe(true);
      });
    },
  );
});

/** The gradients of a depthwise convolution, one value after the other. */
function naiveDepthwise(
  x: Float32Array,
  w: Float32Array,
  dy: Float32Array,
  info: tf.backend_util.Conv2DInfo,
): [Float32Array, Float32Array, Float32Array] {
  const [y, dx, dw] = [dy, x, w].map(({ length }) => new Float32Array(length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const multiplier = outChannels / inChannels;
  let at = 0;
  for (let example = 0; example < info.batchSize; example++) {
    for (let position = 0; position < outHeight * outWidth; position++) {
      const [row, column] = [Math.floor(position / outWidth), position % outWidth];
      for (let channel = 0; channel < outChannels; channel++, at++) {
        for (let tap = 0; tap < info.filterHeight * info.filterWidth; tap++) {
          const [ty, tx] = [Math.floor(tap / info.filterWidth), tap % info.filterWidth];
          const inRow = row * info.strideHeight + ty * info.dilationHeight - info.padInfo.top;
          const inColumn = column * info.strideWidth + tx * info.dilationWidth - info.padInfo.left;
          if (inRow < 0 || inRow >= inHeight || inColumn < 0 || inColumn >= inWidth) continue;
          const source =
            ((example * inHeight + inRow) * inWidth + inColumn) * inChannels +
            Math.floor(channel / multiplier);
          const weight = tap * outChannels + channel;
          y[at]! += x[source]! * w[weight]!;
          dx[source]! += dy[at]! * w[weight]!;
          dw[weight]! += dy[at]! * x[source]!;
        }
      }
    }
  }
  return [y, dx, dw];
}

describe('depthwise convolutions of any geometry', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it('equal those computed value by value', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 2 }),
          height: fc.integer({ min: 1, max: 7 }),
          width: fc.integer({ min: 1, max: 9 }),
          channels: fc.integer({ min: 1, max: 22 }),
          multiplier: fc.constantFrom(1, 1, 2, 3),
          filterHeight: fc.integer({ min: 1, max: 3 }),
          filterWidth: fc.integer({ min: 1, max: 4 }),
          step: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
          dilated: fc.boolean(),
          pad: fc.constantFrom('same' as const, 'valid' as const),
        }),
        ({ batch, height, width, channels, multiplier, step, dilated, pad, ...filter }) => {
          const [strides, dilations] = dilated ? [[1, 1], step] : [step, [1, 1]];
          const span = (taps: number, rate: number): number => (taps - 1) * rate + 1;
          const { filterHeight, filterWidth } = filter;
          fc.pre(
            pad === 'same' ||
              (span(filterHeight, dilations[0]!) <= height &&
                span(filterWidth, dilations[1]!) <= width),
          );
          const xShape: Shape4D = [batch, height, width, channels];
          const wShape: Shape4D = [filterHeight, filterWidth, channels, multiplier];
          const info = tf.backend_util.computeConv2DInfo(
            xShape,
            wShape,
            strides as [number, number],
            dilations as [number, number],
            pad,
            undefined,
            true,
          );
          const found = run([xShape, wShape], (x, w) =>
            tf.depthwiseConv2d(
              x as tf.Tensor4D,
              w as tf.Tensor4D,
              strides as [number, number],
              pad,
              'NHWC',
              dilations as [number, number],
            ),
          );
          const read = (tensor: tf.Tensor): Float32Array => {
            const values = tensor.dataSync() as Float32Array;
            tensor.dispose();
            return values;
          };
          const wanted = naiveDepthwise(
            read(numbers(1, xShape)),
            read(numbers(2, wShape)),
            read(numbers(9, info.outShape)),
            info,
          );
          expectClose(found, wanted);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe('sums of segments', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it('leave out numbers below 0 and past the last segment', () => {
    const sums = tf.tidy(
      () =>
        tf
          .unsortedSegmentSum(
            tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
            tf.tensor1d([1, -1, 1, 2], 'int32'),
            2,
          )
          .dataSync() as Float32Array,
    );
    expect([...sums]).toEqual([0, 0, 6, 8]);
  });

  it('are whole numbers for whole numbers', () => {
    const before = tf.memory().numTensors;
    const sums = tf.unsortedSegmentSum(
      tf.tensor1d([1, 2, 3], 'int32'),
      tf.tensor1d([0, 1, 0], 'int32'),
      2,
    );
    expect(sums.dtype).toBe('int32');
    expect([...sums.dataSync()]).toEqual([4, 2]);
    sums.dispose();
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});
