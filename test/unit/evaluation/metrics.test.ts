import { describe, expect, it } from 'vitest';
import {
  averageRanks,
  coefficientOfDetermination,
  meanAbsoluteError,
  meanSquaredError,
  pearson,
  regressionMetrics,
  spearman,
  squaredPearson,
} from '../../../kernel-lib/src/evaluation/metrics.ts';
import golden from './golden/basenji-metrics.json' with { type: 'json' };

function track(values: number[][][], index: number): number[] {
  return values.flat().map((row) => row[index] ?? NaN);
}

describe('regression metrics', () => {
  it.each([0, 1, 2])("give Basenji's values for track %i", (index) => {
    const observed = track(golden.y_true, index);
    const predicted = track(golden.y_pred, index);
    expect(pearson(observed, predicted)).toBeCloseTo(golden.PearsonR[index]!, 6);
    expect(coefficientOfDetermination(observed, predicted)).toBeCloseTo(golden.R2[index]!, 5);
  });

  it("give Basenji's mean squared error", () => {
    expect(meanSquaredError(golden.y_true.flat(2), golden.y_pred.flat(2))).toBeCloseTo(
      golden.mse,
      5,
    );
  });

  it('keep the coefficient of determination and the squared correlation apart', () => {
    const observed = [1, 2, 3, 4];
    const predicted = [11, 12, 13, 14];
    expect(squaredPearson(observed, predicted)).toBeCloseTo(1, 12);
    expect(coefficientOfDetermination(observed, predicted)).toBeCloseTo(1 - 400 / 5, 12);
  });

  it('measure against a given mean', () => {
    // Σ(o − p)² = 1, Σ(o − 0)² = 14
    expect(coefficientOfDetermination([1, 2, 3], [1, 2, 4], { referenceMean: 0 })).toBeCloseTo(
      13 / 14,
      12,
    );
    expect(regressionMetrics([1, 2, 3], [1, 2, 4], { referenceMean: 0 }).r2).toBeCloseTo(13 / 14);
  });

  it('share ranks among ties', () => {
    expect([...averageRanks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
    // scipy.stats.spearmanr([1, 2, 2, 3, 5], [2, 1, 4, 4, 3]).statistic
    expect(spearman([1, 2, 2, 3, 5], [2, 1, 4, 4, 3])).toBeCloseTo(0.3947368421052632, 12);
    expect(spearman([1, 10, 100, 1000], [1, 2, 3, 3.5])).toBeCloseTo(1, 12);
  });

  it('equal scipy and scikit-learn on values with many ties', () => {
    // numpy default_rng(5): x = round(normal, 1), y = round(0.6 x + normal, 1)
    const x = [
      -0.8, -1.3, -0.2, 0.4, 1.1, 0.1, -0.6, -0.8, 0.7, 1.6, 0.3, -1.2, -1.0, 1.6, 0.2, -1.7, -0.1,
      -1.2, -0.6, -0.5, -0.7, 0.6, -0.1, -0.6, 0.4, 0.8, -1.6, -0.3, -1.0, -0.2, -1.3, 0.0, -0.0,
      -0.3, -1.0, -0.4, -1.1, -1.4, 0.2, -1.1,
    ];
    const y = [
      0.7, -0.1, -2.1, 0.5, -0.4, 0.1, -0.3, -2.5, 0.2, 0.7, 1.1, -1.9, 0.1, -0.1, -0.2, -1.9, 1.4,
      -0.2, 2.1, 0.3, 0.4, 1.2, -0.7, -0.4, 1.6, 0.1, -0.8, -0.2, 0.0, -0.5, -0.9, 0.2, 0.1, -1.0,
      0.3, -1.5, -1.9, -2.1, 1.1, -1.0,
    ];
    const metrics = regressionMetrics(x, y);
    expect(metrics.pearson).toBeCloseTo(0.44978442676076824, 12);
    expect(metrics.spearman).toBeCloseTo(0.5006815782175369, 12);
    expect(metrics.r2).toBeCloseTo(-0.5529027841596414, 12);
  });

  it('give NaN correlations for constant predictions, not 0', () => {
    // 0.1 + 0.1 + … has a mean that is not 0.1: a variance test would let it pass.
    const metrics = regressionMetrics([1, 2, 4], [0.1, 0.1, 0.1]);
    expect(metrics.pearson).toBeNaN();
    expect(metrics.spearman).toBeNaN();
    expect(metrics.squaredPearson).toBeNaN();
    expect(metrics.mse).toBeGreaterThan(0);
    expect(coefficientOfDetermination([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
  });

  it('measure errors', () => {
    expect(meanAbsoluteError([1, 2], [0, 4])).toBe(1.5);
    expect(meanSquaredError([1, 2], [0, 4])).toBe(2.5);
  });

  it('refuse what cannot be compared, saying where', () => {
    expect(() => pearson([1, 2], [1])).toThrow(/2 observed and 1 predicted/);
    expect(() => pearson([], [])).toThrow(/at least one/);
    expect(() => spearman([1, NaN], [1, 2])).toThrow(/observed value 1: NaN/);
    expect(() => meanSquaredError([1, 2], [1, Infinity])).toThrow(/predicted value 1: Infinity/);
  });
});
