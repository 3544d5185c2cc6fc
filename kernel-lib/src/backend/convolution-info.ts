import * as tf from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];

/** Sides, strides and padding of a convolution or pooling, channels last. */
export type ConvolutionInfo = tf.backend_util.Conv2DInfo;

/** Attributes that the kernels of all convolutions have. */
export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

/** Attributes that the kernels of all poolings have. */
export interface PoolAttributes extends ConvolutionAttributes {
  readonly filterSize: [number, number] | number;
}

/**
 * The geometry of a convolution, channels last.
 *
 * @param attributes those of its kernel, or of the kernel of a gradient
 */
export function convolutionInfo(
  input: readonly number[],
  filter: readonly number[],
  attributes: unknown,
  depthwise = false,
): ConvolutionInfo {
  const {
    strides,
    pad,
    dilations,
    dimRoundingMode,
    dataFormat = 'NHWC',
  } = attributes as ConvolutionAttributes;
  tf.util.assert(
    dataFormat === 'NHWC',
    () => 'convolution with dilation or a border of its own: channels have to come last (NHWC)',
  );
  return tf.backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** The geometry of a pooling, channels last. */
export function poolInfo(input: readonly number[], attributes: unknown): ConvolutionInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as PoolAttributes;
  return tf.backend_util.computePool2DInfo(
    input as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
