import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { TableView, type TableViewRow } from '../core/table-view.ts';
import { expressedRows } from './expression-filter.ts';
import { maizeTissues, type ExpressionTable } from './expression-table.ts';
import { columnStatistics, correlation, logExpression, median } from './expression-statistics.ts';

/** From where on a measurement is flagged. */
export interface ExpressionQualityLimits {
  /** Share of genes without any expression. Default 0.6; good maize tables have 0.27 to 0.37. */
  readonly zeroShare: number;
  /** Share of genes that the filter keeps, at least. Default 0.4; good maize tables have 0.68. */
  readonly keptShare: number;
  /** TPM of one gene. Default 100,000: a tenth of all transcripts. */
  readonly dominantGene: number;
  /** Relative distance of the sum of a measurement from 1,000,000. Default 0.01. */
  readonly sumTolerance: number;
  /** Correlation with the median table, at least. Default 0.5. */
  readonly correlation: number;
}

/** Options of {@link expressionQuality}. */
export interface ExpressionQualityOptions {
  /** Tissues that every table should have. Default {@link maizeTissues}. */
  readonly tissues?: readonly string[];
  /** TPM of the filter. Default 1. */
  readonly minimum?: number;
  readonly limits?: Partial<ExpressionQualityLimits>;
}

/** How good one table (of one cultivar) is. */
export type ExpressionStatus = 'ok' | 'warning' | 'broken';

/** One tissue of one table. */
export interface TissueQuality {
  readonly cultivar: string;
  readonly tissue: string;
  readonly replicates: number;
  /** Share of genes with exactly 0 TPM. */
  readonly zeroShare: number;
  /** Of log10(TPM + 1), over all genes. */
  readonly variance: number;
  /** The same over the genes that the filter keeps. */
  readonly varianceOfKept: number;
  /** Mean of log10(TPM + 1) over the genes that the filter keeps. */
  readonly meanOfKept: number;
  /** TPM of all genes; 1,000,000 where the table is complete. */
  readonly sum: number;
  readonly largest: { readonly gene: string; readonly tpm: number };
  /**
   * Pearson correlation of log10(TPM + 1) with the median table: gene by gene over the other
   * tables with the same genes where there are two or more of them, else over the other tissues of
   * this table. NaN where there is none of these.
   */
  readonly correlation: number;
  readonly missingValues: number;
}

/** One table. */
export interface CultivarQuality {
  readonly cultivar: string;
  readonly source: string;
  readonly status: ExpressionStatus;
  readonly genes: number;
  /** Genes with at least `minimum` TPM in one of the tissues. */
  readonly kept: number;
  readonly keptShare: number;
  readonly missingTissues: readonly string[];
  /** What is wrong, for people; empty where nothing is. */
  readonly flags: readonly string[];
  readonly tissues: readonly TissueQuality[];
}

/** What {@link expressionQuality} gives. */
export interface ExpressionQuality {
  readonly cultivars: readonly CultivarQuality[];
  /** Cultivars whose tables should not be used. */
  readonly broken: readonly string[];
  /** A row a cultivar, for people. */
  readonly view: TableView;
  /** A row a cultivar and tissue, for people. */
  readonly tissueView: TableView;
}

const LIMITS: ExpressionQualityLimits = Object.freeze({
  zeroShare: 0.6,
  keptShare: 0.4,
  dominantGene: 100_000,
  sumTolerance: 0.01,
  correlation: 0.5,
});

/**
 * Looks at the quality of expression tables: genes without expression, spread, the sum of a million,
 * single genes that take up everything, missing tissues, agreement. A table in which most genes of
 * half of the tissues are 0, or of which the filter keeps too few genes, is `broken`, as that of the
 * maize line NC358 is.
 *
 * @param tables read with `tissues: 'all'` or with the tissues of interest
 *
 * @example
 * const quality = expressionQuality([b73, nc358]);
 * quality.broken; // ['NC358']
 * quality.view.show();
 */
