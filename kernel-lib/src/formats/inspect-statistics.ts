import { formatCell } from '../core/table-view.ts';

/** Different numbers that are counted exactly. */
const MOST_DISTINCT = 1 << 16;

/**
 * Least, median and largest of many whole numbers in flat memory. The median is exact up to 65,536
 * different numbers; beyond, numbers are rounded to three digits.
 */
export class WholeNumberSummary {
  least = Infinity;
  largest = -Infinity;
  sum = 0;
  count = 0;
  isExact = true;
  #counts = new Map<number, number>();

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.largest) this.largest = value;
    const key = this.isExact ? value : rounded(value);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (this.isExact && this.#counts.size > MOST_DISTINCT) this.#round();
  }

  /** The number in the middle; the smaller one of two. */
  median(): number {
    let left = (this.count + 1) >> 1;
    for (const [value, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return value;
    }
    return NaN;
  }

  /** For example `6 to 2,149 (median 312)`; undefined where there are none. */
  text(unit = ''): string | undefined {
    if (this.count === 0) return undefined;
    if (this.least === this.largest) return `${formatCell(this.least)}${unit}`;
    const about = this.isExact ? '' : 'about ';
    return `${formatCell(this.least)} to ${formatCell(this.largest)}${unit} (median ${about}${formatCell(this.median())})`;
  }

  #round(): void {
    this.isExact = false;
    const counts = new Map<number, number>();
    for (const [value, count] of this.#counts) {
      const key = rounded(value);
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    this.#counts = counts;
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** Counts by name; further names are counted together once there are very many. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly #most: number;

  /** @param most names that are told apart */
  constructor(most = 10_000) {
    this.#most = most;
  }

  add(name: string): void {
    const count = this.counts.get(name);
    if (count !== undefined) this.counts.set(name, count + 1);
    else if (this.counts.size < this.#most) this.counts.set(name, 1);
    else this.counts.set('(others)', (this.counts.get('(others)') ?? 0) + 1);
  }
}
