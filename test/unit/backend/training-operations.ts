import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** One operation as networks train with it. */
export interface OperationCase {
  readonly name: string;
  /** Shapes of the float inputs that get gradients. */
  readonly shapes: readonly (readonly number[])[];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Inputs are positive (logarithms, roots). */
  readonly positive?: boolean;
  /** Whether a value of an input has the gradient of the values; a layer may leave some out. */
  readonly differentiable?: (leaf: number, index: number) => boolean;
  /** A backend that says that it cannot do this. */
  readonly refusedBy?: string;
  /** A layer with weights of its own; made once a backend. */
  readonly layer?: () => tfl.layers.Layer;
}

type T = tf.Tensor;
type T1 = tf.Tensor1D;
type T2 = tf.Tensor2D;
type T3 = tf.Tensor3D;
type T4 = tf.Tensor4D;

const unary: Record<string, (x: T) => T> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  exp: tf.exp,
  expm1: tf.expm1,
  erf: tf.erf,
  sin: tf.sin,
  cos: tf.cos,
  abs: tf.abs,
  square: tf.square,
  neg: tf.neg,
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.5),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, -1),
  cumsum: (x) => tf.cumsum(x, 1),
  'reverse cumsum': (x) => tf.cumsum(x, 1, true, true),
  sum: (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, [0, 1]),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, -1),
  prod: (x) => tf.prod(x, 1),
  norm: (x) => tf.norm(x, 'euclidean', -1),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  reverse: (x) => tf.reverse(x, [1]),
  tile: (x) => tf.tile(x, [1, 2, 3]),
  pad: (x) =>
    tf.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      0.5,
    ),
  'pad by reflection': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      'symmetric',
    ),
  slice: (x) => tf.slice(x, [0, 1, 1], [2, 2, 3]),
  'strided slice': (x) => tf.stridedSlice(x, [0, 0, 1], [2, 4, 5], [1, 2, 3]),
  split: (x) => tf.split(x, [1, 3], 1)[1] as T,
  unstack: (x) => tf.unstack(x, 1)[2] as T,
  stack: (x) => tf.stack([x, tf.square(x)], 1),
  concat: (x) => tf.concat([x, tf.square(x)], -1),
  reshape: (x) => tf.reshape(tf.square(x), [-1]),
  'expand dims': (x) => tf.square(tf.expandDims(x, 1)),
  gather: (x) => tf.gather(x, tf.tensor1d([3, 0, 0, 2], 'int32'), 1),
  'gather of rows': (x) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [1, 0],
          [1, 1],
        ],
        [2, 2],
        'int32',
      ),
    ),
  where: (x) => tf.where(tf.greater(x, 0.1), tf.square(x), tf.mul(x, 3)),
  moments: (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-3)));
  },
  'max pooling': (x) => tf.pool(x as T3, 2, 'max', 'same', 1, 2),
  'mean pooling': (x) => tf.pool(x as T3, 3, 'avg', 'same', 1, 2),
  'nearest neighbour upsampling': (x) =>
    tf.image.resizeNearestNeighbor(tf.expandDims(x, 1) as T4, [1, 8]),
  'bilinear upsampling': (x) => tf.image.resizeBilinear(tf.expandDims(x, 1) as T4, [2, 8]),
  'upper triangle': (x) => tf.linalg.bandPart(x, 0, -1),
  dropout: (x) =>
    tf.mul(x, tf.cast(tf.greater(tf.randomUniform(x.shape, 0, 1, 'float32', 3), 0.5), 'float32')),
  'mean squared error': (x) => tf.losses.meanSquaredError(tf.ones(x.shape), x),
  'Huber loss': (x) => tf.losses.huberLoss(tf.ones(x.shape), x),
  'sigmoid cross-entropy': (x) => tf.losses.sigmoidCrossEntropy(tf.ones(x.shape), x),
  'softmax cross-entropy': (x) =>
    tf.losses.softmaxCrossEntropy(
      tf.oneHot(
        tf.tensor2d(
          [
            [0, 1, 2, 3],
            [4, 0, 1, 2],
          ],
          [2, 4],
          'int32',
        ),
        5,
      ),
      x,
    ),
};

const positive: Record<string, (x: T) => T> = {
  log: tf.log,
  log1p: tf.log1p,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  pow: (x) => tf.pow(x, 1.7),
  reciprocal: tf.reciprocal,
};

const binary: Record<string, (a: T, b: T) => T> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: (a, b) => tf.div(a, tf.add(tf.square(b), 1)),
  maximum: tf.maximum,
  minimum: tf.minimum,
  'squared difference': tf.squaredDifference,
};

