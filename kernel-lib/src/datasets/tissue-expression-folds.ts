import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { assignGroups } from './group-assignment.ts';
import { NumpyRandom } from './python-random-numpy.ts';
import { splitFromParts, type Split, type SplitPart } from './split.ts';

/** Options of {@link assignClusterFolds}. */
export interface ClusterFoldOptions {
  /** Seed of the generator that shuffles the clusters, 0 … 2³² − 1. Default 47. */
  readonly seed?: number;
  /** Share of the sequences that train, above 0, up to 1; the others are `test`. Default 0.83. */
  readonly trainShare?: number;
  /** Folds of the training part, `train_0`, `train_1`, …, from 1 to 1000. Default 5. */
  readonly trainFolds?: number;
  /**
   * - `in-turn`: shuffled clusters go to `test` until it holds its share, then to the training folds
   *   in turn, as FloraBERT did with NumPy's generator. A large cluster makes its fold larger.
   * - `balanced`: shuffled clusters, the largest first, go to the fold that lacks most sequences, so
   *   that the sizes come as near their shares as whole clusters allow.
   *
   * Default `in-turn`.
   */
  readonly deal?: 'in-turn' | 'balanced';
  /**
   * Counts the representative of each cluster twice, as the original code did by mistake: only to
   * get its very folds again, with `deal: 'in-turn'`. Default false.
   */
  readonly doubledRepresentatives?: boolean;
}

/**
 * Deals whole clusters to a test part and training folds, so that no two similar sequences are on
 * both sides. With fewer clusters than folds some folds stay empty.
 *
 * @param members representative and member of each sequence, the representative its own member too
 *   (the rows of MMseqs2's `_cluster.tsv`; `clusterMembers` makes them)
 * @returns fold of each member
 * @throws UsageError for options; InputError for a sequence in two clusters
 *
 * @example
 * const folds = assignClusterFolds([['a', 'a'], ['a', 'b'], ['c', 'c']], { trainShare: 0.5 });
 */
export function assignClusterFolds(
  members: Iterable<readonly [representative: string, member: string]>,
  options: ClusterFoldOptions = {},
): Map<string, string> {
  const settings = resolveFoldOptions(options);
  const { seed, trainShare, trainFolds } = settings;
  const home = homesOf(members);
  const folds = new Map<string, string>();
  if (settings.deal === 'balanced') {
    const names = foldNames(trainFolds);
    const shares = [1 - trainShare, ...new Array<number>(trainFolds).fill(trainShare / trainFolds)];
    const parts = assignGroups([...home.values()], shares, seed);
    for (const [index, member] of [...home.keys()].entries()) {
      folds.set(member, names[parts[index] as number] as string);
    }
    return folds;
  }
  const clusters = new Map<string, string[]>();
  for (const [member, representative] of home) {
    const cluster = clusters.get(representative);
    if (cluster === undefined) clusters.set(representative, [member]);
    else cluster.push(member);
  }
  const testLength = (1 - trainShare) * home.size;
  let tested = 0;
  let dealt = 0;
  for (const name of new NumpyRandom(seed).shuffle([...clusters.keys()])) {
    const cluster = clusters.get(name) ?? [];
    const isTest = tested < testLength;
    const fold = isTest ? 'test' : `train_${String(dealt % trainFolds)}`;
    if (isTest) tested += cluster.length + (settings.doubledRepresentatives ? 1 : 0);
    else dealt++;
    for (const member of cluster) folds.set(member, fold);
  }
  return folds;
}

/** Names of the folds that clusters are dealt to, `test` first. */
export function foldNames(trainFolds: number): string[] {
  return ['test', ...Array.from({ length: trainFolds }, (_, fold) => `train_${String(fold)}`)];
}

