import { figureDefaults } from './figure-defaults.ts';
import { localDensity } from './local-density.ts';
import type { VegaPart } from './vega-parts.ts';

/** How a cloud of points is drawn. */
export type DensityMode = 'auto' | 'points' | 'bins';

/** The modes, for checks. */
export const densityModes: readonly DensityMode[] = ['auto', 'points', 'bins'];

/** Above this many points, `auto` draws bins. */
const mostPoints = 2000;

/** A cloud of points and the plotting area that it lies in. */
export interface PointCloud {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  /** Bins along the two axes. */
  readonly bins: readonly [number, number];
  /** What is counted, for the legend, for example `genes`. */
  readonly unit: string;
}

/**
 * A Vega-Lite layer that shows a cloud of points without overplotting: points coloured by local
 * density, the densest in front, or counts in rectangular bins on a logarithmic colour scale.
 */
export function densityLayer(
  cloud: PointCloud,
  mode: DensityMode,
  xTitle: string,
  yTitle: string,
): VegaPart {
  const drawn = mode === 'auto' ? (cloud.x.length > mostPoints ? 'bins' : 'points') : mode;
  const channel = (title: string, domain: readonly [number, number], field: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [...domain], nice: false, zero: false },
  });
  if (drawn === 'points') {
    return {
      data: { values: pointRows(cloud) },
      mark: { type: 'circle', size: 14, opacity: 0.85, clip: true },
      encoding: {
        x: channel(xTitle, cloud.xDomain, 'x'),
        y: channel(yTitle, cloud.yDomain, 'y'),
        color: {
          field: 'density',
          type: 'quantitative',
          scale: { range: [...figureDefaults.sequential], domain: [0, 1] },
          legend: {
            title: ['Relative', 'density'],
            values: [0, 0.5, 1],
            gradientLength: 80,
          },
        },
      },
    };
  }
  const rows = binRows(cloud);
  const highest = rows.reduce((most, row) => Math.max(most, row.count), 2);
  const counts = {
    field: 'count',
    type: 'quantitative',
    scale: {
      type: 'log',
      domain: [1, highest],
      nice: false,
      range: [...figureDefaults.sequential],
    },
  };
  return {
    data: { values: rows },
    // Bins outlined in their own colour: edges that meet inside a pixel would shine through.
    mark: { type: 'rect', clip: true, strokeWidth: 0.6 },
    encoding: {
      x: channel(xTitle, cloud.xDomain, 'x0'),
      x2: { field: 'x1' },
      y: channel(yTitle, cloud.yDomain, 'y0'),
      y2: { field: 'y1' },
      stroke: { ...counts, legend: null },
      color: {
        ...counts,
        legend: {
          title: [capitalised(cloud.unit), 'per bin'],
          format: ',d',
          values: countTicks(highest),
          symbolType: 'square',
        },
      },
    },
  };
}

/** 1, 3, 10, 30, … up to the highest count. */
function countTicks(highest: number): number[] {
  const values = [1];
  for (let power = 1; power <= highest; power *= 10) {
    if (3 * power <= highest) values.push(3 * power);
    if (10 * power <= highest) values.push(10 * power);
  }
  return highest < 3 ? [1, 2] : values;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Five digits place a point to a hundredth of a pixel and keep the specification small. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}

function pointRows({ x, y, xDomain, yDomain }: PointCloud): Record<string, number>[] {
  const density = localDensity(x, y, xDomain, yDomain);
  return x
    .map((value, i) => ({
      x: short(value),
      y: short(y[i] ?? 0),
      density: Math.round((density[i] ?? 0) * 100) / 100,
    }))
    .sort((a, b) => a.density - b.density);
}

interface Bin {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly count: number;
}

function binRows({ x, y, xDomain, yDomain, bins }: PointCloud): Bin[] {
  const counts = new Map<number, number>();
  const steps = [(xDomain[1] - xDomain[0]) / bins[0], (yDomain[1] - yDomain[0]) / bins[1]] as const;
  x.forEach((value, i) => {
    const column = Math.min(bins[0] - 1, Math.floor((value - xDomain[0]) / steps[0]));
    const row = Math.min(bins[1] - 1, Math.floor(((y[i] ?? 0) - yDomain[0]) / steps[1]));
    const bin = row * bins[0] + column;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  });
  return [...counts].map(([bin, count]) => {
    const column = bin % bins[0];
    const row = Math.floor(bin / bins[0]);
    return {
      x0: short(xDomain[0] + column * steps[0]),
      x1: short(xDomain[0] + (column + 1) * steps[0]),
      y0: short(yDomain[0] + row * steps[1]),
      y1: short(yDomain[0] + (row + 1) * steps[1]),
      count,
    };
  });
}
