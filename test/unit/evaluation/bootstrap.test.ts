import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  bootstrapDifference,
  bootstrapMetrics,
} from '../../../kernel-lib/src/evaluation/bootstrap.ts';
import {
  regressionMetricNames,
  regressionMetrics,
  type RegressionMetricName,
} from '../../../kernel-lib/src/evaluation/metrics.ts';

function example(n: number, noise: number, seed = 3) {
  const random = new Random(seed);
  const observed = Float64Array.from({ length: n }, () => Math.round(random.normal() * 5) / 5);
  const predicted = observed.map((value) => Math.round((value + noise * random.normal()) * 5) / 5);
  return { observed, predicted };
}

/** The plain way: copy the resample out and compute each metric from scratch. */
function plainBootstrap(
  observed: Float64Array,
  predicted: Float64Array,
  resamples: number,
  seed: number,
): Record<RegressionMetricName, number[]> {
  const random = new Random(seed);
  const values = Object.fromEntries(regressionMetricNames.map((name) => [name, [] as number[]]));
  for (let i = 0; i < resamples; i++) {
    const rows = Array.from(observed, () => random.integer(observed.length));
    const metrics = regressionMetrics(
      rows.map((row) => observed[row]!),
      rows.map((row) => predicted[row]!),
    );
    for (const name of regressionMetricNames) values[name]!.push(metrics[name]);
  }
  return values as Record<RegressionMetricName, number[]>;
}

describe('bootstrapMetrics', () => {
  it('equals resampling and computing every metric anew, ties and all', () => {
    const { observed, predicted } = example(60, 1);
    const plain = plainBootstrap(observed, predicted, 101, 11);
    const { intervals } = bootstrapMetrics(observed, predicted, {
      resamples: 101,
      seed: 11,
      confidence: 0.8,
    });
    for (const name of regressionMetricNames) {
      const sorted = plain[name].sort((a, b) => a - b);
      expect(intervals[name].low, name).toBeCloseTo(sorted[10]!, 10);
      expect(intervals[name].high, name).toBeCloseTo(sorted[90]!, 10);
    }
  });

  it('gives the metrics of the predictions themselves, inside their intervals', () => {
    const { observed, predicted } = example(300, 0.7);
    const result = bootstrapMetrics(observed, predicted);
    expect(result.metrics).toEqual(regressionMetrics(observed, predicted));
    for (const name of regressionMetricNames) {
      expect(result.intervals[name].low).toBeLessThan(result.metrics[name]);
      expect(result.intervals[name].high).toBeGreaterThan(result.metrics[name]);
    }
    expect(result).toMatchObject({ resamples: 1000, confidence: 0.95 });
  });

  it('covers the true correlation about as often as it says', () => {
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      // x and x + noise with equal variances: the true correlation is 1/√2.
      const random = new Random(1000 + seed);
      const observed = Float64Array.from({ length: 80 }, () => random.normal());
      const predicted = observed.map((value) => value + random.normal());
      const { low, high } = bootstrapMetrics(observed, predicted, { resamples: 300, seed })
        .intervals.pearson;
      if (low <= Math.SQRT1_2 && Math.SQRT1_2 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(87);
    expect(covered).toBeLessThan(100);
  });

  it('is the same for the same seed and another for another', () => {
    const { observed, predicted } = example(50, 1);
    const intervals = (seed: number) =>
      bootstrapMetrics(observed, predicted, { resamples: 50, seed }).intervals;
    expect(intervals(1)).toEqual(intervals(1));
    expect(intervals(1)).not.toEqual(intervals(2));
  });

  it('leaves correlations of constant predictions undefined', () => {
    const { metrics, intervals } = bootstrapMetrics([1, 2, 3], [2, 2, 2], { resamples: 20 });
    expect(metrics.pearson).toBeNaN();
    expect(intervals.spearman.low).toBeNaN();
    expect(intervals.mse.high).toBeGreaterThan(0);
  });

  it('does 1,000 resamples of 1,093 examples in less than a second', () => {
    const { observed, predicted } = example(1093, 1);
    bootstrapMetrics(observed, predicted, { resamples: 20 });
    const start = process.cpuUsage();
    bootstrapMetrics(observed, predicted);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
  });

  it('refuses options that make no sense', () => {
    expect(() => bootstrapMetrics([1, 2], [1, 2], { resamples: 0 })).toThrow(/resamples: 0/);
    expect(() => bootstrapMetrics([1, 2], [1, 2], { confidence: 95 })).toThrow(/such as 0.95/);
  });
});

describe('bootstrapDifference', () => {
  it('sees a better model, with a narrower interval than the two apart', () => {
    const { observed, predicted } = example(200, 1);
    const random = new Random(9);
    const worse = predicted.map((value) => value + 0.5 * random.normal());
    const result = bootstrapDifference(observed, predicted, worse, { resamples: 400, seed: 2 });
    expect(result.intervals.pearson.low).toBeGreaterThan(0);
    expect(result.firstBetter.pearson).toBeGreaterThan(0.97);
    // A smaller error is a better one.
    expect(result.difference.mse).toBeLessThan(0);
    expect(result.firstBetter.mse).toBeGreaterThan(0.97);
    const single = bootstrapMetrics(observed, predicted, { resamples: 400 }).intervals.pearson;
    expect(result.intervals.pearson.high - result.intervals.pearson.low).toBeLessThan(
      1.5 * (single.high - single.low),
    );
  });

  it('is zero for a model and itself', () => {
    const { observed, predicted } = example(30, 1);
    const result = bootstrapDifference(observed, predicted, predicted, { resamples: 30 });
    expect(result.intervals.r2).toEqual({ low: 0, high: 0 });
    expect(result.firstBetter.r2).toBe(0);
  });
});
