import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import { checkCount } from './examples.ts';
import type { KmerSubstitutions } from './position-influence.ts';

/** Options of `positionInfluence`. */
export interface PositionInfluenceOptions extends LongWorkOptions {
  /** Width of a bin of distances. Default 50. */
  readonly binSize?: number;
  /** The share of the influence up to this distance upstream is given. Default 100. */
  readonly within?: number;
  /** Times that sequences are drawn anew, for the 95 % bands; 0 for no bands. Default 500. */
  readonly resamples?: number;
  /** Seed of the resamples. Default 0. */
  readonly seed?: number;
}

/** Mean influence in one bin of distances. */
export interface InfluenceBin {
  /** Distances [start, end) from the transcription start site, in letters upstream. */
  readonly start: number;
  readonly end: number;
  /** Substitutions in it. */
  readonly count: number;
  /** Mean |change of the prediction|; NaN without substitutions. */
  readonly mean: number;
  /** 95 % interval over sequences drawn anew. */
  readonly low: number;
  readonly high: number;
  /** 95 % interval where effects are shuffled within each sequence: the position does not matter. */
  readonly nullLow: number;
  readonly nullHigh: number;
}

/** Influence by distance of one output, or of all. */
export interface InfluenceProfile {
  /** Name of the output; `all` for the mean over outputs. */
  readonly output: string;
  readonly bins: readonly InfluenceBin[];
  /** Share of the summed |change| of substitutions 0 to `within` letters upstream of the site. */
  readonly share: number;
  readonly shareLow: number;
  readonly shareHigh: number;
  /** Share of the substitutions that lie there: the share if position did not matter. */
  readonly expectedShare: number;
  /** Mean |change| there over that elsewhere; above 1 where the neighbourhood matters more. */
  readonly enrichment: number;
  /** One-sided p-value of the share, by shuffling within sequences; NaN without resamples. */
  readonly pValue: number;
}

/** Influence by distance to the transcription start site. */
export interface PositionInfluence {
  readonly within: number;
  readonly sequences: number;
  readonly substitutions: number;
  /** `all` first, then each output. */
  readonly profiles: readonly InfluenceProfile[];
}

const where = 'influence by position';

/**
 * Mean |change of the prediction| by distance to the transcription start site, for each output and
 * over all, with bands from drawing the sequences anew (substitutions of one sequence belong together)
 * and from shuffling the effects within each sequence.
 *
 * @throws UsageError for a bad option; InterruptedError when aborted
 * @example
 * const { profiles } = await positionInfluence(substitutions, { within: 100 });
 * profiles[0]?.share; // part of the influence within 100 letters of the site
 */
export async function positionInfluence(
  substitutions: KmerSubstitutions,
  options: PositionInfluenceOptions = {},
): Promise<PositionInfluence> {
  const names = ['binSize', 'within', 'resamples', 'seed', 'signal', 'progress'];
  checkOptionNames(options, names, where);
  const { binSize = 50, within = 100, resamples = 500, seed = 0, signal, progress } = options;
  checkCount(binSize, 1, 'binSize', where);
  checkCount(within, 1, 'within', where);
  checkCount(resamples, 0, 'resamples', where);
  const { outputs, count, effects } = substitutions;
  if (count === 0) throw new UsageError({ where, found: 'no substitutions', expected: 'some' });
  const binned = binDistances(substitutions, binSize, within);
  const profiles: InfluenceProfile[] = [];
  for (let series = -1; series < outputs.length; series++) {
    throwIfAborted(signal, where);
    const sizes = Float64Array.from({ length: count }, (_, i) => {
      const own = effects.subarray(i * outputs.length, (i + 1) * outputs.length);
      if (series >= 0) return Math.abs(own[series] ?? NaN);
      return own.reduce((sum, value) => sum + Math.abs(value), 0) / outputs.length;
    });
    const output = series < 0 ? 'all' : (outputs[series] ?? '');
    profiles.push({
      output,
      ...(await profile(sizes, binned, { resamples, seed, binSize, signal })),
    });
    progress?.({ task: where, done: series + 2, total: outputs.length + 1, unit: 'outputs' });
  }
  return {
    within,
    sequences: new Set(substitutions.sequence).size,
    substitutions: count,
    profiles,
  };
}

/** Where each substitution lies. */
interface Binned {
  /** First bin's number: bin b has the distances [b × size, (b + 1) × size). */
  readonly first: number;
  readonly bins: number;
  readonly binOf: Int32Array;
  /** 1 where it lies within the distance that is asked for. */
  readonly near: Uint8Array;
  /** First substitution of each sequence, and the end. */
  readonly borders: Int32Array;
}

function binDistances(
  { distance, sequence, count }: KmerSubstitutions,
  binSize: number,
  within: number,
): Binned {
  // Distance 1 is the first letter in front of the site: bin 0 holds the distances 1 to size.
  const numbers = Int32Array.from(distance, (value) => Math.floor((value - 1) / binSize));
  const first = numbers.reduce((least, value) => Math.min(least, value), Infinity);
  const last = numbers.reduce((most, value) => Math.max(most, value), -Infinity);
  const borders: number[] = [];
  for (let i = 0; i < count; i++) if (i === 0 || sequence[i] !== sequence[i - 1]) borders.push(i);
  return {
    first,
    bins: last - first + 1,
    binOf: numbers.map((value) => value - first),
    near: Uint8Array.from(distance, (value) => (value > 0 && value <= within ? 1 : 0)),
    borders: Int32Array.from([...borders, count]),
  };
}

