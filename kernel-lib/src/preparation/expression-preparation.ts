import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import type { ClusterFoldOptions } from '../datasets/tissue-expression-folds.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { checkGenePrefixes, readCultivars } from './expression-cultivars.ts';
import { filterExpressed } from './expression-filter.ts';
import { readClusterFolds, readFolds } from './expression-folds.ts';
import { normalisedExpressionTable, type NormalisedFile } from './expression-normalised.ts';
import { labelPromoters, type LabelPromotersOptions } from './expression-promoters.ts';
import {
  expressionQuality,
  type ExpressionQuality,
  type ExpressionQualityLimits,
} from './expression-quality.ts';
import { readExpressionTable, type ReadExpressionOptions } from './expression-reader.ts';
import { selectTissues, type ExpressionTable } from './expression-table.ts';

/** The table of one cultivar: a file of TPM values, or one file of log2 values a measurement. */
export type ExpressionSource =
  | { readonly file: FileSource; readonly cultivar?: string }
  | { readonly normalised: readonly NormalisedFile[]; readonly cultivar: string };

/** Options of {@link prepareExpression}. */
export interface PrepareExpressionOptions
  extends
    LongWorkOptions,
    Pick<ReadExpressionOptions, 'tissues' | 'rename' | 'genePrefix' | 'missing'> {
  readonly tables: readonly ExpressionSource[];
  /** TPM that a gene reaches in one tissue at least. Default 1. */
  readonly minimum?: number;
  /** FASTA files or tables of promoters; see `labelPromoters`. Default none. */
  readonly promoters?: readonly FileSource[];
  /** Table with the fold of each gene or promoter. Default none. */
  readonly folds?: FileSource;
  /** Clusters to deal to folds, as MMseqs2 writes them; instead of `folds`. Default none. */
  readonly clusters?: FileSource;
  /** How clusters are dealt. */
  readonly clusterFolds?: ClusterFoldOptions;
  /** Table of the cultivars (`nam_metadata.csv`). Default none. */
  readonly cultivars?: FileSource;
  /** Leaves tables out that the quality report calls broken. Default false. */
  readonly leaveOutBroken?: boolean;
  readonly limits?: Partial<ExpressionQualityLimits>;
}

/** Tables that were read, looked at and filtered, ready to be written. */
export interface PreparedExpression {
  /** Genes that are expressed, by table. */
  readonly tables: readonly ExpressionTable[];
  /** Of all tables, before the filter. */
  readonly quality: ExpressionQuality;
  /** Cultivars that were left out since their tables are broken. */
  readonly leftOut: readonly string[];
  /** What `writeLabelledPromoters` takes; undefined without promoters. */
  readonly labelling: LabelPromotersOptions | undefined;
}

/**
 * Reads expression tables, reports on their quality, and filters them; with promoters, goes once
 * through these too, so that whatever is wrong is known before something is written.
 *
 * @throws InputError, UsageError: see `readExpressionTable`, `labelPromoters`, `readFolds`
 *
 * @example
 * const { quality, labelling } = await prepareExpression({
 *   tables: [{ file: 'B73_TPM.txt.gz' }], promoters: ['B73.promoters.fa'],
 * });
 * quality.view.show();
 */
