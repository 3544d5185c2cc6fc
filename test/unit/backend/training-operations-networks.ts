// Blocks of the networks that the library trains, as they are composed from operations and layers.
import * as tf from '@tensorflow/tfjs-core';
import { sequenceConvolution } from '../../../kernel-lib/src/backend/sequence-convolution.ts';
import { gelu } from '../../../kernel-lib/src/layers/gelu.ts';
import { layerNormalisation } from '../../../kernel-lib/src/layers/layer-normalisation.ts';
import { linear } from '../../../kernel-lib/src/layers/linear.ts';
import { scaledDotProductAttention } from '../../../kernel-lib/src/layers/scaled-dot-product-attention.ts';
import { embeddingLookup } from '../../../kernel-lib/src/layers/token-and-position-embedding.ts';
import type { OperationCase } from './training-operations.ts';

type T = tf.Tensor;
type T1 = tf.Tensor1D;
type T2 = tf.Tensor2D;
type T3 = tf.Tensor3D;
type T4 = tf.Tensor4D;

const integers = (values: number[], shape = [values.length]): T =>
  tf.tensor(values, shape, 'int32');
const tokens = (): T => integers([0, 1, 2, 3, 4, 2, 1, 0, 3, 3, 1, 0, 2, 2, 1, 4, 0, 3], [2, 9]);

/** Scores of the distance of query and key, `[batch, heads, length, 2 length − 1]`, to `[…, length]`. */
function relativeShift(scores: T): T {
  const [batch = 0, heads = 0, length = 0, distances = 0] = scores.shape;
  const padded = tf.pad(scores as T4, [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 0],
  ]);
  const turned = tf.reshape(padded, [batch, heads, distances + 1, length]);
  const rows = tf.slice(turned, [0, 0, 1, 0], [batch, heads, distances, length]);
  return tf.slice(
    tf.reshape(rows, [batch, heads, length, distances]),
    [0, 0, 0, 0],
    [batch, heads, length, (distances + 1) / 2],
  );
}

/** Softmax within windows of two positions, channel by channel, after a product of all channels. */
function attentionPool(x: T, weights: T): T {
  const [batch = 0, length = 0, channels = 0] = x.shape;
  const windows = tf.reshape(x, [batch, length / 2, 2, channels]);
  const scores = tf.einsum('bnpd,de->bnpe', windows, weights);
  const shares = tf.transpose(tf.softmax(tf.transpose(scores, [0, 1, 3, 2])), [0, 1, 3, 2]);
  return tf.sum(tf.mul(windows, shares), 2);
}

/** Normalisation by the moments of the batch, scaled, then ReLU. */
function batchNormRelu(x: T, scale: T, offset: T): T {
  const { mean, variance } = tf.moments(x, [0, 1]);
  const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-3)));
  return tf.relu(tf.add(tf.mul(normal, scale), offset));
}

function squeezeExcite(x: T, down: T, up: T): T {
  const channels = tf.mean(x, 1);
  const inner = tf.relu(tf.matMul(channels as T2, down as T2));
  const gates = tf.sigmoid(tf.matMul(inner, up as T2));
  return tf.mul(x, tf.expandDims(gates, 1));
}

/** Values above the diagonal of square maps `[batch, length, length, channels]`. */
function upperTriangle(x: T): T {
  const [batch = 0, length = 0, , channels = 0] = x.shape;
  const places: number[] = [];
  for (let row = 0; row < length; row++) {
    for (let column = row + 2; column < length; column++) places.push(row * length + column);
  }
  return tf.gather(tf.reshape(x, [batch, length * length, channels]), integers(places) as T1, 1);
}

const equations: [string, ...number[][]][] = [
  ['bhqk,bkhd->bqhd', [2, 2, 3, 4], [2, 4, 2, 3]],
  ['ij,kj->ik', [3, 4], [2, 4]],
  ['bij,bjk->bik', [2, 3, 4], [2, 4, 2]],
  ['bij,jk->bik', [2, 3, 4], [4, 2]],
  ['i,j->ji', [3], [4]],
  ['abc->cab', [2, 3, 4]],
  ['abc->b', [2, 3, 4]],
  ['ab,ab->', [2, 3], [2, 3]],
  ['abc,bd->ad', [2, 3, 4], [3, 2]],
];

