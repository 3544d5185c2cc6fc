import { UsageError } from '../core/errors.ts';
import { MersenneTwister } from './python-random-twister.ts';
import { checkBound, swap } from './python-random.ts';

/**
 * The random numbers of NumPy's legacy generator (`numpy.random.seed(seed)`, `RandomState(seed)`),
 * in the same order.
 *
 * @throws UsageError for a seed outside 0 … 2³² − 1, as NumPy
 *
 * @example
 * new NumpyRandom(0).shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]); // [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]
 */
export class NumpyRandom {
  readonly #twister: MersenneTwister;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new UsageError({
        where: 'NumpyRandom, seed',
        found: String(seed),
        expected: 'a whole number from 0 to 4,294,967,295',
      });
    }
    this.#twister = MersenneTwister.fromSeed(seed);
  }

  /** A number in [0, 1), as `random_sample()`. */
  random(): number {
    return this.#twister.uniform();
  }

  /** A whole number in [0, bound), drawn as `shuffle` draws its places. */
  integer(bound: number): number {
    checkBound(bound, 'NumpyRandom.integer');
    if (bound === 1) return 0;
    const mask = 0xffffffff >>> Math.clz32(bound - 1);
    for (;;) {
      const value = (this.#twister.uint32() & mask) >>> 0;
      if (value < bound) return value;
    }
  }

  /** Shuffles in place as `numpy.random.shuffle(items)` and returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) swap(items, i, this.integer(i + 1));
    return items;
  }
}
