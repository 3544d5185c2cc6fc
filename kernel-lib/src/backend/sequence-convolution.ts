import * as tf from '@tensorflow/tfjs-core';
import {
  meanConvolutionBackward,
  meanConvolutionForward,
  maxConvolutionBackward,
  maxConvolutionForward,
  type SequenceConvolutionShape,
} from './sequence-convolution-module.ts';

const MAX = 'SequenceConvolution';
const MAX_BACKWARD = 'SequenceConvolutionBackprop';
const MEAN = 'SequenceConvolutionMean';
const MEAN_BACKWARD = 'SequenceConvolutionMeanBackprop';

/** What `sequenceConvolution` computes. */
export interface SequenceConvolutionOptions {
  /** `same` puts unknown bases around the sequence so that its length is kept. */
  readonly padding: 'same' | 'valid';
  readonly activation: 'relu' | 'linear';
  /** Size and stride of the pooling; 1 for none. A rest at the end is dropped. */
  readonly poolSize: number;
  /** Default `max`. */
  readonly pooling?: 'max' | 'mean';
  /**
   * Mean pooling apart for positions that are 0, 1, … modulo this number: 3 keeps the reading frame
   * of codons. Divides `poolSize`. Default 1.
   */
  readonly phases?: number;
  /** First position of the convolution that is computed. Default 0. */
  readonly start?: number;
  /** End (excluded) of the positions that are computed. Default: all. */
  readonly end?: number;
}

type NamedInfos = Readonly<Record<string, tf.TensorInfo>>;
type KernelCall = Parameters<tf.KernelFunc>[0];

/** What every backend of TensorFlow.js in Node can do with tensor data. */
interface DataAccess {
  readSync(dataId: object): Float32Array | Int32Array;
  write(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): object;
}

function tensorInfo(
  access: DataAccess,
  values: Float32Array | Int32Array,
  shape: number[],
): tf.TensorInfo {
  const dtype = values instanceof Int32Array ? 'int32' : 'float32';
  return { dataId: access.write(values, shape, dtype), shape, dtype };
}

/** The parts of a kernel call that all four kernels share. */
function unpack({ inputs, backend, attrs }: KernelCall) {
  const access = backend as DataAccess;
  const infos = inputs as unknown as NamedInfos;
  const read = (name: string): Float32Array | Int32Array =>
    access.readSync((infos[name] as tf.TensorInfo).dataId);
  return {
    access,
    shape: (attrs as unknown as { shape: SequenceConvolutionShape }).shape,
    floats: (name: string) => read(name) as Float32Array,
    integers: (name: string) => read(name) as Int32Array,
  };
}

function maxKernel(call: KernelCall): tf.TensorInfo[] {
  const { access, shape, floats, integers } = unpack(call);
  const { output, best } = maxConvolutionForward(
    integers('tokens'),
    floats('kernel'),
    floats('bias'),
    shape,
  );
  const outputShape = [shape.batch, shape.windows, shape.filters];
  return [tensorInfo(access, output, outputShape), tensorInfo(access, best, outputShape)];
}

function gradientInfos(
  access: DataAccess,
  { width, filters }: SequenceConvolutionShape,
  gradients: { kernel: Float32Array; bias: Float32Array },
): tf.TensorInfo[] {
  return [
    tensorInfo(access, gradients.kernel, [width, 4, filters]),
    tensorInfo(access, gradients.bias, [filters]),
  ];
}

function maxBackwardKernel(call: KernelCall): tf.TensorInfo[] {
  const { access, shape, floats, integers } = unpack(call);
  const gradients = maxConvolutionBackward(
    integers('tokens'),
    floats('output'),
    integers('best'),
    floats('gradient'),
    shape,
  );
  return gradientInfos(access, shape, gradients);
}

function meanKernel(call: KernelCall): tf.TensorInfo {
  const { access, shape, floats, integers } = unpack(call);
  const output = meanConvolutionForward(
    integers('tokens'),
    floats('kernel'),
    floats('bias'),
    shape,
  );
  return tensorInfo(access, output, [shape.batch, shape.phases, shape.windows, shape.filters]);
}

function meanBackwardKernel(call: KernelCall): tf.TensorInfo[] {
  const { access, shape, floats, integers } = unpack(call);
  const gradients = meanConvolutionBackward(
    integers('tokens'),
    floats('kernel'),
    floats('bias'),
    floats('gradient'),
    shape,
  );
  return gradientInfos(access, shape, gradients);
}

