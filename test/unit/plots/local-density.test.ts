import { expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { localDensity } from '../../../kernel-lib/src/plots/local-density.ts';

it('is highest where the points crowd, and 1 at most', () => {
  const random = new Random(1);
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < 500; i++) {
    x.push(0.5 * random.normal());
    y.push(0.5 * random.normal());
  }
  x.push(2.9, 0);
  y.push(-2.9, 0);
  const density = localDensity(x, y, [-3, 3], [-3, 3]);
  expect(Math.max(...density)).toBe(1);
  expect(density.at(-2)).toBeLessThan(0.05);
  expect(density.at(-1)).toBeGreaterThan(0.7);
  expect(density.every((value) => value > 0)).toBe(true);
});

it('holds for one point and for equal points', () => {
  expect(localDensity([3], [4], [3, 3], [4, 4])).toEqual([1]);
  expect(localDensity([0, 0], [0, 0], [-1, 1], [-1, 1])).toEqual([1, 1]);
});