export function expressionQuality(
  tables: readonly ExpressionTable[],
  options: ExpressionQualityOptions = {},
): ExpressionQuality {
  checkOptionNames(options, ['tissues', 'minimum', 'limits'], 'expressionQuality');
  checkOptionNames(options.limits ?? {}, Object.keys(LIMITS), 'expressionQuality, limits');
  if (tables.length === 0) {
    throw new UsageError({
      where: 'expressionQuality',
      found: 'no tables',
      expected: 'at least one',
    });
  }
  const { tissues = maizeTissues, minimum = 1 } = options;
  const limits = { ...LIMITS, ...options.limits };
  const logged = tables.map((table) => ({ table, logs: logExpression(table.values) }));
  const cultivars = logged.map((each) =>
    qualityOf(each, logged, { wanted: tissues, minimum, limits }),
  );
  const broken = cultivars.filter(({ status }) => status === 'broken').map((c) => c.cultivar);
  return {
    cultivars,
    broken,
    view: cultivarView(cultivars, minimum),
    tissueView: tissueView(cultivars),
  };
}

interface Settings {
  readonly wanted: readonly string[];
  readonly minimum: number;
  readonly limits: ExpressionQualityLimits;
}

function qualityOf(
  logged: LoggedTable,
  all: readonly LoggedTable[],
  { wanted, minimum, limits }: Settings,
): CultivarQuality {
  const { table } = logged;
  const cultivar = table.cultivar ?? table.source;
  const counted = wanted.filter((tissue) => table.tissues.includes(tissue));
  const kept = expressedRows(table, {
    minimum,
    ...(counted.length > 0 ? { tissues: counted } : {}),
  });
  const keptShare = table.genes.length === 0 ? 0 : kept.length / table.genes.length;
  const width = table.tissues.length;
  const correlations = correlationsWithMedian(logged, all);
  const tissues = table.tissues.map((tissue, column): TissueQuality => {
    const { largest, ...ofAll } = columnStatistics(table.values, column, width);
    const ofKept = columnStatistics(table.values, column, width, kept);
    return {
      cultivar,
      tissue,
      replicates: table.replicates[column] ?? 0,
      zeroShare: ofAll.zeroShare,
      variance: ofAll.variance,
      varianceOfKept: ofKept.variance,
      meanOfKept: ofKept.mean,
      sum: ofAll.sum,
      largest: { gene: table.genes[largest.row] ?? '', tpm: largest.value },
      correlation: correlations[column] ?? NaN,
      missingValues: ofAll.missing,
    };
  });
  const missingTissues = wanted.filter((tissue) => !table.tissues.includes(tissue));
  const silent = tissues.filter(({ zeroShare }) => zeroShare > limits.zeroShare);
  const reasons: string[] = [];
  if (silent.length > 0 && silent.length >= tissues.length / 2) {
    const shares = silent.map(({ zeroShare }) => zeroShare);
    reasons.push(`${percent(median(shares))} of the genes at 0 TPM in ${names(silent)}`);
  }
  if (keptShare < limits.keptShare)
    reasons.push(`only ${percent(keptShare)} of the genes expressed`);
  const warnings = warningsOf(tissues, missingTissues, limits);
  if (reasons.length === 0 && silent.length > 0) {
    warnings.unshift(`many genes at 0 TPM in ${names(silent)}`);
  }
  return {
    cultivar,
    source: table.source,
    status: reasons.length > 0 ? 'broken' : warnings.length > 0 ? 'warning' : 'ok',
    genes: table.genes.length,
    kept: kept.length,
    keptShare,
    missingTissues,
    flags: [...reasons, ...warnings],
    tissues,
  };
}

