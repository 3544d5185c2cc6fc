import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { CRITERIA_NAMES, resolveCriteria, type SimilarityCriteria } from './cluster-criteria.ts';
import { coverGreedily, SimilarPairs, type Assignment } from './cluster-greedy.ts';
import { groupEqualSequences } from './cluster-duplicates.ts';
import { SimilaritySearch } from './cluster-search.ts';
import { findSeeds, LONGEST_SEQUENCE } from './cluster-seeds.ts';

/** How clusters are made of similar pairs. */
export type ClusterMode = 'set-cover' | 'longest-first' | 'connected';

/** Options of `clusterByIdentity`. */
export interface ClusterByIdentityOptions extends SimilarityCriteria, LongWorkOptions {
  /**
   * - `set-cover`: the sequence with most similar ones stands for them, again and again (MMseqs2
   *   `easy-cluster`). All similar pairs are found and kept: memory grows with them.
   * - `longest-first`: from the longest to the shortest, each joins the representative that it
   *   resembles most, or becomes one (cd-hit). Memory grows with the representatives.
   * - `connected`: whoever is similar to a member belongs to the cluster. No two clusters have a
   *   similar pair across: for splits that must not leak.
   *
   * Default `set-cover`.
   */
  readonly mode?: ClusterMode;
}

/** Sequences grouped by identity. */
export interface SequenceClusters {
  /** Cluster of each sequence, numbered from 0 in order of first occurrence. */
  readonly clusterIds: Uint32Array;
  readonly clusterCount: number;
  /** Index of the sequence that stands for each cluster. */
  readonly representatives: Uint32Array;
  /**
   * Identity of each sequence to its representative, 0 … 1; NaN where the two were not aligned
   * (mode `connected`, sequences that are linked by others).
   */
  readonly identities: Float32Array;
}

const MODES: readonly ClusterMode[] = ['set-cover', 'longest-first', 'connected'];

/** Lets the event loop turn, now and then. */
type Pause = (done: number) => Promise<void>;

/**
 * Groups nucleotide sequences that are alike over most of their length, as MMseqs2 `easy-cluster`
 * (Steinegger and Söding 2018, Nature Communications 9:2542) and cd-hit-est (Fu et al. 2012,
 * Bioinformatics 28:3150) do; docs/clusters.md says how well the three agree. Common seeds give candidate pairs; a banded local alignment decides.
 * Equal sequences (and reverse complements, with `strand: 'both'`) are always together. The result
 * depends on the sequences, their order and the options only.
 *
 * @param sequences DNA tokens
 * @throws UsageError for an option or token that is wrong; InterruptedError
 *
 * @example
 * const { clusterIds } = await clusterByIdentity(promoters, { identity: 0.8 });
 * const split = splitByCluster(clusterIds, { fractions: { test: 0.17 }, seed: 1 });
 */
export async function clusterByIdentity(
  sequences: readonly Uint8Array[],
  options: ClusterByIdentityOptions = {},
): Promise<SequenceClusters> {
  const where = 'clusterByIdentity';
  checkOptionNames(options, [...CRITERIA_NAMES, 'mode', 'signal', 'progress'], where);
  const criteria = resolveCriteria(where, options);
  const { mode = 'set-cover', signal, progress } = options;
  if (!MODES.includes(mode)) {
    throw new UsageError({
      where: `${where}, mode`,
      found: `'${String(mode)}'`,
      expected: MODES.join(', '),
    });
  }
  checkSequences(sequences);
  throwIfAborted(signal, 'clustering');
  let lastYield = performance.now();
  const pause: Pause = async (done) => {
    if (performance.now() - lastYield < 20) return;
    progress?.({ task: 'clustering', done, total: sequences.length, unit: 'sequences' });
    await yieldToEventLoop();
    throwIfAborted(signal, 'clustering');
    lastYield = performance.now();
  };
  const groupOf = await groupEqualSequences(sequences, criteria.strand === 'both', pause);
  // Only the first of equal sequences is compared; the longest come first.
  const firsts = [...sequences.keys()].filter((index) => groupOf[index] === index);
  const lengthOf = (index: number): number => (sequences[index] as Uint8Array).length;
  firsts.sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const rankOf = new Uint32Array(sequences.length);
  for (const [rank, index] of firsts.entries()) rankOf[index] = rank;
  const weights = new Uint32Array(firsts.length);
  for (const first of groupOf) {
    const rank = rankOf[first] as number;
    weights[rank] = (weights[rank] as number) + 1;
  }
  const search = new SimilaritySearch(criteria);
  const distinct = firsts.map((index) => sequences[index] as Uint8Array);
  const duplicates = sequences.length - distinct.length;
  const step: Pause = (done) => pause(duplicates + done);
  const assign = { 'set-cover': cover, 'longest-first': takeLongestFirst, connected: connect }[
    mode
  ];
  const assignment = await assign(distinct, weights, search, step);
  return numberClusters(groupOf, rankOf, firsts, assignment);
}

