import * as tf from '@tensorflow/tfjs-core';

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [number, number];
}

type Rule = (from: number, to: number, attributes: ResizeAttributes) => (at: number) => number;

/** Where an output position lies on the input's axis. */
const source: Rule = (from, to, { alignCorners }) => {
  const aligned = alignCorners && to > 1;
  const scale = aligned ? (from - 1) / (to - 1) : from / to;
  return (at) => scale * at;
};

/** The input's share in each output of an axis, `[to, from]`, row by row. */
type Shares = (from: number, to: number, attributes: ResizeAttributes) => Float32Array;

const nearest: Shares = (from, to, attributes) => {
  const shares = new Float32Array(to * from);
  const place = source(from, to, attributes);
  for (let at = 0; at < to; at++) {
    const exact = place(attributes.halfPixelCenters ? at + 0.5 : at);
    const index = attributes.alignCorners ? Math.round(exact) : Math.floor(exact);
    shares[at * from + Math.min(from - 1, index)] = 1;
  }
  return shares;
};

const bilinear: Shares = (from, to, attributes) => {
  const shares = new Float32Array(to * from);
  const place = source(from, to, attributes);
  for (let at = 0; at < to; at++) {
    const exact = attributes.halfPixelCenters ? place(at + 0.5) - 0.5 : place(at);
    const low = Math.max(0, Math.floor(exact));
    const high = Math.min(from - 1, Math.max(0, Math.ceil(exact)));
    const fraction = exact - low;
    const row = at * from;
    shares[row + low] = (shares[row + low] ?? 0) + 1 - fraction;
    shares[row + high] = (shares[row + high] ?? 0) + fraction;
  }
  return shares;
};

/** Sums the gradients of one axis of `[outer, to, inner]` over the inputs that they come from. */
function alongAxis(
  gradient: tf.Tensor3D,
  from: number,
  attributes: ResizeAttributes,
  shares: Shares,
): tf.Tensor3D {
  const [outer, to, inner] = gradient.shape;
  if (from === to && !attributes.alignCorners) return gradient;
  const times = to / from;
  if (shares === nearest && Number.isInteger(times) && !attributes.alignCorners) {
    const copies = tf.reshape(gradient, [outer * from, times, inner]);
    return tf.reshape(tf.sum(copies, 1), [outer, from, inner]);
  }
  const matrix = tf.tensor3d(shares(from, to, attributes), [1, to, from]);
  return tf.matMul(matrix, gradient, true);
}

function resizeGradient(kernelName: string, shares: Shares): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['images'],
    gradFunc: (dy, saved, given) => {
      const [images] = saved as [tf.Tensor4D];
      const attributes = given as unknown as ResizeAttributes;
      return {
        images: () => {
          const [batch, height, width, channels] = images.shape;
          const [toHeight, toWidth] = attributes.size;
          const rows = alongAxis(
            tf.reshape(dy as tf.Tensor, [batch, toHeight, toWidth * channels]),
            height,
            attributes,
            shares,
          );
          const columns = alongAxis(
            tf.reshape(rows, [batch * height, toWidth, channels]),
            width,
            attributes,
            shares,
          );
          return tf.reshape(columns, images.shape);
        },
      };
    },
  };
}

/**
 * Gradients of resized images, computed from the shares that the inputs have in the outputs. The
 * kernels of TensorFlow.js 4.22 are wrong on `cpu` (for nearest neighbours from the second example
 * on; for bilinear interpolation with height and width exchanged), and all of them pass over
 * `halfPixelCenters`.
 */
export const resizeGradients: readonly tf.GradConfig[] = [
  resizeGradient(tf.ResizeNearestNeighbor, nearest),
  resizeGradient(tf.ResizeBilinear, bilinear),
];
