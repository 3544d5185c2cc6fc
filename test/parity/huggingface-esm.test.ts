import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { writeWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { esm } from '../../kernel-lib/src/models/esm.ts';
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

const masked = goldenFolder('esm', 'masked-language');
const expected = readExpected(masked);
const ids = expected.input_ids;
const length = ids[0]!.length;
const backends = ['wasm', 'cpu', 'tensorflow'] as const;

describe.each(backends)('ESM of transformers on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasNativeTensorFlow;

  beforeAll(async () => {
    if (skipped) return;
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend(backend);
  });

  it.skipIf(skipped)('gives the hidden states and the scores of masked tokens', async () => {
    const { model, config } = await loadFolder(esm, masked, { length });
    expect(config.encoder).toMatchObject({
      position_embedding_type: 'rotary',
      token_dropout: true,
    });
    expect(relativeDifference(predict(model, ids), expected.logits!)).toBeLessThan(1e-4);
    const layers = ['embeddings_padding', 'layer_0_output_residual', 'encoder_norm'];
    layerOutputs(model, layers, ids).forEach((values, i) => {
      expect(relativeDifference(values, expected.hidden_states[i]!)).toBeLessThan(1e-4);
    });
    model.dispose();
  });

  it.skipIf(skipped)('reads pytorch_model.bin', async () => {
    const folder = goldenFolder('esm', 'masked-language-bin');
    const { model } = await loadFolder(esm, folder, { length });
    expect(relativeDifference(predict(model, ids), expected.logits!)).toBeLessThan(1e-4);
    model.dispose();
  });

  it.skipIf(skipped)('has absolute positions and a normalisation first as in ESM-1b', async () => {
    const folder = goldenFolder('esm', 'absolute');
    const { model, config } = await loadFolder(esm, folder, { length });
    expect(config.encoder).toMatchObject({
      position_embedding_type: 'absolute',
      emb_layer_norm_before: true,
      tie_word_embeddings: false,
    });
    const { logits } = readExpected(folder);
    expect(relativeDifference(predict(model, ids), logits!)).toBeLessThan(1e-4);
    model.dispose();
  });

  it.skipIf(skipped)('pools as the encoder alone does, without token dropout', async () => {
    const folder = goldenFolder('esm', 'encoder');
    const golden = readExpected(folder);
    const over = { pooling: 'pooler' as const };
    const { model, config } = await loadFolder(esm, folder, { length, over });
    expect(config).toMatchObject({ task: 'embedding', encoder: { token_dropout: false } });
    expect(relativeDifference(predict(model, ids), golden.pooler_output!)).toBeLessThan(1e-4);
    model.dispose();
  });
});

describe('ESM folders that we write', () => {
  let folder: string;

  beforeAll(async () => {
    await useBackend('cpu');
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-esm-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('are what Python wrote, but for what ESM-2 does not use', async () => {
    const { model, config } = await loadFolder(esm, masked, { length });
    const part = path.join(folder, 'masked-language');
    await writeFolder(esm, model, config, ids, part, predict(model, ids));
    const all = Object.entries(await readCheckpointFolder(masked));
    const theirs = Object.fromEntries(
      all.filter(([name]) => !name.startsWith('esm.contact_head.')),
    );
    const ours = await readCheckpointFolder(part);
    const positions = 'esm.embeddings.position_embeddings.weight';
    expect(ours[positions]!.shape).toEqual(theirs[positions]!.shape);
    theirs[positions] = ours[positions]!;
    expect(ours).toEqual(theirs);
    const written = readJson(part, 'config.json');
    const left = ['transformers_version', 'use_cache', 'esmfold_config', 'vocab_list'];
    for (const [key, value] of Object.entries(readJson(masked, 'config.json'))) {
      if (![...left, 'is_folding_model'].includes(key)) expect(written[key], key).toEqual(value);
    }
    model.dispose();
  });

  it('load again with the same numbers, for each task', async () => {
    const absolute = await configOf('absolute');
    const rotary = await configOf('masked-language');
    const cases = [
      { task: 'masked-language', encoder: absolute },
      { task: 'embedding', encoder: rotary },
      { task: 'regression', encoder: rotary, outputs: ['leaf', 'root'], batch_norm: true },
    ] as const;
    for (const chosen of cases) {
      const config = esm.configSchema.parse({ length, left_out_tokens: [0, 2], ...chosen });
      const model = esm.build(config, { seed: 3 });
      const headed = config.task === 'regression';
      // Heads on the mean are no class of transformers
      const part = path.join(folder, ...(headed ? ['heads'] : []), `new-${config.task}`);
      const output =
        config.task === 'embedding'
          ? layerOutputs(model, ['encoder_norm'], ids)[0]!
          : predict(model, ids);
      await writeFolder(esm, model, config, ids, part, output);
      const { fromConfig, fromWeights } = esm.huggingFace!;
      const read = fromConfig(readJson(part, 'config.json'), { where: part, length });
      expect(read).toEqual(config);
      const again = esm.build(read, { seed: 4 });
      const weights = await readCheckpointFolder(part);
      writeWeights(again, fromWeights(weights, read, { where: part }), part);
      expect(predict(again, ids)).toEqual(predict(model, ids));
      for (const each of [model, again]) each.dispose();
    }
  });

  async function configOf(name: string) {
    const { model, config } = await loadFolder(esm, goldenFolder('esm', name), { length });
    model.dispose();
    return config.encoder;
  }

  it.skipIf(transformersPython === undefined)('load in Python with our numbers', async () => {
    await rm(path.join(folder, 'heads'), { recursive: true });
    const said = checkWithTransformers(folder);
    expect(said.match(/: ok$/gm)).toHaveLength(3);
    process.stdout.write(said);
  });

  it('leak no tensor', async () => {
    const before = tf.memory().numTensors;
    const { model, config } = await loadFolder(esm, masked, { length });
    esm.embedder!(model, config);
    predict(model, ids);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
