import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { regressionMetrics } from '../../../kernel-lib/src/evaluation/metrics.ts';
import { multiTargetMetrics } from '../../../kernel-lib/src/evaluation/multi-target-metrics.ts';

const targets = ['root', 'leaf'];
// rows: [1, 10], [2, 20], [3, 60]
const observed = [1, 10, 2, 20, 3, 60];
const trainMeans = [2, 20];

describe('multiTargetMetrics', () => {
  it('measures each target against the mean of training', () => {
    const predicted = [1, 20, 2, 20, 5, 20];
    const { models } = multiTargetMetrics({
      targets,
      observed,
      trainMeans,
      models: [{ name: 'network', predicted }],
    });
    const [root, leaf] = models[0]?.targets ?? [];
    // squared errors 0, 0, 4; squared distances from 2: 1, 0, 1
    expect(root?.r2).toBeCloseTo(1 - 4 / 2, 12);
    expect(root?.mse).toBeCloseTo(4 / 3, 12);
    expect(root?.mae).toBeCloseTo(2 / 3, 12);
    expect(root?.pearson).toBeCloseTo(0.960769, 6);
    expect(root?.squaredPearson).toBeCloseTo((root?.pearson ?? 0) ** 2, 12);
    // the mean of training itself: R² 0, and no correlation
    expect(leaf?.r2).toBe(0);
    expect(leaf?.pearson).toBeNaN();
    expect(models[0]?.mean.r2).toBeCloseTo(-0.5, 12);
    expect(models[0]?.mean.pearson).toBeCloseTo(root?.pearson ?? NaN, 12);
  });

  it('gives R² of all values without reward for knowing that targets differ', () => {
    const predicted = observed.map((_, index) => trainMeans[index % 2] ?? NaN);
    const [mean] = multiTargetMetrics({
      targets,
      observed,
      trainMeans,
      models: [{ name: 'train mean', predicted }],
    }).models;
    expect(mean?.all.r2).toBe(0);
    expect(mean?.all.pearson).toBeGreaterThan(0.5);
  });

  it('does not swap truth and prediction, as the published figures did', () => {
    const predicted = [1.8, 19, 2, 20, 2.2, 22];
    const [ours] = multiTargetMetrics({
      targets,
      observed,
      trainMeans,
      models: [{ name: 'network', predicted }],
    }).models;
    // shrunk predictions in the right order: R² is small but positive; swapped it is −15
    expect(ours?.targets[0]?.r2).toBeCloseTo(1 - (0.64 + 0.64) / 2, 12);
  });

  it('measures errors in the unit of the table through the inverse of each target', () => {
    const inverse = (value: number, column: number): number =>
      column === 0 ? 10 ** value - 1 : value;
    const [ours] = multiTargetMetrics({
      targets,
      observed,
      trainMeans,
      models: [{ name: 'network', predicted: [2, 10, 2, 20, 3, 63] }],
      inverse,
    }).models;
    expect(ours?.targets[0]?.maeMeasured).toBeCloseTo(90 / 3, 9);
    expect(ours?.targets[1]?.maeMeasured).toBeCloseTo(1, 9);
    expect(ours?.all.maeMeasured).toBeCloseTo(93 / 6, 9);
  });

  it('shows a row a target beside the baselines, and no figure that is undefined', () => {
    const { view } = multiTargetMetrics({
      targets,
      observed,
      trainMeans,
      models: [
        { name: 'train mean', predicted: [2, 20, 2, 20, 2, 20] },
        { name: 'network', predicted: [1, 12, 2, 20, 3, 50] },
      ],
      title: 'Test part',
    });
    expect(view.rows.map(({ target }) => target)).toEqual(['root', 'leaf', 'all', 'mean']);
    expect(view.columns[0]).toBe('target');
    expect(view.rows[0]).not.toHaveProperty('Pearson r, train mean');
    expect(view.toText()).toContain('R², train mean');
    expect(view.toText()).not.toContain('NaN');
  });

  it('agrees with the metrics of one target, whatever the values', () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value, value, value), { minLength: 3, maxLength: 20 }),
        (rows) => {
          const [ours] = multiTargetMetrics({
            targets,
            observed: rows.flatMap(([a, b]) => [a, b]),
            trainMeans: [0.5, -0.5],
            models: [{ name: 'network', predicted: rows.flatMap(([, , c, d]) => [c, d]) }],
          }).models;
          const alone = regressionMetrics(
            rows.map(([, b]) => b),
            rows.map(([, , , d]) => d),
            { referenceMean: -0.5 },
          );
          expect(ours?.targets[1]).toMatchObject(alone);
        },
      ),
    );
  });

  it.each([
    ['no target', { targets: [], trainMeans: [] }],
    ['no model', { models: [] }],
    ['a mean too few', { trainMeans: [1] }],
    ['rows that are not whole', { observed: [1, 2, 3] }],
    ['predictions of other length', { models: [{ name: 'short', predicted: [1, 2] }] }],
    [
      'a prediction that is no number',
      { models: [{ name: 'bad', predicted: [1, 2, 3, 4, 5, NaN] }] },
    ],
  ])('refuses %s', (_, wrong) => {
    const models = [{ name: 'network', predicted: observed }];
    expect(() => multiTargetMetrics({ targets, observed, models, trainMeans, ...wrong })).toThrow(
      UsageError,
    );
  });
});
