import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extent,
  formatFigure,
  formatTick,
  linearScale,
  niceDomain,
  ticks,
} from '../../../kernel-lib/src/plots/linear-scale.ts';

describe('linearScale', () => {
  it('maps ends to ends, and an empty domain to the middle', () => {
    const scale = linearScale([-2, 2], [100, 0]);
    expect([scale(-2), scale(0), scale(2)]).toEqual([100, 50, 0]);
    expect(linearScale([3, 3], [0, 10])(3)).toBe(5);
  });
});

describe('ticks', () => {
  it('are round', () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-1000, 500], 8)).toEqual([-1000, -800, -600, -400, -200, 0, 200, 400]);
    expect(ticks([0.1, 0.4], 3)).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(ticks([5, 5], 3)).toEqual([5]);
  });

  it('lie in the domain, about as many as asked for', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(number, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, span) => {
        const domain = [low, low + span] as const;
        const values = ticks(domain, 5);
        expect(values.length).toBeGreaterThanOrEqual(2);
        expect(values.length).toBeLessThanOrEqual(11);
        const slack = span * 1e-6 + Math.abs(low) * 1e-9;
        expect(values[0]).toBeGreaterThanOrEqual(domain[0] - slack);
        expect(values.at(-1)).toBeLessThanOrEqual(domain[1] + slack);
      }),
    );
  });

  it('niceDomain covers the domain', () => {
    expect(niceDomain([0.03, 0.97], 4)).toEqual([0, 1]);
    expect(niceDomain([-0.13, 0.39], 4)).toEqual([-0.2, 0.4]);
    expect(niceDomain([2, 2], 4)).toEqual([1.5, 2.5]);
    expect(niceDomain([Math.fround(-0.3), Math.fround(0.4)], 4)).toEqual([-0.4, 0.4]);
    expect(niceDomain([0, Math.fround(0.3)], 3)).toEqual([0, 0.3]);
  });
});

describe('formats', () => {
  it.each([
    [-1000, '−1,000'],
    [0.30000000000000004, '0.3'],
    [0, '0'],
    [2e-7, '2e−7'],
    [3e12, '3e+12'],
  ])('formatTick(%d) is %s', (value, text) => {
    expect(formatTick(value)).toBe(text);
  });

  it.each([
    [0.6123, '0.61'],
    [-0.0456, '−0.046'],
    [1093, '1,093'],
    [123.456, '123.5'],
    [0.00004, '4.0e−5'],
    [1, '1.00'],
    [0, '0'],
  ])('formatFigure(%d) is %s', (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });

  it('extent holds for more values than a call takes arguments', () => {
    expect(extent(new Float32Array(400_000).fill(2, 7, 8))).toEqual([0, 2]);
  });
});