function warningsOf(
  tissues: readonly TissueQuality[],
  missingTissues: readonly string[],
  limits: ExpressionQualityLimits,
): string[] {
  const warnings: string[] = [];
  if (missingTissues.length > 0) warnings.push(`no ${missingTissues.join(', ')}`);
  for (const { tissue, largest } of tissues) {
    if (largest.tpm < limits.dominantGene) continue;
    warnings.push(`${largest.gene} has ${whole(largest.tpm)} TPM in ${tissue}`);
  }
  const offSum = tissues.filter(({ sum }) => !(Math.abs(sum / 1e6 - 1) <= limits.sumTolerance));
  if (offSum.length > 0) {
    warnings.push(`sum not 1,000,000 in ${names(offSum)} (${whole(offSum[0]?.sum ?? NaN)})`);
  }
  const apart = tissues.filter(({ correlation: r }) => r < limits.correlation);
  if (apart.length > 0) warnings.push(`little agreement of ${names(apart)} with the median table`);
  const missing = tissues.filter(({ missingValues }) => missingValues > 0);
  if (missing.length > 0) warnings.push(`missing values in ${names(missing)}`);
  return warnings;
}

/** A table with log10(TPM + 1) of its values, in the same places. */
interface LoggedTable {
  readonly table: ExpressionTable;
  readonly logs: Float64Array;
}

/**
 * Of each tissue, gene by gene, with the median of the other tables of the same genes, or of the
 * other tissues.
 */
function correlationsWithMedian(own: LoggedTable, all: readonly LoggedTable[]): number[] {
  const { table, logs } = own;
  const width = table.tissues.length;
  const relatives = all.filter(
    (other) =>
      other !== own &&
      other.table.genes.length === table.genes.length &&
      other.table.genes.every((gene, row) => gene === table.genes[row]),
  );
  const columns = table.tissues.map((tissue, column) => {
    const others = relatives.filter((other) => other.table.tissues.includes(tissue));
    const references =
      others.length >= 2
        ? others.map((other) => ({ ...other, column: other.table.tissues.indexOf(tissue) }))
        : table.tissues.flatMap((_, at) => (at === column ? [] : [{ ...own, column: at }]));
    return references.map((reference) => ({
      values: reference.logs,
      column: reference.column,
      width: reference.table.tissues.length,
    }));
  });
  return columns.map((references, column) =>
    correlation({ values: logs, column, width }, references),
  );
}

const STATUS_WORDS = { ok: 'ok', warning: 'warning', broken: 'error' } as const;

function cultivarView(cultivars: readonly CultivarQuality[], minimum: number): TableView {
  const rows = cultivars.map(({ cultivar, status, genes, kept, keptShare, tissues, flags }) => ({
    cultivar,
    status: STATUS_WORDS[status],
    genes,
    kept,
    'kept %': 100 * keptShare,
    tissues: tissues.length,
    'zeros %': 100 * median(tissues.map(({ zeroShare }) => zeroShare)),
    variance: median(tissues.map(({ varianceOfKept }) => varianceOfKept)),
    'largest TPM': Math.round(
      tissues.reduce((most, { largest }) => Math.max(most, largest.tpm), 0),
    ),
    findings: flags.join('; '),
  }));
  return new TableView('Expression tables', Object.keys(rows[0] ?? {}), rows, {
    note: `kept: at least ${String(minimum)} TPM in one tissue; variance: of log10(TPM + 1) of these genes; zeros and variance are medians of the tissues; error: broken, leave the cultivar out`,
  });
}

function tissueView(cultivars: readonly CultivarQuality[]): TableView {
  const rows = cultivars
    .flatMap(({ tissues }) => tissues)
    .map((quality): TableViewRow => ({
      cultivar: quality.cultivar,
      tissue: quality.tissue,
      replicates: quality.replicates,
      'zeros %': 100 * quality.zeroShare,
      variance: quality.variance,
      'variance of kept': quality.varianceOfKept,
      'mean of kept': quality.meanOfKept,
      sum: Math.round(quality.sum),
      'largest TPM': Math.round(quality.largest.tpm),
      'largest gene': quality.largest.gene,
      correlation: quality.correlation,
    }));
  return new TableView('Expression by tissue', Object.keys(rows[0] ?? {}), rows, {
    note: 'variance and mean: of log10(TPM + 1); correlation: with the median of the other tables of the same genes, or of the other tissues',
  });
}

function names(tissues: readonly TissueQuality[]): string {
  const shown = tissues.slice(0, 4).map(({ tissue }) => tissue);
  return tissues.length > 4 ? `${String(tissues.length)} tissues` : shown.join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
