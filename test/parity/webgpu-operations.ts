// Operations that training, prediction and interpretation use, for a comparison of two backends.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../kernel-lib/src/core/random.ts';

/** Normally distributed numbers. */
export function normal(seed: number, shape: number[], shift = 0): tf.Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => shift + random.normal()),
    shape,
  );
}

function integers(seed: number, shape: number[], below: number): tf.Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Int32Array.from({ length: size }, () => random.integer(below)),
    shape,
    'int32',
  );
}

/** Name of a case, and what gives its results; run in a tidy. */
export const operations = new Map<string, () => tf.Tensor[]>();

function value(name: string, compute: () => tf.Tensor | tf.Tensor[]): void {
  if (operations.has(name)) throw new Error(`two cases ${name}`);
  operations.set(name, () => [compute()].flat());
}

/** The value, and the gradients of a weighted sum of squares. */
function gradients(
  name: string,
  shapes: number[][],
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
): void {
  value(name, () => {
    const inputs = shapes.map((shape, index) => normal(index + 1, shape));
    // Computed here: the cosine of a graphics card is good to three digits only.
    const weights = ({ size, shape }: tf.Tensor) =>
      tf.tensor(
        Float32Array.from({ length: size }, (_, i) => 1 + Math.cos(i)),
        shape,
      );
    const loss = (...each: tf.Tensor[]): tf.Tensor => {
      const result = compute(...each);
      return tf.sum(tf.mul(weights(result), tf.square(result)));
    };
    return [compute(...inputs), ...tf.grads(loss)(inputs)];
  });
}

const SHAPE = [7, 11, 5];

const elementwise: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  abs: tf.abs,
  neg: tf.neg,
  square: tf.square,
  sqrt: (x) => tf.sqrt(tf.abs(x)),
  rsqrt: (x) => tf.rsqrt(tf.add(tf.abs(x), 0.1)),
  exp: tf.exp,
  expm1: tf.expm1,
  log: (x) => tf.log(tf.add(tf.abs(x), 0.1)),
  log1p: (x) => tf.log1p(tf.abs(x)),
  reciprocal: (x) => tf.reciprocal(tf.add(tf.abs(x), 0.2)),
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 5)),
  elu: tf.elu,
  selu: tf.selu,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  prelu: (x) => tf.prelu(x, tf.fill([5], 0.2)),
  sigmoid: (x) => tf.sigmoid(tf.mul(x, 30)),
  softplus: (x) => tf.softplus(tf.mul(x, 30)),
  tanh: (x) => tf.tanh(tf.mul(x, 30)),
  gelu: (x) => tf.mul(x, tf.add(0.5, tf.mul(0.5, tf.erf(tf.div(x, Math.SQRT2))))),
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.7),
  pow: (x) => tf.pow(tf.abs(x), 1.7),
  maximum: (x) => tf.maximum(x, 0.3),
  minimum: (x) => tf.minimum(x, 0.1),
  squaredDifference: (x) => tf.squaredDifference(x, 0.3),
  div: (x) => tf.div(x, tf.add(2, tf.mul(x, x))),
};

const reductions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'sum of all': (x) => tf.sum(x),
  'sum of axes 0 and 2': (x) => tf.sum(x, [0, 2], true),
  'mean of axis 1': (x) => tf.mean(x, 1),
  'max of axis 1': (x) => tf.max(x, 1),
  'max of negative numbers': (x) => tf.max(tf.sub(x, 20), 2),
  'min of axis 2': (x) => tf.min(x, 2),
  variance: (x) => tf.moments(x, [0, 1]).variance,
  norm: (x) => tf.norm(x),
  softmax: (x) => tf.softmax(tf.mul(x, 30)),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  cumsum: (x) => tf.cumsum(x, 2),
};

const rearrangements: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  reshape: (x) => tf.reshape(x, [11, 35]),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  slice: (x) => tf.slice(x, [1, 2, 1], [4, 7, 3]),
  reverse: (x) => tf.reverse(x, [1]),
  pad: (x) =>
    tf.pad(x, [
      [0, 0],
      [2, 3],
      [1, 0],
    ]),
  tile: (x) => tf.tile(x, [2, 1, 3]),
  split: (x) => tf.split(x, [4, 5, 2], 1)[1] as tf.Tensor,
  concat: (x) => tf.concat([x, tf.mul(x, 2), x], 1),
  stack: (x) => tf.stack([x, tf.mul(x, 2)], 1),
  unstack: (x) => tf.unstack(x, 1)[3] as tf.Tensor,
  gather: (x) => tf.gather(x, integers(5, [3, 4], 11), 1),
  'rows of a table': (x) => tf.gather(x, integers(5, [4, 6], 7)),
  addN: (x) => tf.addN([x, tf.mul(x, x), x]),
};

for (const group of [elementwise, reductions, rearrangements]) {
  for (const [name, compute] of Object.entries(group)) gradients(name, [SHAPE], compute);
}

for (const shapes of [
  [SHAPE, [5]],
  [
    [7, 1, 5],
    [11, 1],
  ],
  [
    [2, 3, 4, 5],
    [1, 3, 1, 5],
  ],
]) {
  for (const name of ['add', 'sub', 'mul', 'div'] as const) {
    gradients(`${name} ${JSON.stringify(shapes)}`, shapes, (a, b) => tf[name](a, tf.add(b, 4)));
  }
}

