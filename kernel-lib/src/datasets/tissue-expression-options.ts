import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import type { FileSource } from '../formats/byte-source.ts';
import type { Side, Tokenizer } from '../tokenizers/tokenizer.ts';
import { checkKmerFlipOptions, type KmerFlipOptions } from './kmer-flip.ts';
import type { Split } from './split.ts';
import type { TargetTransformName } from './target-transforms.ts';
import type { FoldParts } from './tissue-expression-folds.ts';
import type {
  LabelledPromoters,
  ReadLabelledPromotersOptions,
} from './tissue-expression-labels.ts';

/** Options of `tissueExpressionDataset`. */
export interface TissueExpressionOptions extends ReadLabelledPromotersOptions {
  /** Promoters with expression, read or as a file: see `readLabelledPromoters`. */
  readonly table: FileSource | LabelledPromoters;
  readonly tokenizer: Tokenizer;
  /** Tokens of each row. Default: the tokenizer's own. */
  readonly maxLength?: number;
  /** Where padding goes. Default: the tokenizer's own. */
  readonly paddingSide?: Side;
  /** Where a sequence with too many tokens is cut. Default: the tokenizer's own. */
  readonly truncationSide?: Side;
  /** Promoters with fewer letters are left out. Default 0. */
  readonly minimumLength?: number;
  /** Leaves promoters out of which only special tokens are made. Default true. */
  readonly dropEmpty?: boolean;
  /** Keeps every `count`-th promoter from `index` on. Default: all. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Keeps promoters whose genes have more than this in every tissue. Default: all. */
  readonly threshold?: number;
  /** Makes the targets 1 (at least this much) and 0, for classification. Default: numbers. */
  readonly expressedThreshold?: number;
  /** Default `none`; FloraBERT takes `log10` with pseudocount 1. */
  readonly transform?: TargetTransformName;
  /** Added before the transform. Default 0. */
  readonly pseudocount?: number;
  /** Brings each target to mean 0 and deviation 1 on train. Default false. */
  readonly standardise?: boolean;
  /** Which folds are which part, a split of the rows that are kept, or `none`: all train. */
  readonly split?: FoldParts | Split | 'none';
  /** Augmentation: replaces one k-mer of each sequence of training by a random one. Default none. */
  readonly kmerFlip?: Omit<KmerFlipOptions, 'random'>;
}

const KNOWN = [
  ...['table', 'tokenizer', 'maxLength', 'paddingSide', 'truncationSide', 'minimumLength'],
  ...['dropEmpty', 'shard', 'threshold', 'expressedThreshold', 'transform', 'pseudocount'],
  ...['standardise', 'split', 'kmerFlip', 'sequenceColumn', 'idColumn', 'targetColumns'],
  ...['labelNames', 'foldColumn', 'signal', 'progress'],
];

/** Throws for unknown options, and those that contradict each other. */
export function checkTissueExpressionOptions(options: TissueExpressionOptions): void {
  const where = 'tissueExpressionDataset';
  checkOptionNames(options, KNOWN, where);
  const { shard, expressedThreshold, threshold, transform = 'none', standardise = false } = options;
  if (options.kmerFlip !== undefined) {
    checkKmerFlipOptions({ ...options.kmerFlip, random: new Random(0) });
  }
  if (shard !== undefined) {
    const { index, count } = shard;
    if (!Number.isInteger(count) || !Number.isInteger(index) || index < 0 || index >= count) {
      throw new UsageError({
        where: `${where}, shard`,
        found: `index ${String(index)} of ${String(count)}`,
        expected: 'whole numbers, the index from 0 and below the count',
      });
    }
  }
  if (
    expressedThreshold !== undefined &&
    (transform !== 'none' || standardise || threshold !== undefined)
  ) {
    throw new UsageError({
      where: `${where}, expressedThreshold`,
      found: 'together with transform, standardise or threshold',
      expected: 'classes (expressedThreshold), or numbers (the others)',
    });
  }
}

/** Tokens of a row. */
export function maxLengthOf({ maxLength, tokenizer }: TissueExpressionOptions): number {
  const length = maxLength ?? tokenizer.defaults.maxLength;
  if (length !== undefined && Number.isInteger(length) && length > 0) return length;
  throw new UsageError({
    where: 'tissueExpressionDataset, maxLength',
    found: length === undefined ? 'nothing, and the tokenizer has none of its own' : String(length),
    expected: 'a whole number from 1: the tokens of each row',
  });
}
