import * as tf from '@tensorflow/tfjs-core';
import { callKernels, type KernelCall, type KernelOutput } from './kernel-call.ts';
import {
  maxConvolution,
  maxConvolutionGradient,
  maxConvolutionOnly,
  meanConvolution,
  meanConvolutionGradient,
  type NamedInfos,
  type SequenceConvolutionShape,
} from './sequence-convolution-kernels.ts';

const MAX = 'SequenceConvolution';
const MAX_ONLY = 'SequenceConvolutionMaximum';
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
  /** Distance of neighbouring positions in bases. Default 1. */
  readonly stride?: number;
  /** Distance of neighbouring taps in bases. Default 1. */
  readonly dilation?: number;
  /**
   * What an unknown base counts as: `zero`, no base at all (the default), or `uniform`, a quarter
   * of each. Padding always counts as no base.
   */
  readonly unknown?: 'zero' | 'uniform';
  /** First position of the convolution that is computed. Default 0. */
  readonly start?: number;
  /** End (excluded) of the positions that are computed. Default: all. */
  readonly end?: number;
}

type KernelBody = (
  call: KernelCall,
  inputs: NamedInfos,
  shape: SequenceConvolutionShape,
) => KernelOutput[];

/** Makes the table kernels known to a backend whose data can be read and written synchronously. */
export function registerSequenceConvolution(backendName: string): void {
  if (tf.getKernel(MAX, backendName) !== undefined) return;
  const kernels: [string, KernelBody][] = [
    [MAX, maxConvolution],
    [MAX_ONLY, maxConvolutionOnly],
    [MAX_BACKWARD, maxConvolutionGradient],
    [MEAN, meanConvolution],
    [MEAN_BACKWARD, meanConvolutionGradient],
  ];
  for (const [kernelName, body] of kernels) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const { shape } = attrs as unknown as { shape: SequenceConvolutionShape };
        const infos = callKernels(backend, (call) =>
          body(call, inputs as unknown as NamedInfos, shape),
        );
        return infos.length === 1 ? (infos[0] as tf.TensorInfo) : infos;
      },
    });
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
  outputsToSave: [false, true],
  gradFunc: (upstream, saved, attributes) => {
    const [tokens, best] = saved as [tf.Tensor, tf.Tensor];
    const gradient = (Array.isArray(upstream) ? upstream[0] : upstream) as tf.Tensor;
    return gradientsOf(MAX_BACKWARD, { tokens, best, gradient }, attributes);
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
  /** Padding before and behind the sequence under 'same' padding (as TensorFlow). */
  readonly left: number;
  readonly right: number;
  readonly stride: number;
  readonly dilation: number;
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
  const { padding, poolSize, stride = 1, dilation = 1, pooling = 'max', phases = 1 } = options;
  const span = (width - 1) * dilation + 1;
  const positions =
    padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - span) / stride) + 1;
  const total = padding === 'same' ? Math.max((positions - 1) * stride + span - length, 0) : 0;
  const { start = 0, end = positions } = options;
  const left = Math.floor(total / 2);
  return {
    left,
    right: total - left,
    stride,
    dilation,
    start,
    end,
    windows: Math.max(0, Math.floor((end - start) / poolSize)),
    pooling,
    phases,
  };
}

/**
 * Pooling of `[batch, positions, filters]` whose positions fill the windows exactly: as
 * `sequenceConvolution` gives it.
 */
export function poolPositions(
  positions: tf.Tensor3D,
  pooling: 'max' | 'mean',
  poolSize: number,
  phases: number,
): tf.Tensor {
  const [batch, length, filters] = positions.shape;
  const windows = length / poolSize;
  if (pooling === 'mean') {
    const split = tf.reshape(positions, [batch, windows, poolSize / phases, phases, filters]);
    const means = tf.mean(split, 2);
    return phases === 1 ? tf.squeeze(means, [2]) : tf.transpose(means, [0, 2, 1, 3]);
  }
  if (poolSize === 1) return positions;
  const pooled = tf.maxPool(
    tf.expandDims(positions, 2) as tf.Tensor4D,
    [poolSize, 1],
    [poolSize, 1],
    'valid',
  );
  return tf.squeeze(pooled, [2]);
}

