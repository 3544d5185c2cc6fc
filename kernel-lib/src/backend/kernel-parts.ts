import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall, KernelOutput } from './kernel-call.ts';

/** Parts that a call is cut into at most. */
export const MAX_PARTS = 32;

/** Multiplications below which waking other threads costs more than it wins. */
const PARALLEL_FROM = 100_000;

/** Parts of a kernel call with this much work. */
export function partsFor(units: number, multiplications: number): number {
  return multiplications < PARALLEL_FROM ? 1 : Math.min(units, MAX_PARTS);
}

/**
 * A gradient of a filter that each part of a call sums apart. The number of parts decides about
 * rounding, so it must depend on the shapes alone.
 *
 * @param compute is given the memory for the sums, `[parts, …shape]`
 */
export function sumOfParts(
  call: KernelCall,
  parts: number,
  shape: number[],
  compute: (partials: number) => void,
): KernelOutput {
  const size = tf.util.sizeFromShape(shape);
  const output = call.output(shape);
  const partials = parts === 1 ? output.at : call.scratch(parts * size * 4);
  compute(partials);
  if (parts > 1) {
    call.run('sumParts', partsFor(16, parts * size), size, [partials, parts, size, output.at]);
  }
  return output;
}
