import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { bert } from '../../kernel-lib/src/models/bert.ts';
import {
  checkFolders,
  comparedBackends,
  goldenFolder,
  goldenNetworks,
  predict,
  readCheckpointFolder,
  readExpected,
  readJson,
  relativeDifference,
  transformersPython,
  useComparedBackend,
  writeFolder,
} from './huggingface-golden.ts';

const golden = goldenNetworks(bert, 'bert');
const { masked, ids, length, load } = golden;

describe.each(comparedBackends)('BERT of transformers on $backend', ({ backend, skipped }) => {
  beforeAll(() => useComparedBackend(backend, skipped));

  it.skipIf(skipped)('gives the hidden states and the scores of masked tokens', async () => {
    const { model } = await golden.loadEqual('masked-language');
    const layers = ['embeddings_dropout', 'layer_0_output_norm', 'layer_1_output_norm'];
    golden.checkHiddenStates(model, layers);
    model.dispose();
  });

  it.skipIf(skipped)('reads pytorch_model.bin', async () => {
    const { model } = await golden.loadEqual('masked-language-bin');
    model.dispose();
  });

  it.skipIf(skipped)('has decoder weights of its own and other activations', async () => {
    const { logits } = readExpected(goldenFolder('bert', 'untied'));
    const { model, config } = await golden.loadEqual('untied', logits);
    expect(config.encoder).toMatchObject({ tie_word_embeddings: false, hidden_act: 'gelu_new' });
    model.dispose();
  });

  it.skipIf(skipped)('pools as the encoder alone does', async () => {
    const expected = readExpected(goldenFolder('bert', 'encoder'));
    const { model, config } = await load('encoder', { pooling: 'pooler' });
    expect(config).toMatchObject({ task: 'embedding', encoder: { hidden_act: 'relu' } });
    expect(relativeDifference(predict(model, ids), expected.pooler_output!)).toBeLessThan(1e-4);
    model.dispose();
    const mean = await load('encoder');
    const size = mean.config.encoder.hidden_size;
    const states = expected.hidden_states.at(-1)!;
    const means = ids.flatMap((row, i) => {
      const real = row.flatMap((id, at) => (id === 0 ? [] : [at]));
      return Array.from({ length: size }, (_, k) => {
        const values = real.map((at) => states[(i * length + at) * size + k]!);
        return values.reduce((sum, value) => sum + value, 0) / real.length;
      });
    });
    expect(relativeDifference(predict(mean.model, ids), means)).toBeLessThan(1e-4);
    mean.model.dispose();
  });
});

describe('BERT folders that we write', () => {
  let folder: string;

  beforeAll(async () => {
    await useBackend('cpu');
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-bert-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('are what Python wrote', async () => {
    const { model, config } = await load('masked-language');
    const part = path.join(folder, 'masked-language');
    await writeFolder(bert, model, config, ids, part, predict(model, ids));
    const theirs = await readCheckpointFolder(masked);
    expect(await readCheckpointFolder(part)).toEqual(theirs);
    const written = readJson(part, 'config.json');
    for (const [key, value] of Object.entries(readJson(masked, 'config.json'))) {
      // What says nothing about an encoder
      if (['classifier_dropout', 'transformers_version', 'use_cache'].includes(key)) continue;
      expect(written[key], key).toEqual(value);
    }
    model.dispose();
  });

  it('load again with the same numbers, for each task', async () => {
    const encoder = { ...(await loadConfig()).encoder, hidden_act: 'gelu_new' as const };
    const tasks = ['masked-language', 'embedding', 'regression', 'classification'] as const;
    for (const task of tasks) {
      const headed = task === 'regression' || task === 'classification';
      const config = bert.configSchema.parse({
        length,
        task,
        left_out_tokens: [2, 3],
        encoder,
        ...(task === 'embedding' ? { pooling: 'pooler' } : {}),
        ...(headed ? { outputs: ['leaf', 'root'], batch_norm: task === 'regression' } : {}),
      });
      // Heads on the mean are no class of transformers
      const part = path.join(folder, ...(headed ? ['heads'] : []), `new-${task}`);
      const over = task === 'embedding' ? { pooling: 'pooler' as const } : {};
      await golden.checkReadAgain(config, part, { last: 'layer_1_output_norm', over });
    }
  });

  it('have decoder weights of their own where they are not tied', async () => {
    const untied = goldenFolder('bert', 'untied');
    const { model, config } = await load('untied');
    const part = path.join(folder, 'untied');
    await writeFolder(bert, model, config, ids, part, predict(model, ids));
    // The bias of the decoder is stored twice in Python's file
    const { 'cls.predictions.decoder.bias': copy, ...theirs } = await readCheckpointFolder(untied);
    if (copy !== undefined) expect(copy).toEqual(theirs['cls.predictions.bias']);
    expect(await readCheckpointFolder(part)).toEqual(theirs);
    model.dispose();
  });

  async function loadConfig() {
    const { model, config } = await load('masked-language');
    model.dispose();
    return config;
  }

  it.skipIf(transformersPython === undefined)('load in Python with our numbers', async () => {
    await checkFolders(folder, 4);
  });

  it('leak no tensor', () => golden.checkLeaks());
});
