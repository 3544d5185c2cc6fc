import { UsageError } from '../core/errors.ts';
import type { Interval } from '../sequence/interval.ts';
import { assignGroups } from './group-assignment.ts';
import { wantedParts, type RandomSplitOptions } from './split-by-group.ts';
import { checkFractions, splitFromParts, splitParts, type Split, type SplitPart } from './split.ts';

/** Options of `splitByBlocks`. */
export interface BlockSplitOptions extends RandomSplitOptions {
  /** Length of a block in bases, for example 1,000,000. */
  readonly blockSize: number;
  /**
   * Drops examples that come nearer than this many bases to a block of another part; 0 drops those
   * that reach into one. Default: none is dropped, an example goes with its midpoint.
   */
  readonly gap?: number;
}

/** A split by blocks, with the examples that the gap dropped. */
export interface BlockSplit extends Split {
  /** Examples in no part, since they lie too near a block of another part. */
  readonly dropped: Uint32Array;
}

/**
 * Cuts chromosomes into blocks and deals the blocks out. Every chromosome is in every part, so that
 * a chromosome of its own kind does not decide the metrics; with a `gap` no window is shared.
 *
 * @example
 * splitByBlocks(promoters, {
 *   blockSize: 100_000, fractions: { validation: 0.1, test: 0.2 }, seed: 1, gap: 500,
 * });
 */
export function splitByBlocks(
  intervals: readonly Interval[],
  options: BlockSplitOptions,
): BlockSplit {
  const { blockSize, gap, seed } = options;
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new UsageError({
      where: 'splitByBlocks, blockSize',
      found: String(blockSize),
      expected: 'a whole number of bases, at least 1',
    });
  }
  if (gap !== undefined && !(Number.isInteger(gap) && gap >= 0)) {
    throw new UsageError({
      where: 'splitByBlocks, gap',
      found: String(gap),
      expected: 'a whole number of bases from 0',
    });
  }
  const shares = checkFractions('splitByBlocks', options.fractions);
  const blockName = (chrom: string, block: number) => `${chrom}\t${block}`;
  const blocks = intervals.map(({ chrom, start, end }) =>
    blockName(chrom, Math.floor(Math.floor((start + end) / 2) / blockSize)),
  );
  const assigned = assignGroups(
    blocks,
    splitParts.map((part) => shares[part]),
    seed,
  );
  const partOfBlock = new Map(blocks.map((block, index) => [block, assigned[index]]));
  const dropped: number[] = [];
  const parts = intervals.map(({ chrom, start, end }, index): SplitPart | undefined => {
    const own = assigned[index] ?? 0;
    if (gap !== undefined) {
      const last = Math.floor((Math.max(end, start + 1) - 1 + gap) / blockSize);
      for (let block = Math.floor((start - gap) / blockSize); block <= last; block++) {
        const part = partOfBlock.get(blockName(chrom, block));
        if (part !== undefined && part !== own) {
          dropped.push(index);
          return undefined;
        }
      }
    }
    return splitParts[own];
  });
  return {
    ...splitFromParts('splitByBlocks', parts, wantedParts(shares)),
    dropped: Uint32Array.from(dropped),
  };
}
