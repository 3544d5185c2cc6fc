const WORDS = 624;
const PERIOD = 397;

/**
 * The generator MT19937 (Matsumoto and Nishimura 1998, mt19937ar.c of 2002): the source of the
 * random numbers of Python's `random` and of NumPy's `RandomState`.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(WORDS);
  #next = WORDS;

  private constructor() {
    // The two ways to seed it are the named functions below.
  }

  /** Seeded with one 32-bit number (`init_genrand`). */
  static fromSeed(seed: number): MersenneTwister {
    const twister = new MersenneTwister();
    twister.#seed(seed);
    return twister;
  }

  /** Seeded with several 32-bit numbers (`init_by_array`). */
  static fromKey(key: readonly number[]): MersenneTwister {
    const twister = new MersenneTwister();
    twister.#seed(19650218);
    const state = twister.#state;
    let i = 1;
    const step = () => {
      if (++i < WORDS) return;
      state[0] = state[WORDS - 1] ?? 0;
      i = 1;
    };
    const mixed = () => {
      const previous = state[i - 1] ?? 0;
      return previous ^ (previous >>> 30);
    };
    for (let n = 0; n < Math.max(WORDS, key.length); n++) {
      const j = n % key.length;
      state[i] = ((state[i] ?? 0) ^ Math.imul(mixed(), 1664525)) + (key[j] ?? 0) + j;
      step();
    }
    for (let n = 0; n < WORDS - 1; n++) {
      state[i] = ((state[i] ?? 0) ^ Math.imul(mixed(), 1566083941)) - i;
      step();
    }
    state[0] = 0x80000000;
    return twister;
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    if (this.#next === WORDS) this.#refill();
    let word = this.#state[this.#next++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A number in [0, 1) with 53 random bits (`genrand_res53`). */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  #seed(seed: number): void {
    const state = this.#state;
    state[0] = seed >>> 0;
    for (let i = 1; i < WORDS; i++) {
      const previous = state[i - 1] ?? 0;
      state[i] = Math.imul(previous ^ (previous >>> 30), 1812433253) + i;
    }
    this.#next = WORDS;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < WORDS; i++) {
      const word = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % WORDS] ?? 0) & 0x7fffffff);
      const twisted = (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
      state[i] = (state[(i + PERIOD) % WORDS] ?? 0) ^ twisted;
    }
    this.#next = 0;
  }
}
