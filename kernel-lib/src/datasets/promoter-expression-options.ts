import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { ColumnTable } from 'arquero';
import type { FastaFile } from '../formats/fasta.ts';
import { checkOptionNames } from '../core/check-option-names.ts';
import type { SplitOptions } from './split-options.ts';
import type { Split } from './split.ts';
import type { NumberTransform } from './target-transform.ts';

/** Columns of the table that say where each gene is. */
export interface GeneColumns {
  /** Unique name of the gene. */
  readonly id: string;
  readonly chrom: string;
  /** `+` or `-`. */
  readonly strand: string;
  /** 0-based; on `-` the exclusive end of the transcript: see `promoterInterval`. */
  readonly tss: string;
}

/** A column of numbers beside the sequence. */
export interface FeatureColumn {
  readonly column: string;
  /** Default `none`. */
  readonly transform?: NumberTransform;
  /** Added before the transform. Default 0. */
  readonly pseudocount?: number;
  /** What an empty cell stands for: the mean of training (default), or 0 before the transform. */
  readonly missing?: 'mean' | 'zero';
}

/** The column to be predicted. */
export interface TargetColumn {
  readonly column: string;
  /** Name of the target in tables and model outputs. Default: `fpkm`, or with a log `log10_fpkm`. */
  readonly name?: string;
  /** Default `none`. */
  readonly transform?: NumberTransform;
  /** Added before the transform. Default 0. */
  readonly pseudocount?: number;
  /** Whether to standardise after the transform, on the training genes. Default false. */
  readonly standardise?: boolean;
  /** Genes without a value are an error (default), or left out. */
  readonly missing?: 'error' | 'drop';
}

/** Options of `promoterExpressionDataset`. */
export interface PromoterExpressionOptions extends LongWorkOptions {
  /** The genome, opened or as a path. */
  readonly genome: FastaFile | string;
  /** One row a gene, read or as a path. */
  readonly table: ColumnTable | string;
  readonly columns: GeneColumns;
  /** Bases before the TSS. Default 1,000. */
  readonly upstream?: number;
  /** Bases from the TSS on. Default 500. */
  readonly downstream?: number;
  /** Default none: the promoter is the only input. `mrnaFeatures` has the usual six. */
  readonly features?: readonly FeatureColumn[];
  readonly target: TargetColumn;
  /** How to split, or a split of the rows that are kept. */
  readonly split: SplitOptions | Split;
  /** Augmentation shifts the window by up to so many bases, real ones moving in. Default 0. */
  readonly maxShift?: number;
  /** Augmentation shows the other strand for half of the draws. Default false: promoters point. */
  readonly reverseComplement?: boolean;
  /** Augmentation replaces this share of the bases by random ones. Default 0. */
  readonly mutationRate?: number;
  /** Augmentation makes this share of the bases unknown. Default 0. */
  readonly maskRate?: number;
  /** A window beyond the end of its contig is an error (default), or read as unknown bases. */
  readonly padding?: 'error' | 'unknown';
}

function mrnaLength(column: string): FeatureColumn {
  return Object.freeze({ column, transform: 'log10', pseudocount: 0.1, missing: 'zero' });
}

function mrnaGc(column: string): FeatureColumn {
  return Object.freeze({ column, transform: 'none', pseudocount: 0, missing: 'mean' });
}

/**
 * The six mRNA features that stand in for half-life (Agarwal and Shendure 2020, Cell Reports
 * 31:107663): log10(length + 0.1) and GC of 5′UTR, ORF and 3′UTR, under the column names of
 * `transcriptFeatureTable`.
 */
export const mrnaFeatures: readonly FeatureColumn[] = Object.freeze([
  mrnaLength('utr5_len'),
  mrnaLength('orf_len'),
  mrnaLength('utr3_len'),
  mrnaGc('utr5_gc'),
  mrnaGc('orf_gc'),
  mrnaGc('utr3_gc'),
]);

/** Throws for unknown options and words, naming the nearest. */
export function checkPromoterExpressionOptions(options: PromoterExpressionOptions): void {
  checkOptionNames(
    options,
    [
      ...['genome', 'table', 'columns', 'upstream', 'downstream', 'features', 'target', 'split'],
      ...[
        'maxShift',
        'reverseComplement',
        'mutationRate',
        'maskRate',
        'padding',
        'signal',
        'progress',
      ],
    ],
    'promoterExpressionDataset',
  );
  checkOptionNames(options.columns, ['id', 'chrom', 'strand', 'tss'], 'columns');
  const common = ['column', 'transform', 'pseudocount', 'missing'];
  checkOptionNames(options.target, [...common, 'name', 'standardise'], 'target');
  for (const feature of options.features ?? []) checkOptionNames(feature, common, 'features');
  const choices: [string, string | undefined, string[]][] = [
    ['target, missing', options.target.missing, ['error', 'drop']],
    ['padding', options.padding, ['error', 'unknown']],
    ...(options.features ?? []).map(
      ({ column, missing }): [string, string | undefined, string[]] => [
        `feature '${column}', missing`,
        missing,
        ['mean', 'zero'],
      ],
    ),
  ];
  for (const [where, found, known] of choices) {
    if (found !== undefined && !known.includes(found)) {
      throw new UsageError({ where, found: `'${found}'`, fix: suggestion(found, known) });
    }
  }
}
