import * as tf from '@tensorflow/tfjs-core';
import {
  sequenceConvolutionBackward,
  sequenceConvolutionForward,
  type SequenceConvolutionShape,
} from './sequence-convolution-module.ts';

const FORWARD = 'SequenceConvolution';
const BACKWARD = 'SequenceConvolutionBackprop';

/** What `sequenceConvolution` computes. */
export interface SequenceConvolutionOptions {
  /** `same` puts unknown bases around the sequence so that its length is kept. */
  readonly padding: 'same' | 'valid';
  readonly activation: 'relu' | 'linear';
  /** Size and stride of the max-pooling; 1 for none. A rest at the end is dropped. */
  readonly poolSize: number;
}

interface Attributes extends SequenceConvolutionOptions {
  readonly shape: SequenceConvolutionShape;
}

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

function forwardKernel({ inputs, backend, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo[] {
  const access = backend as DataAccess;
  const { shape } = attrs as unknown as Attributes;
  const { tokens, kernel, bias } = inputs as Record<'tokens' | 'kernel' | 'bias', tf.TensorInfo>;
  const { output, best } = sequenceConvolutionForward(
    access.readSync(tokens.dataId) as Int32Array,
    access.readSync(kernel.dataId) as Float32Array,
    access.readSync(bias.dataId) as Float32Array,
    shape,
  );
  const outputShape = [shape.batch, shape.windows, shape.filters];
  return [tensorInfo(access, output, outputShape), tensorInfo(access, best, outputShape)];
}

function backwardKernel({ inputs, backend, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo[] {
  const access = backend as DataAccess;
  const { shape } = attrs as unknown as Attributes;
  const { tokens, output, best, gradient } = inputs as Record<
    'tokens' | 'output' | 'best' | 'gradient',
    tf.TensorInfo
  >;
  const { kernel, bias } = sequenceConvolutionBackward(
    access.readSync(tokens.dataId) as Int32Array,
    access.readSync(output.dataId) as Float32Array,
    access.readSync(best.dataId) as Int32Array,
    access.readSync(gradient.dataId) as Float32Array,
    shape,
  );
  return [
    tensorInfo(access, kernel, [shape.width, 4, shape.filters]),
    tensorInfo(access, bias, [shape.filters]),
  ];
}

/** Makes the table kernels known to a backend whose data can be read and written synchronously. */
export function registerSequenceConvolution(backendName: string): void {
  if (tf.getKernel(FORWARD, backendName) !== undefined) return;
  tf.registerKernel({ kernelName: FORWARD, backendName, kernelFunc: forwardKernel });
  tf.registerKernel({ kernelName: BACKWARD, backendName, kernelFunc: backwardKernel });
}

tf.registerGradient({
  kernelName: FORWARD,
  inputsToSave: ['tokens'],
  outputsToSave: [true, true],
  gradFunc: (upstream, saved, attributes) => {
    const [tokens, output, best] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const gradient = (Array.isArray(upstream) ? upstream[0] : upstream) as tf.Tensor;
    // Computed here and not on demand: each on-demand call runs in its own tidy, which would free
    // the gradient that the other one needs.
    const [kernel, bias] = tf
      .engine()
      .runKernel(BACKWARD, { tokens, output, best, gradient }, attributes) as [
      tf.Tensor,
      tf.Tensor,
    ];
    return {
      tokens: () => tf.zerosLike(tokens),
      kernel: () => kernel,
      bias: () => bias,
    };
  },
});

/** Unknown bases before and after a sequence under 'same' padding, stride 1 (as TensorFlow). */
function paddingOf(width: number, padding: 'same' | 'valid'): { left: number; total: number } {
  const total = padding === 'same' ? width - 1 : 0;
  return { left: Math.floor(total / 2), total };
}

/** The same result by one-hot convolution, for backends without the table kernels. */
function composed(
  oneHot: tf.Tensor3D,
  kernel: tf.Tensor3D,
  bias: tf.Tensor1D,
  { padding, activation, poolSize }: SequenceConvolutionOptions,
): tf.Tensor3D {
  let result = tf.add(tf.conv1d(oneHot, kernel, 1, padding), bias) as tf.Tensor3D;
  if (activation === 'relu') result = tf.relu(result);
  if (poolSize === 1) return result;
  const pooled = tf.maxPool(
    tf.expandDims(result, 2) as tf.Tensor4D,
    [poolSize, 1],
    [poolSize, 1],
    'valid',
  );
  return tf.squeeze(pooled, [2]) as tf.Tensor3D;
}

/**
 * Convolution of sequences with bias, activation and max-pooling: `[batch, windows, filters]`.
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
): tf.Tensor3D {
  if (sequence.rank === 3) return composed(sequence as tf.Tensor3D, kernel, bias, options);
  const [batch = 0, length = 0] = sequence.shape;
  if (tf.getKernel(FORWARD, tf.getBackend()) === undefined) {
    return tf.tidy(() => {
      const oneHot = tf.oneHot(tf.cast(sequence, 'int32'), 5);
      const bases = tf.slice(oneHot, [0, 0, 0], [batch, length, 4]);
      return composed(tf.cast(bases, 'float32') as tf.Tensor3D, kernel, bias, options);
    });
  }
  const [width, , filters] = kernel.shape;
  const { left, total } = paddingOf(width, options.padding);
  const positions = length + total - width + 1;
  const attributes: Attributes = {
    ...options,
    shape: {
      batch,
      length,
      width,
      filters,
      left,
      pool: options.poolSize,
      windows: Math.floor(positions / options.poolSize),
      relu: options.activation === 'relu',
    },
  };
  const [output, best] = tf
    .engine()
    .runKernel(
      FORWARD,
      { tokens: sequence, kernel, bias } as unknown as tf.NamedTensorMap,
      attributes as unknown as tf.NamedAttrMap,
    ) as [tf.Tensor3D, tf.Tensor3D];
  best.dispose();
  return output;
}
