import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { writeWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { bert } from '../../kernel-lib/src/models/bert.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../unit/native-tensorflow.ts';
import {
  checkWithTransformers,
  goldenFolder,
  layerOutputs,
  loadFolder,
  predict,
  readCheckpointFolder,
  readExpected,
  readJson,
  relativeDifference,
  transformersPython,
  writeFolder,
} from './huggingface-golden.ts';

const masked = goldenFolder('bert', 'masked-language');
const expected = readExpected(masked);
const ids = expected.input_ids;
const length = ids[0]!.length;
const backends = ['wasm', 'cpu', 'tensorflow'] as const;

describe.each(backends)('BERT of transformers on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasNativeTensorFlow;

  beforeAll(async () => {
    if (skipped) return;
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend(backend);
  });

  it.skipIf(skipped)('gives the hidden states and the scores of masked tokens', async () => {
    const { model } = await loadFolder(bert, masked, { length });
    expect(relativeDifference(predict(model, ids), expected.logits!)).toBeLessThan(1e-4);
    const layers = ['embeddings_dropout', 'layer_0_output_norm', 'layer_1_output_norm'];
    layerOutputs(model, layers, ids).forEach((values, i) => {
      expect(relativeDifference(values, expected.hidden_states[i]!)).toBeLessThan(1e-4);
    });
    model.dispose();
  });

  it.skipIf(skipped)('reads pytorch_model.bin', async () => {
    const { model } = await loadFolder(bert, goldenFolder('bert', 'masked-language-bin'), {
      length,
    });
    expect(relativeDifference(predict(model, ids), expected.logits!)).toBeLessThan(1e-4);
    model.dispose();
  });

  it.skipIf(skipped)('has decoder weights of its own and other activations', async () => {
    const folder = goldenFolder('bert', 'untied');
    const { model, config } = await loadFolder(bert, folder, { length });
    expect(config.encoder).toMatchObject({ tie_word_embeddings: false, hidden_act: 'gelu_new' });
    const { logits } = readExpected(folder);
    expect(relativeDifference(predict(model, ids), logits!)).toBeLessThan(1e-4);
    model.dispose();
  });

  it.skipIf(skipped)('pools as the encoder alone does', async () => {
    const folder = goldenFolder('bert', 'encoder');
    const golden = readExpected(folder);
    const over = { pooling: 'pooler' as const };
    const { model, config } = await loadFolder(bert, folder, { length, over });
    expect(config).toMatchObject({ task: 'embedding', encoder: { hidden_act: 'relu' } });
    expect(relativeDifference(predict(model, ids), golden.pooler_output!)).toBeLessThan(1e-4);
    model.dispose();
    const mean = await loadFolder(bert, folder, { length });
    const size = mean.config.encoder.hidden_size;
    const states = golden.hidden_states.at(-1)!;
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
    const { model, config } = await loadFolder(bert, masked, { length });
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
      const model = bert.build(config, { seed: 3 });
      // Heads on the mean are no class of transformers
      const part = path.join(folder, ...(headed ? ['heads'] : []), `new-${task}`);
      const output =
        task === 'embedding'
          ? layerOutputs(model, ['layer_1_output_norm'], ids)[0]!
          : predict(model, ids);
      await writeFolder(bert, model, config, ids, part, output);
      const { fromConfig, fromWeights } = bert.huggingFace!;
      const read = {
        ...fromConfig(readJson(part, 'config.json'), { where: part, length }),
        ...(task === 'embedding' ? { pooling: 'pooler' as const } : {}),
      };
      expect(read).toEqual(config);
      const again = bert.build(read, { seed: 4 });
      const weights = await readCheckpointFolder(part);
      writeWeights(again, fromWeights(weights, read, { where: part }), part);
      expect(predict(again, ids)).toEqual(predict(model, ids));
      for (const each of [model, again]) each.dispose();
    }
  });

  it('have decoder weights of their own where they are not tied', async () => {
    const untied = goldenFolder('bert', 'untied');
    const { model, config } = await loadFolder(bert, untied, { length });
    const part = path.join(folder, 'untied');
    await writeFolder(bert, model, config, ids, part, predict(model, ids));
    // The bias of the decoder is stored twice in Python's file
    const { 'cls.predictions.decoder.bias': copy, ...theirs } = await readCheckpointFolder(untied);
    if (copy !== undefined) expect(copy).toEqual(theirs['cls.predictions.bias']);
    expect(await readCheckpointFolder(part)).toEqual(theirs);
    model.dispose();
  });

  async function loadConfig() {
    const { model, config } = await loadFolder(bert, masked, { length });
    model.dispose();
    return config;
  }

  it.skipIf(transformersPython === undefined)('load in Python with our numbers', async () => {
    await rm(path.join(folder, 'heads'), { recursive: true });
    const said = checkWithTransformers(folder);
    expect(said.match(/: ok$/gm)).toHaveLength(4);
    process.stdout.write(said);
  });

  it('leak no tensor', async () => {
    const before = tf.memory().numTensors;
    const { model, config } = await loadFolder(bert, masked, { length });
    bert.embedder!(model, config);
    predict(model, ids);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
