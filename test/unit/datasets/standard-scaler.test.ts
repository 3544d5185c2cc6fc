import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StandardScaler } from '../../../kernel-lib/src/datasets/standard-scaler.ts';

describe('StandardScaler', () => {
  it('fits mean and population deviation on training examples alone', () => {
    const scaler = StandardScaler.fit({ x: [1, 3, 1000], y: [0, NaN, 5] }, [0, 1]);
    expect(scaler.names).toEqual(['x', 'y']);
    expect(scaler.means).toEqual([2, 0]);
    expect(scaler.standardDeviations).toEqual([1, 0]);
    expect([...scaler.transform({ x: [1, 3, 4], y: [7, NaN, 0] })]).toEqual([-1, 7, 1, 0, 2, 0]);
  });

  it('takes columns by name, in its own order', () => {
    const scaler = StandardScaler.fit({ a: [0, 2], b: [0, 4] }, [0, 1]);
    expect([...scaler.transform({ b: [4], a: [0] })]).toEqual([-1, 1]);
    expect(() => scaler.transform({ a: [1], bb: [1] })).toThrow(/no column 'b'.*Did you mean 'bb'/);
    expect(() => scaler.transform({ a: [1], b: [1, 2] })).toThrow(/'b': 2 values; expected 1/);
  });

  it('inverts, and survives JSON', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (values) => {
          const train = values.map((_, i) => i);
          const scaler = StandardScaler.fromJSON(
            JSON.parse(JSON.stringify(StandardScaler.fit({ v: values }, train))) as ReturnType<
              StandardScaler['toJSON']
            >,
          );
          const back = scaler.inverse(scaler.transform({ v: values }))['v']!;
          values.forEach((value, i) => {
            expect(Math.abs(back[i]! - value)).toBeLessThan(1e-3);
          });
        },
      ),
    );
  });

  it('refuses what cannot be scaled', () => {
    expect(() => StandardScaler.fit({ x: [NaN, NaN, 3] }, [0, 1])).toThrow(
      /feature 'x': no value among 2 training examples/,
    );
    expect(() => StandardScaler.fit({ x: [Infinity] }, [0])).toThrow(/example 0: Infinity/);
    const scaler = StandardScaler.fit({ x: [1, 2] }, [0, 1]);
    expect(() => scaler.transform({ x: [-Infinity] })).toThrow(/'x', example 0: -Infinity/);
    expect(() => StandardScaler.fromJSON({ ...scaler.toJSON(), means: [] })).toThrow(
      /1 names, 0 means/,
    );
  });
});
