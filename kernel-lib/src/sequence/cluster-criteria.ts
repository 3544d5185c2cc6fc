import { UsageError } from '../core/errors.ts';
import type { LocalAlignment } from './banded-alignment-scores.ts';

/** What makes two sequences alike. */
export interface SimilarityCriteria {
  /** Least share of equal bases (of what: `identityOver`), above 0.5, up to 1. Default 0.8. */
  readonly identity?: number;
  /** Least share of a sequence that the alignment spans, 0 … 1. Default 0.6 (MMseqs2: 0.8). */
  readonly coverage?: number;
  /**
   * What the equal bases are divided by: the length of the shorter sequence (cd-hit, `-G 1`;
   * MMseqs2, `--seq-id-mode 1`), or the columns of the alignment, gaps included (MMseqs2,
   * `--seq-id-mode 0`, its default). Default `shorter`.
   */
  readonly identityOver?: 'alignment' | 'shorter';
  /**
   * Which sequence must be covered: both (MMseqs2, `--cov-mode 0`), or the shorter one alone, so
   * that a fragment belongs to the sequence that it is a part of. Default `both`.
   */
  readonly coverageOf?: 'both' | 'shorter';
  /** `both`: a sequence is compared with the other strand, too. Default `both`. */
  readonly strand?: 'both' | 'plus';
}

/**
 * The defaults lie between those of MMseqs2 (0.8 of both sequences, equal bases of the alignment)
 * and those of cd-hit (no coverage, equal bases of the shorter sequence), so that clusters agree
 * with either tool at least as well as the two do with each other: docs/clusters.md.
 */
export const DEFAULT_CRITERIA: ResolvedCriteria = Object.freeze({
  identity: 0.8,
  coverage: 0.6,
  identityOver: 'shorter',
  coverageOf: 'both',
  strand: 'both',
});

/** Criteria with all defaults filled in. */
export type ResolvedCriteria = Required<SimilarityCriteria>;

/** Names of the criteria, for checks of options. */
export const CRITERIA_NAMES = [
  'identity',
  'coverage',
  'identityOver',
  'coverageOf',
  'strand',
] as const;

function oneOf<T extends string>(where: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new UsageError({ where, found: `'${String(value)}'`, expected: choices.join(' or ') });
}

/**
 * Fills in defaults and checks.
 *
 * @throws UsageError
 */
export function resolveCriteria(where: string, criteria: SimilarityCriteria): ResolvedCriteria {
  const {
    identity = DEFAULT_CRITERIA.identity,
    coverage = DEFAULT_CRITERIA.coverage,
    identityOver = DEFAULT_CRITERIA.identityOver,
    coverageOf = DEFAULT_CRITERIA.coverageOf,
    strand = DEFAULT_CRITERIA.strand,
  } = criteria;
  if (!(identity > 0.5 && identity <= 1)) {
    throw new UsageError({
      where: `${where}, identity`,
      found: String(identity),
      expected: 'a share above 0.5, up to 1',
      fix: 'Nucleotide sequences that are less alike share no words to find them by.',
    });
  }
  if (!(coverage >= 0 && coverage <= 1)) {
    throw new UsageError({
      where: `${where}, coverage`,
      found: String(coverage),
      expected: 'a share from 0 to 1',
    });
  }
  return {
    identity,
    coverage,
    identityOver: oneOf(`${where}, identityOver`, identityOver, ['alignment', 'shorter']),
    coverageOf: oneOf(`${where}, coverageOf`, coverageOf, ['both', 'shorter']),
    strand: oneOf(`${where}, strand`, strand, ['both', 'plus']),
  };
}

/** How alike two sequences are. */
export interface Similarity {
  readonly identity: number;
  /** Share of the less covered sequence, or of the shorter one. */
  readonly coverage: number;
}

/** Identity and coverage of an alignment, as the criteria define them. */
export function similarityOf(
  alignment: LocalAlignment,
  queryLength: number,
  targetLength: number,
  criteria: ResolvedCriteria,
): Similarity {
  const query = (alignment.queryEnd - alignment.queryStart) / queryLength;
  const target = (alignment.targetEnd - alignment.targetStart) / targetLength;
  const shorter = Math.min(queryLength, targetLength);
  const ofShorter = queryLength <= targetLength ? query : target;
  return {
    identity:
      alignment.matches / (criteria.identityOver === 'alignment' ? alignment.columns : shorter),
    coverage: criteria.coverageOf === 'both' ? Math.min(query, target) : ofShorter,
  };
}

/**
 * Whether lengths alone rule a pair out: an alignment that spans the coverage of the longer one has
 * at least identity × that span of equal bases, which the shorter one must have.
 */
export function lengthsDiffer(a: number, b: number, criteria: ResolvedCriteria): boolean {
  if (criteria.coverageOf !== 'both' || criteria.identityOver !== 'alignment') return false;
  return Math.min(a, b) < criteria.identity * criteria.coverage * Math.max(a, b);
}
