import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { positionBuckets } from '../datasets/kmer-flip.ts';
import { checkCount } from './examples.ts';
import type { KmerSubstitutions } from './position-influence.ts';

/** Options of `topKmersByPosition`. */
export interface TopKmersOptions {
  /** Length of the k-mers. Default 3. */
  readonly k?: number;
  /**
   * Ends of the ranges of distances, counted from the transcription start site upstream. Default 10,
   * 100 and 1000: distances 1–10, 11–100 and 101–1000. (The original script counted them from the
   * other end.)
   */
  readonly buckets?: readonly number[];
  /** Whose effect: an output, or `all` for their mean. Default `all`. */
  readonly output?: string;
  /** k-mers of each range. Default 10. */
  readonly top?: number;
  /** Substitutions that a k-mer needs. Default 5. */
  readonly minimum?: number;
}

/** What happens where a k-mer is put in or taken out. */
export interface KmerInfluence {
  /** Distances (start, end] from the transcription start site, upstream. */
  readonly start: number;
  readonly end: number;
  readonly kmer: string;
  readonly change: 'inserted' | 'removed';
  /** Substitutions. */
  readonly count: number;
  /** Mean change of the prediction. */
  readonly mean: number;
  /** Mean |change|. */
  readonly meanSize: number;
  /** Standard error of `mean`; NaN for one substitution. */
  readonly standardError: number;
}

const where = 'top k-mers by position';

/**
 * The k-mers whose insertion or removal changes the prediction most in each range of distances, by the
 * size of the mean change over its standard error or, of a single one, alone by size.
 *
 * @throws UsageError for an output or k that the substitutions have not
 * @example
 * topKmersByPosition(substitutions, { k: 3, output: 'root' });
 */
export function topKmersByPosition(
  substitutions: KmerSubstitutions,
  options: TopKmersOptions = {},
): KmerInfluence[] {
  checkOptionNames(options, ['k', 'buckets', 'output', 'top', 'minimum'], where);
  const { k = 3, buckets = [10, 100, 1000], output = 'all', top = 10, minimum = 5 } = options;
  checkCount(k, 1, 'k', where);
  checkCount(top, 1, 'top', where);
  checkCount(minimum, 1, 'minimum', where);
  const { outputs, count, effects, distance, from, to } = substitutions;
  const column = outputs.indexOf(output);
  if (output !== 'all' && column < 0) {
    throw new UsageError({
      where,
      found: `no output '${output}'`,
      fix: suggestion(output, [...outputs, 'all']),
    });
  }
  const ks = new Set(substitutions.k);
  if (!ks.has(k)) {
    throw new UsageError({
      where: `${where}, k`,
      found: String(k),
      expected: [...ks].join(', '),
    });
  }
  return positionBuckets(buckets).flatMap(([start, end]) => {
    const groups = new Map<string, { change: KmerInfluence['change']; values: number[] }>();
    const add = (kmer: string, change: KmerInfluence['change'], value: number): void => {
      const key = `${change} ${kmer}`;
      const group = groups.get(key) ?? { change, values: [] };
      group.values.push(value);
      groups.set(key, group);
    };
    for (let i = 0; i < count; i++) {
      const far = distance[i] ?? NaN;
      if (substitutions.k[i] !== k || !(far > start && far <= end)) continue;
      const own = effects.subarray(i * outputs.length, (i + 1) * outputs.length);
      const value =
        column >= 0
          ? (own[column] ?? NaN)
          : own.reduce((sum, each) => sum + each, 0) / outputs.length;
      add(from[i] ?? '', 'removed', value);
      add(to[i] ?? '', 'inserted', value);
    }
    return [...groups]
      .filter(([, { values }]) => values.length >= minimum)
      .map(([key, { change, values }]) => ({
        start,
        end,
        kmer: key.slice(change.length + 1),
        change,
        ...statistics(values),
      }))
      .sort((a, b) => strength(b) - strength(a) || (a.kmer < b.kmer ? -1 : 1))
      .slice(0, top);
  });
}

function statistics(
  values: readonly number[],
): Pick<KmerInfluence, 'count' | 'mean' | 'meanSize' | 'standardError'> {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    meanSize: values.reduce((sum, value) => sum + Math.abs(value), 0) / count,
    standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : NaN,
  };
}

function strength({ mean, standardError }: KmerInfluence): number {
  const size = Math.abs(mean);
  return standardError > 0 ? size / standardError : size;
}
