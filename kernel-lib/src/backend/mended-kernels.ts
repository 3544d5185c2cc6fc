import * as tf from '@tensorflow/tfjs-core';
import { poolInfo } from './convolution-info.ts';
import { registerEinsum } from './einsum.ts';
import { compose, replaceKernel, type KernelCallArguments } from './mended-composition.ts';
import { gather } from './mended-gather.ts';
import { registerMendedTensorFlowKernels } from './mended-tensorflow-kernels.ts';

/** How many values of the input each window of an axis sees. */
function seenBy(
  windows: number,
  from: readonly [start: number, stride: number],
  taps: number,
  size: number,
): number[] {
  const [start, stride] = from;
  return Array.from({ length: windows }, (_, i) => {
    const first = start + i * stride;
    return Math.min(size, first + taps) - Math.max(0, first);
  });
}

/**
 * Gradient of mean pooling. The kernels of `cpu` and `webgpu` divide by the size of the window even
 * where a part of it lies beyond the border, which the mean itself does not count.
 */
function avgPoolGrad(original: tf.KernelFunc, call: KernelCallArguments): tf.TensorInfo {
  const { dy, input } = call.inputs as Record<'dy' | 'input', tf.TensorInfo>;
  const info = poolInfo(input.shape, call.attrs);
  const { filterHeight, filterWidth, outHeight, outWidth, padInfo } = info;
  const rows = seenBy(outHeight, [-padInfo.top, info.strideHeight], filterHeight, info.inHeight);
  const columns = seenBy(outWidth, [-padInfo.left, info.strideWidth], filterWidth, info.inWidth);
  if (
    [...rows, ...columns].every((seen, i) => seen === (i < outHeight ? filterHeight : filterWidth))
  ) {
    return original(call) as tf.TensorInfo;
  }
  const factors = rows.flatMap((height) =>
    columns.map((width) => (filterHeight * filterWidth) / (height * width)),
  );
  return compose([dy, input], (upstream, values) => {
    const scaled = tf.mul(upstream, tf.tensor4d(factors, [1, outHeight, outWidth, 1]));
    const inputs = { ...call.inputs, dy: scaled, input: values };
    const result = original({ ...call, inputs }) as tf.TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(result);
  });
}

/** Names of the kernels of `wasm` that are composed of others. */
export const COMPOSED_WASM_KERNELS: readonly string[] = [tf.Einsum];

const registered = new Set<string>();

/** Replaces kernels of a backend that are wrong, missing or need too much memory; once is enough. */
export function registerMendedKernels(backendName: 'cpu' | 'tensorflow' | 'wasm' | 'webgpu'): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  if (backendName === 'tensorflow') {
    registerMendedTensorFlowKernels();
    return;
  }
  registerEinsum(backendName);
  if (backendName === 'wasm') replaceKernel(tf.GatherV2, backendName, gather);
  else replaceKernel(tf.AvgPoolGrad, backendName, avgPoolGrad);
}
