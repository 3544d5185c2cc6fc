import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { modelCard, type ModelCardMetadata } from '../../../kernel-lib/src/hub/model-card.ts';

const metadata: ModelCardMetadata = {
  title: 'Yeast promoters',
  summary: 'Predicts mRNA levels of yeast genes from their promoters.',
  modelType: 'xpresso',
  architecture: 'Convolutional network of Agarwal and Shendure 2020',
  license: 'apache-2.0',
  repo: 'lab/yeast-promoters',
  libraryVersion: '0.1.0',
  parameters: 112_485,
  tags: ['yeast', 'genomics'],
  datasets: ['lab/yeast'],
  baseModel: 'lab/base',
  inputs: [
    { name: 'promoter', shape: [1500], description: 'DNA, −1000 to +500 around the TSS' },
    { name: 'features', shape: [6], description: 'lengths | GC of 5′UTR, ORF, 3′UTR' },
  ],
  outputs: [{ name: 'log10_fpkm', shape: [], description: 'log10(FPKM + 0.1)' }],
  trainingData: {
    name: 'Yeast R64 expression',
    url: 'https://example.org/yeast',
    genome: 'Saccharomyces cerevisiae R64-1-1',
    split: 'by chromosome; test: chrIV, chrX',
    examples: { train: 4190, validation: 528, test: 1093 },
  },
  metrics: [
    {
      name: 'Pearson correlation',
      type: 'pearsonr',
      value: 0.612345,
      interval: [0.57, 0.65],
      baselines: { 'ridge on features': 0.459, mean: 0 },
    },
    { name: 'Mean squared error', value: 0.25, subset: 'validation' },
  ],
  intervalDescription: '95 % bootstrap intervals',
  trainingSettings: { optimizer: 'adam', 'learning rate': 0.001, seed: 1 },
  limitations: ['Only for Saccharomyces cerevisiae.', 'Not for *enhancers*.'],
  citation: '@article{x, title={A}}',
};

const front = (card: string) =>
  parse(/^---\n([^]*?)\n---\n/.exec(card)![1]!) as Record<string, unknown>;

describe('modelCard', () => {
  it('has the front matter that the Hub reads', () => {
    expect(front(modelCard(metadata))).toEqual({
      license: 'apache-2.0',
      library_name: 'tatabox',
      tags: ['genomics', 'dna', 'xpresso', 'yeast'],
      datasets: ['lab/yeast'],
      base_model: 'lab/base',
      metrics: ['pearsonr', 'mean-squared-error'],
      'model-index': [
        {
          name: 'Yeast promoters',
          results: [
            {
              task: { type: 'other', name: metadata.summary },
              dataset: {
                type: 'yeast-r64-expression',
                name: 'Yeast R64 expression',
                split: 'test',
              },
              metrics: [{ type: 'pearsonr', name: 'Pearson correlation', value: 0.612345 }],
            },
            {
              task: { type: 'other', name: metadata.summary },
              dataset: {
                type: 'yeast-r64-expression',
                name: 'Yeast R64 expression',
                split: 'validation',
              },
              metrics: [{ type: 'mean-squared-error', name: 'Mean squared error', value: 0.25 }],
            },
          ],
        },
      ],
    });
  });

  it('tells what a reader needs', () => {
    const card = modelCard(metadata);
    expect(card.slice(card.indexOf('# Yeast'))).toMatchSnapshot();
  });

  it('can be short', () => {
    const { title, summary, modelType, license, inputs, outputs, trainingData } = metadata;
    const card = modelCard({ title, summary, modelType, license, inputs, outputs, trainingData });
    expect(card).not.toMatch(/## (Results|Training|Limitations|Citation)\n|undefined/);
    expect(Object.keys(front(card))).toEqual(['license', 'library_name', 'tags']);
    expect(card).toContain("tb.load('owner/name')");
  });

  it('escapes what would change the text or the front matter', () => {
    const nasty = 'a | b\n---\n# c <script> [x](javascript:y) `d` "e": {f} *g* my_name';
    const card = modelCard({
      ...metadata,
      title: nasty,
      summary: nasty,
      inputs: [{ name: nasty, description: nasty }],
      trainingData: { name: nasty, url: 'javascript:alert(1)' },
      limitations: [nasty],
      citation: 'x\n```\n# y',
    });
    const index = front(card)['model-index'] as { name: string }[];
    expect(index[0]!.name).toBe(nasty);
    const body = card.slice(card.indexOf('\n---\n', 4) + 5);
    const text = body.replace(/^(`{3,})\w*\n[^]*?\n\1$/gm, '');
    expect(text).not.toMatch(/^---$|^# c|(?<!\\)<script|(?<!\\)\[x\]/m);
    expect(text).toContain('my_name');
    expect(text).not.toContain('](javascript:alert');
    const row = text.split('\n').find((line) => line.startsWith('| a '))!;
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
    expect(body).toContain('````\nx\n```\n# y\n````');
  });

  it('keeps its front matter for every text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
        // What looks like a path of this machine is shortened.
        if (text.trim() === '' || /[\\/]/.test(text)) return;
        const card = modelCard({ ...metadata, title: text, tags: [text], limitations: [text] });
        expect((front(card)['model-index'] as { name: string }[])[0]!.name).toBe(text);
      }),
    );
  });

  it('publishes no token and no path of this machine', () => {
    const settings = {
      data: '/home/ann/project/genes.tsv',
      genome: 'file at C:\\Users\\ann\\genome.fa and ~/x/y.fa, /tmp/run-1/',
      page: 'https://example.org/a/b/c and 5/3 and A/C/G/T and /api',
    };
    const card = modelCard({ ...metadata, trainingSettings: settings });
    expect(card).toContain('| data | genes.tsv |');
    expect(card).toContain('| genome | file at genome.fa and y.fa, run-1 |');
    expect(card).toContain(`| page | ${settings.page} |`);
    expect(card).not.toMatch(/ann|\/tmp/);
    const leak = { ...metadata, limitations: ['token hf_AbCdEfGhIjKlMnOpQrStUvWx'] };
    expect(() => modelCard(leak)).toThrow(UsageError);
    expect(() => modelCard(leak)).toThrow(/limitations\[0\].*access token/);
    expect(() => modelCard(leak)).not.toThrow(/AbCdEf/);
  });

  it('refuses what the Hub would refuse', () => {
    const refuse = (change: Partial<ModelCardMetadata>, pattern: RegExp) => {
      expect(() => modelCard({ ...metadata, ...change })).toThrow(pattern);
    };
    refuse({ license: 'Apache License' }, /license: 'Apache License'; expected an identifier/);
    refuse({ title: ' ' }, /title/);
    refuse({ inputs: [] }, /inputs/);
    refuse({ repo: 'x' }, /owner\/x/);
    refuse({ datasets: ['a b'] }, /datasets/);
    const metrics = [{ name: 'Pearson', value: NaN }];
    expect(() => modelCard({ ...metadata, metrics })).toThrow(InputError);
    expect(() => modelCard({ ...metadata, metrics })).toThrow(/metrics\[0\].value: NaN/);
  });
});
