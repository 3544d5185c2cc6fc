import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionInfo } from './convolution-info.ts';

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
export function borderOf(info: ConvolutionInfo): [number, number][] {
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
  info: ConvolutionInfo,
  body: (y: number, x: number, top: number, left: number) => T,
): T[] {
  return Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => {
    const [y, x] = [Math.floor(tap / info.filterWidth), tap % info.filterWidth];
    return body(y, x, y * info.dilationHeight, x * info.dilationWidth);
  });
}

/** What one tap sees of the padded input; with a stride of 1, as dilated convolutions have. */
export function window(
  padded: tf.Tensor4D,
  info: ConvolutionInfo,
  top: number,
  left: number,
): tf.Tensor4D {
  const { batchSize, outHeight, outWidth, inChannels } = info;
  return tf.slice(padded, [0, top, left, 0], [batchSize, outHeight, outWidth, inChannels]);
}
