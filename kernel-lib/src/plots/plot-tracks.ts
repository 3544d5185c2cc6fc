import { UsageError } from '../core/errors.ts';
import type { Interval } from '../sequence/interval.ts';
import { checkMode, checkNotEmpty, checkOptions, checkValues } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import { formatTick, linearScale, niceDomain, type LinearScale } from './linear-scale.ts';
import {
  axisTicks,
  bottomAxis,
  bottomAxisHeight,
  figureTitle,
  leftAxis,
  widestLabel,
} from './svg-axes.ts';
import { annotationLanes, type TrackAnnotation } from './svg-annotations.ts';
import { svgDocument, svgElement, svgLine, svgNumber, svgText } from './svg.ts';
import { wrapText } from './text-width.ts';

/** How the values of a track are drawn. */
export type TrackMode = 'area' | 'line';

/** Values along an interval, in bins of equal width. */
export interface Track {
  readonly name: string;
  /** One value a bin; the bins divide the interval evenly. */
  readonly values: ArrayLike<number>;
  /** `#rrggbb`; default: the palette in order. */
  readonly color?: string;
  /** Default `area`. */
  readonly mode?: TrackMode;
  /** Lower and upper end of the vertical axis; default from the data, with zero. */
  readonly domain?: readonly [number, number];
}

/** Options of `plotTracks`. */
export interface TracksOptions extends FigureOptions {
  /** Where the tracks lie; 0-based, half-open. */
  readonly interval: Interval;
  /** Genes, peaks or other named stretches, drawn below the tracks; parts outside are cut off. */
  readonly annotations?: readonly TrackAnnotation[];
  /** All tracks share one vertical axis, so that heights compare; default false. */
  readonly sharedScale?: boolean;
  /** Gap between two tracks in pixels; default 16. */
  readonly gap?: number;
}

const where = 'plotTracks';
const modes: readonly TrackMode[] = ['area', 'line'];

/**
 * Tracks of values along a genomic interval, stacked above a common axis, with genes below.
 * `height` is that of one track. Where a pixel holds several bins it shows their smallest and
 * largest value, so that no peak is lost.
 *
 * @throws InputError for no track, or empty or non-finite values
 * @throws UsageError for an unknown option or mode, or an empty interval
 * @example
 * plotTracks(
 *   [{ name: 'observed', values: [0, 3, 9, 2] }, { name: 'predicted', values: [0, 2, 7, 3] }],
 *   { interval: { chrom: 'chrIV', start: 1000, end: 1512 } },
 * ).show();
 */
export function plotTracks(tracks: readonly Track[], options: TracksOptions): Figure {
  checkOptions(where, options, ['interval', 'annotations', 'sharedScale', 'gap']);
  checkNotEmpty(where, 'tracks', tracks);
  const { interval, annotations = [], sharedScale = false, gap = 16 } = options;
  if (!(interval.end > interval.start)) {
    throw new UsageError({
      where: `${where} interval ${interval.chrom}:${interval.start}-${interval.end}`,
      found: 'no bases',
      expected: 'end greater than start (0-based, half-open)',
    });
  }
  const checked = tracks.map((track, i) => ({
    ...track,
    values: checkValues(where, `values of '${track.name}'`, track.values),
    color: checkColor(track, i),
    mode: checkMode(`${where}, track '${track.name}',`, track.mode ?? 'area', modes),
  }));
  const own = checked.map((track) => track.domain ?? valueDomain(track.values));
  const common: readonly [number, number] = [
    Math.min(...own.map(([low]) => low)),
    Math.max(...own.map(([, high]) => high)),
  ];
  const domains = own.map((domain) => (sharedScale ? common : domain));

  const width = options.width ?? 640;
  const height = options.height ?? 54;
  const names = checked.map(({ name }) => wrapText(name, 110, figureDefaults.fontSize, 'bold'));
  const axes = domains.map((domain) => trackTicks(linearScale(domain, [height, 0])));
  const left = 118 + Math.max(...axes.map(widestLabel)) + 14;
  const title = figureTitle(options.title, 8, left + width);
  const top = title.height + 10;
  const x = linearScale([interval.start, interval.end], [left, left + width]);

  const parts = checked.map((track, i) => {
    const upper = top + i * (height + gap);
    const y = linearScale(domains[i] ?? common, [upper + height, upper]);
    return svgElement(
      'g',
      { class: 'track' },
      drawTrack(track.values, track.mode, track.color, x, y),
      svgLine([left, y(clampZero(y))], [left + width, y(clampZero(y))], { 'stroke-width': 0.8 }),
      leftAxis(y, left - 3, axes[i] ?? []),
      ...(names[i] ?? []).map((line, row, lines) =>
        svgText(line, 8, upper + height / 2 + 4 + (row - (lines.length - 1) / 2) * 13, {
          bold: true,
          color: track.color,
        }),
      ),
    );
  });
  const lanesTop = top + checked.length * (height + gap);
  const lanes = annotationLanes(annotations, interval, x, lanesTop);
  const axisY = lanesTop + lanes.height;
  const unit = axisUnit(interval);
  const svg = svgDocument(
    { width: left + width + 28, height: axisY + bottomAxisHeight + 4 },
    labelsOf(checked, options),
    title.svg,
    ...parts,
    lanes.svg,
    bottomAxis(
      x,
      axisY,
      axisTicks(x, 90).map(({ value }) => ({ value, label: formatTick(value / unit.size) })),
      `${interval.chrom} position (${unit.name})`,
    ),
  );
  return new Figure({ svg, ...labelsOf(checked, options) });
}

