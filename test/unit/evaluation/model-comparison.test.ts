import { describe, expect, it } from 'vitest';
import { modelComparison } from '../../../kernel-lib/src/evaluation/model-comparison.ts';

const observed = [1, 2, 3, 4, 5, 6, 7, 8];
const good = { name: 'good', observed, predicted: [1.1, 2.2, 2.8, 4.1, 5.3, 5.8, 7, 8.1] };
const poor = { name: 'poor', observed, predicted: [3, 1, 4, 2, 6, 8, 5, 7] };
const mean = { name: 'train mean', observed, predicted: observed.map(() => 4) };

describe('modelComparison', () => {
  it('puts baselines and models into one table', () => {
    const { rows, view } = modelComparison([mean, poor, good], {
      resamples: 50,
      referenceMean: 4,
      reference: 'poor',
    });
    expect(rows.map((row) => row.name)).toEqual(['train mean', 'poor', 'good']);
    expect(rows[0]?.metrics.r2).toBe(0);
    expect(rows[0]?.metrics.pearson).toBeNaN();
    expect(rows[1]?.versusReference).toBeUndefined();
    expect(rows[2]?.versusReference?.difference.pearson).toBeCloseTo(
      rows[2]!.metrics.pearson - rows[1]!.metrics.pearson,
      12,
    );
    const text = view.toText();
    expect(text).toContain('8 examples');
    expect(text).toContain('95 % bootstrap intervals');
    expect(text).toContain('coefficient of determination against a mean of 4.000');
    expect(text).toContain('Δr to poor');
    expect(text).toMatch(/train mean\s+undefined/);
    expect(text).toMatch(/good\s+0\.99\d \[0\.9/);
  });

  it('shows the metrics that are wanted', () => {
    const { view } = modelComparison([good], { resamples: 20, metrics: ['r2', 'squaredPearson'] });
    expect(view.columns).toEqual(['model', 'R²', 'r²']);
  });

  it('refuses models that were not judged on the same examples', () => {
    const other = { name: 'other', observed: [...observed].reverse(), predicted: good.predicted };
    expect(() => modelComparison([good, other])).toThrow(/other observed values than 'good'/);
  });

  it('names the nearest for what it does not know', () => {
    expect(() => modelComparison([good], { reference: 'goood' })).toThrow(/Did you mean 'good'/);
    expect(() => modelComparison([good], { metrics: ['pearsn' as 'pearson'] })).toThrow(
      /Did you mean 'pearson'/,
    );
    expect(() => modelComparison([])).toThrow(/no model/);
    expect(() => modelComparison([good, good])).toThrow(/'good' twice/);
  });
});
