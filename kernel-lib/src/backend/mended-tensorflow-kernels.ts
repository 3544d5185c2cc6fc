import * as tf from '@tensorflow/tfjs-core';
import { convolutionInfo, type ConvolutionAttributes, type Shape4D } from './convolution-info.ts';
import { compose, replaceKernel, type KernelCallArguments } from './mended-composition.ts';
import { borderOf, mapTaps, padOrCut, window } from './mended-convolution-taps.ts';
import { gather } from './mended-gather.ts';

/**
 * What `@tensorflow/tfjs-node` refuses: dilated depthwise convolutions, for which TensorFlow has no
 * kernel on the processor, and convolutions with borders that are given as numbers.
 */

type Result = tf.TensorInfo | tf.TensorInfo[];

/** A convolution; one with a border of its own is that of the input with this border. */
function convolution(
  original: tf.KernelFunc,
  call: KernelCallArguments,
  isDepthwise = false,
): Result {
  const attributes = call.attrs as unknown as ConvolutionAttributes;
  if (typeof attributes.pad === 'string') return original(call);
  const { x, filter } = call.inputs as Record<'x' | 'filter', tf.TensorInfo>;
  const info = convolutionInfo(x.shape, filter.shape, attributes, isDepthwise);
  const attrs = { ...call.attrs, pad: 'valid' };
  return compose([x], (values) => {
    const padded = padOrCut(values as tf.Tensor4D, borderOf(info));
    return handleOf(original({ ...call, inputs: { ...call.inputs, x: padded }, attrs }));
  });
}

/** A depthwise convolution; a dilated one tap by tap. */
function depthwise(original: tf.KernelFunc, call: KernelCallArguments): Result {
  const attributes = call.attrs as unknown as ConvolutionAttributes;
  const { x, filter } = call.inputs as Record<'x' | 'filter', tf.TensorInfo>;
  const info = convolutionInfo(x.shape, filter.shape, attributes, true);
  if (info.dilationHeight === 1 && info.dilationWidth === 1)
    return convolution(original, call, true);
  const { inChannels } = info;
  return compose([x, filter], (values, weights) => {
    const padded = padOrCut(values as tf.Tensor4D, borderOf(info));
    const multiplier = info.outChannels / inChannels;
    const parts = mapTaps(info, (row, column, top, left) =>
      tf.mul(
        tf.reshape(window(padded, info, top, left), [-1, inChannels, 1]),
        tf.reshape(
          tf.slice(weights as tf.Tensor4D, [row, column, 0, 0], [1, 1, inChannels, multiplier]),
          [1, inChannels, multiplier],
        ),
      ),
    );
    return tf.reshape(tf.addN(parts), info.outShape);
  });
}

/** Runs a kernel for a gradient on the input with its border, whose convolution has none. */
function withoutPadding(isOfInput: boolean, depthwise: boolean) {
  return (original: tf.KernelFunc, call: KernelCallArguments): Result => {
    const attributes = call.attrs as unknown as ConvolutionAttributes & {
      inputShape: Shape4D;
      filterShape: Shape4D;
    };
    if (typeof attributes.pad === 'string') return original(call);
    const { x, dy, filter } = call.inputs as Record<'x' | 'dy' | 'filter', tf.TensorInfo>;
    const inputShape = isOfInput ? attributes.inputShape : (x.shape as Shape4D);
    const filterShape = isOfInput ? (filter.shape as Shape4D) : attributes.filterShape;
    const info = convolutionInfo(inputShape, filterShape, attributes, depthwise);
    const border = borderOf(info);
    const attrs = { ...call.attrs, pad: 'valid' };
    if (!isOfInput) {
      return compose([x, dy], (values, upstream) => {
        const padded = padOrCut(values as tf.Tensor4D, border);
        return handleOf(
          original({ ...call, inputs: { x: padded, dy: upstream as tf.Tensor }, attrs }),
        );
      });
    }
    const [batch, height, width, channels] = inputShape;
    const [[top, bottom], [left, right]] = border as [[number, number], [number, number]];
    const padded = [batch, height + top + bottom, width + left + right, channels];
    return compose([], () => {
      const whole = handleOf(original({ ...call, attrs: { ...attrs, inputShape: padded } }));
      return padOrCut(whole as tf.Tensor4D, [
        [-top, -bottom],
        [-left, -right],
      ]);
    });
  };
}

/** A tensor that the surrounding tidy frees, from what a kernel has given. */
function handleOf(result: Result): tf.Tensor {
  if (result instanceof tf.Tensor) return result;
  return tf.engine().makeTensorFromTensorInfo(result as tf.TensorInfo);
}

/** Registers them on the backend `tensorflow`, after its own kernels. */
export function registerMendedTensorFlowKernels(): void {
  replaceKernel(tf.GatherV2, 'tensorflow', gather);
  replaceKernel(tf.Conv2D, 'tensorflow', (original, call) => convolution(original, call));
  replaceKernel(tf.FusedConv2D, 'tensorflow', (original, call) => convolution(original, call));
  replaceKernel(tf.DepthwiseConv2dNative, 'tensorflow', depthwise);
  replaceKernel(tf.Conv2DBackpropInput, 'tensorflow', withoutPadding(true, false));
  replaceKernel(tf.Conv2DBackpropFilter, 'tensorflow', withoutPadding(false, false));
  const { DepthwiseConv2dNativeBackpropInput, DepthwiseConv2dNativeBackpropFilter } = tf;
  replaceKernel(DepthwiseConv2dNativeBackpropInput, 'tensorflow', withoutPadding(true, true));
  replaceKernel(DepthwiseConv2dNativeBackpropFilter, 'tensorflow', withoutPadding(false, true));
}
