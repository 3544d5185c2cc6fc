import { UsageError } from '../core/errors.ts';
import { MersenneTwister } from './python-random-twister.ts';

/** Throws unless a bound lets a whole number be drawn below it. */
export function checkBound(bound: number, where: string): void {
  if (!Number.isInteger(bound) || bound < 1 || bound > 0xffffffff) {
    throw new UsageError({
      where,
      found: `the bound ${String(bound)}`,
      expected: 'a whole number from 1 to 4,294,967,295',
    });
  }
}

/**
 * The random numbers of Python's `random.Random(seed)`, in the same order, so that what was drawn
 * in Python can be drawn again. For new work take {@link Random}, which is faster.
 *
 * @throws UsageError for a seed that is no safe whole number
 *
 * @example
 * new PythonRandom(766).random(); // 0.2784150155339804
 */
export class PythonRandom {
  readonly #twister: MersenneTwister;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new UsageError({
        where: 'PythonRandom, seed',
        found: String(seed),
        expected: 'a whole number',
      });
    }
    // Python seeds with the magnitude, low word first.
    const magnitude = Math.abs(seed);
    const high = Math.floor(magnitude / 4294967296);
    this.#twister = MersenneTwister.fromKey(high > 0 ? [magnitude >>> 0, high] : [magnitude]);
  }

  /** A number in [0, 1), as `random()`. */
  random(): number {
    return this.#twister.uniform();
  }

  /**
   * A whole number of so many random bits, as `getrandbits(bits)`.
   *
   * @param bits from 1 to 32
   */
  bits(bits: number): number {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32) {
      throw new UsageError({
        where: 'PythonRandom.bits',
        found: String(bits),
        expected: 'a whole number from 1 to 32',
      });
    }
    return this.#twister.uint32() >>> (32 - bits);
  }

  /** A whole number in [0, bound), as `randrange(bound)`. */
  integer(bound: number): number {
    checkBound(bound, 'PythonRandom.integer');
    // Python takes the bit length of the bound itself: for a bound of 1 it draws bits until one is 0.
    const bits = 32 - Math.clz32(bound);
    for (;;) {
      const value = this.bits(bits);
      if (value < bound) return value;
    }
  }

  /** A whole number from `low` to `high`, both included, as `randint(low, high)`. */
  integerBetween(low: number, high: number): number {
    return low + this.integer(high - low + 1);
  }

  /** One of some items, as `choice(items)`. */
  choice<T>(items: ArrayLike<T>): T {
    return items[this.integer(items.length)] as T;
  }

  /** Shuffles in place as `shuffle(items)` and returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) swap(items, i, this.integer(i + 1));
    return items;
  }
}

/** Exchanges two items of a list. */
export function swap<T>(items: T[], i: number, j: number): void {
  const kept = items[i] as T;
  items[i] = items[j] as T;
  items[j] = kept;
}
