import { sampleDeviation } from './bbi-header.ts';

/** What one number a bin says. */
export type BigWigSummary = 'mean' | 'max' | 'min' | 'sum' | 'coverage' | 'std';

/** All of them, for checks. */
export const SUMMARIES: readonly BigWigSummary[] = ['mean', 'max', 'min', 'sum', 'coverage', 'std'];

/**
 * Collects values into bins of an interval. Bin i of n begins at `start + floor(length · i / n)`, as in
 * pyBigWig.
 */
export class BinCollector {
  readonly #start: number;
  readonly #length: number;
  readonly #bins: number;
  readonly #covered: Float64Array;
  readonly #sum: Float64Array;
  readonly #sumSquares: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  /** The bin of the last value, and where it lies. */
  #last = 0;
  #lastStart = 0;
  #lastEnd = 0;

  constructor(start: number, end: number, bins: number) {
    this.#start = start;
    this.#length = end - start;
    this.#bins = bins;
    this.#covered = new Float64Array(bins);
    this.#sum = new Float64Array(bins);
    this.#sumSquares = new Float64Array(bins);
    this.#min = new Float64Array(bins).fill(Infinity);
    this.#max = new Float64Array(bins).fill(-Infinity);
  }

  /** Adds one value for each base of a stretch that lies inside the interval. */
  add(start: number, end: number, value: number): void {
    // Most values lie in the bin of the one before.
    if (start >= this.#lastStart && end <= this.#lastEnd) {
      const bases = end - start;
      this.#count(this.#last, bases, value, value, bases * value, bases * value * value);
      return;
    }
    const last = this.#binOf(end - 1);
    for (let bin = this.#binOf(start); bin <= last; bin++) {
      const bases = Math.min(end, this.#edge(bin + 1)) - Math.max(start, this.#edge(bin));
      this.#count(bin, bases, value, value, bases * value, bases * value * value);
    }
    this.#last = last;
    this.#lastStart = this.#edge(last);
    this.#lastEnd = this.#edge(last + 1);
  }

  /**
   * Adds a summary of a stretch, which may reach beyond the interval: each bin gets the part of the
   * sums that its share of the stretch has, and the extremes whole.
   */
  addSummary(
    start: number,
    end: number,
    covered: number,
    min: number,
    max: number,
    sum: number,
    sumSquares: number,
  ): void {
    const from = Math.max(start, this.#start);
    const to = Math.min(end, this.#start + this.#length);
    if (covered === 0 || from >= to) return;
    const last = this.#binOf(to - 1);
    for (let bin = this.#binOf(from); bin <= last; bin++) {
      const bases = Math.min(to, this.#edge(bin + 1)) - Math.max(from, this.#edge(bin));
      const share = bases / (end - start);
      this.#count(bin, covered * share, min, max, sum * share, sumSquares * share);
    }
  }

  /**
   * One number a bin.
   *
   * @param missing for bins without a value; their `coverage` is 0
   */
  results(summary: BigWigSummary, missing: number): Float32Array {
    return Float32Array.from({ length: this.#bins }, (_, bin) => {
      const covered = this.#covered[bin] ?? 0;
      if (summary === 'coverage') return covered / (this.#edge(bin + 1) - this.#edge(bin));
      if (covered === 0) return missing;
      const sum = this.#sum[bin] ?? 0;
      switch (summary) {
        case 'mean':
          return sum / covered;
        case 'sum':
          return sum;
        case 'min':
          return this.#min[bin] ?? missing;
        case 'max':
          return this.#max[bin] ?? missing;
        case 'std':
          return sampleDeviation(covered, sum, this.#sumSquares[bin] ?? 0);
      }
    });
  }

  /** Sums over all bins. */
  totals(): { basesCovered: number; min: number; max: number; sum: number; sumSquares: number } {
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    return {
      basesCovered: total(this.#covered),
      min: this.#min.reduce((a, b) => Math.min(a, b), Infinity),
      max: this.#max.reduce((a, b) => Math.max(a, b), -Infinity),
      sum: total(this.#sum),
      sumSquares: total(this.#sumSquares),
    };
  }

  #count(
    bin: number,
    covered: number,
    min: number,
    max: number,
    sum: number,
    sumSquares: number,
  ): void {
    this.#covered[bin] = (this.#covered[bin] ?? 0) + covered;
    this.#sum[bin] = (this.#sum[bin] ?? 0) + sum;
    this.#sumSquares[bin] = (this.#sumSquares[bin] ?? 0) + sumSquares;
    if (min < (this.#min[bin] ?? 0)) this.#min[bin] = min;
    if (max > (this.#max[bin] ?? 0)) this.#max[bin] = max;
  }

  /** Where a bin begins. */
  #edge(bin: number): number {
    return this.#start + Math.floor((this.#length * bin) / this.#bins);
  }

  #binOf(position: number): number {
    const guess = Math.floor(((position - this.#start) * this.#bins) / this.#length);
    let bin = Math.min(Math.max(guess, 0), this.#bins - 1);
    while (bin > 0 && position < this.#edge(bin)) bin--;
    while (bin < this.#bins - 1 && position >= this.#edge(bin + 1)) bin++;
    return bin;
  }
}
