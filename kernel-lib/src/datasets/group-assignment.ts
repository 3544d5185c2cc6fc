import { Random } from '../core/random.ts';

/**
 * Deals whole groups out to parts so that the parts come near their shares: groups in random order,
 * the largest first, each to the part that lacks most. Parts with share 0 get nothing.
 *
 * @param groups group of each example
 * @param shares share of each part, summing to 1
 * @returns number of the part of each example
 */
export function assignGroups(
  groups: ArrayLike<number | string>,
  shares: readonly number[],
  seed: number,
): Uint32Array {
  const sizes = new Map<number | string, number>();
  for (const group of Array.from(groups)) {
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  const order = new Random(seed).shuffle([...sizes]);
  order.sort((a, b) => b[1] - a[1]);
  const missing = shares.map((share) => share * groups.length);
  const partOfGroup = new Map<number | string, number>();
  for (const [group, size] of order) {
    let part = -1;
    for (const [candidate, lack] of missing.entries()) {
      if (shares[candidate] === 0) continue;
      if (part < 0 || lack > (missing[part] ?? 0)) part = candidate;
    }
    partOfGroup.set(group, part);
    missing[part] = (missing[part] ?? 0) - size;
  }
  return Uint32Array.from(groups, (group) => partOfGroup.get(group) ?? 0);
}
