import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import {
  esmConfigFromHuggingFace,
  parseEsmConfig,
} from '../../../kernel-lib/src/models/esm-config.ts';
import { esm, type EsmNetworkConfig } from '../../../kernel-lib/src/models/esm.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../native-tensorflow.ts';
import { checkTraining, maskedBatch } from './bert-training.ts';
import {
  checkAnyConfig,
  checkHead,
  checkMissingWeight,
  checkOnEmbeddings,
  newCheckpoint,
  tensor,
} from './transformer-checks.ts';

const encoder = {
  vocab_size: 15,
  mask_token_id: 14,
  pad_token_id: 1,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 24,
  max_position_embeddings: 14,
  position_embedding_type: 'rotary',
  token_dropout: true,
};
const config = (over: object = {}): EsmNetworkConfig =>
  esm.configSchema.parse({
    length: 12,
    task: 'masked-language',
    left_out_tokens: [0, 2],
    ...over,
    encoder: { ...encoder, ...(over as { encoder?: object }).encoder },
  });
const absolute = {
  position_embedding_type: 'absolute',
  emb_layer_norm_before: true,
  tie_word_embeddings: false,
};
const batch = maskedBatch(12, { first: 5, count: 6, mask: 14, padding: 1 });

describe.each(['wasm', ...(hasNativeTensorFlow ? ['tensorflow'] : [])])('ESM on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend('wasm');
  });

  it.each([{}, absolute])('learns masked tokens and leaks nothing, with %j', (over) => {
    checkTraining(esm, config({ encoder: over }), batch);
  });
});

