import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  promoterExpressionDataset,
  type PromoterExpressionDataset,
} from '../../kernel-lib/src/datasets/promoter-expression-dataset.ts';
import { mrnaFeatures } from '../../kernel-lib/src/datasets/promoter-expression-options.ts';
import {
  promoterBaselines,
  type PromoterBaseline,
} from '../../kernel-lib/src/evaluation/baselines.ts';

const folder = fileURLToPath(new URL('../../notebooks/data/yeast_R64/', import.meta.url));

/**
 * Printed by the NumPy program with which the data were published (`np.linalg.solve` on the normal
 * equations): the features are log10(length + 0.1) and GC, k-mers are counted in 6 equal parts.
 */
const published = {
  features: { pearson: 0.459, spearman: 0.243, r2: 0.212, penalty: 1000 },
  'k-mers': { pearson: 0.429, spearman: 0.385, r2: 0.184, penalty: 10_000 },
  'features + k-mers': { pearson: 0.53, spearman: 0.443, r2: 0.271, penalty: 10_000 },
};

describe('the yeast baselines', () => {
  let data: PromoterExpressionDataset;
  let baselines: PromoterBaseline[];
  let seconds: number;

  beforeAll(async () => {
    data = await promoterExpressionDataset({
      genome: `${folder}sacCer3.fa.gz`,
      table: `${folder}yeast_promoter_expression.tsv.gz`,
      columns: { id: 'gene_id', chrom: 'chrom', strand: 'strand', tss: 'tss' },
      features: mrnaFeatures,
      target: { column: 'fpkm', transform: 'log10', pseudocount: 0.1 },
      split: { by: 'chromosome', test: ['chrIV', 'chrX'], validation: ['chrVII'] },
    });
    const start = process.cpuUsage();
    baselines = await promoterBaselines(data);
    seconds = process.cpuUsage(start).user / 1e6;
  });

  it('splits by chromosome into the published numbers of genes', () => {
    expect([data.train.length, data.validation.length, data.test.length]).toEqual([
      4190, 528, 1093,
    ]);
  });

  it('predicts nothing from the train mean', () => {
    const [mean] = baselines;
    expect(mean?.name).toBe('train mean');
    expect(mean?.metrics.pearson).toBeNaN();
    expect(mean?.metrics.r2).toBeCloseTo(0, 12);
  });

  it.each(Object.entries(published))('gives the published metrics for %s', (name, expected) => {
    const baseline = baselines.find((row) => row.name === name);
    expect(baseline?.metrics.pearson).toBeCloseTo(expected.pearson, 3);
    // The program breaks ties of the observed values by position; average ranks differ slightly.
    expect(Math.abs((baseline?.metrics.spearman ?? 0) - expected.spearman)).toBeLessThan(0.002);
    expect(baseline?.metrics.r2).toBeCloseTo(expected.r2, 3);
    expect(baseline?.penalty).toBe(expected.penalty);
    const { low, high } = baseline?.intervals.pearson ?? { low: NaN, high: NaN };
    expect(low).toBeLessThan(expected.pearson);
    expect(high).toBeGreaterThan(expected.pearson);
    expect(high - low).toBeLessThan(0.15);
  });

  it('is done in a time that a notebook can wait for', () => {
    // About 7 s of one quiet core.
    expect(seconds).toBeLessThan(30);
  });
});
