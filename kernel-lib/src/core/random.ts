/**
 * Seeded random numbers (xoshiro128**, Blackman and Vigna 2018; seeded by splitmix32), equal on
 * every platform. The whole state is four 32-bit words, so that a run can save and restore it.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number | readonly number[]) {
    if (typeof seed === 'number') {
      this.#state = new Uint32Array(4);
      let word = (seed ^ (Math.floor(seed / 4294967296) * 0x9e3779b9)) >>> 0;
      for (let i = 0; i < 4; i++) {
        word = (word + 0x9e3779b9) >>> 0;
        let mixed = word;
        mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        this.#state[i] = (mixed ^ (mixed >>> 15)) >>> 0;
      }
    } else {
      this.#state = Uint32Array.from(seed);
    }
  }

  /** The state, to be given to the constructor of a generator that goes on from here. */
  get state(): number[] {
    return [...this.#state];
  }

  /** An independent generator for one part of the work, so that parts may run in any order. */
  derive(...keys: readonly number[]): Random {
    let seed = this.#state[0] ?? 0;
    for (const key of keys)
      seed = new Random((seed ^ Math.imul(key + 1, 0x85ebca6b)) >>> 0).uint32();
    return new Random(seed);
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Fills an array with what `uint32` would give one by one, several times as fast. */
  fillUint32(values: Uint32Array): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.#state;
    for (let i = 0; i < values.length; i++) {
      const product = Math.imul(b, 5);
      values[i] = Math.imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    this.#state.set([a, b, c, d]);
  }

  /** A number in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** A whole number in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A standard normal number (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place (Fisher and Yates) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    const array = items as unknown as { length: number; [index: number]: unknown };
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [array[i], array[j]] = [array[j], array[i]];
    }
    return items;
  }

  /** A random order of 0 … n−1. */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    return this.shuffle(order);
  }
}