describe('ESM', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it('gives a sequence the same with more padding, on either side where positions are relative', () => {
    const [short, long] = [8, 12].map((length) => esm.build(config({ length }), { seed: 3 }));
    const ids = [0, 5, 14, 6, 7, 2];
    const scores = (model: typeof short, row: number[], from: number): number[] => {
      const all = (model!.predict(tensor([row])) as tf.Tensor3D).arraySync();
      return all[0]!.slice(from, from + ids.length).flat();
    };
    const expected = scores(short, [...ids, 1, 1], 0);
    const behind = scores(long, [...ids, 1, 1, 1, 1, 1, 1], 0);
    const before = scores(long, [1, 1, 1, 1, 1, 1, ...ids], 6);
    expected.forEach((value, i) => {
      expect(behind[i]).toBeCloseTo(value, 5);
      expect(before[i]).toBeCloseTo(value, 5);
    });
    for (const model of [short, long]) model!.dispose();
  });

  it('has finite outputs for padding alone, and for masked tokens alone', () => {
    for (const over of [{}, absolute]) {
      const model = esm.build(config({ task: 'regression', encoder: over }));
      const rows = [Array<number>(12).fill(1), Array<number>(12).fill(14)];
      const values = (model.predict(tensor(rows)) as tf.Tensor).dataSync();
      expect([...values].every(Number.isFinite)).toBe(true);
      model.dispose();
    }
  });

  it('has heads, and an embedder in front of each', () => {
    const tasks = [
      { task: 'regression', outputs: ['leaf', 'root'], batch_norm: true },
      { task: 'classification', outputs: ['leaf'], encoder: absolute },
      { task: 'masked-language' },
      { task: 'masked-language', encoder: absolute },
      { task: 'embedding' },
      { task: 'embedding', pooling: 'first' },
      { task: 'embedding', pooling: 'pooler' },
    ];
    for (const over of tasks) {
      checkHead(esm, config(over), batch.ids, { hidden: 16, vocabulary: 15 });
    }
  });

  it('gives the same on embeddings from outside, with gradients', () => {
    checkOnEmbeddings(esm, config({ task: 'regression' }), batch.ids, (network, ids, given) => {
      const gradient = tf.grad((x) => tf.sum(network.apply([ids, x]) as tf.Tensor))(given);
      const sizes = tf.sum(tf.abs(gradient), 2).arraySync() as number[][];
      batch.ids.forEach((row, i) =>
        row.forEach((id, at) => {
          if (id === 1 || id === 14) expect(sizes[i]![at]).toBe(0);
          else expect(sizes[i]![at]).toBeGreaterThan(0);
        }),
      );
    });
  });

  it('has as many parameters as in Python', () => {
    const model = esm.build({ ...esm.presets['esm2-8m']!, length: 16 });
    // 7,840,794 of EsmForMaskedLM less its unused positions (1026 × 320) and contact head (121)
    expect(model.countParams()).toBe(7_512_353);
    model.dispose();
  });

  it('has schemas that become JSON', () => {
    const json = JSON.stringify(z.toJSONSchema(esm.configSchema, { io: 'input' }));
    for (const key of ['token_dropout', 'pooling', 'task']) expect(json).toContain(key);
    expect(parseEsmConfig({ vocab_size: 33, pad_token_id: 1 })).toMatchObject({
      position_embedding_type: 'absolute',
      layer_norm_eps: 1e-12,
      token_dropout: false,
    });
  });

  it.each([
    [{ encoder: { tokendropout: true } }, /unknown key 'tokendropout'.*'token_dropout'/],
    [{ encoder: { num_attention_heads: 5 } }, /multiple of num_attention_heads/],
    [{ encoder: { num_attention_heads: 16 } }, /even hidden_size/],
    [{ encoder: { pad_token_id: 15 } }, /pad_token_id must be below/],
    [{ encoder: { mask_token_id: 15 } }, /mask_token_id must be below/],
    [{ encoder: { mask_token_id: undefined } }, /token_dropout needs mask_token_id/],
    [{ encoder: { max_position_embeddings: 2 } }, /above pad_token_id/],
    [{ length: 13, encoder: absolute }, /positions for 12 tokens/],
    [{ encoder: { position_embedding_type: 'relative_key' } }, /position_embedding_type/],
  ])('refuses %j', (over, message) => {
    expect(() => config(over)).toThrow(message);
  });

  it('has no longest input with rotary positions', () => {
    const model = esm.build(config({ length: 40 }));
    expect(model.outputs[0]!.shape).toEqual([null, 40, 15]);
    model.dispose();
  });

  it.each([
    [{ model_type: 'bert' }, /model_type "bert".*'esm'/s],
    [{ is_folding_model: true }, /ESMFold/],
    [{ add_bias_fnn: false }, /second Nucleotide Transformer/],
    [{ position_embedding_type: 'relative_key' }, /position_embedding_type/],
    [{ vocab_size: null }, /vocab_size/],
    [{ num_hidden_layers: 1e9 }, /num_hidden_layers.*1000/],
    [{ max_position_embeddings: 1e15 }, /max_position_embeddings/],
    [{ token_dropout: true, mask_token_id: null }, /token_dropout needs/],
  ])('refuses the config.json %j', (json, message) => {
    const given = { vocab_size: 33, pad_token_id: 1, ...(json as object) };
    expect(() => esmConfigFromHuggingFace(given, 'config.json')).toThrow(message);
  });

  it('reads any config.json, or says what is wrong with it', () => {
    checkAnyConfig(esm, config().encoder, 'EsmForMaskedLM');
  });

  it('reads configs as transformers does', () => {
    const ignored = { emb_layer_norm_before: null, vocab_list: null, hidden_act: 'gelu' };
    const minimal = { vocab_size: 33, pad_token_id: 1 };
    expect(esmConfigFromHuggingFace({ ...minimal, ...ignored, add_bias_fnn: true }, 'x')).toEqual(
      parseEsmConfig(minimal),
    );
    const special = { start: 0, end: 2, padding: 1, unknown: 3, mask: 32 };
    const { encoder: fitted } = esm.fitTokenizer!({}, { vocabularySize: 33, special }) as {
      encoder: object;
    };
    expect(fitted).toEqual({ vocab_size: 33, pad_token_id: 1, mask_token_id: 32 });
  });

  it('names weights that are missing, or of another network', async () => {
    const chosen = config();
    const { fromWeights } = esm.huggingFace!;
    const theirs = await newCheckpoint(esm, chosen);
    const where = 'model.safetensors';
    const extra = { shape: [2, 2], data: new Float32Array(4) };
    const more = { 'esm.contact_head.regression.weight': extra, 'esm.pooler.dense.weight': extra };
    expect(fromWeights({ ...theirs, ...more }, chosen, { where })).toEqual(
      fromWeights(theirs, chosen, { where }),
    );
    const before = { ...theirs, 'esm.embeddings.layer_norm.weight': extra };
    expect(() => fromWeights(before, chosen, { where })).toThrow(/embeddings\.layer_norm\.weight/);
    const name = 'esm.encoder.emb_layer_norm_after.weight';
    checkMissingWeight(esm, chosen, theirs, name);
    const wide = config({ encoder: { hidden_size: 32 } });
    expect(() => fromWeights(theirs, wide, { where })).toThrow(/\[15, 16\].*\[15, 32\]/s);
  });
});
