import { mergeIntervals } from '../sequence/combine-intervals.ts';
import type { GeneLocus } from './promoter-extraction-genes.ts';

/** A stretch upstream of a gene: 0-based, half-open; its end may lie beyond that of the contig. */
export interface UpstreamRegion {
  readonly start: number;
  readonly end: number;
}

/** Stretches of one contig that genes take, sorted; no two touch. */
interface Taken {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const nothing: Taken = { starts: [], ends: [] };

/** Number of values below (or, `orEqual`, up to) a limit in a sorted list. */
function countBelow(values: readonly number[], limit: number, orEqual: boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = values[middle] ?? 0;
    if (value < limit || (orEqual && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finds the free stretch upstream of genes that is nearest to their start of transcription. */
export class UpstreamFinder {
  readonly #upstream: number;
  readonly #taken = new Map<string, Taken>();

  /**
   * @param upstream bases
   * @param genes what upstream regions may not reach into, on either strand
   */
  constructor(upstream: number, genes: readonly GeneLocus[]) {
    this.#upstream = upstream;
    const byChrom = new Map<string, { starts: number[]; ends: number[] }>();
    const bare = genes.map(({ chrom, start, end }) => ({ chrom, start, end }));
    for (const { chrom, start, end } of mergeIntervals(bare)) {
      let taken = byChrom.get(chrom);
      if (taken === undefined) byChrom.set(chrom, (taken = { starts: [], ends: [] }));
      taken.starts.push(start);
      taken.ends.push(end);
    }
    this.#taken = byChrom;
  }

  /**
   * What is left of `upstream` bases before a gene (clipped at the start of the contig) without what
   * genes take; of several pieces the one nearest to the gene. The end of the contig is not known
   * here: cutting there never changes which piece is nearest.
   *
   * @returns undefined where nothing is left
   */
  find({ chrom, start, end, strand }: GeneLocus): UpstreamRegion | undefined {
    const { starts, ends } = this.#taken.get(chrom) ?? nothing;
    if (strand === '-') {
      const limit = end + this.#upstream;
      // The first stretch that ends behind the gene, and whether it covers the place.
      let next = countBelow(ends, end, true);
      let from = end;
      if ((starts[next] ?? Infinity) <= from) from = ends[next++] ?? from;
      const to = Math.min(limit, starts[next] ?? Infinity);
      return from < to ? { start: from, end: to } : undefined;
    }
    const limit = Math.max(0, start - this.#upstream);
    let before = countBelow(starts, start, false) - 1;
    let to = start;
    if ((ends[before] ?? -1) >= to) to = starts[before--] ?? to;
    const from = Math.max(limit, ends[before] ?? 0);
    return from < to ? { start: from, end: to } : undefined;
  }
}
