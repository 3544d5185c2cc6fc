/** A pair of tokens and how often it stands in the text. */
export type CountedPair = readonly [left: number, right: number, count: number];

function grown(array: Int32Array) {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * Pairs of tokens with their counts, the commonest first; of equally common ones that with the
 * lowest ids. A heap holds each pair with the count that it had when it came in; counts become
 * smaller only, so that an old one is put right when it comes to the top.
 */
export class PairQueue {
  #left = new Int32Array(1024);
  #right = new Int32Array(1024);
  #count = new Float64Array(1024);
  #size = 0;
  /** Hash table of pair numbers + 1; 0 is free. */
  #slots = new Int32Array(2048);
  /** Heap of pair numbers, and their counts as they came in. */
  #heap = new Int32Array(1024);
  #keys = new Float64Array(1024);
  #queued = 0;

  /** Pairs known. */
  get size(): number {
    return this.#size;
  }

  /** Gives a pair a count and puts it into the queue. */
  set(left: number, right: number, count: number): void {
    const slot = this.#slot(left, right);
    let pair = (this.#slots[slot] ?? 0) - 1;
    if (pair < 0) {
      pair = this.#size++;
      if (pair === this.#left.length) this.#growPairs();
      this.#left[pair] = left;
      this.#right[pair] = right;
      this.#slots[slot] = pair + 1;
      if (this.#size * 1.6 > this.#slots.length) this.#growSlots();
    }
    this.#count[pair] = count;
    if (this.#queued === this.#heap.length) {
      this.#heap = grown(this.#heap);
      const keys = new Float64Array(this.#keys.length * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#up(this.#queued++, pair, count);
  }

  /** Makes the count of a pair smaller; a pair that is not known is passed over. */
  decrease(left: number, right: number, by: number): void {
    const pair = (this.#slots[this.#slot(left, right)] ?? 0) - 1;
    if (pair >= 0) this.#count[pair] = Math.max(0, (this.#count[pair] ?? 0) - by);
  }

  /** Takes the first pair out; undefined where none stands as often as `least`. */
  pop(least: number): CountedPair | undefined {
    while (this.#queued > 0) {
      const pair = this.#heap[0] ?? 0;
      const count = this.#count[pair] ?? 0;
      if (count === this.#keys[0]) {
        if (count < least) return undefined;
        this.#removeTop();
        this.#count[pair] = 0;
        return [this.#left[pair] ?? 0, this.#right[pair] ?? 0, count];
      }
      if (count < least) this.#removeTop();
      else this.#down(pair, count);
    }
    return undefined;
  }

  #slot(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    let slot = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    slot = (slot ^ (slot >>> 13)) & mask;
    for (;;) {
      const pair = (this.#slots[slot] ?? 0) - 1;
      if (pair < 0 || (this.#left[pair] === left && this.#right[pair] === right)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growPairs(): void {
    this.#left = grown(this.#left);
    this.#right = grown(this.#right);
    const count = new Float64Array(this.#count.length * 2);
    count.set(this.#count);
    this.#count = count;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let pair = 0; pair < this.#size; pair++) {
      this.#slots[this.#slot(this.#left[pair] ?? 0, this.#right[pair] ?? 0)] = pair + 1;
    }
  }

  /** Whether one pair with its count comes before another. */
  #isBefore(pair: number, count: number, other: number, otherCount: number): boolean {
    if (count !== otherCount) return count > otherCount;
    const left = this.#left[pair] ?? 0;
    const otherLeft = this.#left[other] ?? 0;
    if (left !== otherLeft) return left < otherLeft;
    return (this.#right[pair] ?? 0) < (this.#right[other] ?? 0);
  }

  #up(place: number, pair: number, count: number): void {
    let at = place;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = this.#heap[parent] ?? 0;
      const otherCount = this.#keys[parent] ?? 0;
      if (!this.#isBefore(pair, count, other, otherCount)) break;
      this.#heap[at] = other;
      this.#keys[at] = otherCount;
      at = parent;
    }
    this.#heap[at] = pair;
    this.#keys[at] = count;
  }

  #removeTop(): void {
    const last = --this.#queued;
    if (last > 0) this.#down(this.#heap[last] ?? 0, this.#keys[last] ?? 0);
  }

  /** Puts a pair where the top is, and down to its place. */
  #down(pair: number, count: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#queued) break;
      let other = this.#heap[child] ?? 0;
      let otherCount = this.#keys[child] ?? 0;
      if (child + 1 < this.#queued) {
        const second = this.#heap[child + 1] ?? 0;
        const secondCount = this.#keys[child + 1] ?? 0;
        if (this.#isBefore(second, secondCount, other, otherCount)) {
          child++;
          other = second;
          otherCount = secondCount;
        }
      }
      if (!this.#isBefore(other, otherCount, pair, count)) break;
      this.#heap[at] = other;
      this.#keys[at] = otherCount;
      at = child;
    }
    this.#heap[at] = pair;
    this.#keys[at] = count;
  }
}