for (const [a, b, left, right] of [
  [[33, 70], [70, 37], false, false],
  [[17, 9], [17, 22], true, false],
  [[9, 17], [22, 17], false, true],
  [[32, 64], [64, 1], false, false],
  [[5, 13, 17], [5, 17, 20], false, false],
] as const) {
  gradients(`matMul ${JSON.stringify([a, b, left, right])}`, [[...a], [...b]], (x, y) =>
    tf.matMul(x, y, left, right),
  );
}

for (const [length, inputs, width, filters, stride, padding] of [
  [31, 4, 6, 7, 1, 'same'],
  [31, 4, 6, 8, 1, 'valid'],
  [31, 5, 3, 8, 2, 'same'],
  [64, 32, 5, 32, 1, 'same'],
] as const) {
  const name = `conv1d ${[length, inputs, width, filters, stride, padding].join(' ')}`;
  const shapes = [
    [2, length, inputs],
    [width, inputs, filters],
  ];
  gradients(name, shapes, (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, stride, padding));
}

value('conv1d with dilation', () =>
  tf.conv1d(
    normal(1, [2, 40, 8]) as tf.Tensor3D,
    normal(2, [3, 8, 8]) as tf.Tensor3D,
    1,
    'same',
    'NWC',
    2,
  ),
);

const bias = { strides: 1, pad: 'same', activation: 'relu' } as const;
gradients('convolution with bias and ReLU', [[2, 3, 12, 16], [1, 3, 16, 20], [20]], (x, w, b) =>
  tf.fused.conv2d({ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, bias: b, ...bias }),
);
gradients('dense layer with bias and ReLU', [[33, 70], [70, 9], [9]], (x, w, b) =>
  tf.fused.matMul({ a: x as tf.Tensor2D, b: w as tf.Tensor2D, bias: b, activation: 'relu' }),
);

for (const [pool, stride, padding] of [
  [[3, 1], [3, 1], 'valid'],
  [[5, 1], [2, 1], 'same'],
] as const) {
  const name = `${JSON.stringify([pool, stride])} ${padding}`;
  for (const [kind, compute] of Object.entries({ maxPool: tf.maxPool, avgPool: tf.avgPool })) {
    gradients(`${kind} ${name}`, [[2, 11, 4, 5]], (x) =>
      compute(tf.sub(x, 20) as tf.Tensor4D, [...pool], [...stride], padding),
    );
  }
}

// What was wrong in the backend
for (const count of [7, 8, 20]) {
  value(`addN of ${String(count)}`, () =>
    tf.addN(Array.from({ length: count }, (_, i) => normal(i, [5, 7]))),
  );
}
gradients('concat of 20', [SHAPE], (x) =>
  tf.concat(
    Array.from({ length: 20 }, (_, i) => tf.mul(x, i)),
    1,
  ),
);
value('integers and booleans', () => {
  const table = tf.add(integers(1, [3, 4, 500], 100), tf.scalar(1, 'int32'));
  const floats = tf.cast(table, 'float32');
  const flags = tf.greater(floats, 20);
  return [
    tf.transpose(table, [2, 0, 1]),
    tf.sum(table, 0),
    tf.max(table, 1),
    tf.any(flags, 0),
    tf.transpose(flags, [2, 0, 1]),
    floats,
    tf.transpose(floats, [2, 0, 1]),
    tf.matMul(floats, floats, false, true),
    tf.mul(tf.cast(flags, 'float32'), floats),
    tf.cast(tf.mul(floats, 0.37), 'int32'),
    tf.cast(tf.slice(tf.oneHot(integers(1, [3, 40], 5), 5), [0, 0, 0], [3, 40, 4]), 'float32'),
  ];
});

const FIVE = [3, 2, 4, 3, 5];
gradients('five axes times a vector', [FIVE, [5]], (x, y) => tf.mul(x, y));
gradients('mean of five axes', [FIVE], (x) => tf.mean(x, 2));
gradients('five axes moved', [FIVE], (x) => tf.transpose(x, [4, 0, 2, 1, 3]));
value('five axes tiled', () => tf.tile(normal(1, [2, 3, 2, 2, 3]), [2, 1, 3, 1, 2]));

for (const size of [999, 70_001]) {
  value(`sums of ${String(size)}`, () => {
    const x = normal(1, [size]);
    return [tf.sum(x), tf.mean(x), tf.max(x), tf.norm(x)];
  });
}

function layer(name: string, make: () => tfl.layers.Layer, input: () => tf.Tensor): void {
  value(`layer ${name}`, () => {
    const x = input();
    const each = make();
    each.build(x.shape);
    const variables = each.trainableWeights.map((weight) => weight.read() as tf.Variable);
    variables.forEach((variable, index) => {
      variable.assign(normal(10 + index, variable.shape));
    });
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(each.apply(x, { training: true }) as tf.Tensor)),
      variables,
    );
    const results = [
      each.apply(x) as tf.Tensor,
      ...variables.map(({ name: key }) => grads[key] as tf.Tensor),
    ];
    each.weights.forEach((weight) => {
      weight.dispose();
    });
    return results;
  });
}

layer('normalisation', tfl.layers.layerNormalization, () => normal(1, [3, 6, 12]));
layer('batch normalisation', tfl.layers.batchNormalization, () => normal(1, [3, 6, 12]));
layer(
  'embedding',
  () => tfl.layers.embedding({ inputDim: 9, outputDim: 12 }),
  () => integers(3, [3, 7], 9),
);
