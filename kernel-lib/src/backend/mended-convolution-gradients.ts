import * as tf from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
type Info = tf.backend_util.Conv2DInfo;

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number | null;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Backends whose kernels for the gradients of convolutions take dilations. */
const WITH_DILATIONS = ['wasm'];

function isDilated({ dilations }: ConvolutionAttributes): boolean {
  return dilations != null && [dilations].flat().some((rate) => rate !== 1);
}

/** Whether the gradient has to be composed: dilated, on a backend whose kernels are not. */
function isComposed(attributes: ConvolutionAttributes): boolean {
  return isDilated(attributes) && !WITH_DILATIONS.includes(tf.getBackend());
}

function infoOf(
  input: Shape4D,
  filter: Shape4D,
  { strides, dilations, pad, dimRoundingMode, dataFormat = 'NHWC' }: ConvolutionAttributes,
  depthwise: boolean,
): Info {
  tf.util.assert(
    dataFormat === 'NHWC',
    () => 'gradient of a dilated convolution: channels have to come last (NHWC)',
  );
  return tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/**
 * Pads with zeros, or cuts off where a number is negative.
 *
 * @param edges rows or columns before and behind, for height and width
 */
function padOrCut(x: tf.Tensor4D, edges: readonly [number, number][]): tf.Tensor4D {
  const around: [number, number][] = [[0, 0], ...edges, [0, 0]];
  const cut = around.some((edge) => Math.min(...edge) < 0);
  const kept = cut
    ? tf.slice(
        x,
        around.map(([before]) => Math.max(0, -before)),
        around.map(
          ([before, behind], axis) =>
            (x.shape[axis] ?? 0) - Math.max(0, -before) - Math.max(0, -behind),
        ),
      )
    : x;
  if (!around.some((edge) => Math.max(...edge) > 0)) return kept;
  return tf.pad(
    kept,
    around.map(([before, behind]) => [Math.max(0, before), Math.max(0, behind)]),
  );
}

/** The input with its border, as all taps together see it. */
function withBorder(x: tf.Tensor4D, info: Info): tf.Tensor4D {
  const { padInfo, strideHeight, strideWidth } = info;
  const height = (info.outHeight - 1) * strideHeight + info.effectiveFilterHeight;
  const width = (info.outWidth - 1) * strideWidth + info.effectiveFilterWidth;
  return padOrCut(x, [
    [padInfo.top, height - info.inHeight - padInfo.top],
    [padInfo.left, width - info.inWidth - padInfo.left],
  ]);
}

/** Calls back for each tap: its row, its column, and where the first window sees it. */
function mapTaps<T>(info: Info, body: (y: number, x: number, top: number, left: number) => T): T[] {
  return Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => {
    const [y, x] = [Math.floor(tap / info.filterWidth), tap % info.filterWidth];
    return body(y, x, y * info.dilationHeight, x * info.dilationWidth);
  });
}

/** What one tap sees of the padded input; with a stride of 1, as dilated convolutions have. */
function window(padded: tf.Tensor4D, info: Info, top: number, left: number): tf.Tensor4D {
  const { batchSize, outHeight, outWidth, inChannels } = info;
  return tf.slice(padded, [0, top, left, 0], [batchSize, outHeight, outWidth, inChannels]);
}

/**
 * Gradient of the input of a dilated convolution: the dilated convolution of the output's gradient
 * with the filter turned round. Its stride is 1: TensorFlow.js takes no other with a dilation.
 */
function dilatedInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, info: Info): tf.Tensor4D {
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
function dilatedFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: Info): tf.Tensor4D {
  const padded = withBorder(x, info);
  const upstream = tf.reshape(dy, [-1, info.outChannels]);
  const products = mapTaps(info, (_y, _x, top, left) => {
    const seen = tf.reshape(window(padded, info, top, left), [-1, info.inChannels]);
    return tf.matMul(seen, upstream, true);
  });
  return tf.reshape(tf.stack(products), info.filterShape);
}

/** dy as `[batch, outHeight, outWidth, channels, multiplier]`, in four axes. */
function byChannel(dy: tf.Tensor, info: Info): [rows: tf.Tensor3D, multiplier: number] {
  const multiplier = info.outChannels / info.inChannels;
  return [tf.reshape(dy, [-1, info.inChannels, multiplier]), multiplier];
}

/** Gradient of the input of a dilated depthwise convolution, tap by tap. */
function dilatedDepthwiseInput(dy: tf.Tensor4D, filter: tf.Tensor4D, info: Info): tf.Tensor4D {
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
function dilatedDepthwiseFilter(x: tf.Tensor4D, dy: tf.Tensor4D, info: Info): tf.Tensor4D {
  const padded = withBorder(x, info);
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
  readonly composedInput: (dy: tf.Tensor4D, filter: tf.Tensor4D, info: Info) => tf.Tensor4D;
  readonly composedFilter: (x: tf.Tensor4D, dy: tf.Tensor4D, info: Info) => tf.Tensor4D;
}

function convolutionGradient(variant: Variant): tf.GradConfig {
  const { kernelName, inputKernel, filterKernel, depthwise } = variant;
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (upstream, saved, given) => {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      const dy = upstream as tf.Tensor4D;
      const attributes = given as unknown as ConvolutionAttributes;
      const info = (): Info => infoOf(x.shape, filter.shape, attributes, depthwise);
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
