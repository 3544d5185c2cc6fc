import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { assignGroups } from './group-assignment.ts';
import {
  checkFractions,
  splitFromParts,
  splitParts,
  type Split,
  type SplitFractions,
  type SplitPart,
} from './split.ts';

/** Options of splits that draw. */
export interface RandomSplitOptions {
  /** Shares of validation and test; the rest trains. */
  readonly fractions: SplitFractions;
  /** Seed of the draw. */
  readonly seed: number;
}

/** Parts that were asked for and so must not stay empty. */
export function wantedParts(shares: Readonly<Record<SplitPart, number>>): SplitPart[] {
  return splitParts.filter((part) => shares[part] > 0);
}

/**
 * Splits whole clusters: all examples of a cluster (a family of paralogs, a donor, a gene with all
 * its isoforms) go to one part, so that no near copy of a test example is trained on.
 *
 * @param clusterIds cluster of each example, for example from `clusterBySimilarity`
 *
 * @example
 * splitByCluster(['a', 'a', 'b', 'c'], { fractions: { test: 0.25 }, seed: 1 });
 */
export function splitByCluster(
  clusterIds: ArrayLike<number | string>,
  options: RandomSplitOptions,
): Split {
  const shares = checkFractions('splitByCluster', options.fractions);
  const assigned = assignGroups(
    clusterIds,
    splitParts.map((part) => shares[part]),
    options.seed,
  );
  const parts = Array.from(assigned, (part) => splitParts[part]);
  return splitFromParts('splitByCluster', parts, wantedParts(shares));
}

/**
 * Splits single examples at random. Neighbours on a chromosome and paralogs land in different
 * parts, so metrics come out too good for most questions in genomics: prefer
 * `splitByChromosome`, `splitByBlocks` or `splitByCluster`.
 *
 * @param length number of examples
 */
export function splitRandomly(length: number, options: RandomSplitOptions): Split {
  if (!Number.isInteger(length) || length < 1) {
    throw new UsageError({
      where: 'splitRandomly, length',
      found: String(length),
      expected: 'the number of examples, at least 1',
    });
  }
  const shares = checkFractions('splitRandomly', options.fractions);
  const order = new Random(options.seed).permutation(length);
  const testEnd = Math.round(shares.test * length);
  const validationEnd = testEnd + Math.round(shares.validation * length);
  const parts = new Array<SplitPart>(length).fill('train');
  for (let i = 0; i < validationEnd; i++)
    parts[order[i] ?? 0] = i < testEnd ? 'test' : 'validation';
  return splitFromParts('splitRandomly', parts, wantedParts(shares));
}
