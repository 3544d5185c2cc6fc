import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { PositionInfluence } from '../interpretation/position-influence-profile.ts';
import { checkNotEmpty, checkOptions } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { ruleAt, vegaFigure } from './vega-parts.ts';

/** Options of `plotPositionInfluence`; width and height are those of a panel. */
export interface PositionInfluencePlotOptions extends FigureOptions {
  /** Outputs to show, a panel each; `all` is the mean over outputs. Default: all of them. */
  readonly outputs?: readonly string[];
  /** Title of the vertical axis. Default `Mean |Δ prediction|`. */
  readonly valueTitle?: string;
}

const where = 'plotPositionInfluence';

/**
 * Mean size of the change of the prediction by distance to the transcription start site, with the band
 * of sequences drawn anew, and in grey the band where position does not matter. The caption gives the
 * share of the influence near the site.
 *
 * @throws UsageError for an output that is not there
 * @example
 * (await plotPositionInfluence(await positionInfluence(substitutions), { outputs: ['all'] })).show();
 */
export async function plotPositionInfluence(
  influence: PositionInfluence,
  options: PositionInfluencePlotOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['outputs', 'valueTitle']);
  const known = influence.profiles.map(({ output }) => output);
  const outputs = options.outputs ?? known;
  checkNotEmpty(where, 'outputs', outputs);
  const profiles = outputs.map((output) => {
    const found = influence.profiles.find((profile) => profile.output === output);
    if (found !== undefined) return found;
    throw new UsageError({
      where,
      found: `no output '${output}'`,
      fix: suggestion(output, known),
    });
  });
  const round = (value: number): number | null =>
    Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
  const rows = profiles.map(({ bins }) =>
    bins
      .filter(({ mean }) => Number.isFinite(mean))
      .map(({ start, end, count, mean, low, high, nullLow, nullHigh }) => ({
        // Upstream is to the left, as along a promoter.
        position: -(start + end) / 2,
        from: -end,
        to: -start,
        count,
        mean: round(mean),
        low: round(low),
        high: round(high),
        nullLow: round(nullLow),
        nullHigh: round(nullHigh),
      })),
  );
  if (rows.every((own) => own.length === 0)) {
    throw new InputError({ where, found: 'no bin with a mean', expected: 'at least one' });
  }
  const width = options.width ?? (profiles.length > 1 ? 250 : 480);
  const height = options.height ?? (profiles.length > 1 ? 130 : 230);
  const ends = rows.flat().flatMap(({ from, to }) => [from, to]);
  const domain = [Math.min(...ends), Math.max(0, ...ends)];
  const valueTitle = options.valueTitle ?? 'Mean |Δ prediction|';
  const color = figureDefaults.series[0];
  const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
  const panels = profiles.map(({ output, share, expectedShare, pValue }, i) => {
    const x = {
      field: 'position',
      type: 'quantitative',
      title: 'Distance from TSS (bp)',
      scale: { domain, nice: false, zero: false },
      axis: { grid: false, tickCount: Math.round(width / 60) },
    };
    const y = (field: string) => ({
      field,
      type: 'quantitative',
      title: valueTitle,
      scale: { zero: true, nice: true },
      axis: { tickCount: 4 },
    });
    const significance = Number.isFinite(pValue) ? `, p = ${pValue.toPrecision(2)}` : '';
    const band = (low: string, high: string, fill: string, opacity: number) => ({
      mark: { type: 'area', color: fill, opacity, line: false },
      encoding: { x, y: y(low), y2: { field: high } },
    });
    const tooltip = ['from', 'to', 'count', 'mean', 'low', 'high'].map((field) => ({ field }));
    return {
      width,
      height,
      title: {
        text: output === 'all' ? 'all outputs' : output,
        subtitle: `${percent(share)} within ${String(influence.within)} bp (${percent(expectedShare)} expected${significance})`,
        fontSize: figureDefaults.axisTitleSize,
        anchor: 'start',
        offset: 6,
      },
      data: { values: rows[i] ?? [] },
      layer: [
        band('nullLow', 'nullHigh', figureDefaults.baseline, 0.35),
        band('low', 'high', color ?? '', figureDefaults.bandOpacity),
        ruleAt('x', -influence.within),
        {
          mark: { type: 'line', color, strokeWidth: 1.6, point: { size: 14, color } },
          encoding: { x, y: y('mean'), tooltip },
        },
      ],
    };
  });
  const columns = Math.min(3, panels.length);
  const description = profiles
    .map(
      ({ output, share, expectedShare }) =>
        `${output}: ${percent(share)} of the influence within ${String(influence.within)} bp of the TSS, ${percent(expectedShare)} expected`,
    )
    .join('; ');
  return vegaFigure(
    { concat: panels, columns, spacing: 24 },
    {
      name: 'Influence by position',
      description,
      ...(panels.length === 1
        ? {}
        : {
            subtitle:
              'Band: 95 % interval over sequences; grey: position does not matter; dashed: how far the share counts',
          }),
    },
    options,
    width * columns + 100,
  );
}