/** A colour goes into the SVG as it is, so anything but `#rrggbb` is refused. */
function checkColor(track: Track, index: number): string {
  const color =
    track.color ?? figureDefaults.series[index % figureDefaults.series.length] ?? '#000000';
  if (!/^#[0-9a-f]{6}$/i.test(color)) {
    throw new UsageError({
      where: `${where}, track '${track.name}', color`,
      found: `'${color}'`,
      expected: 'six hexadecimal digits such as #0072B2',
    });
  }
  return color;
}

function valueDomain(values: readonly number[]): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? [0, 1] : niceDomain([low, high], 3);
}

/** The ends of the axis and zero: more would crowd a low track. */
function trackTicks(y: LinearScale): { value: number; label: string }[] {
  const [low, high] = y.domain;
  const values = low < 0 && high > 0 ? [low, 0, high] : [low, high];
  return values
    .filter((value, i) => i === 0 || Math.abs(y(value) - y(values[i - 1] ?? 0)) > 11)
    .map((value) => ({ value, label: formatTick(value) }));
}

function clampZero(y: LinearScale): number {
  return Math.min(y.domain[1], Math.max(y.domain[0], 0));
}

/** Area or line through the bins, with at most two points a pixel. */
function drawTrack(
  values: readonly number[],
  mode: TrackMode,
  color: string,
  x: LinearScale,
  y: LinearScale,
): string {
  const [left, right] = x.range;
  const columns = Math.min(values.length, Math.floor(right - left));
  const step = (right - left) / columns;
  const clipped = (value: number) => y(Math.min(y.domain[1], Math.max(y.domain[0], value)));
  const base = y(clampZero(y));
  let path = mode === 'area' ? `M${svgNumber(left)} ${svgNumber(base)}` : '';
  let lower = '';
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
    let smallest = Infinity;
    let largest = -Infinity;
    for (let i = from; i < to; i++) {
      smallest = Math.min(smallest, values[i] ?? 0);
      largest = Math.max(largest, values[i] ?? 0);
    }
    const start = svgNumber(left + column * step);
    const end = svgNumber(left + (column + 1) * step);
    if (mode === 'area') {
      // Up to the largest on the way there, down to the most negative on the way back.
      path += `L${start} ${svgNumber(clipped(Math.max(0, largest)))}H${end}`;
      lower = `L${end} ${svgNumber(clipped(Math.min(0, smallest)))}H${start}${lower}`;
    } else {
      const middle = svgNumber(left + (column + 0.5) * step);
      path += `${column === 0 ? 'M' : 'L'}${middle} ${svgNumber(clipped(smallest))}`;
      if (largest > smallest) path += `V${svgNumber(clipped(largest))}`;
    }
  }
  return mode === 'area'
    ? svgElement('path', {
        d: `${path}L${svgNumber(right)} ${svgNumber(base)}${lower}Z`,
        fill: color,
      })
    : svgElement('path', { d: path, fill: 'none', stroke: color, 'stroke-width': 1.4 });
}

function axisUnit({ start, end }: Interval): { size: number; name: string } {
  if (end - start >= 2_000_000) return { size: 1e6, name: 'Mb' };
  if (end - start >= 5_000) return { size: 1e3, name: 'kb' };
  return { size: 1, name: 'bp' };
}

function labelsOf(
  tracks: readonly { readonly name: string; readonly values: readonly number[] }[],
  { title, description, interval }: TracksOptions,
): { title: string; description: string } {
  const place = `${interval.chrom}:${interval.start}-${interval.end}`;
  const names = tracks.map(({ name }) => name).join(', ');
  return {
    title: title ?? `Tracks at ${place}`,
    description: description ?? `${tracks.length} tracks along ${place}: ${names}`,
  };
}
