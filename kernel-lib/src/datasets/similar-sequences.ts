import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';

/** Options of `similarSequencePairs` and `clusterBySimilarity`. */
export interface SimilarityOptions extends LongWorkOptions {
  /** Length of the k-mers, 4 … 15. Default 12: rare enough not to be shared by chance. */
  readonly k?: number;
  /** Share of common k-mers from which on two sequences count as similar. Default 0.5. */
  readonly threshold?: number;
  /** Whether a k-mer equals its reverse complement (divergent genes share a promoter). Default true. */
  readonly bothStrands?: boolean;
  /** Seed of the k-mer sample that finds candidates. Default 1. */
  readonly seed?: number;
}

/** Two sequences that share much. */
export interface SimilarPair {
  /** Index of the first sequence; smaller than `second`. */
  readonly first: number;
  readonly second: number;
  /** Distinct k-mers that both have / distinct k-mers of the one that has fewer, 0 … 1. */
  readonly similarity: number;
}

/** Sequences grouped by similarity. */
export interface SimilarityClusters {
  /** Cluster of each sequence, numbered from 0 in order of first occurrence. */
  readonly clusterIds: Uint32Array;
  readonly clusterCount: number;
  /** The pairs that hold the clusters together. */
  readonly pairs: readonly SimilarPair[];
}

/** k-mers a sequence that are sampled to find candidates, about. */
const sketchSize = 200;

/** The distinct k-mers without unknown bases, sorted. */
function distinctKmers(tokens: Uint8Array, k: number, bothStrands: boolean): Uint32Array {
  const mask = 4 ** k - 1;
  const topShift = 2 * (k - 1);
  const codes = new Uint32Array(Math.max(0, tokens.length - k + 1));
  let count = 0;
  let known = 0;
  let code = 0;
  let complement = 0;
  for (const token of tokens) {
    if (token > 3) {
      known = 0;
      continue;
    }
    code = ((code << 2) | token) & mask;
    complement = (complement >>> 2) | ((3 - token) << topShift);
    known++;
    if (known >= k) codes[count++] = bothStrands ? Math.min(code, complement) : code;
  }
  const sorted = codes.subarray(0, count).sort();
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[distinct++] = sorted[i] as number;
  }
  return sorted.slice(0, distinct);
}

/** A 32-bit mix (splitmix32 finaliser) under a key. */
function hash(code: number, key: number): number {
  let mixed = code ^ key;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function countShared(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const x = a[i] as number;
    const y = b[j] as number;
    if (x === y) shared++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return shared;
}

function checkOptions({ k = 12, threshold = 0.5 }: SimilarityOptions): void {
  if (!Number.isInteger(k) || k < 4 || k > 15) {
    throw new UsageError({
      where: 'similar sequences, k',
      found: String(k),
      expected: 'a whole number from 4 to 15',
    });
  }
  if (!(threshold > 0 && threshold <= 1)) {
    throw new UsageError({
      where: 'similar sequences, threshold',
      found: String(threshold),
      expected: 'a share above 0, up to 1',
    });
  }
}

/**
 * All pairs of sequences that share at least `threshold` of the k-mers of the poorer one: overlapping
 * windows, paralogs, repeats. Candidates come from a seeded sample of k-mers, the same in all
 * sequences (FracMinHash: Hera, Pierce-Ward and Koslicki 2023, Genome Research 33:1061); the
 * similarity itself is exact. A pair at the threshold is missed with a probability of about 1e-4.
 *
 * @param sequences DNA tokens
 * @returns pairs by `first`, then `second`
 */
export async function similarSequencePairs(
  sequences: readonly Uint8Array[],
  options: SimilarityOptions = {},
): Promise<SimilarPair[]> {
  checkOptions(options);
  const { k = 12, threshold = 0.5, bothStrands = true, seed = 1, signal, progress } = options;
  const total = 2 * sequences.length;
  let lastYield = performance.now();
  const pause = async (done: number): Promise<void> => {
    if (performance.now() - lastYield < 20) return;
    progress?.({ task: 'comparing sequences', done, total, unit: 'steps' });
    await yieldToEventLoop();
    throwIfAborted(signal, 'comparing sequences');
    lastYield = performance.now();
  };
  const kmers: Uint32Array[] = [];
  for (const [index, tokens] of sequences.entries()) {
    kmers.push(distinctKmers(tokens, k, bothStrands));
    await pause(index);
  }
  const meanKmers = kmers.reduce((sum, codes) => sum + codes.length, 0) / (kmers.length || 1);
  const rate = Math.min(1, sketchSize / Math.max(1, meanKmers));
  const limit = rate * 2 ** 32;
  const key = new Random(seed).uint32();
  const holders = new Map<number, number[]>();
  const shared = new Uint32Array(sequences.length);
  const pairs: SimilarPair[] = [];
  for (const [second, codes] of kmers.entries()) {
    const touched: number[] = [];
    for (const code of codes) {
      if (hash(code, key) >= limit) continue;
      const holdersOfCode = holders.get(code);
      if (holdersOfCode === undefined) {
        holders.set(code, [second]);
        continue;
      }
      for (const first of holdersOfCode) {
        if (shared[first] === 0) touched.push(first);
        shared[first] = (shared[first] as number) + 1;
      }
      holdersOfCode.push(second);
    }
    for (const first of touched.sort((a, b) => a - b)) {
      const sampled = shared[first] as number;
      shared[first] = 0;
      const other = kmers[first] as Uint32Array;
      const fewer = Math.min(other.length, codes.length);
      const expected = threshold * fewer * rate;
      if (rate < 1 && sampled < expected - 4 * Math.sqrt(expected)) continue;
      const similarity = countShared(other, codes) / fewer;
      if (similarity >= threshold) pairs.push({ first, second, similarity });
    }
    await pause(sequences.length + second);
  }
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second);
}

/**
 * Groups sequences by single linkage: whoever is similar to a member belongs to the cluster. Give
 * the ids to `splitByCluster`, so that paralogs and overlapping windows stay on one side.
 *
 * @example
 * const { clusterIds } = await clusterBySimilarity(promoters, { k: 12, threshold: 0.3 });
 * const split = splitByCluster(clusterIds, { fractions: { test: 0.2 }, seed: 1 });
 */
export async function clusterBySimilarity(
  sequences: readonly Uint8Array[],
  options: SimilarityOptions = {},
): Promise<SimilarityClusters> {
  const pairs = await similarSequencePairs(sequences, options);
  const parents = Uint32Array.from(sequences, (_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  };
  for (const { first, second } of pairs) {
    const [a, b] = [root(first), root(second)];
    parents[Math.max(a, b)] = Math.min(a, b);
  }
  const numbers = new Map<number, number>();
  const clusterIds = Uint32Array.from(sequences, (_, index) => {
    const own = root(index);
    const number = numbers.get(own) ?? numbers.size;
    numbers.set(own, number);
    return number;
  });
  return { clusterIds, clusterCount: numbers.size, pairs };
}
