import type { HitBatch } from '../fasta-protocol.ts';

/** One hit of a search, 0-based and half-open. */
export interface ShownHit {
  readonly record: number;
  readonly start: number;
  readonly end: number;
  readonly reverse: boolean;
}

/** Hits of a search in the order they came: all of one record stand together, by their start. */
export class HitStore {
  readonly motif: string;
  readonly #width: number;
  readonly #records: number[] = [];
  readonly #starts: number[] = [];
  readonly #reverse: number[] = [];
  /** First and last (exclusive) hit of each record. */
  readonly #ranges = new Map<number, [number, number]>();
  /** Records with hits, in the order they came. */
  readonly #order: number[] = [];

  constructor(motif: string) {
    this.motif = motif;
    this.#width = motif.length;
  }

  get count(): number {
    return this.#starts.length;
  }

  add({ records, starts, reverse }: Omit<HitBatch, 'search'>): void {
    for (const [at, record] of records.entries()) {
      const index = this.#starts.length;
      this.#records.push(record);
      this.#starts.push(starts[at] ?? 0);
      this.#reverse.push(reverse[at] ?? 0);
      const range = this.#ranges.get(record);
      if (range === undefined) {
        this.#ranges.set(record, [index, index + 1]);
        this.#order.push(record);
      } else range[1] = index + 1;
    }
  }

  at(index: number): ShownHit | undefined {
    const record = this.#records[index];
    const start = this.#starts[index];
    if (record === undefined || start === undefined) return undefined;
    return { record, start, end: start + this.#width, reverse: this.#reverse[index] === 1 };
  }

  /** First hit and the one behind the last of a record. */
  range(record: number): readonly [number, number] {
    return this.#ranges.get(record) ?? [0, 0];
  }

  /** The first hit of a record that starts at a position or behind it. */
  #from(record: number, position: number): number {
    let [low, high] = this.range(record);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Hits of a record that overlap a part of it. */
  *overlapping(record: number, start: number, end: number): Generator<ShownHit> {
    const [, last] = this.range(record);
    for (let index = this.#from(record, start - this.#width + 1); index < last; index++) {
      const hit = this.at(index);
      if (hit === undefined || hit.start >= end) return;
      yield hit;
    }
  }

  /** Index of the next hit behind a position, around the end; -1 where there is none at all. */
  next(record: number, position: number): number {
    if (this.count === 0) return -1;
    const [first, last] = this.range(record);
    const here = this.#from(record, position + 1);
    if (last > first && here < last) return here;
    return this.range(this.#neighbour(record, 1))[0];
  }

  /** Index of the last hit before a position, around the beginning; -1 where there is none at all. */
  previous(record: number, position: number): number {
    if (this.count === 0) return -1;
    const [first, last] = this.range(record);
    const here = this.#from(record, position) - 1;
    if (last > first && here >= first) return here;
    return this.range(this.#neighbour(record, -1))[1] - 1;
  }

  /** The record with hits that follows or precedes one by the order of the file, around its ends. */
  #neighbour(record: number, step: 1 | -1): number {
    const sorted = [...this.#order].sort((a, b) => a - b);
    const [first = 0] = sorted;
    if (step === 1) return sorted.find((other) => other > record) ?? first;
    return sorted.findLast((other) => other < record) ?? sorted.at(-1) ?? first;
  }

  /**
   * How many hits of a record begin in each of `bins` equal parts of it, by strand: even numbers are
   * the forward, odd ones the reverse strand of a part.
   */
  histogram(record: number, length: number, bins: number): Uint32Array {
    const counts = new Uint32Array(2 * bins);
    const [first, last] = this.range(record);
    for (let index = first; index < last; index++) {
      const bin = Math.min(bins - 1, Math.floor(((this.#starts[index] ?? 0) / length) * bins));
      const at = 2 * bin + (this.#reverse[index] ?? 0);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  }
}
