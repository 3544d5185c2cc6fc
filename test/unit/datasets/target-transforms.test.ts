import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitBoxCox } from '../../../kernel-lib/src/datasets/box-cox.ts';
import { TargetTransform } from '../../../kernel-lib/src/datasets/target-transform.ts';
import {
  TargetTransforms,
  targetTransformNames,
  type TargetColumnJson,
} from '../../../kernel-lib/src/datasets/target-transforms.ts';

const names = ['root', 'shoot'];

describe('TargetTransforms', () => {
  it.each(targetTransformNames)('%s: the inverse is exact, also after JSON', (transform) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        (values, standardise) => {
          const [even, odd] = [0, 1].map((j) => values.filter((_, i) => i % 2 === j)) as [
            number[],
            number[],
          ];
          fc.pre(
            [even, odd].every((column) => Math.max(...column) > 1.1 * Math.min(...column) + 1),
          );
          const options = { names, transform, pseudocount: 1, standardise };
          const fitted = TargetTransforms.fit(values, options);
          fc.pre(fitted.columns.every(({ lambda = 0 }) => Math.abs(lambda) < 1));
          const json = JSON.parse(JSON.stringify(fitted)) as TargetColumnJson[];
          const targets = TargetTransforms.fromJSON(json);
          expect(targets.toJSON()).toEqual(fitted.toJSON());
          const back = targets.inverse(targets.apply(values));
          values.forEach((value, i) => {
            expect(Math.abs(back[i]! - value) / (value + 1)).toBeLessThan(1e-6);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('equals TargetTransform column by column', () => {
    const values = [1, 10, 4, 1000, 9, 3];
    const options = { transform: 'log10', pseudocount: 1, standardise: true } as const;
    const train = [0, 2];
    const targets = TargetTransforms.fit(values, { ...options, names, train });
    for (const j of [0, 1]) {
      const column = values.filter((_, i) => i % 2 === j);
      const one = TargetTransform.fit(column, { ...options, train });
      expect([...targets.apply(values)].filter((_, i) => i % 2 === j)).toEqual([
        ...one.apply(column),
      ]);
      const { name, ...rest } = targets.toJSON()[j]!;
      expect(name).toBe(names[j]);
      expect(rest).toEqual(one.toJSON());
    }
  });

  it('fits on the training rows alone', () => {
    const values = [1, 5, 2, 6, 9, 7, 1e6, -1e6];
    const train = [0, 1, 2];
    const boxCox = { transform: 'box-cox', pseudocount: 0.5 } as const;
    const fitted = TargetTransforms.fit(values, { names, ...boxCox, train, standardise: true });
    expect(fitted.columns[0]!.lambda).toBe(fitBoxCox([1.5, 2.5, 9.5]));
    const trained = fitted.apply([1, 5, 2, 6, 9, 7]);
    for (const j of [0, 1]) {
      const column = [...trained].filter((_, i) => i % 2 === j);
      expect(column.reduce((sum, value) => sum + value)).toBeCloseTo(0, 9);
      expect(
        column.reduce((sum, value) => sum + value ** 2) - column[0]! + column[0]! ** 2,
      ).toBeCloseTo(3, 9);
    }
    expect(() => fitted.apply(values)).toThrow(/target 'shoot', row 3: -1000000.*above -0.5/);
  });

  it('passes over missing values', () => {
    const fitted = TargetTransforms.fit([1, NaN, 3, 4, NaN, 8], { names, standardise: true });
    expect(fitted.columns.map(({ mean }) => mean)).toEqual([2, 6]);
    expect([...fitted.apply([NaN, 6])]).toEqual([NaN, 0]);
  });

  it('gives the end of the range for predictions that no number has', () => {
    const [column] = TargetTransforms.fit([1, 2, 4, 9], {
      names: ['a'],
      transform: 'box-cox',
      pseudocount: 1,
    }).toJSON();
    const targets = TargetTransforms.fromJSON([{ ...column!, lambda: 0.5 }]);
    expect(targets.inverse([-100])[0]).toBe(-1);
  });

  it('refuses what cannot be', () => {
    const fit = (values: number[], more: object = {}) =>
      TargetTransforms.fit(values, { names, ...more });
    expect(() => fit([1, 2, 3])).toThrow(/3 values for 2 names/);
    expect(() => fit([1, 2], { transform: 'boxcox' })).toThrow(/Did you mean 'box-cox'/);
    expect(() => fit([1, 2], { pseudocont: 1 })).toThrow(/Did you mean 'pseudocount'/);
    expect(() => fit([1, 2], { pseudocount: NaN })).toThrow(/pseudocount: NaN/);
    expect(() => fit([1, 2, 1, 3], { standardise: true })).toThrow(/target 'root': one value/);
    expect(() => fit([0, 2, 1, 3], { transform: 'box-cox' })).toThrow(/target 'root'.*above 0/);
    expect(() => fit([0, 2], { transform: 'log10' }).apply([0, 2])).toThrow(/target 'root', row 0/);
    expect(() => fit([1, 2]).apply([1])).toThrow(/a multiple of 2/);
    const column = {
      name: 'a',
      transform: 'box-cox',
      pseudocount: 0,
      mean: 0,
      standardDeviation: 1,
    } as const;
    expect(() => TargetTransforms.fromJSON([column])).toThrow(/lambda: undefined/);
    const none = { ...column, transform: 'none' } as const;
    expect(() => TargetTransforms.fromJSON([{ ...none, standardDeviation: 0 }])).toThrow(/above 0/);
    expect(() => TargetTransforms.fromJSON([{ ...none, mean: NaN }])).toThrow(/mean NaN/);
  });
});
