import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { namedVariables } from '../../../kernel-lib/src/layers/named-weights.ts';
import {
  bertConfigFromHuggingFace,
  parseBertConfig,
} from '../../../kernel-lib/src/models/bert-config.ts';
import { bert, type BertNetworkConfig } from '../../../kernel-lib/src/models/bert.ts';
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
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 24,
  max_position_embeddings: 12,
};
const config = (over: object = {}): BertNetworkConfig =>
  bert.configSchema.parse({
    length: 12,
    task: 'masked-language',
    left_out_tokens: [2, 3],
    ...over,
    encoder: { ...encoder, ...(over as { encoder?: object }).encoder },
  });
const batch = maskedBatch(12, { first: 5, count: 6, mask: 4, padding: 0 });

describe.each(['wasm', ...(hasNativeTensorFlow ? ['tensorflow'] : [])])('BERT on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend('wasm');
  });

  it('learns masked tokens, the same from equal seeds, and leaks nothing', () => {
    const losses = checkTraining(bert, config(), batch);
    const again = checkTraining(bert, config(), batch);
    again.forEach((loss, i) => expect(loss).toBeCloseTo(losses[i]!, 4));
  });
});

describe('BERT', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  afterAll(() => {
    tf.disposeVariables();
  });

  it('does not let padding change what tokens get', () => {
    const model = bert.build(config());
    const short = [[2, 5, 6, 4, 3, 0, 0, 0, 0, 0, 0, 0]];
    // The padding's own embedding takes no part
    const [a, b] = [0, 1].map((round) => {
      if (round === 1) {
        const table = namedVariables(model).get('embeddings/tokens')!;
        const change = tf.mul(tf.transpose(tf.oneHot([0], 15)), tf.ones([1, 16]));
        table.write(tf.add(table.read(), change));
      }
      const scores = (model.predict(tensor(short)) as tf.Tensor3D).arraySync();
      return scores[0]!.slice(0, 5).map((row) => row.slice(1));
    });
    b!.flat().forEach((value, i) => expect(value).toBeCloseTo(a!.flat()[i]!, 5));
    model.dispose();
  });

  it('scores only the masked positions with the same results', () => {
    const whole = bert.build(config(), { seed: 2 });
    const sparse = bert.build(config({ predictions: 2 }), { seed: 2 });
    const positions = batch.ids.map((row) => [row.indexOf(4), 0]);
    expect(bert.inputs(config({ predictions: 2 })).map(({ name, shape }) => [name, shape])).toEqual(
      [
        ['input_ids', [12]],
        ['masked_positions', [2]],
      ],
    );
    const all = (whole.predict(tensor(batch.ids)) as tf.Tensor3D).arraySync();
    const some = (
      sparse.predict([tensor(batch.ids), tensor(positions)]) as tf.Tensor3D
    ).arraySync();
    positions.forEach((row, i) =>
      row.forEach((at, k) =>
        some[i]![k]!.forEach((value, id) => expect(value).toBeCloseTo(all[i]![at]![id]!, 5)),
      ),
    );
    for (const model of [whole, sparse]) model.dispose();
  });

  it('has heads, and an embedder in front of each', () => {
    const tasks = [
      { task: 'regression', outputs: ['leaf', 'root'] },
      { task: 'poisson', outputs: ['leaf'], batch_norm: true },
      { task: 'masked-language' },
      { task: 'embedding' },
      { task: 'embedding', pooling: 'first' },
      { task: 'embedding', pooling: 'pooler' },
    ];
    for (const over of tasks) {
      checkHead(bert, config(over), batch.ids, { hidden: 16, vocabulary: 15 });
    }
  });

  it('gives the same on embeddings from outside', () => {
    checkOnEmbeddings(bert, config({ task: 'regression' }), batch.ids);
  });

  it('has as many parameters as in Python', () => {
    const model = bert.build(bert.presets['small']!);
    expect(model.countParams()).toBe(1_372_165);
    model.dispose();
  });

  it('has schemas that become JSON', () => {
    const json = JSON.stringify(z.toJSONSchema(bert.configSchema, { io: 'input' }));
    for (const key of ['hidden_size', 'pooling', 'task']) expect(json).toContain(key);
    expect(parseBertConfig({})).toMatchObject({ vocab_size: 30_522, layer_norm_eps: 1e-12 });
  });

  it.each([
    [{ encoder: { hiden_size: 12 } }, /unknown key 'hiden_size'\. Did you mean 'hidden_size'/],
    [{ encoder: { num_attention_heads: 5 } }, /multiple of num_attention_heads/],
    [{ encoder: { pad_token_id: 15 } }, /pad_token_id must be below/],
    [{ encoder: { position_embedding_type: 'relative_key' } }, /position_embedding_type/],
    [{ length: 13 }, /positions for 12 tokens/],
    [{ left_out_tokens: [15] }, /left_out_tokens must be below/],
    [{ task: 'regression', pooling: 'first' }, /pooled/],
    [{ task: 'regression', predictions: 3 }, /only a masked-language network/],
    [{ predictions: 13 }, /predictions must not be above length/],
    [{ features: ['gc'] }, /sequence alone/],
    [{ tasc: 'regression' }, /unknown key 'tasc'\. Did you mean 'task'/],
  ])('refuses %j', (over, message) => {
    expect(() => config(over)).toThrow(message);
  });

  it.each([
    [{ model_type: 'roberta' }, /model_type "roberta".*'bert'/s],
    [{ auto_map: { AutoModel: 'bert_layers.BertModel' } }, /auto_map.*Python code.*take auto_map/s],
    [{ alibi_starting_size: 512 }, /DNABERT-2/],
    [{ position_embedding_type: 'relative_key_query' }, /position_embedding_type/],
    [{ is_decoder: true }, /is_decoder: true, that is a decoder/],
    [{ pruned_heads: { '1': [0] } }, /fewer heads/],
    [{ quantization_config: { bits: 4 } }, /quantised/],
    [{ hidden_act: 'silu' }, /hidden_act/],
    [{ num_hidden_layers: 1e9 }, /num_hidden_layers.*1000/],
    [{ max_position_embeddings: 1e15 }, /max_position_embeddings/],
    [{ hidden_size: 'big' }, /hidden_size/],
    [[], /no JSON object/],
    [null, /no JSON object/],
  ])('refuses the config.json %j', (json, message) => {
    expect(() => bertConfigFromHuggingFace(json, 'config.json')).toThrow(message);
  });

  it('reads any config.json, or says what is wrong with it', () => {
    checkAnyConfig(bert, config().encoder, 'BertForMaskedLM');
  });

  it('reads configs as transformers does', () => {
    const ignored = { use_cache: false, torch_dtype: 'bfloat16', split: 10, pruned_heads: {} };
    expect(
      bertConfigFromHuggingFace({ hidden_size: 96, pad_token_id: null, ...ignored }, 'x'),
    ).toEqual(parseBertConfig({ hidden_size: 96 }));
  });

  it('takes the task from the class, and tokens from the tokenizer', () => {
    const { fromConfig } = bert.huggingFace!;
    const special = { start: 2, end: 3, padding: 0, unknown: 1, mask: 4 };
    const tokenizer = { vocabularySize: 15, special };
    const read = (architecture: string, over: object = {}, json: object = {}) =>
      fromConfig(
        { ...encoder, architectures: [architecture], ...json },
        { where: 'config.json', tokenizer, ...over },
      );
    expect(read('BertForPreTraining')).toMatchObject({
      task: 'masked-language',
      length: 12,
      left_out_tokens: [2, 3],
    });
    expect(read('BertModel').task).toBe('embedding');
    expect(read('BertForMaskedLM', { task: 'regression', outputs: ['leaf'] })).toMatchObject({
      task: 'regression',
      outputs: ['leaf'],
    });
    expect(() => read('BertForSequenceClassification')).toThrow(/Give a task/);
    expect(() => read('BertModel', { task: 'sparse' })).toThrow(/'sparse'; expected masked/);
    expect(() => read('BertModel', {}, { vocab_size: 14 })).toThrow(/tokenizer with 15 tokens/);
    expect(() => read('BertModel', {}, { pad_token_id: 1 })).toThrow(/whose padding is 0/);
    expect(() => read('toString')).toThrow(/toString/);
    expect(bert.fitTokenizer!({ task: 'regression', encoder }, tokenizer)).toMatchObject({
      left_out_tokens: [2, 3],
      encoder: { vocab_size: 15, pad_token_id: 0, hidden_size: 16 },
    });
  });

  it('reads old names, encoders alone, and names what does not fit', async () => {
    const chosen = config();
    const { fromWeights } = bert.huggingFace!;
    const theirs = await newCheckpoint(bert, chosen);
    const where = 'model.safetensors';
    const renamed = (change: (name: string) => string) =>
      Object.fromEntries(Object.entries(theirs).map(([name, values]) => [change(name), values]));
    const ours = fromWeights(theirs, chosen, { where });
    const old = renamed((name) =>
      name
        .replace('LayerNorm.weight', 'LayerNorm.gamma')
        .replace('LayerNorm.bias', 'LayerNorm.beta')
        .replace('cls.predictions.bias', 'cls.predictions.decoder.bias'),
    );
    expect(fromWeights(old, chosen, { where })).toEqual(ours);
    const bare = renamed((name) => name.replace(/^bert\./, ''));
    const encoderOnly = fromWeights(bare, chosen, { where, part: 'encoder' });
    expect(Object.keys(encoderOnly)).toHaveLength(37);
    const extra = { shape: [2, 2], data: new Float32Array(4) };
    const buffers = { 'bert.embeddings.position_ids': extra, 'cls.seq_relationship.weight': extra };
    expect(fromWeights({ ...theirs, ...buffers }, chosen, { where })).toEqual(ours);
    const deeper = { ...theirs, 'bert.encoder.layer.2.output.dense.weight': extra };
    expect(() => fromWeights(deeper, chosen, { where })).toThrow(/layer\.2\.output/);
    const name = 'bert.encoder.layer.1.output.dense.bias';
    checkMissingWeight(bert, chosen, theirs, name);
    const other = { ...theirs, [name]: extra };
    expect(() => fromWeights(other, chosen, { where })).toThrow(/\[2, 2\].*\[16\]/s);
  });
});
