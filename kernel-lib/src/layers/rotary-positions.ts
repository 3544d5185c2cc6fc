import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.ts';
import { differentiable } from './differentiable.ts';

/** Base of the wavelengths in RoFormer and ESM-2. */
const BASE = 10_000;

/** Cosines and sines of the angles of rotary positions, row-major `[length, size / 2]`. */
export interface RotaryAngles {
  readonly length: number;
  /** Size of a head. */
  readonly size: number;
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/**
 * Angles of positions 0, 1, … : position · 10000^(−2i / size) for the i-th pair of values. They are
 * rounded to float32 on the way as PyTorch does, or far positions would differ from the original.
 *
 * @throws UsageError when the size is odd
 */
export function rotaryAngles(length: number, size: number): RotaryAngles {
  if (size % 2 !== 0) {
    throw new UsageError({
      where: 'rotary positions',
      found: `heads of size ${String(size)}`,
      expected: 'an even size, for values are rotated in pairs',
    });
  }
  const half = size / 2;
  const frequencies = rotaryFrequencies(size);
  const cosines = new Float32Array(length * half);
  const sines = new Float32Array(length * half);
  for (let pair = 0; pair < half; pair++) {
    const frequency = frequencies[pair] as number;
    for (let position = 0; position < length; position++) {
      const angle = Math.fround(position * frequency);
      cosines[position * half + pair] = Math.cos(angle);
      sines[position * half + pair] = Math.sin(angle);
    }
  }
  return { length, size, cosines, sines };
}

/**
 * Angle from one position to the next of each pair of values: 10000^(−2i / size), rounded on the way
 * as PyTorch does.
 *
 * @param size of a head, even
 */
export function rotaryFrequencies(size: number): Float32Array {
  return Float32Array.from(
    { length: size / 2 },
    (_, pair) => 1 / Math.fround(BASE ** Math.fround((2 * pair) / size)),
  );
}

/**
 * Rotary position embedding (Su et al. 2021, RoFormer, in the form of ESM-2): value i and value
 * i + size/2 of a head are turned by an angle that grows with the position, so that the product of a
 * query with a key depends on their distance alone.
 *
 * @param x queries or keys, `[batch, heads, length, size]`
 * @param angles of this length and size
 * @returns as `x`; its gradient is turned back
 */
export function rotaryPositions(x: tf.Tensor, angles: RotaryAngles): tf.Tensor {
  const half = angles.size / 2;
  const table = (values: Float32Array): tf.Tensor => tf.tensor2d(values, [angles.length, half]);
  return differentiable({
    inputs: { x },
    forward(inputs, save) {
      const cosines = table(angles.cosines);
      const sines = table(angles.sines);
      save([cosines, sines]);
      return turned(inputs.x, cosines, sines, 1);
    },
    backward: (upstream, [cosines, sines]) => ({
      x: () => turned(upstream, cosines as tf.Tensor, sines as tf.Tensor, -1),
    }),
  });
}

/** Each pair of values turned by its angle, or with direction −1 against it. */
function turned(x: tf.Tensor, cosines: tf.Tensor, sines: tf.Tensor, direction: 1 | -1): tf.Tensor {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  const [sinesOfFirst, sinesOfSecond] = [tf.mul(first, sines), tf.mul(second, sines)];
  const [cosinesOfFirst, cosinesOfSecond] = [tf.mul(first, cosines), tf.mul(second, cosines)];
  return direction === 1
    ? tf.concat([tf.sub(cosinesOfFirst, sinesOfSecond), tf.add(cosinesOfSecond, sinesOfFirst)], -1)
    : tf.concat([tf.add(cosinesOfFirst, sinesOfSecond), tf.sub(cosinesOfSecond, sinesOfFirst)], -1);
}
