import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import fc from 'fast-check';
import { fillCardResults } from '../../kernel-lib/src/hub/card-results.ts';
import { modelCard, type ModelCardMetadata } from '../../kernel-lib/src/hub/model-card.ts';

const metadata: ModelCardMetadata = {
  title: 'Promoters',
  summary: 'Predicts expression.',
  modelType: 'xpresso',
  license: 'mit',
  inputs: [{ name: 'dna', description: 'DNA' }],
  outputs: [{ name: 'y', description: 'log10' }],
  trainingData: { name: 'Yeast' },
  metrics: [
    {
      name: 'Pearson r',
      type: 'pearsonr',
      value: 0.5,
      interval: [0.4, 0.6],
      baselines: { ridge: 0.3 },
    },
    { name: 'mean squared error', type: 'mse', value: 0.2 },
  ],
  limitations: ['Yeast alone'],
};
const front = (card: string) =>
  parse(card.split('---\n')[1]!) as {
    metrics: string[];
    'model-index': { results: { dataset: object; metrics: { type: string; value: number }[] }[] }[];
  };

describe('fillCardResults', () => {
  const metrics = [
    { name: 'Pearson r', type: 'pearsonr', value: 0.75, baselines: { 'k-mers': 0.42 } },
    { name: 'Spearman ρ', type: 'spearmanr', value: 0.7 },
    { name: 'accuracy', value: 0.9, subset: 'validation' },
  ];

  it('brings front matter and table up to date, and leaves all else alone', () => {
    const card = modelCard(metadata)
      .replace('license: mit', 'license: mit # as the lab wants it')
      .replace('## Limitations', 'Words of the author.\n\n## Limitations');
    const filled = fillCardResults({ card, metrics });
    expect(filled).toContain('license: mit # as the lab wants it');
    expect(filled).toContain('Words of the author.');
    expect(front(filled).metrics).toEqual(['pearsonr', 'mse', 'spearmanr', 'accuracy']);
    const [test, validation] = front(filled)['model-index'][0]!.results;
    expect(test!.metrics.map((m) => [m.type, m.value])).toEqual([
      ['pearsonr', 0.75],
      ['mse', 0.2],
      ['spearmanr', 0.7],
    ]);
    expect(validation).toMatchObject({ dataset: { split: 'validation', name: 'Yeast' } });
    const table = filled.slice(filled.indexOf('| Metric'), filled.indexOf('Words'));
    expect(table.trim().split('\n')).toEqual([
      '| Metric | Subset | This model | Interval | k-mers | ridge |',
      '| --- | --- | --- | --- | --- | --- |',
      // The interval and the baseline were of another value.
      '| Pearson r | test | 0.75 |  | 0.42 |  |',
      '| mean squared error | test | 0.2 |  |  |  |',
      '| Spearman ρ | test | 0.7 |  |  |  |',
      '| accuracy | validation | 0.9 |  |  |  |',
    ]);
    expect(fillCardResults({ card: filled, metrics })).toBe(filled);
  });

  it('changes nothing where the values are those of the card', () => {
    const card = modelCard(metadata);
    expect(fillCardResults({ card, metrics: metadata.metrics! })).toBe(card);
    expect(
      fillCardResults({ card, metrics: [{ name: 'Pearson r', type: 'pearsonr', value: 0.5 }] }),
    ).toBe(card);
    expect(fillCardResults({ card, metrics: [] })).toBe(card);
  });

  it('adds results to a card that has none', () => {
    const card = '---\nlicense: mit\n---\n# Model\n\nText\n\n## Limitations\n\n- none\n';
    const filled = fillCardResults({ card, metrics });
    expect(filled.indexOf('## Results')).toBeLessThan(filled.indexOf('## Limitations'));
    expect(front(filled)['model-index'][0]!.results).toHaveLength(2);
    expect(fillCardResults({ card: '---\na: 1\n---\nText', metrics })).toContain('## Results');
  });

  it.each(['# Model', '---\n- a\n---\n', '---\na: [\n---\n', ''])('refuses %j', (card) => {
    expect(() => fillCardResults({ card, metrics, where: 'x/README.md' })).toThrow(/x\/README\.md/);
  });

  it('refuses secrets and numbers that are none', () => {
    const card = modelCard(metadata);
    const secret = `hf_${'a'.repeat(20)}`;
    const refuse = (metric: { name: string; value: number }) => () =>
      fillCardResults({ card, metrics: [metric] });
    expect(refuse({ name: secret, value: 1 })).toThrow(/access token/);
    expect(refuse({ name: 'a', value: Number.NaN })).toThrow(/finite/);
  });

  it('keeps names as text, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (name, value) => {
          fc.pre(name.trim() !== '' && !/[/\\~]/.test(name));
          const filled = fillCardResults({
            card: modelCard(metadata),
            metrics: [{ name, value, type: 'x' }],
          });
          const listed = front(filled)['model-index'][0]!.results[0]!.metrics;
          expect(listed.find((m) => m.type === 'x')).toEqual({ type: 'x', name, value });
          // One row more, as many cells as the head has.
          const rows = filled.split('\n').filter((line) => /^\| .* \| test \|/.test(line));
          expect(rows).toHaveLength(3);
          for (const row of rows) expect(row.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(6);
        },
      ),
      { numRuns: 100 },
    );
  });
});
