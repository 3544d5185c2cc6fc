import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { sortRows } from './sort-rows.ts';

/** Entries that share a largest end. */
const GROUP = 64;

/** Where intervals lie: the contig of each, its start and its end. */
export interface IntervalColumns {
  readonly contig: Uint32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/**
 * Finds which of many intervals overlap a stretch: they are sorted by contig and start, with the largest
 * end of each group of them, of each group of groups and so on. One long interval does not make the
 * search walk over all that begin behind it, as it does with a running largest end.
 *
 * An interval of no bases counts as one of the base behind it, so that insertions can be seen.
 */
export class RegionIndex {
  /** Places of the intervals, by contig, start and end. */
  readonly order: Uint32Array;
  readonly #columns: IntervalColumns;
  /** Where each contig begins in `order`; one more for the end. */
  readonly #contigs: Uint32Array;
  /** Largest ends: of groups, of groups of groups, … */
  readonly #levels: readonly Float64Array[];

  /** Sorts the intervals and makes their index. */
  static async of(
    columns: IntervalColumns,
    contigCount: number,
    options: LongWorkOptions = {},
  ): Promise<RegionIndex> {
    const { contig, start, end } = columns;
    const order = new Uint32Array(contig.length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    if (!isSorted(columns)) {
      await sortRows(
        order,
        (a, b) =>
          (contig[a] ?? 0) - (contig[b] ?? 0) ||
          (start[a] ?? 0) - (start[b] ?? 0) ||
          (end[a] ?? 0) - (end[b] ?? 0) ||
          a - b,
        options,
      );
    }
    return new RegionIndex(columns, contigCount, order);
  }

  private constructor(columns: IntervalColumns, contigCount: number, order: Uint32Array) {
    this.#columns = columns;
    this.order = order;
    const { contig } = columns;
    this.#contigs = new Uint32Array(contigCount + 1);
    for (const id of contig) this.#contigs[id + 1] = (this.#contigs[id + 1] ?? 0) + 1;
    for (let i = 1; i <= contigCount; i++) {
      this.#contigs[i] = (this.#contigs[i] ?? 0) + (this.#contigs[i - 1] ?? 0);
    }
    const levels: Float64Array[] = [];
    let below = order.length;
    let endOf = (i: number): number => this.#end(i);
    while (below > GROUP) {
      const level = new Float64Array(Math.ceil(below / GROUP));
      for (let i = 0; i < below; i++) {
        const group = Math.floor(i / GROUP);
        level[group] = Math.max(level[group] ?? 0, endOf(i));
      }
      levels.push(level);
      below = level.length;
      endOf = (i) => level[i] ?? 0;
    }
    this.#levels = levels;
  }

  /** Bounds of a contig in `order`. */
  contigBounds(contig: number): readonly [from: number, to: number] {
    return [this.#contigs[contig] ?? 0, this.#contigs[contig + 1] ?? 0];
  }

  /** Calls `visit` with the place of each interval that overlaps, by start. */
  visit(contig: number, from: number, to: number, visit: (place: number) => void): void {
    const [first, last] = this.contigBounds(contig);
    const { start } = this.#columns;
    let low = first;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((start[this.order[middle] ?? 0] ?? 0) < to) low = middle + 1;
      else high = middle;
    }
    let i = first;
    while (i < low) {
      const step = this.#skip(i, low, from);
      if (step > 0) {
        i += step;
        continue;
      }
      if (this.#end(i) > from) visit(this.order[i] ?? 0);
      i++;
    }
  }

  /** How many entries from `i` on, in whole groups, end before `from`. */
  #skip(i: number, limit: number, from: number): number {
    let found = 0;
    let size = GROUP;
    for (const level of this.#levels) {
      if (i % size !== 0 || i + size > limit || (level[i / size] ?? 0) > from) break;
      found = size;
      size *= GROUP;
    }
    return found;
  }

  #end(i: number): number {
    const place = this.order[i] ?? 0;
    return Math.max(this.#columns.end[place] ?? 0, (this.#columns.start[place] ?? 0) + 1);
  }
}

function isSorted({ contig, start, end }: IntervalColumns): boolean {
  for (let i = 1; i < contig.length; i++) {
    const byContig = (contig[i] ?? 0) - (contig[i - 1] ?? 0);
    if (byContig > 0) continue;
    const byStart = byContig || (start[i] ?? 0) - (start[i - 1] ?? 0);
    if (byStart < 0 || (byStart === 0 && (end[i] ?? 0) < (end[i - 1] ?? 0))) return false;
  }
  return true;
}
