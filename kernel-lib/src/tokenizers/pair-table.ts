/**
 * A hash table from pairs of token ids to whole numbers, in typed arrays: open addressing with
 * linear steps. Pairs cannot be removed.
 */
export class PairTable {
  #first: Int32Array;
  #second: Int32Array;
  #values: Int32Array;
  #shift: number;
  #mask: number;
  #size = 0;

  /** @param expected how many pairs will be in it; it grows where there are more */
  constructor(expected = 8) {
    const bits = Math.max(4, Math.ceil(Math.log2(Math.max(1, expected) * 1.6)));
    this.#shift = 32 - bits;
    this.#mask = 2 ** bits - 1;
    this.#first = new Int32Array(2 ** bits).fill(-1);
    this.#second = new Int32Array(2 ** bits);
    this.#values = new Int32Array(2 ** bits);
  }

  /** Pairs in it. */
  get size(): number {
    return this.#size;
  }

  /** The value of a pair, −1 where there is none. */
  get(first: number, second: number): number {
    const slot = this.#slot(first, second);
    return this.#first[slot] === first ? (this.#values[slot] ?? -1) : -1;
  }

  /** Gives a pair a value from 0. */
  set(first: number, second: number, value: number): void {
    let slot = this.#slot(first, second);
    if (this.#first[slot] !== first) {
      if (this.#size * 1.5 > this.#mask) {
        this.#grow();
        slot = this.#slot(first, second);
      }
      this.#first[slot] = first;
      this.#second[slot] = second;
      this.#size++;
    }
    this.#values[slot] = value;
  }

  /** The place of a pair, or the free place where it would be. */
  #slot(first: number, second: number): number {
    const firsts = this.#first;
    const seconds = this.#second;
    const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    let slot = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> this.#shift;
    for (;;) {
      const found = firsts[slot];
      if (found === -1 || (found === first && seconds[slot] === second)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const first = this.#first;
    const second = this.#second;
    const values = this.#values;
    const length = first.length * 2;
    this.#shift--;
    this.#mask = length - 1;
    this.#first = new Int32Array(length).fill(-1);
    this.#second = new Int32Array(length);
    this.#values = new Int32Array(length);
    for (let i = 0; i < first.length; i++) {
      const a = first[i] ?? -1;
      if (a < 0) continue;
      const slot = this.#slot(a, second[i] ?? 0);
      this.#first[slot] = a;
      this.#second[slot] = second[i] ?? 0;
      this.#values[slot] = values[i] ?? 0;
    }
  }
}
