import { InputError, UsageError } from '../core/errors.ts';
import { checkNotEmpty, checkOptions } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { formatFigure } from './linear-scale.ts';
import { ruleAt, vegaFigure, type VegaPart } from './vega-parts.ts';

/** How much more often a motif occurs than expected. */
export interface MotifEnrichmentRow {
  /** The factor or motif. */
  readonly name: string;
  /** Probability of the enrichment by chance, corrected for many motifs, 0 to 1. */
  readonly qValue: number;
  /** Observed over expected occurrences; colours the dots where all rows have it. */
  readonly enrichment?: number;
}

/** Options of `plotMotifEnrichment`. */
export interface MotifEnrichmentOptions extends FigureOptions {
  /** The most motifs shown, smallest q-value first; default 20. */
  readonly limit?: number;
  /** A dashed line marks this q-value; default 0.05. */
  readonly threshold?: number;
}

const where = 'plotMotifEnrichment';

/**
 * Enriched motifs as horizontal lollipops: −log10 of the q-value, the most significant on top,
 * coloured by fold enrichment. A q-value of zero is drawn as the smallest one above zero (or 1e-300).
 *
 * @throws InputError for no row, or a q-value outside 0 to 1
 * @example
 * (await plotMotifEnrichment([
 *   { name: 'REB1', qValue: 1e-12, enrichment: 3.1 },
 *   { name: 'ABF1', qValue: 1e-5, enrichment: 1.8 },
 * ])).show();
 */
export async function plotMotifEnrichment(
  rows: readonly MotifEnrichmentRow[],
  options: MotifEnrichmentOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['limit', 'threshold']);
  checkNotEmpty(where, 'rows', rows);
  const { limit = 20, threshold = 0.05 } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new UsageError({
      where: `${where} option limit`,
      found: String(limit),
      expected: 'a whole number from 1',
    });
  }
  if (!(threshold > 0 && threshold < 1)) {
    throw new UsageError({
      where: `${where} option threshold`,
      found: String(threshold),
      expected: 'a q-value between 0 and 1',
    });
  }
  rows.forEach(checkRow);
  const smallest = Math.min(...rows.map(({ qValue }) => (qValue > 0 ? qValue : Infinity)), 1);
  const values = [...rows]
    .sort((a, b) => a.qValue - b.qValue || (b.enrichment ?? 0) - (a.enrichment ?? 0))
    .slice(0, limit)
    .map(({ name, qValue, enrichment }, i, sorted) => ({
      name,
      row: rowName(name, i, sorted),
      significance: -Math.log10(qValue > 0 ? qValue : smallest < 1 ? smallest : 1e-300),
      enrichment,
      zero: 0,
    }));
  const names = values.map(({ row }) => row);
  const width = options.width ?? 340;
  const height = options.height ?? Math.max(60, values.length * 18);
  const highest = Math.max(...values.map(({ significance }) => significance), 0.1);
  const thresholdAt = -Math.log10(threshold);
  const shown = thresholdAt <= highest * 1.06;
  const best = values[0];
  return vegaFigure(
    {
      width,
      height,
      layer: [...(shown ? [ruleAt('x', thresholdAt)] : []), ...lollipops(values, names, highest)],
    },
    {
      name: 'Motif enrichment',
      description:
        `${values.length} of ${rows.length} motifs by −log₁₀ q-value; first ` +
        `${best?.name ?? ''} (${formatFigure(best?.significance ?? 0)})`,
      ...(shown ? { subtitle: `Dashed line: q = ${threshold}` } : {}),
    },
    options,
    width + 120,
  );
}

function checkRow({ name, qValue, enrichment }: MotifEnrichmentRow): void {
  if (!(qValue >= 0 && qValue <= 1)) {
    throw new InputError({
      where: `${where}, '${name}'`,
      found: `q-value ${qValue}`,
      expected: 'a number from 0 to 1',
    });
  }
  if (enrichment !== undefined && !(Number.isFinite(enrichment) && enrichment >= 0)) {
    throw new InputError({
      where: `${where}, '${name}'`,
      found: `enrichment ${enrichment}`,
      expected: 'observed over expected occurrences, 0 or more',
    });
  }
}

/** Two motifs of one factor must not share a row. */
function rowName(name: string, index: number, rows: readonly MotifEnrichmentRow[]): string {
  const before = rows.slice(0, index).filter((row) => row.name === name).length;
  return before === 0 ? name : `${name} (${before + 1})`;
}

interface LollipopRow {
  readonly enrichment: number | undefined;
}

function lollipops(
  values: readonly LollipopRow[],
  names: readonly string[],
  highest: number,
): VegaPart[] {
  const y = {
    field: 'row',
    type: 'nominal',
    sort: names,
    axis: { title: null, ticks: false, domain: false, labelPadding: 8 },
  };
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: '−log₁₀ q-value',
    scale: { domain: [0, highest * 1.06], nice: false },
    axis: { grid: true, tickCount: 5 },
  });
  const colored = values.every(({ enrichment }) => enrichment !== undefined);
  const color = colored
    ? {
        field: 'enrichment',
        type: 'quantitative',
        scale: { range: [...figureDefaults.sequential].slice(1), zero: false },
        legend: {
          title: ['Observed /', 'expected'],
          gradientLength: 80,
          tickCount: 4,
        },
      }
    : { value: figureDefaults.series[0] };
  return [
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 1.6 },
      encoding: { y, x: x('zero'), x2: { field: 'significance' }, color },
    },
    {
      data: { values },
      mark: { type: 'circle', size: 70, opacity: 1 },
      encoding: { y, x: x('significance'), color },
    },
  ];
}
