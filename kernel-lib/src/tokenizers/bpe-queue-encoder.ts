import type { BpeEncoder } from './bpe-encoder.ts';
import type { BpeMerges } from './bpe-merges.ts';

/**
 * Byte-pair encoding as it is defined: of all adjacent pairs that can be merged, the one of lowest
 * rank is merged first, of equal ones the first. A queue holds the pairs, as in `tokenizers`, so
 * that a word of n letters takes n log n steps. Works with any merges.
 */
export class BpeQueueEncoder implements BpeEncoder {
  readonly #merges: BpeMerges;
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** Queue: a binary heap of rank and position. */
  #ranks = new Int32Array(64);
  #positions = new Int32Array(64);
  #queued = 0;

  constructor(merges: BpeMerges) {
    this.#merges = merges;
  }

  encode(symbols: Int32Array, count: number, lengths: Int32Array): number {
    if (this.#next.length < count) {
      this.#next = new Int32Array(count * 2);
      this.#previous = new Int32Array(count * 2);
    }
    const next = this.#next;
    const previous = this.#previous;
    const { ranks, result } = this.#merges;
    this.#queued = 0;
    for (let i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
      lengths[i] = 1;
      if (i + 1 < count) this.#offer(symbols[i] ?? 0, symbols[i + 1] ?? 0, i);
    }
    while (this.#queued > 0) {
      const queuedRank = this.#ranks[0] ?? 0;
      const at = this.#positions[0] ?? 0;
      this.#pop();
      const behind = next[at] ?? -1;
      if (lengths[at] === 0 || behind < 0) continue;
      // A pair that changed since it was queued, unless what it gives is the same.
      const rank = ranks.get(symbols[at] ?? 0, symbols[behind] ?? 0);
      if (rank < 0 || result[rank] !== result[queuedRank]) continue;
      const merged = result[rank] ?? 0;
      symbols[at] = merged;
      lengths[at] = (lengths[at] ?? 0) + (lengths[behind] ?? 0);
      lengths[behind] = 0;
      const after = next[behind] ?? -1;
      next[at] = after;
      const before = previous[at] ?? -1;
      if (before >= 0) this.#offer(symbols[before] ?? 0, merged, before);
      if (after >= 0) {
        previous[after] = at;
        this.#offer(merged, symbols[after] ?? 0, at);
      }
    }
    let tokens = 0;
    for (let i = 0; i < count; i++) {
      if (lengths[i] === 0) continue;
      symbols[tokens] = symbols[i] ?? 0;
      lengths[tokens++] = lengths[i] ?? 0;
    }
    return tokens;
  }

  #offer(first: number, second: number, position: number): void {
    const rank = this.#merges.ranks.get(first, second);
    if (rank < 0) return;
    if (this.#queued === this.#ranks.length) this.#grow();
    const ranks = this.#ranks;
    const positions = this.#positions;
    let at = this.#queued++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentRank = ranks[parent] ?? 0;
      const parentPosition = positions[parent] ?? 0;
      if (parentRank < rank || (parentRank === rank && parentPosition <= position)) break;
      ranks[at] = parentRank;
      positions[at] = parentPosition;
      at = parent;
    }
    ranks[at] = rank;
    positions[at] = position;
  }

  #pop(): void {
    const ranks = this.#ranks;
    const positions = this.#positions;
    const count = --this.#queued;
    const rank = ranks[count] ?? 0;
    const position = positions[count] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      const other = child + 1;
      if (other < count && this.#isBefore(other, child)) child = other;
      const childRank = ranks[child] ?? 0;
      const childPosition = positions[child] ?? 0;
      if (rank < childRank || (rank === childRank && position <= childPosition)) break;
      ranks[at] = childRank;
      positions[at] = childPosition;
      at = child;
    }
    ranks[at] = rank;
    positions[at] = position;
  }

  #isBefore(a: number, b: number): boolean {
    const rankA = this.#ranks[a] ?? 0;
    const rankB = this.#ranks[b] ?? 0;
    return (
      rankA < rankB || (rankA === rankB && (this.#positions[a] ?? 0) < (this.#positions[b] ?? 0))
    );
  }

  #grow(): void {
    const ranks = new Int32Array(this.#ranks.length * 2);
    const positions = new Int32Array(ranks.length);
    ranks.set(this.#ranks);
    positions.set(this.#positions);
    this.#ranks = ranks;
    this.#positions = positions;
  }
}
