import { existsSync, renameSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import {
  leaveKilledRun,
  makeLanguageFolder,
  weightsOf,
  wordySequences,
  type LanguageFolder,
} from './language-runs.ts';

let folder: LanguageFolder;
beforeAll(async () => {
  folder = await makeLanguageFolder();
});
afterAll(() => folder.remove());

const config = (name: string, epochs = 3, more = ''): string => `
mode: pretrain
name: ${name}
data: { sequences: [sequences.txt], validation: 0.25 }
tokenizer: tokenizer
maxLength: 24
model:
  config:
    encoder:
      hidden_size: 16
      num_hidden_layers: 1
      num_attention_heads: 2
      intermediate_size: 32
      max_position_embeddings: 26
training: { epochs: ${String(epochs)}, batchSize: 16, learningRate: 0.01 }
${more}`;

interface PretrainJson {
  metrics: {
    validation: { perplexity: number; accuracy: number; tokens: number };
    baselines: { unigram: { perplexity: number; accuracy: number } };
  };
  epochs: number;
}

describe('mode pretrain', () => {
  it('learns more than the frequencies of the tokens, and saves what loads again', async () => {
    const { text, json } = await folder.run(
      'words',
      config('words', 15).replace('batchSize: 16', 'batchSize: 8').replace('0.01', '0.02'),
    );
    const { metrics, epochs } = json as unknown as PretrainJson;
    expect(epochs).toBe(15);
    expect(metrics.validation.tokens).toBeGreaterThan(20);
    expect(metrics.validation.perplexity).toBeLessThan(0.9 * metrics.baselines.unigram.perplexity);
    expect(metrics.validation.accuracy).toBeGreaterThan(metrics.baselines.unigram.accuracy);
    expect(text).toMatch(/all tokens alike.*\n.*unigram.*\n.*this model/);
    const card = await readFile(folder.file('runs/words/model/README.md'), 'utf8');
    expect(card).toContain('unigram');
    const report = await readFile(folder.file('runs/words/report.html'), 'utf8');
    expect(report).toContain('<svg');
    const model = await Predictor.load(folder.file('runs/words/model'));
    const { rows, size, values } = await model.embed(wordySequences(2));
    expect([rows, size]).toEqual([2, 16]);
    expect(values.every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('ends with the same weights after a kill and a resume', async () => {
    await folder.run('whole', config('whole'));
    const text = config('killed');
    const copy = folder.file('killed-copy');
    const message = await leaveKilledRun(folder, { name: 'killed', text, epoch: 1, copy });
    expect(message).toContain('--resume');
    rmSync(folder.file('runs/killed'), { recursive: true });
    renameSync(copy, folder.file('runs/killed'));
    expect(existsSync(folder.file('runs/killed/result.json'))).toBe(false);
    await folder.run('killed', text, { resume: true });
    expect(await weightsOf(folder, 'killed')).toEqual(await weightsOf(folder, 'whole'));
    const lines: string[] = [];
    await folder.run('killed', text, { resume: true, log: (line) => lines.push(line) });
    expect(lines).toEqual(['this run is finished already']);
  });

  it('goes on from a model folder, which says how the network is built', async () => {
    const pretrained = 'runs/whole/model';
    const from = (more: string): string =>
      config('on', 1, `pretrained: ${pretrained}\n${more}`).replace(
        /model:[^]*?training/,
        'training',
      );
    const { json } = await folder.run('on', from(''));
    const { metrics } = json as unknown as PretrainJson;
    const { json: before } = await folder.run('one', config('one', 1));
    expect(metrics.validation.perplexity).toBeLessThan(
      (before as unknown as PretrainJson).metrics.validation.perplexity,
    );
    await expect(
      folder.run('on', from('').replace('maxLength: 24', 'maxLength: 20')),
    ).rejects.toThrow(/maxLength 20[^]*24, as of/);
    await expect(folder.run('on', config('on', 1, `pretrained: ${pretrained}`))).rejects.toThrow(
      'model and pretrained',
    );
  });

  it('trains with k-mer flips, windows and gradient accumulation', async () => {
    const text = config(
      'flip',
      1,
      'augmentation: { kmerFlip: { k: 2, buckets: [10, 40], countFrom: tss } }',
    )
      .replace('validation: 0.25', 'validation: 0.25, window: 30, minimumLength: 10')
      .replace('batchSize: 16', 'batchSize: 8, accumulate: 2');
    const { json } = await folder.run('flip', text);
    const { metrics } = json as unknown as PretrainJson;
    expect(Number.isFinite(metrics.validation.perplexity)).toBe(true);
  });

  it('takes files for validation, and drops training sequences that are in the audit', async () => {
    await writeFile(folder.file('held-out.txt'), `${wordySequences(8).join('\n')}\n`);
    const text = config('audit', 1, 'audit: { drop: true }').replace(
      'validation: 0.25',
      'validation: [held-out.txt]',
    );
    const { json } = await folder.run('audit', text);
    expect(json).toMatchObject({ epochs: 1 });
    const log = await readFile(folder.file('runs/audit/run.log'), 'utf8');
    expect(log).toMatch(/training\s+\D*\d+/);
    const audit = await readFile(folder.file('runs/audit/audit.json'), 'utf8');
    expect(
      (JSON.parse(audit) as { drop: { training: string[] } }).drop.training.length,
    ).toBeGreaterThan(7);
  });

  it.each([
    ['tokenizer: nowhere', 'tokenizer: tokenizer', 'nowhere'],
    ['sequences: [none.txt]', 'sequences: [sequences.txt]', 'none.txt'],
    ['hidden_size: 15', 'hidden_size: 16', 'hidden_size must be a multiple of num_attention_heads'],
    ['hiden_size: 16', 'hidden_size: 16', 'hidden_size'],
    ['max_position_embeddings: 20', 'max_position_embeddings: 26', 'positions for'],
    ['validation: 1.5', 'validation: 0.25', 'validation'],
    ['maxLength: 2', 'maxLength: 24', 'maxLength'],
    ['minimumLength: 500, validation: 0.25', 'validation: 0.25', 'no sequence of at least 500'],
    ['batchSize: 0', 'batchSize: 16', 'batchSize'],
    ['loss: mse, batchSize: 16', 'batchSize: 16', 'loss'],
    ['masking: { probability: 0 }\ntokenizer: tokenizer', 'tokenizer: tokenizer', 'probability'],
    [
      'masking: { masked: 0.9, random: 0.2 }\ntokenizer: tokenizer',
      'tokenizer: tokenizer',
      'add up',
    ],
  ])('says what is wrong with %s', async (wrong, right, message) => {
    const text = config('wrong', 1).replace(right, wrong);
    expect(text).toContain(wrong);
    await expect(folder.run('wrong', text)).rejects.toThrow(message);
    expect(existsSync(folder.file('runs/wrong'))).toBe(false);
  });
});