function resolveFoldOptions(options: ClusterFoldOptions): Required<ClusterFoldOptions> {
  const where = 'assignClusterFolds';
  checkOptionNames(
    options,
    ['seed', 'trainShare', 'trainFolds', 'deal', 'doubledRepresentatives'],
    where,
  );
  const { seed = 47, trainShare = 0.83, trainFolds = 5, deal = 'in-turn' } = options;
  const { doubledRepresentatives = false } = options;
  if (!(trainShare > 0 && trainShare <= 1) || !isWhole(trainFolds, 1, 1000)) {
    throw new UsageError({
      where,
      found: `trainShare ${String(trainShare)}, trainFolds ${String(trainFolds)}`,
      expected: 'a share above 0 up to 1, and 1 to 1000 folds',
    });
  }
  if (!isWhole(seed, 0, 2 ** 32 - 1)) {
    throw new UsageError({
      where: `${where}, seed`,
      found: String(seed),
      expected: 'a whole number from 0 to 4,294,967,295',
    });
  }
  if (!['in-turn', 'balanced'].includes(deal) || (deal === 'balanced' && doubledRepresentatives)) {
    throw new UsageError({
      where: `${where}, deal`,
      found: `'${deal}'${doubledRepresentatives ? ' with doubledRepresentatives' : ''}`,
      expected: "'in-turn' or, without doubledRepresentatives, 'balanced'",
    });
  }
  return { seed, trainShare, trainFolds, deal, doubledRepresentatives };
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** The representative of each member, in the order of the members. */
function homesOf(members: Iterable<readonly [string, string]>): Map<string, string> {
  const home = new Map<string, string>();
  for (const [representative, member] of members) {
    const other = home.get(member);
    if (other !== undefined) {
      throw new InputError({
        where: 'clusters',
        found:
          other === representative
            ? `'${member}' twice in the cluster of '${other}'`
            : `'${member}' in the clusters of '${other}' and of '${representative}'`,
        expected: 'each sequence in one cluster',
      });
    }
    home.set(member, representative);
  }
  return home;
}

/** Which folds are which part; folds that are not named are left out. */
export interface FoldParts {
  /** Default: all folds that are in no other part. */
  readonly train?: readonly string[];
  /**
   * Default: folds called validation, valid, val, dev or eval; where there are none, the last of the
   * numbered training folds (`train_4`), as in the original study. `[]` for none.
   */
  readonly validation?: readonly string[];
  /** Default: the fold `test`. */
  readonly test?: readonly string[];
}

/** The names of folds, numbers within them in the order of their size. */
function sortedFolds(folds: readonly string[]): string[] {
  const byNumber = new Intl.Collator('en', { numeric: true });
  return [...new Set(folds)].sort((a, b) => byNumber.compare(a, b));
}

/**
 * The split that folds make.
 *
 * @param folds fold of each example
 * @throws UsageError for a fold that no example has, or that is named for two parts
 *
 * @example
 * splitByFolds(['train_0', 'test', 'train_1']); // train [0], validation [2], test [1]
 */
export function splitByFolds(folds: readonly string[], parts: FoldParts = {}): Split {
  checkOptionNames(parts, ['train', 'validation', 'test'], 'splitByFolds');
  const known = sortedFolds(folds);
  const numbered = known.filter((fold) => /^train\D*\d+$/i.test(fold));
  const isValidation = (fold: string) => /^(validation|valid|val|dev|eval)$/i.test(fold);
  const { test = known.filter((fold) => /^test(ing)?$/i.test(fold)) } = parts;
  const named = known.filter(isValidation);
  const last = numbered.filter((fold) => !test.includes(fold) && !parts.train?.includes(fold));
  const { validation = named.length > 0 ? named : last.length > 1 ? last.slice(-1) : [] } = parts;
  const { train = known.filter((fold) => !test.includes(fold) && !validation.includes(fold)) } =
    parts;
  const partOf = new Map<string, SplitPart>();
  for (const [part, names] of Object.entries({ train, validation, test })) {
    for (const name of names) {
      if (!known.includes(name) || partOf.has(name)) {
        throw new UsageError({
          where: `folds, ${part}`,
          found: known.includes(name) ? `'${name}' in two parts` : `'${name}'`,
          expected: `folds of the table, each in one part: ${known.slice(0, 20).join(', ')}`,
        });
      }
      partOf.set(name, part as SplitPart);
    }
  }
  return splitFromParts(
    'splitByFolds',
    folds.map((fold) => partOf.get(fold)),
    ['train'],
  );
}

/** Options of {@link foldCrossValidation}. */
export interface FoldCrossValidationOptions {
  /** Folds that are tested in turn. Default: the numbered training folds, `train_0`, `train_1`, … */
  readonly folds?: readonly string[];
  /** `next`: the fold after the tested one validates. `none`: no validation part. Default `next`. */
  readonly validation?: 'next' | 'none';
}

/**
 * Splits for cross-validation over given folds. Folds that are not among them, such as `test`, are
 * in no part of any split: they stay unseen.
 *
 * @param folds fold of each example
 * @throws UsageError for fewer than three folds (two without validation), or one that no example has
 *
 * @example
 * const splits = foldCrossValidation(promoters.folds); // five splits over train_0 … train_4
 */
export function foldCrossValidation(
  folds: readonly string[],
  options: FoldCrossValidationOptions = {},
): Split[] {
  checkOptionNames(options, ['folds', 'validation'], 'foldCrossValidation');
  const known = sortedFolds(folds);
  const { validation = 'next' } = options;
  const { folds: tested = known.filter((fold) => /^train\D*\d+$/i.test(fold)) } = options;
  const fewest = validation === 'next' ? 3 : 2;
  const unknown = tested.find((fold) => !known.includes(fold));
  if (tested.length < fewest || unknown !== undefined || new Set(tested).size < tested.length) {
    throw new UsageError({
      where: 'foldCrossValidation, folds',
      found: unknown === undefined ? `[${tested.join(', ')}]` : `'${unknown}'`,
      expected: `at least ${String(fewest)} different folds of the table, which has ${known.slice(0, 20).join(', ')}`,
    });
  }
  return tested.map((test, i) => {
    const next = tested[(i + 1) % tested.length] ?? '';
    const validating = validation === 'next' ? [next] : [];
    const train = tested.filter((fold) => fold !== test && !validating.includes(fold));
    return splitByFolds(folds, { test: [test], validation: validating, train });
  });
}
