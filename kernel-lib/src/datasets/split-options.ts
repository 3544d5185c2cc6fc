import type { ColumnTable } from 'arquero';
import { suggestion } from '../core/nearest.ts';
import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { requireColumns } from '../formats/table.ts';
import type { Interval } from '../sequence/interval.ts';
import { checkOptionNames } from '../core/check-option-names.ts';
import { clusterBySimilarity } from './similar-sequences.ts';
import { splitByBlocks, type BlockSplitOptions } from './split-by-blocks.ts';
import { splitByChromosome, type ChromosomeSplitOptions } from './split-by-chromosome.ts';
import { splitByCluster, splitRandomly, type RandomSplitOptions } from './split-by-group.ts';
import { checkSplit, splitByColumn, type ColumnSplitOptions, type Split } from './split.ts';

/** A split described by options, as it stands in a run config. */
export type SplitOptions =
  | ({ readonly by: 'chromosome' } & ChromosomeSplitOptions)
  | ({ readonly by: 'blocks' } & BlockSplitOptions)
  | ({ readonly by: 'column'; readonly column: string } & ColumnSplitOptions)
  | ({ readonly by: 'cluster'; readonly column: string } & RandomSplitOptions)
  | ({
      readonly by: 'similarity';
      /** As in `clusterBySimilarity`. Default 12. */
      readonly k?: number;
      /** As in `clusterBySimilarity`. Default 0.5. */
      readonly threshold?: number;
    } & RandomSplitOptions)
  | ({ readonly by: 'random' } & RandomSplitOptions);

/** What splits look at; all in the order of the examples. */
export interface SplitInput {
  readonly intervals: readonly Interval[];
  readonly table: ColumnTable;
  readonly sequences: readonly Uint8Array[];
}

const optionNames: Readonly<Record<SplitOptions['by'], readonly string[]>> = {
  chromosome: ['test', 'validation'],
  blocks: ['blockSize', 'fractions', 'seed', 'gap'],
  column: ['column', 'train', 'validation', 'test'],
  cluster: ['column', 'fractions', 'seed'],
  similarity: ['k', 'threshold', 'fractions', 'seed'],
  random: ['fractions', 'seed'],
};

/**
 * Splits examples as described, or checks the split given.
 *
 * @throws UsageError for an unknown kind of split or option
 */
export async function splitExamples(
  options: SplitOptions | Split,
  { intervals, table, sequences }: SplitInput,
  longWork: LongWorkOptions = {},
): Promise<Split> {
  if (!('by' in options)) {
    checkOptionNames(options, ['train', 'validation', 'test', 'dropped', 'by'], 'split');
    checkSplit(options, intervals.length);
    return options;
  }
  if (!Object.hasOwn(optionNames, options.by)) {
    throw new UsageError({
      where: 'split, by',
      found: `'${String(options.by)}'`,
      expected: Object.keys(optionNames).join(', '),
      fix: suggestion(String(options.by), Object.keys(optionNames)),
    });
  }
  checkOptionNames(options, ['by', ...optionNames[options.by]], `split by ${options.by}`);
  switch (options.by) {
    case 'chromosome':
      return splitByChromosome(
        intervals.map(({ chrom }) => chrom),
        options,
      );
    case 'blocks':
      return splitByBlocks(intervals, options);
    case 'column':
      return splitByColumn(textColumn(table, options.column), options);
    case 'cluster':
      return splitByCluster(textColumn(table, options.column), options);
    case 'similarity': {
      const { k, threshold, seed } = options;
      const clusters = await clusterBySimilarity(sequences, { k, threshold, seed, ...longWork });
      return splitByCluster(clusters.clusterIds, options);
    }
    case 'random':
      return splitRandomly(intervals.length, options);
  }
}

/** A column of a table as text; an empty cell is ''. */
export function textColumn(table: ColumnTable, name: string): string[] {
  requireColumns(table, [name], 'table');
  return Array.from(table.array(name) as ArrayLike<unknown>, (value) => String(value ?? ''));
}