/** Shapes with small sides: gradients are compared with finite differences, value by value. */
export const operationCases: readonly OperationCase[] = [
  ...Object.entries(unary).map(([name, compute]) => ({ name, shapes: [[2, 4, 5]], compute })),
  ...Object.entries(positive).map(([name, compute]) => ({
    name,
    shapes: [[2, 4, 5]],
    compute,
    positive: true,
  })),
  ...Object.entries(binary).map(([name, compute]) => ({
    name: `${name}, broadcast`,
    shapes: [
      [2, 4, 5],
      [4, 1],
    ],
    compute: compute as (...inputs: T[]) => T,
  })),
  {
    name: 'matrix product',
    shapes: [
      [4, 3],
      [3, 5],
    ],
    compute: (a, b) => tf.matMul(a as T, b as T),
  },
  {
    name: 'matrix product of a batch, second transposed',
    shapes: [
      [2, 4, 3],
      [2, 5, 3],
    ],
    compute: (a, b) => tf.matMul(a as T, b as T, false, true),
  },
  {
    name: 'matrix product of a batch with one matrix',
    shapes: [
      [2, 4, 3],
      [1, 3, 5],
    ],
    compute: (a, b) => tf.matMul(a as T, b as T),
  },
  {
    name: 'einsum of attention scores',
    shapes: [
      [2, 3, 2, 4],
      [2, 5, 2, 4],
    ],
    compute: (q, k) => tf.einsum('bqhd,bkhd->bhqk', q as T, k as T),
  },
  {
    name: 'einsum with a sum over one factor',
    shapes: [[3, 4], [4]],
    compute: (a, b) => tf.einsum('ij,j->i', a as T, b as T),
  },
  {
    name: 'convolution',
    shapes: [
      [2, 9, 3],
      [4, 3, 2],
    ],
    compute: (x, w) => tf.conv1d(x as T3, w as T3, 1, 'same'),
  },
  {
    name: 'convolution with stride',
    shapes: [
      [2, 9, 3],
      [4, 3, 2],
    ],
    compute: (x, w) => tf.conv1d(x as T3, w as T3, 2, 'valid'),
  },
  {
    name: 'dilated convolution',
    shapes: [
      [2, 9, 3],
      [3, 3, 2],
    ],
    compute: (x, w) => tf.conv1d(x as T3, w as T3, 1, 'same', 'NWC', 2),
  },
  {
    name: 'convolution in two dimensions',
    shapes: [
      [1, 5, 6, 2],
      [3, 2, 2, 3],
    ],
    compute: (x, w) => tf.conv2d(x as T4, w as T4, [2, 1], 'same'),
  },
  {
    name: 'dilated convolution in two dimensions',
    shapes: [
      [1, 6, 7, 2],
      [3, 2, 2, 3],
    ],
    compute: (x, w) => tf.conv2d(x as T4, w as T4, 1, 'same', 'NHWC', [2, 3]),
  },
  {
    name: 'convolution with bias and ReLU',
    shapes: [[2, 1, 9, 3], [1, 4, 3, 2], [2]],
    compute: (x, filter, bias) =>
      tf.fused.conv2d({
        x: x as T4,
        filter: filter as T4,
        bias: bias as T1,
        strides: 1,
        pad: 'same',
        activation: 'relu',
      }),
  },
  {
    name: 'depthwise convolution',
    shapes: [
      [1, 5, 6, 3],
      [3, 2, 3, 2],
    ],
    compute: (x, w) => tf.depthwiseConv2d(x as T4, w as T4, 1, 'same'),
  },
  {
    name: 'depthwise convolution with stride',
    shapes: [
      [1, 5, 6, 3],
      [3, 2, 3, 1],
    ],
    compute: (x, w) => tf.depthwiseConv2d(x as T4, w as T4, 2, 'valid'),
  },
  {
    name: 'separable convolution',
    shapes: [
      [1, 1, 7, 3],
      [1, 3, 3, 1],
      [1, 1, 3, 4],
    ],
    compute: (x, depthwise, pointwise) =>
      tf.separableConv2d(x as T4, depthwise as T4, pointwise as T4, 1, 'same'),
  },
  {
    name: 'transposed convolution',
    shapes: [
      [1, 3, 4, 2],
      [3, 2, 3, 2],
    ],
    compute: (x, w) => tf.conv2dTranspose(x as T4, w as T4, [1, 6, 8, 3], 2, 'same'),
  },
  {
    name: 'batch normalisation with given moments',
    shapes: [[3, 4, 2], [2], [2]],
    compute: (x, offset, scale) =>
      tf.batchNorm(
        x as T3,
        tf.tensor1d([0.1, -0.2]),
        tf.tensor1d([1.3, 0.7]),
        offset as T1,
        scale as T1,
        1e-3,
      ),
  },
  {
    name: 'segment sum',
    shapes: [[5, 3]],
    compute: (x) => tf.unsortedSegmentSum(x as T2, tf.tensor1d([0, 2, 0, 1, 2], 'int32'), 4),
  },
  {
    name: 'dense layer with ReLU',
    shapes: [[3, 4], [4, 2], [2]],
    compute: (a, b, bias) =>
      tf.fused.matMul({ a: a as T2, b: b as T2, bias: bias as T1, activation: 'relu' }),
  },
  ...(
    [
      [
        'LSTM',
        () => tfl.layers.lstm({ units: 2, returnSequences: true, recurrentActivation: 'sigmoid' }),
      ],
      ['GRU', () => tfl.layers.gru({ units: 2, recurrentActivation: 'sigmoid' })],
      [
        'bidirectional LSTM',
        () =>
          tfl.layers.bidirectional({
            layer: tfl.layers.lstm({ units: 1, recurrentActivation: 'sigmoid' }) as tfl.RNN,
            mergeMode: 'concat',
          }),
      ],
      ['layer normalisation', () => tfl.layers.layerNormalization({})],
      ['separable layer', () => tfl.layers.separableConv2d({ filters: 3, kernelSize: [1, 3] })],
      ['upsampling layer', () => tfl.layers.upSampling2d({ size: [1, 2] })],
    ] as [string, () => tfl.layers.Layer][]
  ).map(([name, layer]) => ({
    name,
    shapes: [/separable|upsampling/.test(name) ? [2, 1, 5, 3] : [1, 3, 4]],
    compute: (x: T) => x,
    layer,
  })),
];