/** Makes the table kernels known to a backend whose data can be read and written synchronously. */
export function registerSequenceConvolution(backendName: string): void {
  if (tf.getKernel(MAX, backendName) !== undefined) return;
  const kernels: [string, tf.KernelFunc][] = [
    [MAX, maxKernel],
    [MAX_BACKWARD, maxBackwardKernel],
    [MEAN, meanKernel],
    [MEAN_BACKWARD, meanBackwardKernel],
  ];
  for (const [kernelName, kernelFunc] of kernels) {
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}

/**
 * Gradients of kernel and bias by one call. They are computed at once and not on demand: each
 * on-demand call runs in its own tidy, which would free the gradient that the other one needs.
 */
function gradientsOf(
  kernelName: string,
  inputs: Record<string, tf.Tensor>,
  attributes: tf.NamedAttrMap,
): Record<string, () => tf.Tensor> {
  const [kernel, bias] = tf.engine().runKernel(kernelName, inputs, attributes) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const { tokens } = inputs;
  return {
    tokens: () => tf.zerosLike(tokens as tf.Tensor),
    kernel: () => kernel,
    bias: () => bias,
  };
}

tf.registerGradient({
  kernelName: MAX,
  inputsToSave: ['tokens'],
  outputsToSave: [true, true],
  gradFunc: (upstream, saved, attributes) => {
    const [tokens, output, best] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const gradient = (Array.isArray(upstream) ? upstream[0] : upstream) as tf.Tensor;
    return gradientsOf(MAX_BACKWARD, { tokens, output, best, gradient }, attributes);
  },
});

tf.registerGradient({
  kernelName: MEAN,
  inputsToSave: ['tokens', 'kernel', 'bias'],
  gradFunc: (upstream, saved, attributes) => {
    const [tokens, kernel, bias] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const gradient = upstream as tf.Tensor;
    return gradientsOf(MEAN_BACKWARD, { tokens, kernel, bias, gradient }, attributes);
  },
});

/** Where the convolution lies on the sequence, with all defaults filled in. */
interface Geometry {
  /** Unknown bases before the sequence under 'same' padding, stride 1 (as TensorFlow). */
  readonly left: number;
  readonly total: number;
  readonly start: number;
  readonly end: number;
  readonly windows: number;
  readonly pooling: 'max' | 'mean';
  readonly phases: number;
}

/** Positions, windows and padding of a convolution over sequences of some length. */
export function convolutionGeometry(
  length: number,
  width: number,
  options: SequenceConvolutionOptions,
): Geometry {
  const total = options.padding === 'same' ? width - 1 : 0;
  const { start = 0, end = length + total - width + 1, pooling = 'max', phases = 1 } = options;
  return {
    left: Math.floor(total / 2),
    total,
    start,
    end,
    windows: Math.floor((end - start) / options.poolSize),
    pooling,
    phases,
  };
}

/** The same result by one-hot convolution, for gradients of the sequence and other backends. */
function composed(
  oneHot: tf.Tensor3D,
  kernel: tf.Tensor3D,
  bias: tf.Tensor1D,
  options: SequenceConvolutionOptions,
): tf.Tensor {
  const { activation, poolSize } = options;
  const [batch, length] = oneHot.shape;
  const [width, , filters] = kernel.shape;
  const { left, total, start, windows, pooling, phases } = convolutionGeometry(
    length,
    width,
    options,
  );
  const padded =
    total === 0
      ? oneHot
      : tf.pad(oneHot, [
          [0, 0],
          [left, total - left],
          [0, 0],
        ]);
  const used = windows * poolSize;
  const seen = tf.slice(padded, [0, start, 0], [batch, used + width - 1, 4]);
  let result = tf.add(tf.conv1d(seen, kernel, 1, 'valid'), bias) as tf.Tensor3D;
  if (activation === 'relu') result = tf.relu(result);
  if (pooling === 'mean') {
    const split = tf.reshape(result, [batch, windows, poolSize / phases, phases, filters]);
    const means = tf.mean(split, 2);
    return phases === 1 ? tf.squeeze(means, [2]) : tf.transpose(means, [0, 2, 1, 3]);
  }
  if (poolSize === 1) return result;
  const pooled = tf.maxPool(
    tf.expandDims(result, 2) as tf.Tensor4D,
    [poolSize, 1],
    [poolSize, 1],
    'valid',
  );
  return tf.squeeze(pooled, [2]);
}

/** Bases of tokens as one-hot rows; an unknown base is a row of zeros. */
function oneHotOf(tokens: tf.Tensor): tf.Tensor3D {
  const [batch = 0, length = 0] = tokens.shape;
  const letters = tf.oneHot(tf.cast(tokens, 'int32'), 5);
  return tf.cast(tf.slice(letters, [0, 0, 0], [batch, length, 4]), 'float32') as tf.Tensor3D;
}

/**
 * Convolution of sequences with bias, activation and pooling: `[batch, windows, filters]`, or
 * `[batch, phases, windows, filters]` for more than one phase.
 *
 * Tokens go through 3-mer tables, far faster than one-hot multiplication and equal to it to float
 * rounding; an unknown base is a zero row. A one-hot input goes through ordinary operations, so
 * that gradients of the sequence can be taken.
 *
 * @param sequence int32 tokens `[batch, length]`, or float32 one-hot `[batch, length, 4]`
 * @param kernel float32 `[width, 4, filters]`
 * @param bias float32 `[filters]`
 */
export function sequenceConvolution(
  sequence: tf.Tensor,
  kernel: tf.Tensor3D,
  bias: tf.Tensor1D,
  options: SequenceConvolutionOptions,
): tf.Tensor {
  if (sequence.rank === 3) return composed(sequence as tf.Tensor3D, kernel, bias, options);
  if (tf.getKernel(MAX, tf.getBackend()) === undefined) {
    return tf.tidy(() => composed(oneHotOf(sequence), kernel, bias, options));
  }
  const [batch = 0, length = 0] = sequence.shape;
  const [width, , filters] = kernel.shape;
  const { left, start, windows, pooling, phases } = convolutionGeometry(length, width, options);
  const shape: SequenceConvolutionShape = {
    batch,
    length,
    width,
    filters,
    left: left - start,
    pool: options.poolSize,
    windows,
    phases,
    relu: options.activation === 'relu',
  };
  const inputs = { tokens: sequence, kernel, bias } as unknown as tf.NamedTensorMap;
  const attributes = { shape } as unknown as tf.NamedAttrMap;
  if (pooling === 'mean') {
    const means = tf.engine().runKernel(MEAN, inputs, attributes) as tf.Tensor4D;
    return phases === 1 ? tf.squeeze(means, [1]) : means;
  }
  const [output, best] = tf.engine().runKernel(MAX, inputs, attributes) as [tf.Tensor, tf.Tensor];
  best.dispose();
  return output;
}
