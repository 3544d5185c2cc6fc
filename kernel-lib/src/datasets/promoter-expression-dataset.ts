import type { ColumnTable } from 'arquero';
import { InputError } from '../core/errors.ts';
import { openFasta, type FastaFile } from '../formats/fasta.ts';
import { numericColumn, readTable, requireColumns } from '../formats/table.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import type { Interval } from '../sequence/interval.ts';
import { promoterInterval } from '../sequence/promoter-interval.ts';
import { InMemoryDataset, type InMemoryInput } from './in-memory-dataset.ts';
import {
  checkPromoterExpressionOptions,
  type FeatureColumn,
  type PromoterExpressionOptions,
  type TargetColumn,
} from './promoter-expression-options.ts';
import { splitExamples, textColumn } from './split-options.ts';
import { partOfExamples, type Split } from './split.ts';
import { repeatedNames } from './repeated-names.ts';
import { StandardScaler } from './standard-scaler.ts';
import { TargetTransform, transformNumber } from './target-transform.ts';

/** Promoters, features and expression of genes, split and scaled. */
export interface PromoterExpressionDataset {
  /** All genes, in the order of `table`. */
  readonly dataset: InMemoryDataset;
  readonly train: InMemoryDataset;
  readonly validation: InMemoryDataset;
  readonly test: InMemoryDataset;
  readonly split: Split;
  /** The feature columns, as they were given. */
  readonly features: readonly FeatureColumn[];
  /** Fitted on train; undefined where there are no features. */
  readonly scaler: StandardScaler | undefined;
  readonly targetTransform: TargetTransform;
  /** Transformed target of each gene, not standardised: the scale of metrics and plots. */
  readonly observed: Float64Array;
  /** Mean of `observed` over train: what a model that knows nothing else predicts. */
  readonly trainMean: number;
  /** The window of each gene. */
  readonly intervals: readonly Interval[];
  /** The rows that were kept, with a column `split` that names the part of each. */
  readonly table: ColumnTable;
  /** Genes that were left out since their target is missing. */
  readonly dropped: readonly string[];
  /** Name of the sequence input. */
  readonly promoterInput: 'promoter';
  /** Name of the features input, as Xpresso calls it. */
  readonly featureInput: 'half_life';
  /** The TSS is base `upstream` of the window. */
  readonly upstream: number;
  readonly downstream: number;
}

function shown(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
}

/** Leaves genes without target out, or says which they are. */
function keepMeasured(table: ColumnTable, ids: readonly string[], target: TargetColumn) {
  const values = numericColumn(table, target.column, { allowMissing: true });
  const missing = ids.filter((_, row) => Number.isNaN(values[row]));
  if (missing.length === 0) return { rows: table, dropped: missing };
  if (target.missing !== 'drop') {
    throw new InputError({
      where: `table, column '${target.column}'`,
      found: `${missing.length} genes without a value (${shown(missing)})`,
      expected: 'a target for every gene',
      fix: "Leave them out with target.missing: 'drop'.",
    });
  }
  const kept = [...ids.keys()].filter((row) => !Number.isNaN(values[row]));
  return { rows: table.reify(kept), dropped: missing };
}

/** The windows of the genes, checked against the genome. */
function promoterWindows(
  table: ColumnTable,
  ids: readonly string[],
  genome: FastaFile,
  options: PromoterExpressionOptions,
): Interval[] {
  const { columns, upstream = 1000, downstream = 500, padding = 'error' } = options;
  const chroms = textColumn(table, columns.chrom);
  const strands = textColumn(table, columns.strand);
  const tss = numericColumn(table, columns.tss);
  const lengths = new Map(genome.contigs.map(({ name, length }) => [name, length]));
  const unknown = chroms.find((chrom) => !lengths.has(chrom));
  if (unknown !== undefined) {
    throw new InputError({
      where: `table, column '${columns.chrom}'`,
      found: `'${unknown}', which ${genome.file} does not have`,
      fix: contigNameAdvice(unknown, [...lengths.keys()]),
    });
  }
  const windows = ids.map((name, row) =>
    promoterInterval(
      { chrom: chroms[row] ?? '', strand: strands[row] ?? '', tss: tss[row] ?? NaN, name },
      { upstream, downstream },
    ),
  );
  const outside = windows.filter(
    ({ chrom, start, end }) => start < 0 || end > (lengths.get(chrom) ?? 0),
  );
  if (outside.length > 0 && padding === 'error') {
    throw new InputError({
      where: `promoter windows −${upstream} … +${downstream}`,
      found: `${outside.length} that reach beyond their chromosome (${shown(outside.map(({ name }) => name ?? ''))})`,
      fix: "Read the missing bases as unknown with padding: 'unknown', or leave the genes out.",
    });
  }
  return windows;
}

function targetName({ column, name, transform = 'none' }: TargetColumn): string {
  return name ?? (transform === 'none' ? column : `${transform}_${column}`);
}

/** A feature column, transformed, missing values filled in or NaN. */
function featureValues(table: ColumnTable, feature: FeatureColumn): Float64Array {
  const { column, transform = 'none', pseudocount = 0, missing = 'mean' } = feature;
  return numericColumn(table, column, { allowMissing: true }).map((value, row) =>
    transformNumber(
      Number.isNaN(value) && missing === 'zero' ? 0 : value,
      transform,
      pseudocount,
      `feature '${column}', row ${row}`,
    ),
  );
}

