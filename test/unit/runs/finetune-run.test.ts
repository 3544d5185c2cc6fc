import { existsSync, renameSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../kernel-lib/src/prediction/model-folder.ts';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import {
  leaveKilledRun,
  makeLanguageFolder,
  weightsOf,
  type LanguageFolder,
} from './language-runs.ts';

let folder: LanguageFolder;

const encoder = `
      hidden_size: 16
      num_hidden_layers: 1
      num_attention_heads: 2
      intermediate_size: 32
      max_position_embeddings: 26`;

const scratch = (name: string, epochs = 2, more = ''): string => `
mode: finetune
name: ${name}
data: { table: promoters.tsv }
tokenizer: tokenizer
maxLength: 24
model:
  config:
    encoder:${encoder}
training: { epochs: ${String(epochs)}, batchSize: 16, learningRate: 0.01 }
${more}`;

const warm = (name: string, more = '', training = ''): string => `
mode: finetune
name: ${name}
data: { table: promoters.tsv }
pretrained: runs/language/model
training: { epochs: 1, batchSize: 16, learningRate: 0.01${training} }
${more}`;

interface FinetuneJson {
  metrics: {
    test: {
      name: string;
      targets: { target: string; pearson: number; r2: number }[];
      mean: { pearson: number; r2: number };
    }[];
    crossValidation?: { folds: object[]; pooled: { name: string }[] };
  };
}
const metricsOf = (json: object): FinetuneJson['metrics'] => (json as FinetuneJson).metrics;

beforeAll(async () => {
  folder = await makeLanguageFolder();
  await folder.run(
    'language',
    `
mode: pretrain
name: language
data: { sequences: [sequences.txt], validation: 0.25 }
tokenizer: tokenizer
maxLength: 24
model:
  config:
    encoder:${encoder}
training: { epochs: 1, batchSize: 16 }
`,
  );
});
afterAll(() => folder.remove());

