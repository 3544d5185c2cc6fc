import { beforeAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { bootstrapMetrics } from '../../../kernel-lib/src/evaluation/bootstrap.ts';
import {
  plotDistribution,
  plotImportanceProfile,
  plotMetricComparison,
  plotMotifEnrichment,
  plotPredictedVsObserved,
  plotResiduals,
  metricRows,
  plotTrainingCurves,
  type Figure,
} from '../../../kernel-lib/src/plots/index.ts';
import { expectSoundSvg, svgTexts } from './svg-checks.ts';

const random = new Random(5);
const observed = Array.from({ length: 300 }, () => random.normal());
const predicted = observed.map((value) => 0.5 * value + 0.4 * random.normal());
const epochs = Array.from({ length: 12 }, (_, i) => ({
  epoch: i + 1,
  trainLoss: 1 / (i + 1),
  validationLoss: 0.4 + 1 / (i + 2),
  validationPearson: 0.6 - 1 / (i + 2),
}));
const position = Array.from({ length: 60 }, (_, i) => i - 40);
const profile = {
  position,
  mean: position.map((at) => Math.exp(-(((at + 9) / 6) ** 2))),
  standardError: position.map(() => 0.05),
};
const comparedRows = [
  { name: 'ridge', value: 0.53, low: 0.49, high: 0.57, kind: 'baseline' as const },
  { name: 'CNN', value: 0.61, low: 0.57, high: 0.65 },
];
const motifs = [
  { name: 'ABF1', qValue: 1e-5, enrichment: 1.8 },
  { name: 'REB1', qValue: 0, enrichment: 3.1 },
  { name: 'ABF1', qValue: 0.2, enrichment: 1.1 },
];
const hostile = '<script>alert("x")</script>';

/** Every kind of figure once, with a hostile title. */
const makers: Record<string, () => Promise<Figure>> = {
  'one training curve': () =>
    plotTrainingCurves({ epochs, bestEpoch: 9 }, { title: hostile, lossTitle: 'MSE' }),
  'several training curves': () =>
    plotTrainingCurves([{ epochs }, { epochs, name: 'wide', bestEpoch: 3 }], { title: hostile }),
  'points of predicted against observed': () =>
    plotPredictedVsObserved({ observed, predicted, name: 'Expression' }, { title: hostile }),
  'bins of predicted against observed': () =>
    plotPredictedVsObserved({ observed, predicted }, { mode: 'bins', title: hostile }),
  residuals: () => plotResiduals({ observed, predicted, units: 'log₁₀ FPKM' }, { title: hostile }),
  'metric comparison': () => plotMetricComparison(comparedRows, { title: hostile }),
  'metric comparison in two panels': () =>
    plotMetricComparison(
      ['Pearson r', 'R²'].flatMap((metric) => comparedRows.map((row) => ({ ...row, metric }))),
      { title: hostile },
    ),
  'importance profile': () => plotImportanceProfile(profile, { window: 5, title: hostile }),
  'two importance profiles': () =>
    plotImportanceProfile([profile, { ...profile, name: 'low' }], { title: hostile }),
  histogram: () => plotDistribution(observed, { title: hostile, items: 'genes' }),
  densities: () =>
    plotDistribution(
      [
        { name: 'train', values: observed },
        { name: 'test', values: predicted },
      ],
      { title: hostile },
    ),
  'histograms of two groups': () =>
    plotDistribution(
      [
        { name: 'train', values: observed },
        { name: 'test', values: predicted },
      ],
      { title: hostile, mode: 'histogram' },
    ),
  'motif enrichment': () => plotMotifEnrichment(motifs, { title: hostile }),
};

describe.each(Object.entries(makers))('%s', (_, make) => {
  let figure: Figure;
  beforeAll(async () => {
    figure = await make();
  });

  it('is a sound picture with its title as text', () => {
    expectSoundSvg(figure.svg);
    expect(svgTexts(figure.svg).join(' ').replace(/ /g, '')).toContain(hostile);
    expect(figure.svg).not.toContain('<script');
  });

  it('has a Vega-Lite 5 specification that is plain JSON with finite numbers', () => {
    const { specification } = figure;
    expect(specification!['$schema']).toBe('https://vega.github.io/schema/vega-lite/v5.json');
    const text = JSON.stringify(specification);
    expect(text).not.toMatch(/NaN|Infinity/);
    // JSON writes NaN as null; the only nulls are switches of the specification.
    expect(text.replace(/"(title|legend|stack|sort|stroke)":null/g, '')).not.toContain('null');
  });

  it('says in words what it shows', () => {
    expect(figure.description.length).toBeGreaterThan(20);
    expect(figure.description).not.toMatch(/NaN|undefined/);
    expect(figure.svg).toContain('<desc>');
  });
});

describe('plotTrainingCurves', () => {
  it('labels axes, splits and the best epoch', async () => {
    const figure = await plotTrainingCurves({ epochs, bestEpoch: 9 }, { lossTitle: 'MSE' });
    const texts = svgTexts(figure.svg);
    for (const text of ['Epoch', 'MSE', 'Validation Pearson r', 'training', 'validation']) {
      expect(texts).toContain(text);
    }
    expect(figure.description).toBe('model 1: 12 epochs, best epoch 9 with validation loss 0.50');
  });

  it('takes the result of a training as it is', async () => {
    const curve = await plotTrainingCurves({ epochs, bestEpoch: 9 });
    const result = { epochs: 12, history: epochs, bestEpoch: 9, stoppedEarly: false };
    expect((await plotTrainingCurves(result)).svg).toBe(curve.svg);
    expectSoundSvg((await plotTrainingCurves([{ history: epochs, bestEpoch: undefined }])).svg);
  });

  it('draws training without validation, and a single epoch', async () => {
    const figure = await plotTrainingCurves({ epochs: [{ epoch: 1, trainLoss: 0.5 }] });
    expectSoundSvg(figure.svg);
    expect(svgTexts(figure.svg)).not.toContain('Validation Pearson r');
  });

  it('refuses nothing and a loss that is not finite', async () => {
    await expect(plotTrainingCurves([])).rejects.toThrow(InputError);
    await expect(plotTrainingCurves({ epochs: [] })).rejects.toThrow("no epochs in 'model 1'");
    await expect(plotTrainingCurves({ epochs: [{ epoch: 4, trainLoss: NaN }] })).rejects.toThrow(
      'epoch 4: trainLoss is NaN',
    );
  });
});

describe('plotPredictedVsObserved', () => {
  it('is square with equal axes and states its metrics', async () => {
    const figure = await plotPredictedVsObserved({
      observed: [0, 1, 2, 3],
      predicted: [0, 1, 2, 4],
      name: 'Expression',
      units: 'log10(FPKM + 0.1)',
      items: 'genes',
    });
    const texts = svgTexts(figure.svg);
    expect(texts).toContain('Pearson r = 0.98, Spearman ρ = 1.00, R² = 0.80, n = 4 genes');
    expect(texts).toContain('Observed expression, log10(FPKM + 0.1)');
    const { width, height } = figure.specification as { width: number; height: number };
    expect(width).toBe(height);
  });

  it('shows the intervals of a bootstrap', async () => {
    const metrics = bootstrapMetrics(observed, predicted, { resamples: 50 });
    const { description } = await plotPredictedVsObserved({ observed, predicted, metrics });
    expect(description).toMatch(/Pearson r = 0\.\d\d \[0\.\d\d, 0\.\d\d\]/);
  });

  it('draws bins above 2,000 points, points below', async () => {
    const marks = async (count: number) => {
      const values = Array.from({ length: count }, (_, i) => observed[i % 300]! + i / 1e5);
      const { specification } = await plotPredictedVsObserved({
        observed: values,
        predicted: values,
      });
      return (specification!['layer'] as { mark: { type: string } }[])[1]!.mark.type;
    };
    expect(await marks(2000)).toBe('circle');
    expect(await marks(2001)).toBe('rect');
  });

  it('counts every point in some bin', async () => {
    const { specification } = await plotPredictedVsObserved(
      { observed, predicted },
      { mode: 'bins' },
    );
    const layers = specification!['layer'] as { data: { values: { count: number }[] } }[];
    const total = layers[1]!.data.values.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe(300);
  });

  it('draws constant predictions, without a correlation', async () => {
    const figure = await plotPredictedVsObserved({ observed: [1, 2], predicted: [1, 1] });
    expectSoundSvg(figure.svg);
    expect(figure.description).not.toContain('Pearson');
  });

  it.each([
    [{ observed: [], predicted: [] }, 'observed is empty'],
    [{ observed: [1, NaN], predicted: [1, 2] }, 'observed[1] is NaN'],
    [{ observed: [1, 2], predicted: [1] }, '2 values in observed and 1 in predicted'],
  ])('refuses %j', async (data, part) => {
    await expect(plotPredictedVsObserved(data)).rejects.toThrow(InputError);
    await expect(plotPredictedVsObserved(data)).rejects.toThrow(part);
    await expect(plotResiduals(data)).rejects.toThrow(part);
  });

  it('names the nearest mode and option', async () => {
    const data = { observed, predicted };
    await expect(plotPredictedVsObserved(data, { mode: 'bin' as 'bins' })).rejects.toThrow(
      "Did you mean 'bins'?",
    );
    await expect(plotPredictedVsObserved(data, { widht: 3 } as object)).rejects.toThrow(UsageError);
  });
});

describe('plotResiduals', () => {
  it('states the bias', async () => {
    const shifted = observed.map((value, i) => value - 1 - (i % 2) / 10 + 0.05);
    const { description } = await plotResiduals({ observed, predicted: shifted, items: 'genes' });
    expect(description).toContain('Mean residual 1.00, standard deviation 0.050');
    expect(description).toContain('n = 300 genes');
  });
});

describe('plotMetricComparison', () => {
  it('lists models in the order given, with their values', async () => {
    const { svg } = await plotMetricComparison(comparedRows, { metricTitle: 'Pearson r' });
    const texts = svgTexts(svg);
    expect(texts.indexOf('ridge')).toBeLessThan(texts.indexOf('CNN'));
    for (const text of ['0.530', '0.610', 'Pearson r']) expect(texts).toContain(text);
  });

  it('takes the rows of a model comparison, without undefined metrics', () => {
    const models = [
      {
        name: 'train mean',
        ...bootstrapMetrics(
          observed,
          observed.map(() => 1),
          { resamples: 20 },
        ),
      },
      { name: 'CNN', ...bootstrapMetrics(observed, predicted, { resamples: 20 }) },
    ];
    const rows = metricRows(models, { baselines: ['train mean'] });
    expect(rows.map(({ name, metric, kind }) => [name, metric, kind])).toEqual([
      ['CNN', 'Pearson r', 'model'],
      ['train mean', 'R²', 'baseline'],
      ['CNN', 'R²', 'model'],
    ]);
    expect(rows[0]!.low).toBeLessThan(rows[0]!.value);
    expect(() => metricRows(models, { baselines: ['train maen'] })).toThrow("'train mean'");
    expect(() => metricRows(models, { metrics: ['persons' as 'pearson'] })).toThrow(UsageError);
  });

  it('refuses values that are not finite', async () => {
    await expect(plotMetricComparison([])).rejects.toThrow(InputError);
    await expect(plotMetricComparison([{ name: 'mean', value: NaN }])).rejects.toThrow("'mean'");
  });
});

describe('plotImportanceProfile', () => {
  it('marks the TSS where it lies inside, and titles the axis', async () => {
    const texts = svgTexts((await plotImportanceProfile(profile)).svg);
    expect(texts).toContain('TSS');
    expect(texts).toContain('Position relative to TSS (bp)');
    const away = { position: [5, 6, 7], mean: [1, 2, 3] };
    expect(svgTexts((await plotImportanceProfile(away)).svg)).not.toContain('TSS');
  });

  it('has a band of 1.96 standard errors, and smooths on request', async () => {
    const rows = async (window: number) => {
      const { specification } = await plotImportanceProfile(
        { position: [0, 1, 2], mean: [0, 3, 0], standardError: [1, 1, 1] },
        { window },
      );
      return (specification!['layer'] as { data: { values: object[] } }[])[0]!.data.values;
    };
    expect((await rows(1))[1]).toMatchObject({ mean: 3, low: 1.04, high: 4.96 });
    expect((await rows(3))[1]).toMatchObject({ mean: 1 });
    expect((await rows(3))[0]).toMatchObject({ mean: 1.5 });
  });

  it('draws one example, whose standard errors are not defined, without a band', async () => {
    const one = { position: [0, 1], mean: [1, 2], standardError: [NaN, NaN] };
    expect(svgTexts((await plotImportanceProfile(one)).svg).join(' ')).not.toContain('95 %');
    const some = { ...one, standardError: [NaN, 1] };
    await expect(plotImportanceProfile(some)).rejects.toThrow('standardError[0] is NaN');
  });

  it('refuses an even window and other lengths', async () => {
    await expect(plotImportanceProfile(profile, { window: 4 })).rejects.toThrow(UsageError);
    await expect(plotImportanceProfile({ position: [1], mean: [1, 2] })).rejects.toThrow(
      InputError,
    );
  });
});

describe('plotDistribution', () => {
  it('counts every value once', async () => {
    const { specification } = await plotDistribution([0, 0, 1, 2, 2, 2, 10], { bins: 5 });
    const { values } = specification!['data'] as { values: { value: number; height: number }[] };
    expect(values.map(({ value, height }) => [value, height])).toEqual([
      [0, 3],
      [2, 3],
      [8, 1],
    ]);
  });

  it('estimates a density whose area is one', async () => {
    const { specification } = await plotDistribution(observed, { mode: 'density' });
    const { values } = specification!['data'] as { values: { value: number; height: number }[] };
    const step = values[1]!.value - values[0]!.value;
    expect(values.reduce((sum, { height }) => sum + height * step, 0)).toBeCloseTo(1, 2);
  });

  it('holds for equal values, and refuses none', async () => {
    expectSoundSvg((await plotDistribution([2, 2])).svg);
    expectSoundSvg((await plotDistribution([2, 2], { mode: 'density' })).svg);
    await expect(plotDistribution([])).rejects.toThrow(InputError);
    await expect(plotDistribution([{ name: 'test', values: [] }])).rejects.toThrow("'test'");
    await expect(plotDistribution([1], { mode: 'kde' as 'density' })).rejects.toThrow(UsageError);
  });
});

describe('plotMotifEnrichment', () => {
  it('puts the most significant first, and keeps motifs of one name apart', async () => {
    const { svg } = await plotMotifEnrichment(motifs);
    const texts = svgTexts(svg);
    const at = ['REB1', 'ABF1', 'ABF1 (2)'].map((name) => texts.indexOf(name));
    expect(at[0]).toBeGreaterThanOrEqual(0);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    expect(texts).toContain('−log₁₀ q-value');
  });

  it('shows at most the limit, and refuses impossible q-values', async () => {
    const few = await plotMotifEnrichment(motifs, { limit: 1 });
    expect(svgTexts(few.svg)).not.toContain('ABF1');
    await expect(plotMotifEnrichment([{ name: 'a', qValue: 1.5 }])).rejects.toThrow(InputError);
    await expect(plotMotifEnrichment([])).rejects.toThrow(InputError);
    await expect(plotMotifEnrichment(motifs, { limit: 0 })).rejects.toThrow(UsageError);
  });
});