/**
 * Builds the dataset of the expression-from-promoter studies: the window around each gene's
 * transcription start as tokens (input `promoter`), features scaled on the training genes (input
 * `half_life`), and the transformed target.
 *
 * @throws InputError where table and genome do not fit each other: see `checkInputs`
 *
 * @example
 * const data = await promoterExpressionDataset({
 *   genome: 'sacCer3.fa.gz',
 *   table: 'yeast_promoter_expression.tsv.gz',
 *   columns: { id: 'gene_id', chrom: 'chrom', strand: 'strand', tss: 'tss' },
 *   features: mrnaFeatures,
 *   target: { column: 'fpkm', transform: 'log10', pseudocount: 0.1 },
 *   split: { by: 'chromosome', test: ['chrIV', 'chrX'], validation: ['chrVII'] },
 *   maxShift: 20,
 * });
 */
export async function promoterExpressionDataset(
  options: PromoterExpressionOptions,
): Promise<PromoterExpressionDataset> {
  checkPromoterExpressionOptions(options);
  const genome =
    typeof options.genome === 'string' ? await openFasta(options.genome) : options.genome;
  try {
    return await buildDataset(options, genome);
  } finally {
    if (typeof options.genome === 'string') genome.close();
  }
}

async function buildDataset(
  options: PromoterExpressionOptions,
  genome: FastaFile,
): Promise<PromoterExpressionDataset> {
  const { columns, target, features = [], maxShift = 0, signal, progress } = options;
  const { upstream = 1000, downstream = 500, reverseComplement = false } = options;
  const { mutationRate = 0, maskRate = 0 } = options;
  const names = [columns.id, columns.chrom, columns.strand];
  const source =
    typeof options.table === 'string'
      ? await readTable(options.table, {
          columns: Object.fromEntries(names.map((name) => [name, 'string' as const])),
        })
      : options.table;
  // A filtered or sorted table keeps its rows where they were; from here on, row means what is seen.
  const allRows = source.ungroup().reify();
  requireColumns(
    allRows,
    [...names, columns.tss, target.column, ...features.map(({ column }) => column)],
    typeof options.table === 'string' ? options.table : 'table',
  );
  const { rows, dropped } = keepMeasured(allRows, textColumn(allRows, columns.id), target);
  const ids = textColumn(rows, columns.id);
  const repeated = repeatedNames(ids);
  if (repeated.length > 0) {
    throw new InputError({
      where: `table, column '${columns.id}'`,
      found: `${repeated.length} names that occur before (${shown(repeated)})`,
      expected: 'one row a gene',
    });
  }
  const intervals = promoterWindows(rows, ids, genome, options);
  const flanked = await genome.fetchMany(
    intervals.map((window) => ({
      ...window,
      start: window.start - maxShift,
      end: window.end + maxShift,
    })),
    { padding: 'unknown', signal, progress },
  );
  const length = upstream + downstream;
  const sequences = flanked.map((tokens) => tokens.subarray(maxShift, maxShift + length));
  const split = await splitExamples(
    options.split,
    { intervals, table: rows, sequences },
    { signal, progress },
  );
  const stored = new Uint8Array(ids.length * (length + 2 * maxShift));
  for (const [row, tokens] of flanked.entries()) stored.set(tokens, row * tokens.length);
  const inputs: Record<string, InMemoryInput> = {
    promoter: {
      kind: 'tokens',
      shape: [length],
      values: stored,
      flank: maxShift,
      maxShift,
      reverseComplement,
      mutationRate,
      maskRate,
    },
  };
  let scaler: StandardScaler | undefined;
  if (features.length > 0) {
    const values = Object.fromEntries(
      features.map((feature) => [feature.column, featureValues(rows, feature)]),
    );
    scaler = StandardScaler.fit(values, split.train);
    inputs['half_life'] = {
      kind: 'features',
      shape: [features.length],
      names: scaler.names,
      values: scaler.transform(values),
    };
  }
  const measured = numericColumn(rows, target.column);
  const targetTransform = TargetTransform.fit(measured, { ...target, train: split.train });
  const modelTarget = targetTransform.apply(measured);
  const observed = targetTransform.unstandardise(modelTarget);
  const dataset = new InMemoryDataset({
    ids,
    inputs,
    targetNames: [targetName(target)],
    targets: Float32Array.from(modelTarget),
  });
  const parts = partOfExamples(split, ids.length);
  return {
    dataset,
    train: dataset.subset(split.train),
    validation: dataset.subset(split.validation),
    test: dataset.subset(split.test),
    split,
    features,
    scaler,
    targetTransform,
    observed,
    trainMean: split.train.reduce((sum, row) => sum + (observed[row] ?? 0), 0) / split.train.length,
    intervals,
    table: rows.assign({ split: parts.map((part) => part ?? '') }),
    dropped,
    promoterInput: 'promoter',
    featureInput: 'half_life',
    upstream,
    downstream,
  };
}
