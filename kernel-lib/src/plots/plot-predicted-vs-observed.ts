import type { BootstrapMetrics } from '../evaluation/bootstrap.ts';
import { regressionMetrics } from '../evaluation/metrics.ts';
import { checkMode, checkOptions, checkSameLength, checkValues } from './check-inputs.ts';
import { densityLayer, densityModes, type DensityMode } from './density-layer.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { metricCaption, type CaptionMetrics } from './metric-caption.ts';
import { count, paddedExtent, vegaFigure } from './vega-parts.ts';

/** Predictions beside what was measured. */
export interface PredictedAndObserved {
  readonly observed: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** The quantity, for example `Expression`. */
  readonly name?: string;
  /** Its unit or transformation, for example `log10(FPKM + 0.1)`. */
  readonly units?: string;
  /** What one point is, in the plural; default `examples`. */
  readonly items?: string;
  /**
   * Metrics for the caption, with intervals if they come from a bootstrap; by default Pearson,
   * Spearman and R² are computed.
   */
  readonly metrics?: CaptionMetrics | BootstrapMetrics;
}

/** Options of `plotPredictedVsObserved`. */
export interface PredictedVsObservedOptions extends FigureOptions {
  /**
   * `points` coloured by local density, `bins` with counts, or `auto` (default): points up to
   * 2,000 examples, bins above.
   */
  readonly mode?: DensityMode;
}

const where = 'plotPredictedVsObserved';

/**
 * Predicted against observed values in a square with equal axes and the identity line, without
 * overplotting; metrics and the number of examples in the caption.
 *
 * @throws InputError for empty, non-finite or unequally long values
 * @example
 * (await plotPredictedVsObserved({
 *   observed: [0.1, 1.2, 2.5],
 *   predicted: [0.4, 1.1, 2.1],
 *   name: 'Expression',
 *   units: 'log10(FPKM + 0.1)',
 *   metrics: { pearson: 0.99 },
 * })).show();
 */
export async function plotPredictedVsObserved(
  data: PredictedAndObserved,
  options: PredictedVsObservedOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['mode']);
  const mode = checkMode(where, options.mode ?? 'auto', densityModes);
  const observed = checkValues(where, 'observed', data.observed);
  const predicted = checkValues(where, 'predicted', data.predicted);
  checkSameLength(where, ['observed', observed.length], ['predicted', predicted.length]);
  const side = options.width ?? options.height ?? figureDefaults.side;
  const domain = paddedExtent([...observed, ...predicted]);
  const { items = 'examples' } = data;
  const layer = densityLayer(
    {
      x: observed,
      y: predicted,
      xDomain: domain,
      yDomain: domain,
      bins: [Math.round(side / 5), Math.round(side / 5)],
      unit: items,
    },
    mode,
    quantityTitle('Observed', data),
    quantityTitle('Predicted', data),
  );
  const metrics = data.metrics ?? regressionMetrics(observed, predicted);
  const caption = metricCaption(metrics, observed.length, items);
  return vegaFigure(
    {
      width: side,
      height: options.height ?? side,
      layer: [identityLine(domain), layer],
    },
    {
      name: 'Predicted against observed',
      description:
        `${quantityTitle('Predicted', data)} against observed values of ` +
        `${count(observed.length)} ${items}, with the identity line; ${caption}`,
      subtitle: caption,
    },
    options,
    side + 60,
  );
}

/** `Observed expression, log10(FPKM + 0.1)`. */
export function quantityTitle(
  what: string,
  { name, units }: Pick<PredictedAndObserved, 'name' | 'units'>,
): string {
  const title = name === undefined ? what : `${what} ${lowerFirst(name)}`;
  if (units === undefined) return title;
  return units.includes('(') ? `${title}, ${units}` : `${title} (${units})`;
}

/** Lower case at the start of a word, but not of an acronym such as FPKM. */
function lowerFirst(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

function identityLine(domain: readonly [number, number]): Record<string, unknown> {
  return {
    data: { values: [{ a: domain[0], b: domain[1] }] },
    mark: { type: 'rule', strokeDash: [4, 3], color: figureDefaults.axis, clip: true },
    encoding: {
      x: { field: 'a', type: 'quantitative' },
      x2: { field: 'b' },
      y: { field: 'a', type: 'quantitative' },
      y2: { field: 'b' },
    },
  };
}
