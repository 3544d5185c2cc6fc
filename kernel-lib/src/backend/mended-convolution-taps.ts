import * as tf from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];
type Info = tf.backend_util.Conv2DInfo;

/** How a convolution is described to a kernel. */
export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number | null;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry of a convolution, channels last. */
export function infoOf(
  input: Shape4D,
  filter: Shape4D,
  { strides, dilations, pad, dimRoundingMode, dataFormat = 'NHWC' }: ConvolutionAttributes,
  depthwise: boolean,
): Info {
  tf.util.assert(
    dataFormat === 'NHWC',
    () => 'convolution with dilation or a border of its own: channels have to come last (NHWC)',
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
export function padOrCut(x: tf.Tensor4D, edges: readonly [number, number][]): tf.Tensor4D {
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

/** Rows and columns of zeros around the input, or (negative) left out of it, as all taps see it. */
export function borderOf(info: Info): [number, number][] {
  const { padInfo, strideHeight, strideWidth } = info;
  const height = (info.outHeight - 1) * strideHeight + info.effectiveFilterHeight;
  const width = (info.outWidth - 1) * strideWidth + info.effectiveFilterWidth;
  return [
    [padInfo.top, height - info.inHeight - padInfo.top],
    [padInfo.left, width - info.inWidth - padInfo.left],
  ];
}

/** Calls back for each tap: its row, its column, and where the first window sees it. */
export function mapTaps<T>(
  info: Info,
  body: (y: number, x: number, top: number, left: number) => T,
): T[] {
  return Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => {
    const [y, x] = [Math.floor(tap / info.filterWidth), tap % info.filterWidth];
    return body(y, x, y * info.dilationHeight, x * info.dilationWidth);
  });
}

/** What one tap sees of the padded input; with a stride of 1, as dilated convolutions have. */
export function window(padded: tf.Tensor4D, info: Info, top: number, left: number): tf.Tensor4D {
  const { batchSize, outHeight, outWidth, inChannels } = info;
  return tf.slice(padded, [0, top, left, 0], [batchSize, outHeight, outWidth, inChannels]);
}
