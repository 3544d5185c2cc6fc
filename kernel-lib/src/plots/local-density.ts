import { extent } from './linear-scale.ts';

/**
 * How crowded the plane is around each point, 0 to 1 (the most crowded): counts on a grid, smoothed
 * with a Gaussian whose width follows Scott's rule, read off at the points by bilinear
 * interpolation.
 *
 * @param x horizontal values inside `xDomain`
 * @param y vertical values inside `yDomain`
 */
export function localDensity(
  x: readonly number[],
  y: readonly number[],
  xDomain: readonly [number, number],
  yDomain: readonly [number, number],
): number[] {
  const size = 96;
  const at = (value: number, [low, high]: readonly [number, number]) =>
    high > low ? ((value - low) / (high - low)) * (size - 1) : (size - 1) / 2;
  const xs = x.map((value) => at(value, xDomain));
  const ys = y.map((value) => at(value, yDomain));
  let grid: Float64Array = new Float64Array(size * size);
  xs.forEach((gx, i) => {
    const cell = Math.round(ys[i] ?? 0) * size + Math.round(gx);
    grid[cell] = (grid[cell] ?? 0) + 1;
  });
  const bandwidth = x.length ** (-1 / 6);
  grid = blurRows(grid, size, Math.max(0.8, bandwidth * standardDeviation(xs)));
  grid = transpose(
    blurRows(transpose(grid, size), size, Math.max(0.8, bandwidth * standardDeviation(ys))),
    size,
  );
  const densities = xs.map((gx, i) => bilinear(grid, size, gx, ys[i] ?? 0));
  const highest = extent(densities)[1];
  return densities.map((density) => density / highest);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function blurRows(grid: Float64Array, size: number, sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const result = new Float64Array(grid.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const from = column + k;
        if (from < 0 || from >= size) continue;
        sum += (grid[row * size + from] ?? 0) * (kernel[k + radius] ?? 0);
      }
      result[row * size + column] = sum;
    }
  }
  return result;
}

function transpose(grid: Float64Array, size: number): Float64Array {
  return grid.map((_, i) => grid[(i % size) * size + Math.floor(i / size)] ?? 0);
}

function bilinear(grid: Float64Array, size: number, x: number, y: number): number {
  const left = Math.min(size - 2, Math.max(0, Math.floor(x)));
  const upper = Math.min(size - 2, Math.max(0, Math.floor(y)));
  const u = x - left;
  const v = y - upper;
  const value = (dy: number, dx: number) => grid[(upper + dy) * size + left + dx] ?? 0;
  return (
    (value(0, 0) * (1 - u) + value(0, 1) * u) * (1 - v) +
    (value(1, 0) * (1 - u) + value(1, 1) * u) * v
  );
}
