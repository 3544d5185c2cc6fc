import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel, setKernel, type KernelCallArguments } from './mended-composition.ts';
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './wasm-convolution.ts';
import {
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  depthwiseConv2d,
} from './wasm-depthwise.ts';
import { matrixProduct } from './wasm-matrix-product.ts';
import { avgPoolGrad, maxPoolGrad } from './wasm-pooling.ts';
import { unsortedSegmentSum } from './wasm-segment-sum.ts';

type Kernel = (call: KernelCallArguments) => tf.TensorInfo | tf.TensorInfo[];

/** Kernels of our own that the `wasm` backend of TensorFlow.js lacks, or has wrong or slow. */
const OWN: Readonly<Record<string, Kernel>> = {
  [tf.Conv2DBackpropFilter]: conv2dBackpropFilter,
  [tf.Conv2DBackpropInput]: conv2dBackpropInput,
  [tf.DepthwiseConv2dNative]: depthwiseConv2d,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [tf.MaxPoolGrad]: maxPoolGrad,
  [tf.AvgPoolGrad]: avgPoolGrad,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
};

/** Kernels of our own that leave rare cases to the backend's. */
const WITH_ORIGINAL: Readonly<
  Record<string, (original: tf.KernelFunc, call: KernelCallArguments) => ReturnType<Kernel>>
> = {
  [tf.Conv2D]: conv2d,
  [tf.FusedConv2D]: conv2d,
  [tf.BatchMatMul]: matrixProduct,
  [tf._FusedMatMul]: matrixProduct,
};

/** Names of the kernels of `wasm` that are ours. */
export const OWN_WASM_KERNELS: readonly string[] = [
  ...Object.keys(OWN),
  ...Object.keys(WITH_ORIGINAL),
];

let registered = false;

/** Registers them on the `wasm` backend; doing so again changes nothing. */
export function registerWasmTrainingKernels(): void {
  if (registered) return;
  registered = true;
  for (const [name, kernel] of Object.entries(OWN)) setKernel(name, 'wasm', kernel);
  for (const [name, kernel] of Object.entries(WITH_ORIGINAL)) replaceKernel(name, 'wasm', kernel);
}
