import { expect, it } from 'vitest';
import { describeMetrics } from '../../../kernel-lib/src/runs/describe-model.ts';

it('leaves out what is undefined, as r of a model that predicts the same for all', () => {
  const low = { low: 0.1, high: 0.2 };
  const none = { low: NaN, high: NaN };
  const described = describeMetrics(
    {
      metrics: { pearson: NaN, spearman: NaN, r2: -0.1, squaredPearson: NaN, mse: 0.5, mae: 0.4 },
      intervals: {
        pearson: none,
        spearman: none,
        r2: low,
        squaredPearson: none,
        mse: low,
        mae: none,
      },
    } as unknown as Parameters<typeof describeMetrics>[0],
    [],
  );
  expect(described.map(({ type, value, interval }) => [type, value, interval])).toEqual([
    ['r_squared', -0.1, [0.1, 0.2]],
    ['mse', 0.5, [0.1, 0.2]],
    ['mae', 0.4, undefined],
  ]);
});
