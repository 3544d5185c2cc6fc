/** Pairs of alike sequences, as two lists of equal length and how alike they are. */
export class SimilarPairs {
  #first = new Uint32Array(1 << 10);
  #second = new Uint32Array(1 << 10);
  #identity = new Float32Array(1 << 10);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(first: number, second: number, identity: number): void {
    if (this.#length === this.#first.length) {
      const size = 2 * this.#length;
      const grown = [new Uint32Array(size), new Uint32Array(size), new Float32Array(size)] as const;
      grown[0].set(this.#first);
      grown[1].set(this.#second);
      grown[2].set(this.#identity);
      [this.#first, this.#second, this.#identity] = grown;
    }
    this.#first[this.#length] = first;
    this.#second[this.#length] = second;
    this.#identity[this.#length++] = identity;
  }

  /** The neighbours of each of `count` sequences, one after the other. */
  neighbours(count: number): Neighbours {
    const starts = new Uint32Array(count + 1);
    for (let i = 0; i < this.#length; i++) {
      (starts[(this.#first[i] as number) + 1] as number)++;
      (starts[(this.#second[i] as number) + 1] as number)++;
    }
    for (let i = 0; i < count; i++)
      starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
    const next = starts.slice(0, count);
    const members = new Uint32Array(2 * this.#length);
    const identities = new Float32Array(2 * this.#length);
    const put = (from: number, to: number, identity: number): void => {
      const at = next[from] as number;
      next[from] = at + 1;
      members[at] = to;
      identities[at] = identity;
    };
    for (let i = 0; i < this.#length; i++) {
      const [a, b] = [this.#first[i] as number, this.#second[i] as number];
      put(a, b, this.#identity[i] as number);
      put(b, a, this.#identity[i] as number);
    }
    return { starts, members, identities };
  }
}

/** Neighbours of sequence i: `members` from `starts[i]` to `starts[i + 1]`. */
export interface Neighbours {
  readonly starts: Uint32Array;
  readonly members: Uint32Array;
  readonly identities: Float32Array;
}

/** Which sequence stands for which. */
export interface Assignment {
  /** Representative of each sequence; its own for a representative. */
  readonly representativeOf: Uint32Array;
  /** Identity to the representative; 1 for a representative itself. */
  readonly identities: Float32Array;
}

/**
 * Greedy set cover: the sequence with most neighbours that are not yet in a cluster stands for all
 * of them, again and again (MMseqs2, `--cluster-mode 0`).
 *
 * @param weights how many equal sequences each one stands for
 *   (between equal counts the lower number wins)
 */
export function coverGreedily(
  { starts, members, identities }: Neighbours,
  weights: Uint32Array,
): Assignment {
  const count = weights.length;
  const representativeOf = new Uint32Array(count).fill(NOBODY);
  const best = new Float32Array(count).fill(-1);
  const open = Float64Array.from(weights);
  for (let i = 0; i < count; i++) {
    for (let at = starts[i] as number; at < (starts[i + 1] as number); at++) {
      open[i] = (open[i] as number) + (weights[members[at] as number] as number);
    }
  }
  // Buckets by what is open, emptied from the top; counts only fall, so a stale entry is put lower.
  const queue = new LargestFirst(open);
  for (let center = queue.next(); center !== undefined; center = queue.next()) {
    if (representativeOf[center] !== NOBODY) continue;
    const joining = [center];
    representativeOf[center] = center;
    best[center] = 1;
    for (let at = starts[center] as number; at < (starts[center + 1] as number); at++) {
      const member = members[at] as number;
      if (representativeOf[member] !== NOBODY) continue;
      representativeOf[member] = center;
      best[member] = identities[at] as number;
      joining.push(member);
    }
    for (const member of joining) {
      const weight = weights[member] as number;
      for (let at = starts[member] as number; at < (starts[member + 1] as number); at++) {
        const neighbour = members[at] as number;
        queue.lower(neighbour, weight);
      }
    }
  }
  return { representativeOf, identities: best };
}

const NOBODY = 2 ** 32 - 1;

/** Gives numbers by falling value; equal ones by rising number. Values may fall meanwhile. */
class LargestFirst {
  readonly #values: Float64Array;
  /** A heap of numbers. */
  readonly #heap: Uint32Array;
  /** The value that each number was put in with. */
  readonly #keys: Float64Array;
  #size: number;

  constructor(values: Float64Array) {
    this.#values = values;
    this.#keys = values.slice();
    this.#size = values.length;
    this.#heap = Uint32Array.from(values, (_, index) => index);
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  lower(index: number, by: number): void {
    this.#values[index] = (this.#values[index] as number) - by;
  }

  next(): number | undefined {
    while (this.#size > 0) {
      const top = this.#heap[0] as number;
      if (this.#keys[top] === this.#values[top]) {
        this.#heap[0] = this.#heap[--this.#size] as number;
        if (this.#size > 0) this.#sink(0);
        return top;
      }
      this.#keys[top] = this.#values[top] as number;
      this.#sink(0);
    }
    return undefined;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#keys[a] as number) - (this.#keys[b] as number);
    return difference > 0 || (difference === 0 && a < b);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    let at = start;
    const moving = heap[at] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (
        child + 1 < this.#size &&
        this.#isBefore(heap[child + 1] as number, heap[child] as number)
      ) {
        child++;
      }
      if (!this.#isBefore(heap[child] as number, moving)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = moving;
  }
}
