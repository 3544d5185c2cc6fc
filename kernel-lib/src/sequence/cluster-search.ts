import { BandedAligner } from './banded-alignment.ts';
import type { LocalAlignment } from './banded-alignment-scores.ts';
import { SeedIndex, type Candidate } from './cluster-candidates.ts';
import {
  lengthsDiffer,
  similarityOf,
  type ResolvedCriteria,
  type Similarity,
} from './cluster-criteria.ts';
import { alignUngapped } from './cluster-ungapped.ts';
import { findSeeds, SEED_DENSITY, SEED_LENGTH, type Seeds } from './cluster-seeds.ts';
import { reverseComplement } from './reverse-complement.ts';

/** A sequence that meets the criteria with the one looked for. */
export interface SimilarSequence extends Similarity {
  /** Number that the sequence was added under. */
  readonly sequence: number;
  /** `-`: alike on the other strand. */
  readonly strand: '+' | '-';
}

/** Diagonals beside those of the seeds that an alignment may use. */
const MARGIN = 16;
/** Share of the seeds that relatives at the threshold have in common on average that is asked for. */
const CAUTION = 0.35;

/**
 * Finds sequences that meet criteria: common seeds give candidates, an alignment within the band of
 * the seeds decides.
 */
export class SimilaritySearch {
  readonly #criteria: ResolvedCriteria;
  readonly #index = new SeedIndex();
  readonly #aligner = new BandedAligner();
  readonly #sequences: Uint8Array[] = [];
  /** Pairs that were aligned. */
  alignments = 0;

  constructor(criteria: ResolvedCriteria) {
    this.#criteria = criteria;
  }

  /** Adds a sequence; it gets the next number, from 0. */
  add(tokens: Uint8Array, seeds: Seeds = findSeeds(tokens)): void {
    this.#index.add(this.#sequences.length, seeds);
    this.#sequences.push(tokens);
  }

  /**
   * The sequences added that meet the criteria, those with more common seeds first.
   *
   * @param skip numbers that are of no interest
   */
  *find(
    tokens: Uint8Array,
    seeds: Seeds = findSeeds(tokens),
    skip: (sequence: number) => boolean = () => false,
  ): Generator<SimilarSequence, void, undefined> {
    const { strand } = this.#criteria;
    const fewest = (sequence: number): number => {
      const { length } = this.#sequences[sequence] as Uint8Array;
      if (skip(sequence) || lengthsDiffer(tokens.length, length, this.#criteria)) return Infinity;
      return this.#fewestHits(Math.min(tokens.length, length));
    };
    let other: Uint8Array | undefined;
    let done = -1;
    for (const candidate of this.#index.lookUp(seeds, tokens.length, strand === 'both', fewest)) {
      // The other strand of a sequence that was found on this one says nothing more.
      if (candidate.sequence === done || skip(candidate.sequence)) continue;
      if (candidate.reverse) other ??= reverseComplement(tokens);
      const similarity = this.#compare(candidate.reverse ? (other ?? tokens) : tokens, candidate);
      if (similarity === undefined) continue;
      done = candidate.sequence;
      yield {
        ...similarity,
        sequence: candidate.sequence,
        strand: candidate.reverse ? '-' : '+',
      };
    }
  }

  #fewestHits(shorter: number): number {
    const { identity, coverage, identityOver } = this.#criteria;
    // Where all of the shorter sequence counts, equal bases in a part of it leave more seeds.
    const span = identityOver === 'shorter' ? shorter : coverage * shorter;
    const words = Math.max(0, span - SEED_LENGTH + 1);
    const expected = words * identity ** SEED_LENGTH * SEED_DENSITY;
    return Math.max(shorter < 200 ? 1 : 2, Math.floor(CAUTION * expected));
  }

  #compare(query: Uint8Array, candidate: Candidate): Similarity | undefined {
    const target = this.#sequences[candidate.sequence] as Uint8Array;
    const { firstDiagonal, lastDiagonal, modeDiagonal } = candidate;
    // Most relatives differ by single bases only: gaps are tried where that does not do.
    const ungapped = this.#judge(alignUngapped(query, target, modeDiagonal), query, target);
    if (ungapped !== undefined) return ungapped;
    const middle = Math.round((firstDiagonal + lastDiagonal) / 2);
    const halfWidth = Math.ceil((lastDiagonal - firstDiagonal) / 2) + MARGIN;
    this.alignments++;
    return this.#judge(this.#aligner.align(query, target, middle, halfWidth), query, target);
  }

  #judge(
    alignment: LocalAlignment | undefined,
    query: Uint8Array,
    target: Uint8Array,
  ): Similarity | undefined {
    if (alignment === undefined) return undefined;
    const similarity = similarityOf(alignment, query.length, target.length, this.#criteria);
    const { identity, coverage } = this.#criteria;
    return similarity.identity >= identity && similarity.coverage >= coverage
      ? similarity
      : undefined;
  }
}
