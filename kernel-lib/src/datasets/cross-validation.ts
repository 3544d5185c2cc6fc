import { InputError, UsageError } from '../core/errors.ts';
import { assignGroups } from './group-assignment.ts';
import { splitFromParts, type Split, type SplitPart } from './split.ts';

/** Options of `crossValidationSplits`. */
export interface CrossValidationOptions {
  /** Number of folds, at least 2; at least 3 with a validation fold. */
  readonly folds: number;
  /** Seed of the deal. */
  readonly seed: number;
  /** `next`: the fold after the test fold validates. `none`: no validation part. Default `next`. */
  readonly validation?: 'next' | 'none';
}

/**
 * Splits for k-fold cross-validation over whole groups: chromosomes, clusters, blocks, or single
 * examples where every example is its own group. Every example is tested exactly once.
 *
 * @param groups group of each example
 * @throws InputError when there are fewer groups than folds
 *
 * @example
 * const splits = crossValidationSplits(chroms, { folds: 5, seed: 1 });
 */
export function crossValidationSplits(
  groups: ArrayLike<number | string>,
  options: CrossValidationOptions,
): Split[] {
  const { folds, seed, validation = 'next' } = options;
  const fewest = validation === 'next' ? 3 : 2;
  if (!Number.isInteger(folds) || folds < fewest) {
    throw new UsageError({
      where: 'crossValidationSplits, folds',
      found: String(folds),
      expected: `a whole number from ${fewest}${validation === 'next' ? " (2 with validation: 'none')" : ''}`,
    });
  }
  const distinct = new Set(Array.from(groups)).size;
  if (distinct < folds) {
    throw new InputError({
      where: 'crossValidationSplits',
      found: `${distinct} groups`,
      expected: `at least one for each of ${folds} folds`,
      fix: 'Take fewer folds or finer groups.',
    });
  }
  const foldOf = assignGroups(groups, new Array<number>(folds).fill(1 / folds), seed);
  return Array.from({ length: folds }, (_, test) => {
    const validating = validation === 'next' ? (test + 1) % folds : -1;
    const parts = Array.from(foldOf, (fold): SplitPart => {
      if (fold === test) return 'test';
      return fold === validating ? 'validation' : 'train';
    });
    return splitFromParts('crossValidationSplits', parts, ['train', 'test']);
  });
}
