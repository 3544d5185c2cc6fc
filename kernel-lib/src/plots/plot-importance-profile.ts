import { UsageError } from '../core/errors.ts';
import { checkNotEmpty, checkOptions, checkSameLength, checkValues } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { extent, formatFigure, formatTick } from './linear-scale.ts';
import { paddedExtent, ruleAt, vegaFigure, type VegaPart } from './vega-parts.ts';

/** Average importance along a sequence. */
export interface ImportanceProfile {
  /** Positions relative to the transcription start site in bp, ascending. */
  readonly position: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  /** Standard error of each mean; the band is ± 1.96 of it. All NaN (one example): no band. */
  readonly standardError?: ArrayLike<number>;
  /** Name in the legend where there are several. */
  readonly name?: string;
}

/** Options of `plotImportanceProfile`. */
export interface ImportanceProfileOptions extends FigureOptions {
  /** Title of the vertical axis with its unit; default `Mean importance`. */
  readonly valueTitle?: string;
  /** Title of the horizontal axis; default `Position relative to TSS (bp)`. */
  readonly positionTitle?: string;
  /**
   * Bases that a running mean takes together, an odd number; default 1 (none). The band then is
   * that of the mean if the errors of neighbours go together, which is the cautious assumption.
   */
  readonly window?: number;
  /** Whether the transcription start site at 0 is marked; default: if it lies inside. */
  readonly markTss?: boolean;
}

const where = 'plotImportanceProfile';

/**
 * Average importance along the promoter with a 95 % band and the transcription start site marked.
 *
 * @throws InputError for empty, non-finite or unequally long values
 * @throws UsageError for an unknown option or an even window
 * @example
 * (await plotImportanceProfile({
 *   position: [-2, -1, 0, 1],
 *   mean: [0.1, 0.4, 0.5, 0.2],
 *   standardError: [0.02, 0.03, 0.03, 0.02],
 * })).show();
 */
export async function plotImportanceProfile(
  profiles: ImportanceProfile | readonly ImportanceProfile[],
  options: ImportanceProfileOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['valueTitle', 'positionTitle', 'window', 'markTss']);
  const { window = 1, valueTitle = 'Mean importance' } = options;
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0) {
    throw new UsageError({
      where: `${where} option window`,
      found: String(window),
      expected: 'an odd whole number of bases',
    });
  }
  const series = isProfile(profiles) ? [profiles] : [...profiles];
  checkNotEmpty(where, 'profiles', series);
  const names = series.map(({ name }, i) => name ?? `profile ${i + 1}`);
  const values = series.flatMap((profile, i) => rowsOf(profile, names[i] ?? '', window));
  const [from, to] = extent(values.map(({ position }) => position));
  const width = options.width ?? 560;
  const height = options.height ?? 230;
  const x = {
    field: 'position',
    type: 'quantitative',
    title: options.positionTitle ?? 'Position relative to TSS (bp)',
    scale: { domain: [from, to], nice: false, zero: false },
    axis: { grid: false, tickCount: Math.round(width / 60) },
  };
  const color = {
    field: 'series',
    type: 'nominal',
    scale: { domain: names, range: [...figureDefaults.series] },
    legend:
      series.length > 1
        ? { orient: 'top', title: null, symbolType: 'stroke', symbolOpacity: 1 }
        : null,
  };
  const scale = {
    domain: paddedExtent(values.flatMap(({ low, high }) => [low, high])),
    nice: false,
    zero: false,
  };
  const y = (field: string) => ({ field, type: 'quantitative', title: valueTitle, scale });
  const markTss = options.markTss ?? (from <= 0 && to >= 0);
  const hasBand = series.some(hasErrors);
  const smoothing = window === 1 ? '' : `running mean of ${window} bp`;
  const band = hasBand ? 'band: 95 % interval of the mean' : '';
  const caption = [smoothing, band].filter((part) => part !== '').join('; ');
  return vegaFigure(
    {
      width,
      height,
      layer: [
        {
          data: { values },
          mark: { type: 'area', opacity: figureDefaults.bandOpacity, line: false },
          encoding: { x, y: y('low'), y2: { field: 'high' }, color },
        },
        ...(markTss ? tssLayers() : []),
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.4 },
          encoding: { x, y: y('mean'), color },
        },
      ],
    },
    {
      name: 'Importance profile',
      description: series.map((_, i) => describe(values, names[i] ?? '', valueTitle)).join('; '),
      ...(caption === '' ? {} : { subtitle: caption.charAt(0).toUpperCase() + caption.slice(1) }),
    },
    options,
    width + 60,
  );
}

function isProfile(
  value: ImportanceProfile | readonly ImportanceProfile[],
): value is ImportanceProfile {
  return 'position' in value;
}

/** The mean of a single example has no standard error. */
function hasErrors(
  profile: ImportanceProfile,
): profile is ImportanceProfile & { standardError: ArrayLike<number> } {
  const { standardError } = profile;
  return standardError !== undefined && !Array.from(standardError).every(Number.isNaN);
}

interface ProfileRow {
  readonly series: string;
  readonly position: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function rowsOf(profile: ImportanceProfile, series: string, window: number): ProfileRow[] {
  const position = checkValues(where, 'position', profile.position);
  const mean = checkValues(where, 'mean', profile.mean);
  checkSameLength(where, ['position', position.length], ['mean', mean.length]);
  let errors = mean.map(() => 0);
  if (hasErrors(profile)) {
    errors = checkValues(where, 'standardError', profile.standardError);
    checkSameLength(where, ['mean', mean.length], ['standardError', errors.length]);
  }
  const smoothMean = runningMean(mean, window);
  const smoothError = runningMean(errors, window);
  const round = (value: number) => Number(value.toPrecision(5));
  return position.map((at, i) => {
    const value = smoothMean[i] ?? 0;
    const half = 1.96 * (smoothError[i] ?? 0);
    return {
      series,
      position: at,
      mean: round(value),
      low: round(value - half),
      high: round(value + half),
    };
  });
}

/** Mean over a centred window, which is shorter at the ends. */
function runningMean(values: readonly number[], window: number): number[] {
  const half = (window - 1) / 2;
  return values.map((_, i) => {
    const part = values.slice(Math.max(0, i - half), i + half + 1);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

function tssLayers(): VegaPart[] {
  return [
    ruleAt('x', 0),
    {
      data: { values: [{ at: 0, label: 'TSS' }] },
      mark: { type: 'text', dy: -6, baseline: 'bottom', color: figureDefaults.mutedText },
      encoding: {
        x: { field: 'at', type: 'quantitative' },
        y: { value: 0 },
        text: { field: 'label' },
      },
    },
  ];
}

function describe(values: readonly ProfileRow[], name: string, valueTitle: string): string {
  const own = values.filter(({ series }) => series === name);
  const top = own.reduce((best, row) => (row.mean > best.mean ? row : best));
  return (
    `${valueTitle} of ${name} from ${formatTick(own[0]?.position ?? 0)} to ` +
    `${formatTick(own.at(-1)?.position ?? 0)} bp, highest ${formatFigure(top.mean)} at ` +
    `${formatTick(top.position)} bp`
  );
}
