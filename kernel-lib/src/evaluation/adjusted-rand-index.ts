import { UsageError } from '../core/errors.ts';

/**
 * How well two groupings of the same examples agree, corrected for chance: 1 where they are the
 * same, about 0 where they are independent (Hubert and Arabie 1985, Journal of Classification
 * 2:193). Two groupings that both have one group, or only groups of one, are the same: 1.
 *
 * @param first group of each example
 * @param second group of each example, in the same order
 * @throws UsageError for lists of different length, or empty ones
 *
 * @example
 * adjustedRandIndex([0, 0, 1, 1], ['a', 'a', 'b', 'b']); // 1
 */
export function adjustedRandIndex(
  first: ArrayLike<number | string>,
  second: ArrayLike<number | string>,
): number {
  if (first.length !== second.length || first.length === 0) {
    throw new UsageError({
      where: 'adjustedRandIndex',
      found: `groups of ${String(first.length)} and of ${String(second.length)} examples`,
      expected: 'a group of each of the same examples in both, at least one',
    });
  }
  const pairsOf = (n: number): number => (n * (n - 1)) / 2;
  const sizes = (groups: Iterable<number | string>): Map<number | string, number> => {
    const counts = new Map<number | string, number>();
    for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
    return counts;
  };
  const sumOfPairs = (counts: Map<number | string, number>): number => {
    let sum = 0;
    for (const count of counts.values()) sum += pairsOf(count);
    return sum;
  };
  const [a, b] = [Array.from(first), Array.from(second)];
  const numberOf = (groups: readonly (number | string)[]): Map<number | string, number> =>
    new Map([...new Set(groups)].map((group, index) => [group, index]));
  const [aNumbers, bNumbers] = [numberOf(a), numberOf(b)];
  const cells = a.map(
    (group, i) => (aNumbers.get(group) ?? 0) * bNumbers.size + (bNumbers.get(b[i] ?? '') ?? 0),
  );
  const together = sumOfPairs(sizes(cells));
  const ofFirst = sumOfPairs(sizes(a));
  const ofSecond = sumOfPairs(sizes(b));
  const expected = a.length < 2 ? 0 : (ofFirst * ofSecond) / pairsOf(a.length);
  const most = (ofFirst + ofSecond) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}
