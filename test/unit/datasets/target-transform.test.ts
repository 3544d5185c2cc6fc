import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  numberTransforms,
  TargetTransform,
} from '../../../kernel-lib/src/datasets/target-transform.ts';

describe('TargetTransform', () => {
  it('takes logarithms with a pseudocount', () => {
    const target = TargetTransform.fit([], { transform: 'log10', pseudocount: 0.1 });
    const applied = target.apply([0, 9.9, NaN]);
    expect(applied[0]).toBeCloseTo(-1, 12);
    expect(applied[1]).toBeCloseTo(1, 12);
    expect(applied[2]).toBeNaN();
    expect(TargetTransform.fit([], { transform: 'log2' }).apply([8])[0]).toBe(3);
    expect(TargetTransform.fit([], { transform: 'ln' }).apply([Math.E])[0]).toBe(1);
  });

  it('standardises on the training examples', () => {
    const target = TargetTransform.fit([1, 3, 1000], { standardise: true, train: [0, 1] });
    expect([...target.apply([1, 3, 5])]).toEqual([-1, 1, 3]);
    expect([...target.unstandardise([-1, 1])]).toEqual([1, 3]);
    expect([...target.standardise([1, 3])]).toEqual([-1, 1]);
  });

  it.each(numberTransforms)('%s: the inverse is exact, also after JSON', (transform) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e5, noNaN: true }), { minLength: 3, maxLength: 9 }),
        fc.boolean(),
        (values, standardise) => {
          fc.pre(Math.max(...values) > 1.001 * Math.min(...values));
          const fitted = TargetTransform.fit(values, {
            transform,
            pseudocount: 0.1,
            standardise,
            train: values.map((_, i) => i),
          });
          const target = TargetTransform.fromJSON(
            JSON.parse(JSON.stringify(fitted)) as ReturnType<TargetTransform['toJSON']>,
          );
          const back = target.inverse(target.apply(values));
          values.forEach((value, i) => {
            expect(Math.abs(back[i]! / value - 1)).toBeLessThan(1e-8);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('says which example has no logarithm', () => {
    const target = TargetTransform.fit([], { transform: 'log10' });
    expect(() => target.apply([1, 0])).toThrow(/target of example 1: 0.*pseudocount above 0/);
    expect(() => target.apply([-3])).toThrow(/a value above 0/);
  });

  it('refuses what it does not know or cannot fit', () => {
    expect(() => TargetTransform.fit([], { transform: 'log' as 'log2' })).toThrow(
      /'log'.*Did you mean 'log2'|Did you mean 'log10'/,
    );
    expect(() => TargetTransform.fit([1, 2], { standardise: true })).toThrow(/no training/);
    expect(() => TargetTransform.fit([2, 2], { standardise: true, train: [0, 1] })).toThrow(
      /one target value in all of training/,
    );
    expect(() =>
      TargetTransform.fromJSON({
        transform: 'none',
        pseudocount: 0,
        mean: 0,
        standardDeviation: 0,
      }),
    ).toThrow(/standardDeviation: 0/);
  });
});