describe('mode finetune', () => {
  it('learns from scratch, and measures each target beside mean and k-mers', async () => {
    const { text, json } = await folder.run('scratch', scratch('scratch', 12));
    const { test } = metricsOf(json);
    expect(test.map(({ name }) => name)).toEqual(['train mean', '4-mer ridge', 'this model']);
    expect(test[0]?.mean.r2).toBe(0);
    expect(test[2]?.targets.map(({ target }) => target)).toEqual(['root', 'leaf']);
    expect(test[2]?.mean.pearson).toBeGreaterThan(0.5);
    expect(test[2]?.mean.r2).toBeGreaterThan(0.2);
    expect(text).toContain('Test part, 15 promoters');
    const report = await readFile(folder.file('runs/scratch/report.html'), 'utf8');
    expect(report.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
    const rows = (await readFile(folder.file('runs/scratch/test_predictions.tsv'), 'utf8')).split(
      '\n',
    );
    expect(rows[0]).toBe('id\troot_observed\troot_predicted\tleaf_observed\tleaf_predicted');
    expect(rows).toHaveLength(17);

    const model = await Predictor.load(folder.file('runs/scratch/model'));
    const [gc, at] = ['GC'.repeat(30), 'at'.repeat(30)];
    const { values, outputs } = await model.predict([gc, at]);
    expect(outputs).toEqual(['root', 'leaf']);
    expect(values[0]).toBeGreaterThan(values[2] ?? NaN);
    expect(values[1]).toBeLessThan(values[3] ?? NaN);
    model.dispose();
  });

  it('predicts from the saved model what the run wrote', async () => {
    const lines = (await readFile(folder.file('runs/scratch/test_predictions.tsv'), 'utf8'))
      .trim()
      .split('\n')
      .slice(1);
    const table = (await readFile(folder.file('promoters.tsv'), 'utf8')).split('\n');
    const [id = '', , root = ''] = (lines[3] ?? '').split('\t');
    const sequence = table.find((line) => line.startsWith(`${id}\t`))?.split('\t')[1] ?? '';
    const model = await Predictor.load(folder.file('runs/scratch/model'));
    const { values } = await model.predict([sequence]);
    expect(values[0]).toBeCloseTo(Number(root), 4);
    model.dispose();
  });

  it('starts from a pre-trained encoder; frozen layers keep its weights', async () => {
    const text = warm('frozen', '', ", freeze: ['embeddings*', 'layer_*']");
    await folder.run('frozen', text);
    const [before = {}] = (await readModelFolder(folder.file('runs/language/model'))).members;
    const [after = {}] = (await readModelFolder(folder.file('runs/frozen/model'))).members;
    const shared = Object.keys(before).filter((name) => name in after);
    expect(shared.length).toBeGreaterThan(10);
    for (const name of shared) expect(after[name]?.data, name).toEqual(before[name]?.data);
  });

  it('changes the dropout of a pre-trained encoder, not its sizes', async () => {
    const dropout = 'model: { config: { encoder: { hidden_dropout_prob: 0.3 } } }';
    await folder.run('dropout', warm('dropout', dropout));
    const { config } = await readModelFolder(folder.file('runs/dropout/model'));
    expect(config.architecture['encoder']).toMatchObject({
      hidden_size: 16,
      hidden_dropout_prob: 0.3,
    });
  });

  it('takes layer-wise learning rates and k-mer flips', async () => {
    const text = warm(
      'rates',
      '',
      ", layerRates: { 'layer_0*': 0.1, 'embeddings*': 0.01 }",
    ).replace('table: promoters.tsv', 'table: promoters.tsv, kmerFlip: { k: 3 }');
    const { json } = await folder.run('rates', text);
    expect(metricsOf(json).test[2]?.mean.r2).toBeDefined();
  });

  it('cross-validates over the training folds before the final network', async () => {
    const { json, text } = await folder.run(
      'folds',
      warm(
        'folds',
        'crossValidation: { folds: [train_0, train_1, train_2] }\nevaluation: { k: 2 }',
      ),
    );
    const { crossValidation, test } = metricsOf(json);
    expect(crossValidation?.folds).toHaveLength(3);
    expect(crossValidation?.pooled.map(({ name }) => name)).toEqual([
      'train mean',
      '2-mer ridge',
      'this model',
    ]);
    expect(test).toHaveLength(3);
    expect(text).toContain('train_1');
  });

  it.each([
    ['classification', 'expressedThreshold: 5, standardise: false'],
    ['sparse', 'transform: log10, standardise: false'],
    ['poisson', 'transform: none, pseudocount: 0, standardise: false'],
  ])('trains the task %s', async (task, data) => {
    const text = scratch(task, 1, `task: ${task}`).replace(
      'table: promoters.tsv',
      `table: promoters.tsv, ${data}`,
    );
    const { json } = await folder.run(task, text);
    const ours = metricsOf(json).test.at(-1);
    expect(ours?.targets.every(({ r2 }) => Number.isFinite(r2))).toBe(true);
    const model = await Predictor.load(folder.file(`runs/${task}/model`));
    expect(model.outputs).toEqual(['root', 'leaf']);
    model.dispose();
  });

  it('ends with the same weights after a kill and a resume', async () => {
    await folder.run('whole', scratch('whole', 3));
    const copy = folder.file('copy');
    const text = scratch('killed', 3);
    const message = await leaveKilledRun(folder, { name: 'killed', text, epoch: 1, copy });
    expect(message).toContain('--resume');
    rmSync(folder.file('runs/killed'), { recursive: true });
    renameSync(copy, folder.file('runs/killed'));
    expect(existsSync(folder.file('runs/killed/result.json'))).toBe(false);
    await folder.run('killed', text, { resume: true });
    expect(await weightsOf(folder, 'killed')).toEqual(await weightsOf(folder, 'whole'));
  });

  it.each([
    [
      'tokenizer: tokenizer\npretrained: runs/language/model',
      'tokenizer: tokenizer',
      'both of them',
    ],
    ['', 'tokenizer: tokenizer', 'neither pretrained nor tokenizer'],
    ['table: none.tsv', 'table: promoters.tsv', 'none.tsv'],
    ['table: promoters.tsv, columns: { targets: [tpm_rot] }', 'table: promoters.tsv', 'tpm_rot'],
    ['table: promoters.tsv, columns: { fold: chromosome }', 'table: promoters.tsv', 'chromosome'],
    ['table: promoters.tsv, split: { test: [train_9] }', 'table: promoters.tsv', 'train_9'],
    ['table: promoters.tsv, split: { test: [] }', 'table: promoters.tsv', 'no promoter to test on'],
    ['table: promoters.tsv, minimumLength: 100', 'table: promoters.tsv', 'is left'],
    ['table: promoters.tsv, expressedThreshold: 1', 'table: promoters.tsv', 'expressedThreshold'],
    ['task: poisson\ntokenizer: tokenizer', 'tokenizer: tokenizer', 'standardise'],
    ['task: poison\ntokenizer: tokenizer', 'tokenizer: tokenizer', 'task'],
    ['hidden_size: 15', 'hidden_size: 16', 'num_attention_heads'],
    ['epochs: 0', 'epochs: 1', 'epochs'],
    ["freeze: ['layr_*'], epochs: 1", 'epochs: 1', 'layr_'],
    ["layerRates: { 'layr_*': 0.1 }, epochs: 1", 'epochs: 1', 'layr_'],
    [
      'crossValidation: { folds: [train_0, train_1, train_7] }\ntokenizer: tokenizer',
      'tokenizer: tokenizer',
      'train_7',
    ],
  ])('says what is wrong with %s', async (wrong, right, message) => {
    const text = scratch('wrong', 1).replace(right, wrong);
    await expect(folder.run('wrong', text)).rejects.toThrow(message);
  });

  it('refuses what does not fit the pre-trained network', async () => {
    await expect(folder.run('wrong', warm('wrong', 'maxLength: 40'))).rejects.toThrow(
      /positions for/,
    );
    const sizes = 'model: { config: { encoder: { hidden_size: 32 } } }';
    await expect(folder.run('wrong', warm('wrong', sizes))).rejects.toThrow(
      'encoder.hidden_size: 32; expected 16',
    );
    await expect(
      folder.run('wrong', warm('wrong', 'model: { preset: florabert }')),
    ).rejects.toThrow('model.preset');
    const none = warm('wrong').replace('runs/language/model', 'runs/nowhere');
    await expect(folder.run('wrong', none)).rejects.toThrow('nowhere');
  });

  it('names the line of what is no number, and the target of what has no logarithm', async () => {
    const table = await readFile(folder.file('promoters.tsv'), 'utf8');
    for (const [value, message] of [
      ['x', /damaged\.tsv, line 3/],
      ['-', /'root': -\d/],
    ] as const) {
      await writeFile(
        folder.file('damaged.tsv'),
        table.replace('\ttrain_1\t', `\ttrain_1\t${value}`),
      );
      const text = scratch('damaged', 1).replace('promoters.tsv', 'damaged.tsv');
      await expect(folder.run('damaged', text)).rejects.toThrow(message);
    }
  });
});