/** Blocks of networks. */
export const networkCases: readonly OperationCase[] = [
  { name: 'GELU by the error function', shapes: [[2, 4, 3]], compute: (x) => gelu(x as T) },
  { name: 'GELU by tanh', shapes: [[2, 4, 3]], compute: (x) => gelu(x as T, 'tanh') },
  {
    name: 'GELU by sigmoid',
    shapes: [[2, 4, 3]],
    compute: (x) => tf.mul(x as T, tf.sigmoid(tf.mul(x as T, 1.702))),
  },
  {
    name: 'layer normalisation with scale and offset',
    shapes: [[2, 4, 6], [6], [6]],
    compute: (x, scale, offset) => layerNormalisation(x as T, scale as T, offset as T, 1e-5),
  },
  {
    name: 'linear map of the last axis',
    shapes: [[2, 4, 3], [3, 5], [5]],
    compute: (x, kernel, bias) => linear(x as T, kernel as T, bias as T),
  },
  {
    name: 'embedding with padding',
    shapes: [[6, 4]],
    compute: (table) => embeddingLookup(table as T, integers([1, 3, 3, 5, 1, 0], [2, 3]), 5),
    // The row of the padding has values, but gets no gradient.
    differentiable: (_, index) => index < 20,
  },
  {
    name: 'embedding by one-hot tokens',
    shapes: [[5, 3]],
    compute: (table) =>
      tf.matMul(tf.reshape(tf.oneHot(tf.cast(tokens(), 'int32'), 5), [18, 5]) as T2, table as T2),
  },
  {
    name: 'gather with a batch dimension',
    shapes: [[2, 5, 3]],
    compute: (x) => tf.gather(x as T, integers([4, 0, 0, 1, 1, 2], [2, 3]), 1, 1),
  },
  {
    name: 'gather of the last axis',
    shapes: [[2, 3, 5]],
    compute: (x) => tf.gather(x as T, integers([4, 0, 0, 1]) as T1, -1),
  },
  {
    name: 'gatherND',
    shapes: [[3, 4, 2]],
    compute: (x) => tf.gatherND(x as T, integers([2, 1, 0, 0, 2, 1], [3, 2])),
  },
  {
    name: 'scatterND',
    shapes: [[3, 2]],
    compute: (x) => tf.scatterND(integers([3, 0, 3], [3, 1]), x as T, [4, 2]),
  },
  { name: 'largest values', shapes: [[2, 3, 6]], compute: (x) => tf.topk(x as T, 3).values },
  {
    name: 'strided slice backwards',
    shapes: [[3, 6, 2]],
    compute: (x) => tf.stridedSlice(x as T, [0, 5, 1], [3, 0, 2], [2, -2, 1]),
  },
  {
    name: 'attention with hidden keys',
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    compute: (q, k, v) =>
      scaledDotProductAttention(q as T, k as T, v as T, {
        bias: tf.tensor4d([0, 0, -1e9, 0, -1e9, 0], [2, 1, 1, 3]),
      }),
  },
  {
    name: 'softmax with a mask',
    shapes: [[2, 3, 4]],
    compute: (x) => {
      const hidden = tf.cast(tf.equal(integers([1, 1, 0, 1]), 0), 'bool');
      return tf.softmax(tf.where(hidden, tf.fill([2, 3, 4], -1e9), x as T));
    },
  },
  {
    name: 'relative shift of scores',
    shapes: [[2, 2, 3, 5]],
    compute: (x) => relativeShift(x as T),
  },
  {
    name: 'attention with relative positions',
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 3, 4],
      [2, 2, 3, 4],
      [2, 5, 4],
      [1, 2, 1, 4],
    ],
    compute: (q, k, v, positions, bias) => {
      const content = tf.matMul(q as T4, k as T4, false, true);
      const biased = tf.add(q as T, bias as T);
      const relative = tf.matMul(biased, tf.expandDims(positions as T, 0), false, true);
      const scores = tf.add(content, relativeShift(relative));
      return tf.matMul(tf.softmax(scores), v as T);
    },
  },
  {
    name: 'squeeze and excite',
    shapes: [
      [2, 5, 4],
      [4, 2],
      [2, 4],
    ],
    compute: (x, down, up) => squeezeExcite(x as T, down as T, up as T),
  },
  {
    name: 'attention pooling',
    shapes: [
      [2, 6, 3],
      [3, 3],
    ],
    compute: (x, weights) => attentionPool(x as T, weights as T),
  },
  {
    name: 'mean of a mirrored neighbourhood',
    shapes: [[2, 1, 6, 3]],
    compute: (x) => {
      const around: [number, number][] = [
        [0, 0],
        [0, 0],
        [1, 1],
        [0, 0],
      ];
      return tf.avgPool(tf.mirrorPad(x as T4, around, 'symmetric'), [1, 3], 1, 'valid');
    },
  },
  {
    name: 'pairs of positions, symmetrised',
    shapes: [[2, 4, 3]],
    compute: (x) => {
      const pairs = tf.mul(tf.add(tf.expandDims(x as T, 1), tf.expandDims(x as T, 2)), 0.5);
      const squares = tf.square(pairs);
      return tf.mul(tf.add(squares, tf.transpose(squares, [0, 2, 1, 3])), 0.5);
    },
  },
  {
    name: 'upper triangle of a map',
    shapes: [[2, 4, 4, 2]],
    compute: (x) => upperTriangle(x as T),
  },
  {
    name: 'dilated residual block',
    shapes: [[2, 8, 3], [3, 3, 4], [4], [4], [1, 4, 3]],
    compute: (x, dilated, scale, offset, narrow) => {
      const wide = tf.conv1d(gelu(x as T, 'tanh') as T3, dilated as T3, 1, 'same', 'NWC', 2);
      const normal = batchNormRelu(wide, scale as T, offset as T);
      return tf.add(x as T, tf.conv1d(normal as T3, narrow as T3, 1, 'same'));
    },
  },
  {
    name: 'join of a U-Net',
    shapes: [
      [2, 3, 2],
      [2, 6, 2],
      [1, 3, 4, 1],
      [1, 1, 4, 3],
    ],
    compute: (deep, skip, depthwise, pointwise) => {
      const up = tf.image.resizeNearestNeighbor(tf.expandDims(deep as T, 1) as T4, [1, 6]);
      const joined = tf.concat([up, tf.expandDims(skip as T, 1) as T4], -1);
      return tf.separableConv2d(joined, depthwise as T4, pointwise as T4, 1, 'same');
    },
  },
  {
    name: 'nearest neighbours that do not divide evenly',
    shapes: [[2, 3, 4, 2]],
    compute: (x) => tf.image.resizeNearestNeighbor(x as T4, [5, 3]),
  },
  {
    name: 'bilinear upsampling by pixel centres',
    shapes: [[2, 3, 4, 2]],
    compute: (x) => tf.image.resizeBilinear(x as T4, [6, 7], false, true),
  },
  {
    name: 'bilinear upsampling by corners',
    shapes: [[2, 3, 4, 2]],
    compute: (x) => tf.image.resizeBilinear(x as T4, [6, 7], true),
  },
  {
    name: 'max pooling with dilation',
    shapes: [[2, 1, 8, 3]],
    compute: (x) => tf.pool(x as T4, [1, 2], 'max', 'same', [1, 2], 1),
  },
  {
    name: 'dilated depthwise convolution',
    shapes: [
      [2, 6, 7, 3],
      [3, 2, 3, 2],
    ],
    compute: (x, w) => tf.depthwiseConv2d(x as T4, w as T4, 1, 'same', 'NHWC', [2, 3]),
  },
  {
    name: 'dilated depthwise convolution of a sequence',
    shapes: [
      [2, 1, 9, 5],
      [1, 3, 5, 1],
    ],
    compute: (x, w) => tf.depthwiseConv2d(x as T4, w as T4, 1, 'same', 'NHWC', [1, 4]),
  },
  {
    name: 'dilated convolution without border',
    shapes: [
      [2, 9, 3],
      [3, 3, 2],
    ],
    compute: (x, w) => tf.conv1d(x as T3, w as T3, 1, 'valid', 'NWC', 3),
  },
  {
    name: 'dilated convolution with a wide border',
    shapes: [
      [1, 5, 6, 2],
      [2, 2, 2, 2],
    ],
    compute: (x, w) => tf.conv2d(x as T4, w as T4, 1, 4, 'NHWC', 2, 'floor'),
  },
  {
    name: 'convolution with stride and a border of its own',
    shapes: [
      [2, 5, 6, 2],
      [3, 2, 2, 3],
    ],
    compute: (x, w) => tf.conv2d(x as T4, w as T4, 2, 2, 'NHWC', 1, 'floor'),
  },
  {
    name: 'convolution with an uneven border',
    shapes: [
      [1, 3, 6, 2],
      [1, 4, 2, 3],
    ],
    compute: (x, w) =>
      tf.conv2d(x as T4, w as T4, 1, [
        [0, 0],
        [0, 0],
        [1, 3],
        [0, 0],
      ]),
  },
  {
    name: 'depthwise convolution with an uneven border',
    shapes: [
      [1, 3, 6, 2],
      [1, 4, 2, 1],
    ],
    compute: (x, w) =>
      tf.depthwiseConv2d(x as T4, w as T4, 1, [
        [0, 0],
        [0, 0],
        [3, 1],
        [0, 0],
      ]),
  },
  {
    name: 'pooling with a border of its own',
    shapes: [[2, 5, 6, 3]],
    compute: (x) =>
      tf.add(tf.maxPool(x as T4, 3, 2, 1, 'floor'), tf.avgPool(x as T4, 3, 2, 1, 'floor')),
    refusedBy: 'tensorflow',
  },
  {
    name: 'sequence convolution from tokens',
    shapes: [[4, 4, 6], [6]],
    compute: (kernel, bias) =>
      sequenceConvolution(tokens(), kernel as T3, bias as T1, {
        padding: 'same',
        activation: 'relu',
        poolSize: 3,
      }),
  },
  {
    name: 'sequence convolution from tokens, mean pooling',
    shapes: [[4, 4, 6], [6]],
    compute: (kernel, bias) =>
      sequenceConvolution(tokens(), kernel as T3, bias as T1, {
        padding: 'same',
        activation: 'relu',
        poolSize: 3,
        pooling: 'mean',
      }),
  },
  ...equations.map(([equation, ...shapes]): OperationCase => ({
    name: `einsum ${equation}`,
    shapes,
    compute: (...factors) => tf.einsum(equation, ...(factors as T[])),
  })),
];
