import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop } from 'tatabox/core/progress.ts';
import type { Feature, Region } from './track-types.ts';

/** Smallest, largest and mean value of each bin; NaN where there is none. */
export interface SignalBins {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly mean: Float32Array;
}

/** Where values come from: features of a region with their score as value. */
export interface ScoredFeatures {
  features(
    region: Region,
    limit: number,
  ): { readonly features: readonly Feature[]; readonly total: number };
}

/** Features asked for at once. */
const STEP = 20_000;

/**
 * Bins of the values of a bedGraph file, which has no zoom levels: all of its features in the region
 * are looked at, some thousands at a time. A mean is over the bases that have a value.
 *
 * @throws InterruptedError when the signal is aborted
 */
export async function binSignal(
  source: ScoredFeatures,
  region: Region,
  bins: number,
  signal?: AbortSignal,
): Promise<SignalBins> {
  const min = new Float32Array(bins).fill(NaN);
  const max = new Float32Array(bins).fill(NaN);
  const sums = new Float64Array(bins);
  const bases = new Float64Array(bins);
  const width = (region.end - region.start) / bins;
  const add = (start: number, end: number, value: number): void => {
    if (!Number.isFinite(value) || end <= start) return;
    const first = Math.floor((start - region.start) / width);
    const last = Math.min(bins - 1, Math.ceil((end - region.start) / width) - 1);
    for (let bin = first; bin <= last; bin++) {
      const from = Math.max(start, region.start + bin * width);
      const to = Math.min(end, region.start + (bin + 1) * width);
      if (to <= from) continue;
      sums[bin] = (sums[bin] ?? 0) + value * (to - from);
      bases[bin] = (bases[bin] ?? 0) + (to - from);
      const low = min[bin] ?? NaN;
      const high = max[bin] ?? NaN;
      if (!(low <= value)) min[bin] = value;
      if (!(high >= value)) max[bin] = value;
    }
  };
  const parts: Region[] = [region];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    throwIfAborted(signal, 'drawing');
    const { chrom, start, end } = part;
    const { features, total } = source.features(part, STEP);
    const middle = Math.floor((start + end) / 2);
    if (total > features.length && middle > start) {
      parts.push({ chrom, start: middle, end }, { chrom, start, end: middle });
    } else {
      // One that crosses the border of two parts is in both: each takes what lies in it.
      for (const feature of features) {
        add(Math.max(start, feature.start), Math.min(end, feature.end), feature.score);
      }
    }
    await yieldToEventLoop();
  }
  return { min, max, mean: Float32Array.from(sums, (sum, bin) => sum / (bases[bin] ?? 0)) };
}
