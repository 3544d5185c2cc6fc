import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { assignGroups } from './group-assignment.ts';

/** Options of `splitClustersIntoFolds`. */
export interface ClusterFoldOptions {
  /** Share of the examples that train, above 0, below 1. Default 0.83. */
  readonly trainShare?: number;
  /** Number of training folds, from 1. Default 5. */
  readonly folds?: number;
  /** Seed of the draw. */
  readonly seed: number;
}

/** Test part and training folds. */
export interface ClusterFolds {
  /** `test`, or `train_0`, `train_1`, … of each example. */
  readonly foldOf: readonly string[];
  /** Number of examples by fold, `test` first. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Deals whole clusters out to a test part and training folds of near equal size (FloraBERT's step
 * 06: 83 % train in five folds). Each example is dealt once; the original counted the representative
 * of each cluster twice.
 *
 * @param clusterIds cluster of each example, for example from `clusterByIdentity`
 * @throws UsageError for options; InputError where a fold would stay empty
 *
 * @example
 * const { foldOf } = splitClustersIntoFolds(clusters.clusterIds, { seed: 47 });
 */
export function splitClustersIntoFolds(
  clusterIds: ArrayLike<number | string>,
  options: ClusterFoldOptions,
): ClusterFolds {
  const where = 'splitClustersIntoFolds';
  checkOptionNames(options, ['trainShare', 'folds', 'seed'], where);
  const { trainShare = 0.83, folds = 5, seed } = options;
  if (!(trainShare > 0 && trainShare < 1)) {
    throw new UsageError({
      where: `${where}, trainShare`,
      found: String(trainShare),
      expected: 'a share above 0 and below 1',
    });
  }
  if (!Number.isSafeInteger(folds) || folds < 1 || folds > 1000) {
    throw new UsageError({
      where: `${where}, folds`,
      found: String(folds),
      expected: 'a whole number from 1 to 1000',
    });
  }
  if (!Number.isFinite(seed)) {
    throw new UsageError({ where: `${where}, seed`, found: String(seed), expected: 'a number' });
  }
  const names = ['test', ...Array.from({ length: folds }, (_, fold) => `train_${String(fold)}`)];
  const shares = [1 - trainShare, ...new Array<number>(folds).fill(trainShare / folds)];
  const assigned = assignGroups(clusterIds, shares, seed);
  const sizes = Object.fromEntries(names.map((name) => [name, 0]));
  const foldOf = Array.from(assigned, (part) => {
    const name = names[part] as string;
    sizes[name] = (sizes[name] as number) + 1;
    return name;
  });
  const empty = names.find((name) => sizes[name] === 0);
  if (empty !== undefined) {
    const clusters = new Set(Array.from(clusterIds)).size;
    throw new InputError({
      where,
      found: `no cluster left for ${empty}: ${String(clusters)} clusters of ${String(clusterIds.length)} sequences`,
      expected: `at least one for each of ${String(names.length)} folds`,
      fix: 'Take fewer folds, or a higher identity.',
    });
  }
  return { foldOf, sizes };
}
