import * as tf from '@tensorflow/tfjs-core';
import {
  convolutionInfo,
  type ConvolutionAttributes,
  type ConvolutionInfo,
} from './convolution-info.ts';
import { borderOf, mapTaps, padOrCut, window } from './mended-convolution-taps.ts';

/** Backends whose kernels for the gradients of convolutions take dilations. */
const WITH_DILATIONS = ['wasm'];

function isDilated({ dilations }: ConvolutionAttributes): boolean {
  return dilations != null && [dilations].flat().some((rate) => rate !== 1);
}

/** Whether the gradient has to be composed: dilated, on a backend whose kernels are not. */
function isComposed(attributes: ConvolutionAttributes): boolean {
  return isDilated(attributes) && !WITH_DILATIONS.includes(tf.getBackend());
}

/**
 * Gradient of the input of a dilated convolution: the dilated convolution of the output's gradient
 * with the filter turned round. Its stride is 1: TensorFlow.js takes no other with a dilation.
 */
function dilatedInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: ConvolutionInfo,
): tf.Tensor4D {
  const { padInfo, dilationHeight, dilationWidth } = info;
  const top = info.effectiveFilterHeight - 1 - padInfo.top;
  const left = info.effectiveFilterWidth - 1 - padInfo.left;
  const bottom = info.inHeight + info.effectiveFilterHeight - 1 - info.outHeight - top;
  const right = info.inWidth + info.effectiveFilterWidth - 1 - info.outWidth - left;
  const padded = padOrCut(dy, [
    [top, bottom],
    [left, right],
  ]);
  const turned: tf.Tensor4D = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(padded, turned, 1, 'valid', 'NHWC', [dilationHeight, dilationWidth]);
}

/** Gradient of the filter of a dilated convolution: one product of matrices a tap. */
function dilatedFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  info: ConvolutionInfo,
): tf.Tensor4D {
  const padded = padOrCut(x, borderOf(info));
  const upstream = tf.reshape(dy, [-1, info.outChannels]);
  const products = mapTaps(info, (_y, _x, top, left) => {
    const seen = tf.reshape(window(padded, info, top, left), [-1, info.inChannels]);
    return tf.matMul(seen, upstream, true);
  });
  return tf.reshape(tf.stack(products), info.filterShape);
}

/** dy as `[batch, outHeight, outWidth, channels, multiplier]`, in four axes. */
function byChannel(dy: tf.Tensor, info: ConvolutionInfo): [rows: tf.Tensor3D, multiplier: number] {
  const multiplier = info.outChannels / info.inChannels;
  return [tf.reshape(dy, [-1, info.inChannels, multiplier]), multiplier];
}

/** Gradient of the input of a dilated depthwise convolution, tap by tap. */
function dilatedDepthwiseInput(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: ConvolutionInfo,
): tf.Tensor4D {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  const [upstream, multiplier] = byChannel(dy, info);
  const parts = mapTaps(info, (y, x, top, left) => {
    const weights = tf.reshape(tf.slice(filter, [y, x, 0, 0], [1, 1, inChannels, multiplier]), [
      1,
      inChannels,
      multiplier,
    ]);
    const part = tf.reshape(tf.sum(tf.mul(upstream, weights), 2), [
      batchSize,
      outHeight,
      outWidth,
      inChannels,
    ]) as tf.Tensor4D;
    const [before, ahead] = [top - padInfo.top, left - padInfo.left];
    return padOrCut(part, [
      [before, inHeight - outHeight - before],
      [ahead, inWidth - outWidth - ahead],
    ]);
  });
  return tf.addN(parts);
}

/** Gradient of the filter of a dilated depthwise convolution, tap by tap. */
function dilatedDepthwiseFilter(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  info: ConvolutionInfo,
): tf.Tensor4D {
  const padded = padOrCut(x, borderOf(info));
  const [upstream] = byChannel(dy, info);
  const sums = mapTaps(info, (_y, _x, top, left) => {
    const seen = tf.reshape(window(padded, info, top, left), [-1, info.inChannels, 1]);
    return tf.sum(tf.mul(seen, upstream), 0);
  });
  return tf.reshape(tf.stack(sums), info.filterShape);
}

/** Runs a kernel of the backend that gives one tensor. */
function runKernel(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
}

interface Variant {
  readonly kernelName: string;
  readonly inputKernel: string;
  readonly filterKernel: string;
  readonly depthwise: boolean;
  readonly composedInput: (
    dy: tf.Tensor4D,
    filter: tf.Tensor4D,
    info: ConvolutionInfo,
  ) => tf.Tensor4D;
  readonly composedFilter: (x: tf.Tensor4D, dy: tf.Tensor4D, info: ConvolutionInfo) => tf.Tensor4D;
}

function convolutionGradient(variant: Variant): tf.GradConfig {
  const { kernelName, inputKernel, filterKernel, depthwise } = variant;
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (upstream, saved, given) => {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      const dy = upstream as tf.Tensor4D;
      // The layer DepthwiseConv2D gives null for its dilations.
      const { dilations, ...rest } = given as unknown as ConvolutionAttributes;
      const attributes = { ...rest, dilations: dilations ?? 1 };
      const info = (): ConvolutionInfo =>
        convolutionInfo(x.shape, filter.shape, attributes, depthwise);
      const composed = isComposed(attributes);
      return {
        x: () =>
          composed
            ? variant.composedInput(dy, filter, info())
            : runKernel(inputKernel, { dy, filter }, { ...attributes, inputShape: x.shape }),
        filter: () =>
          composed
            ? variant.composedFilter(x, dy, info())
            : runKernel(filterKernel, { x, dy }, { ...attributes, filterShape: filter.shape }),
      };
    },
  };
}

/**
 * Gradients of convolutions. Those of TensorFlow.js 4.22 refuse dilations. Where the kernels of a
 * backend do not take them, they are composed: convolutions of one dilated convolution and one
 * product of matrices a tap, depthwise convolutions of element-wise products.
 */
export const convolutionGradients: readonly tf.GradConfig[] = [
  convolutionGradient({
    kernelName: tf.Conv2D,
    inputKernel: tf.Conv2DBackpropInput,
    filterKernel: tf.Conv2DBackpropFilter,
    depthwise: false,
    composedInput: dilatedInputGradient,
    composedFilter: dilatedFilterGradient,
  }),
  convolutionGradient({
    kernelName: tf.DepthwiseConv2dNative,
    inputKernel: tf.DepthwiseConv2dNativeBackpropInput,
    filterKernel: tf.DepthwiseConv2dNativeBackpropFilter,
    depthwise: true,
    composedInput: dilatedDepthwiseInput,
    composedFilter: dilatedDepthwiseFilter,
  }),
  {
    // The gradient of a gradient, which TensorFlow.js would compute without the dilations.
    kernelName: tf.Conv2DBackpropInput,
    inputsToSave: ['dy', 'filter'],
    gradFunc: (upstream, saved, given) => {
      const [dy, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      const x = upstream as tf.Tensor4D;
      const { strides, pad, dilations, dataFormat, dimRoundingMode } =
        given as unknown as ConvolutionAttributes;
      const shape = { filterShape: filter.shape };
      return {
        dy: () => tf.conv2d(x, filter, strides, pad, dataFormat, dilations ?? 1, dimRoundingMode),
        filter: () => runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...given, ...shape }),
      };
    },
  },
];
