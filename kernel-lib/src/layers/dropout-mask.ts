import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';

const DRAWS = 4096;

/**
 * Factors of dropout (Srivastava et al. 2014): 0 with the probability `rate`, else 1 / (1 − rate).
 * A function of seed and step alone. Each value takes 16 random bits, so that the rate is met to
 * 1 in 65,536 and half the draws are spared; the factor fits the rate that is met.
 *
 * @param rate in [0, 1)
 * @throws UsageError when the rate is outside of [0, 1)
 */
export function dropoutMask(size: number, rate: number, seed: number, step: number): Float32Array {
  checkDropoutRate(rate, 'dropout mask');
  const threshold = Math.min(65_535, Math.round(rate * 65_536));
  const keep = 65_536 / (65_536 - threshold);
  const mask = new Float32Array(size);
  const random = new Random(seed).derive(step);
  // A small buffer stays in the processor's first cache.
  const draws = new Uint32Array(Math.min(DRAWS, Math.ceil(size / 2)));
  for (let start = 0; start < size; start += 2 * draws.length) {
    random.fillUint32(draws);
    const end = Math.min(size, start + 2 * draws.length);
    const pairs = (end - start) >> 1;
    for (let i = 0; i < pairs; i++) {
      const draw = draws[i] as number;
      const at = start + 2 * i;
      mask[at] = (draw & 0xffff) < threshold ? 0 : keep;
      mask[at + 1] = draw >>> 16 < threshold ? 0 : keep;
    }
    if ((end - start) % 2 === 1) {
      mask[end - 1] = ((draws[pairs] as number) & 0xffff) < threshold ? 0 : keep;
    }
  }
  return mask;
}

/** @throws UsageError when a rate is outside of [0, 1) */
export function checkDropoutRate(rate: number, where: string): void {
  if (rate >= 0 && rate < 1) return;
  throw new UsageError({ where, found: `rate ${String(rate)}`, expected: 'a number in [0, 1)' });
}