interface ProfileWork {
  readonly resamples: number;
  readonly seed: number;
  readonly binSize: number;
  readonly signal: AbortSignal | undefined;
}

async function profile(
  sizes: Float64Array,
  binned: Binned,
  { resamples, seed, binSize, signal }: ProfileWork,
): Promise<Omit<InfluenceProfile, 'output'>> {
  const { bins, first, binOf, near, borders } = binned;
  const sequences = borders.length - 1;
  /** By sequence: sum and number in each bin, and then near and in all. */
  const width = bins + 2;
  const sums = new Float64Array(sequences * width);
  const counts = new Float64Array(sequences * width);
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (let i = borders[sequence] ?? 0; i < (borders[sequence + 1] ?? 0); i++) {
      const places = [binOf[i] ?? 0, ...(near[i] === 1 ? [bins] : []), bins + 1];
      for (const place of places) {
        const at = sequence * width + place;
        sums[at] = (sums[at] ?? 0) + (sizes[i] ?? 0);
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
  }
  const all = Int32Array.from({ length: sequences }, (_, i) => i);
  const [total, number] = [drawn(sums, all, width), drawn(counts, all, width)];
  const random = new Random(seed);
  const drawnMeans: Float64Array[] = [];
  const shuffledMeans: Float64Array[] = [];
  const shuffled = sizes.slice();
  for (let resample = 0; resample < resamples; resample++) {
    const some = all.map(() => random.integer(sequences));
    drawnMeans.push(means(drawn(sums, some, width), drawn(counts, some, width)));
    for (let sequence = 0; sequence < sequences; sequence++) {
      random.shuffle(shuffled.subarray(borders[sequence], borders[sequence + 1]));
    }
    const mixed = new Float64Array(width);
    shuffled.forEach((size, i) => {
      const bin = binOf[i] ?? 0;
      mixed[bin] = (mixed[bin] ?? 0) + size;
      if (near[i] === 1) mixed[bins] = (mixed[bins] ?? 0) + size;
      mixed[bins + 1] = (mixed[bins + 1] ?? 0) + size;
    });
    shuffledMeans.push(means(mixed, number));
    if (resample % 20 === 19) {
      await yieldToEventLoop();
      throwIfAborted(signal, where);
    }
  }
  const own = means(total, number);
  const share = own[width] ?? NaN;
  const [shareLow, shareHigh] = interval(drawnMeans, width);
  const asHigh = shuffledMeans.filter((each) => (each[width] ?? 0) >= share).length;
  const elsewhere =
    ((total[bins + 1] ?? 0) - (total[bins] ?? 0)) / ((number[bins + 1] ?? 0) - (number[bins] ?? 0));
  return {
    bins: Array.from({ length: bins }, (_, bin) => {
      const [low, high] = interval(drawnMeans, bin);
      const [nullLow, nullHigh] = interval(shuffledMeans, bin);
      return {
        start: (first + bin) * binSize,
        end: (first + bin + 1) * binSize,
        count: number[bin] ?? 0,
        mean: own[bin] ?? NaN,
        ...{ low, high, nullLow, nullHigh },
      };
    }),
    share,
    shareLow,
    shareHigh,
    expectedShare: (number[bins] ?? 0) / (number[bins + 1] ?? 1),
    enrichment: (own[bins] ?? NaN) / elsewhere,
    pValue: resamples > 0 ? (asHigh + 1) / (resamples + 1) : NaN,
  };
}

/** Column sums over the sequences that were drawn. */
function drawn(values: Float64Array, sequences: Int32Array, width: number): Float64Array {
  const result = new Float64Array(width);
  for (const sequence of sequences) {
    for (let i = 0; i < width; i++) {
      result[i] = (result[i] ?? 0) + (values[sequence * width + i] ?? 0);
    }
  }
  return result;
}

/** Mean of each bin, of near and of all; then the share of the sum that is near. */
function means(sums: Float64Array, counts: Float64Array): Float64Array {
  const width = sums.length;
  const result = new Float64Array(width + 1);
  for (let i = 0; i < width; i++) result[i] = (sums[i] ?? 0) / (counts[i] ?? 0);
  result[width] = (sums[width - 2] ?? 0) / (sums[width - 1] ?? 0);
  return result;
}

/** 2.5 % and 97.5 % of a column; NaN where there is nothing. */
function interval(rows: readonly Float64Array[], column: number): [low: number, high: number] {
  const values = Float64Array.from(rows, (row) => row[column] ?? NaN)
    .filter(Number.isFinite)
    .sort();
  const at = (share: number): number => {
    const place = share * (values.length - 1);
    const below = values[Math.floor(place)] ?? NaN;
    return below + (place % 1) * ((values[Math.ceil(place)] ?? NaN) - below);
  };
  return values.length === 0 ? [NaN, NaN] : [at(0.025), at(0.975)];
}