export async function prepareExpression(
  options: PrepareExpressionOptions,
): Promise<PreparedExpression> {
  checkOptionNames(
    options,
    [
      ...['tables', 'tissues', 'rename', 'genePrefix', 'missing', 'minimum', 'promoters', 'folds'],
      ...['clusters', 'clusterFolds', 'cultivars', 'leaveOutBroken', 'limits', 'signal'],
      'progress',
    ],
    'prepareExpression',
  );
  const { minimum = 1, promoters = [], signal, progress, limits } = options;
  checkFoldOptions(options);
  const longWork = longWorkOf({ signal, progress });
  const cultivars =
    options.cultivars === undefined ? undefined : await readCultivars(options.cultivars);
  const folds = await foldsOf(options);
  const all: ExpressionTable[] = [];
  for (const source of options.tables) {
    const table = await tableOf(source, options, longWork);
    checkGenePrefixes(table, cultivars ?? new Map());
    const [first = table] = all;
    all.push(selectTissues(table, first.tissues));
  }
  checkDistinct(all);
  const [first] = all;
  if (first === undefined) {
    throw new UsageError({ where: 'tables', found: 'none', expected: 'at least one' });
  }
  const quality = expressionQuality(all, {
    minimum,
    tissues: first.tissues,
    ...(limits === undefined ? {} : { limits }),
  });
  const isKept = (at: number) =>
    options.leaveOutBroken !== true || quality.cultivars[at]?.status !== 'broken';
  const kept = all.filter((_, at) => isKept(at));
  if (kept.length === 0) {
    throw new InputError({
      where: all.map(({ source }) => source).join(', '),
      found: `broken tables only: ${quality.cultivars.map(({ flags }) => flags.join('; ')).join('; ')}`,
      expected: 'at least one that is not',
    });
  }
  const tables = kept.map((table) => filterExpressed(table, { minimum }).table);
  let labelling: LabelPromotersOptions | undefined;
  if (promoters.length > 0) {
    labelling = {
      tables: kept,
      promoters,
      minimum,
      ...(folds === undefined ? {} : { folds }),
      ...(cultivars === undefined ? {} : { cultivars }),
      ...longWork,
    };
    const { rows, counts } = labelPromoters(labelling);
    for await (const row of rows) void row;
    if (counts().labelled === 0) {
      throw new InputError({
        where: 'labelled promoters',
        found: 'no promoter is left',
        expected: 'expressed genes with a promoter, and a fold where folds are given',
        fix: `Dropped: ${describeDropped(counts())}.`,
      });
    }
  }
  return {
    tables,
    quality,
    leftOut: quality.cultivars.filter((_, at) => !isKept(at)).map(({ cultivar }) => cultivar),
    labelling,
  };
}

/** Why genes are not in a table of labelled promoters, with counts. */
export function describeDropped(counts: {
  readonly belowMinimum: number;
  readonly missingValue: number;
  readonly withoutPromoter: number;
  readonly emptySequence: number;
  readonly withoutFold: number;
}): string {
  const reasons: readonly (readonly [number, string])[] = [
    [counts.belowMinimum, 'not expressed'],
    [counts.missingValue, 'with a missing value'],
    [counts.withoutPromoter, 'without a promoter'],
    [counts.emptySequence, 'with an empty promoter'],
    [counts.withoutFold, 'in no fold'],
  ];
  const given = reasons.filter(([count]) => count > 0);
  return given.length === 0
    ? 'no gene'
    : given.map(([count, reason]) => `${count.toLocaleString('en-US')} ${reason}`).join(', ');
}

function checkFoldOptions({
  folds,
  clusters,
  clusterFolds,
  promoters = [],
}: PrepareExpressionOptions) {
  const fail = (where: string, found: string, expected: string) => {
    throw new UsageError({ where, found, expected });
  };
  if (folds !== undefined && clusters !== undefined) {
    fail('folds and clusters', 'both', 'one of them');
  }
  if (clusterFolds !== undefined && clusters === undefined) {
    fail('clusterFolds', 'no clusters', 'clusters to deal to folds');
  }
  if (promoters.length === 0 && (folds ?? clusters) !== undefined) {
    fail('folds or clusters', 'no promoters', 'promoters, whose folds they are');
  }
}

function foldsOf({ folds, clusters, clusterFolds = {} }: PrepareExpressionOptions) {
  if (folds !== undefined) return readFolds(folds);
  return clusters === undefined ? undefined : readClusterFolds(clusters, clusterFolds);
}

async function tableOf(
  source: ExpressionSource,
  { tissues, rename, genePrefix, missing }: PrepareExpressionOptions,
  longWork: LongWorkOptions,
): Promise<ExpressionTable> {
  if ('normalised' in source) {
    const table = await normalisedExpressionTable(source.normalised, { cultivar: source.cultivar });
    return tissues === 'all' || tissues === undefined ? table : selectTissues(table, tissues);
  }
  return readExpressionTable(source.file, {
    ...(tissues === undefined ? {} : { tissues }),
    ...(rename === undefined ? {} : { rename }),
    ...(genePrefix === undefined ? {} : { genePrefix }),
    ...(missing === undefined ? {} : { missing }),
    ...(source.cultivar === undefined ? {} : { cultivar: source.cultivar }),
    ...longWork,
  });
}

function checkDistinct(tables: readonly ExpressionTable[]): void {
  const seen = new Map<string, string>();
  for (const { cultivar, source } of tables) {
    if (cultivar === undefined) continue;
    const other = seen.get(cultivar);
    if (other !== undefined) {
      throw new InputError({
        where: source,
        found: `a second table of '${cultivar}' (the first: ${other})`,
        expected: 'one table a cultivar',
      });
    }
    seen.set(cultivar, source);
  }
}