function checkSequences(sequences: readonly Uint8Array[]): void {
  for (const [index, tokens] of sequences.entries()) {
    if (tokens.length >= LONGEST_SEQUENCE) {
      throw new UsageError({
        where: `clusterByIdentity, sequence ${String(index)}`,
        found: `${String(tokens.length)} bases`,
        expected: `fewer than ${String(LONGEST_SEQUENCE)}`,
      });
    }
  }
}

async function cover(
  sequences: readonly Uint8Array[],
  weights: Uint32Array,
  search: SimilaritySearch,
  pause: Pause,
): Promise<Assignment> {
  const pairs = new SimilarPairs();
  for (const [index, tokens] of sequences.entries()) {
    const seeds = findSeeds(tokens);
    for (const { sequence, identity } of search.find(tokens, seeds)) {
      pairs.add(sequence, index, identity);
      await pause(index);
    }
    search.add(tokens, seeds);
    await pause(index);
  }
  return coverGreedily(pairs.neighbours(sequences.length), weights);
}

async function takeLongestFirst(
  sequences: readonly Uint8Array[],
  _weights: Uint32Array,
  search: SimilaritySearch,
  pause: Pause,
): Promise<Assignment> {
  const representativeOf = Uint32Array.from(sequences, (_, index) => index);
  const identities = new Float32Array(sequences.length).fill(1);
  const added: number[] = [];
  for (const [index, tokens] of sequences.entries()) {
    const seeds = findSeeds(tokens);
    let best = -1;
    for (const { sequence, identity } of search.find(tokens, seeds)) {
      await pause(index);
      if (identity <= best) continue;
      best = identity;
      representativeOf[index] = added[sequence] as number;
      identities[index] = identity;
    }
    if (best < 0) {
      search.add(tokens, seeds);
      added.push(index);
    }
    await pause(index);
  }
  return { representativeOf, identities };
}

async function connect(
  sequences: readonly Uint8Array[],
  _weights: Uint32Array,
  search: SimilaritySearch,
  pause: Pause,
): Promise<Assignment> {
  const parents = Uint32Array.from(sequences, (_, index) => index);
  const identities = new Float32Array(sequences.length).fill(NaN);
  const root = (index: number): number => {
    let at = index;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  };
  for (const [index, tokens] of sequences.entries()) {
    const seeds = findSeeds(tokens);
    // A pair within a cluster changes nothing: it is not aligned.
    const isLinked = (sequence: number): boolean => root(sequence) === root(index);
    for (const { sequence, identity } of search.find(tokens, seeds, isLinked)) {
      const [a, b] = [root(sequence), root(index)];
      if (sequence === Math.min(a, b)) identities[index] = identity;
      parents[Math.max(a, b)] = Math.min(a, b);
      await pause(index);
    }
    search.add(tokens, seeds);
    await pause(index);
  }
  const representativeOf = Uint32Array.from(sequences, (_, index) => root(index));
  for (const [index, representative] of representativeOf.entries()) {
    if (representative === index) identities[index] = 1;
  }
  return { representativeOf, identities };
}

/** Clusters of all sequences from those of the distinct ones, by rank. */
function numberClusters(
  groupOf: Uint32Array,
  rankOf: Uint32Array,
  firsts: readonly number[],
  { representativeOf, identities }: Assignment,
): SequenceClusters {
  const numbers = new Map<number, number>();
  const clusterIds = new Uint32Array(groupOf.length);
  const own = new Float32Array(groupOf.length);
  for (const [index, first] of groupOf.entries()) {
    const rank = rankOf[first] as number;
    const representative = representativeOf[rank] as number;
    const number = numbers.get(representative) ?? numbers.size;
    numbers.set(representative, number);
    clusterIds[index] = number;
    own[index] = identities[rank] as number;
  }
  return {
    clusterIds,
    clusterCount: numbers.size,
    representatives: Uint32Array.from(numbers.keys(), (rank) => firsts[rank] as number),
    identities: own,
  };
}