/**
 * Unpadded convolution. TensorFlow.js has no gradients of dilated convolutions: their taps are laid
 * side by side and multiplied.
 */
function convolve(
  oneHot: tf.Tensor3D,
  kernel: tf.Tensor3D,
  stride: number,
  dilation: number,
): tf.Tensor3D {
  if (dilation === 1) return tf.conv1d(oneHot, kernel, stride, 'valid');
  const [batch, length, letters] = oneHot.shape;
  const [width, , filters] = kernel.shape;
  const positions = length - (width - 1) * dilation;
  const taps = Array.from({ length: width }, (_, tap) =>
    tf.slice(oneHot, [0, tap * dilation, 0], [batch, positions, letters]),
  );
  const patches = tf.reshape(tf.concat(taps, 2), [batch * positions, width * letters]);
  const every = tf.reshape(tf.matMul(patches, tf.reshape(kernel, [width * letters, filters])), [
    batch,
    positions,
    filters,
  ]) as tf.Tensor3D;
  if (stride === 1) return every;
  return tf.gather(every, tf.range(0, positions, stride, 'int32'), 1);
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
  const [width] = kernel.shape;
  const { left, right, stride, dilation, start, windows, pooling, phases } = convolutionGeometry(
    length,
    width,
    options,
  );
  const padded =
    left + right === 0
      ? oneHot
      : tf.pad(oneHot, [
          [0, 0],
          [left, right],
          [0, 0],
        ]);
  const used = windows * poolSize;
  const size = (used - 1) * stride + (width - 1) * dilation + 1;
  const seen = tf.slice(padded, [0, start * stride, 0], [batch, size, 4]);
  let result = tf.add(convolve(seen, kernel, stride, dilation), bias) as tf.Tensor3D;
  if (activation === 'relu') result = tf.relu(result);
  return poolPositions(result, pooling, poolSize, phases);
}

/** Bases of tokens as one-hot rows; an unknown base is a row of zeros or of quarters. */
function oneHotOf(tokens: tf.Tensor, unknown: 'zero' | 'uniform'): tf.Tensor3D {
  const [batch = 0, length = 0] = tokens.shape;
  const letters = tf.cast(tf.oneHot(tf.cast(tokens, 'int32'), 5), 'float32');
  const bases = tf.slice(letters, [0, 0, 0], [batch, length, 4]) as tf.Tensor3D;
  if (unknown === 'zero') return bases;
  const quarters = tf.mul(tf.slice(letters, [0, 0, 4], [batch, length, 1]), 0.25);
  return tf.add(bases, quarters);
}

/** Whether what is computed now may be asked for its gradient. */
function isTaped(): boolean {
  return (tf.engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
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
  const { unknown = 'zero' } = options;
  if (sequence.rank === 3) return composed(sequence as tf.Tensor3D, kernel, bias, options);
  if (tf.getKernel(MAX, tf.getBackend()) === undefined) {
    return tf.tidy(() => composed(oneHotOf(sequence, unknown), kernel, bias, options));
  }
  const [batch = 0, length = 0] = sequence.shape;
  const [width, , filters] = kernel.shape;
  const { left, stride, dilation, start, windows, pooling, phases } = convolutionGeometry(
    length,
    width,
    options,
  );
  const shape: SequenceConvolutionShape = {
    batch,
    length,
    width,
    filters,
    left: left - start * stride,
    stride,
    dilation,
    pool: options.poolSize,
    windows,
    phases,
    relu: options.activation === 'relu',
    uniformUnknown: unknown === 'uniform',
  };
  const inputs = { tokens: sequence, kernel, bias } as unknown as tf.NamedTensorMap;
  const attributes = { shape } as unknown as tf.NamedAttrMap;
  if (pooling === 'mean') {
    const means = tf.engine().runKernel(MEAN, inputs, attributes) as tf.Tensor4D;
    return phases === 1 ? tf.squeeze(means, [1]) : means;
  }
  // Positions of the maxima are kept for a gradient, and nothing but a tape asks for one.
  if (!isTaped()) return tf.engine().runKernel(MAX_ONLY, inputs, attributes) as tf.Tensor3D;
  const [output, best] = tf.engine().runKernel(MAX, inputs, attributes) as [tf.Tensor, tf.Tensor];
  best.dispose();
  return output;
}
