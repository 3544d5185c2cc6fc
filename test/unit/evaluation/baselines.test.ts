import { table } from 'arquero';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import type { PromoterExpressionDataset } from '../../../kernel-lib/src/datasets/promoter-expression-dataset.ts';
import { TargetTransform } from '../../../kernel-lib/src/datasets/target-transform.ts';
import { promoterBaselines } from '../../../kernel-lib/src/evaluation/baselines.ts';

const genes = 300;
const length = 40;

/** Expression = CpG count in the second half + one feature + noise. */
function makeData(options: { features: boolean; validation?: number }): PromoterExpressionDataset {
  const random = new Random(1);
  const tokens = Uint8Array.from({ length: genes * length }, () => random.integer(4));
  const feature = Float32Array.from({ length: genes }, () => random.normal());
  const observed = Float64Array.from({ length: genes }, (_, gene) => {
    let count = 0;
    for (let i = gene * length + 20; i < (gene + 1) * length - 1; i++) {
      if (tokens[i] === 1 && tokens[i + 1] === 2) count++;
    }
    return 5 + count + 0.7 * (feature[gene] ?? 0) + 0.3 * random.normal();
  });
  const dataset = new InMemoryDataset({
    ids: Array.from({ length: genes }, (_, i) => `g${i}`),
    inputs: {
      promoter: { kind: 'tokens', shape: [length], values: tokens },
      ...(options.features
        ? { half_life: { kind: 'features', shape: [1], values: feature } as const }
        : {}),
    },
  });
  const range = (from: number, to: number) =>
    Uint32Array.from({ length: to - from }, (_, i) => from + i);
  const validation = options.validation ?? 50;
  const split = {
    train: range(0, 200),
    validation: range(200, 200 + validation),
    test: range(250, 300),
  };
  return {
    dataset,
    train: dataset.subset(split.train),
    validation: dataset.subset(split.validation),
    test: dataset.subset(split.test),
    split,
    features: [],
    scaler: undefined,
    targetTransform: TargetTransform.fit([]),
    observed,
    trainMean: observed.subarray(0, 200).reduce((sum, value) => sum + value, 0) / 200,
    intervals: [],
    table: table({}),
    dropped: [],
    promoterInput: 'promoter',
    featureInput: 'half_life',
    upstream: length,
    downstream: 0,
  };
}

describe('promoterBaselines', () => {
  const options = { k: 2, bins: 2, penalties: [1, 10], bootstrap: { resamples: 50 } };

  it('shows what sequence and features explain, each alone and together', async () => {
    const data = makeData({ features: true });
    const rows = await promoterBaselines(data, options);
    expect(rows.map(({ name, columns }) => [name, columns])).toEqual([
      ['train mean', 0],
      ['features', 1],
      ['k-mers', 32],
      ['features + k-mers', 33],
    ]);
    const [mean, features, kmers, both] = rows.map(({ metrics }) => metrics);
    expect(mean?.r2).toBeCloseTo(0, 12);
    expect(features!.pearson).toBeGreaterThan(0.3);
    expect(kmers!.pearson).toBeGreaterThan(0.6);
    expect(both!.pearson).toBeGreaterThan(0.85);
    expect(both!.pearson).toBeGreaterThan(kmers!.pearson);
    expect(rows[3]?.observed).toEqual(data.observed.slice(250));
    expect([1, 10]).toContain(rows[3]?.penalty);
    expect(rows[2]?.description).toBe('ridge on 2-mer counts in 2 parts of the promoter');
  });

  it('leaves out what needs features where there are none', async () => {
    const rows = await promoterBaselines(makeData({ features: false }), options);
    expect(rows.map(({ name }) => name)).toEqual(['train mean', 'k-mers']);
  });

  it('needs genes to choose the penalty on', async () => {
    await expect(
      promoterBaselines(makeData({ features: false, validation: 0 }), options),
    ).rejects.toThrow(/no validation genes; expected genes to choose the penalty on/);
  });
});
