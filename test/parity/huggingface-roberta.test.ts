import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { writeInPieces } from '../../kernel-lib/src/core/file-writer.ts';
import { readSafetensors, writeSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { ZipWriter } from '../../kernel-lib/src/formats/zip-writer.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { exportHuggingFace } from '../../kernel-lib/src/prediction/export-hugging-face.ts';
import {
  importHuggingFace,
  loadPretrainedEncoder,
} from '../../kernel-lib/src/prediction/import-hugging-face.ts';
import { readModelFolder, writeModelFolder } from '../../kernel-lib/src/prediction/model-folder.ts';
import { Predictor } from '../../kernel-lib/src/prediction/predictor.ts';
import { warmStart } from '../../kernel-lib/src/prediction/warm-start.ts';

interface Expected {
  sequences: string[];
  input_ids: number[][];
  values: number[];
  positions: [number, number][] | null;
  embedding: number[] | null;
}

const golden = path.join(import.meta.dirname, 'golden', 'huggingface');
const names = ['masked-language', 'regression', 'sparse'] as const;

async function expectedOf(name: string): Promise<Expected> {
  return JSON.parse(await readFile(path.join(golden, name, 'expected.json'), 'utf8')) as Expected;
}

function largestDifference(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

/** What the network itself gives for rows of ids. */
function networkValues(model: Predictor, ids: number[][]): tf.Tensor {
  return model.models[0]!.predict(tf.tensor2d(ids, undefined, 'int32')) as tf.Tensor;
}

let folder: string;

beforeEach(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-huggingface-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe.each(names)('%s from transformers', (name) => {
  it.each(['model.safetensors', 'pytorch_model.bin'])('gives the same from %s', async (file) => {
    const source = path.join(folder, 'source');
    await cp(path.join(golden, name), source, { recursive: true });
    await rm(
      path.join(source, file === 'model.safetensors' ? 'pytorch_model.bin' : 'model.safetensors'),
    );
    const expected = await expectedOf(name);
    const model = await Predictor.from(await importHuggingFace(source));
    const ids = model.tokenizer!.encodeBatch(expected.sequences, {
      maxLength: model.tokenLength!,
    });
    expect([...ids.inputIds]).toEqual(expected.input_ids.flat());
    tf.tidy(() => {
      const values = networkValues(model, expected.input_ids);
      if (expected.positions === null) {
        expect(largestDifference(values.dataSync(), expected.values)).toBeLessThan(5e-6);
      } else {
        const scores = values.arraySync() as number[][][];
        const chosen = expected.positions.flatMap(([row, at]) => scores[row]![at]!);
        expect(largestDifference(chosen, expected.values)).toBeLessThan(5e-6);
      }
    });
    if (expected.embedding !== null) {
      const embedded = await model.embed(expected.sequences.map((each) => each.toLowerCase()));
      expect(embedded).toMatchObject({ rows: 3, size: 16 });
      expect(largestDifference(embedded.values, expected.embedding)).toBeLessThan(5e-6);
    }
    model.dispose();
  });
});

describe('a folder of ours', () => {
  // Python checks what is kept here: see test/oracles/huggingface_roberta.py
  const kept = process.env['TATABOX_HUGGINGFACE_FOLDERS'];

  it.each(names)('keeps a %s network as it is, for Python too', async (name) => {
    const expected = await expectedOf(name);
    const model = await importHuggingFace(path.join(golden, name));
    const out = path.join(kept ?? folder, name);
    await writeModelFolder(out, model);
    const again = await readModelFolder(out);
    expect(again.members).toEqual(model.members);
    expect(again.config).toEqual(model.config);
    const predictor = await Predictor.load(out);
    const before = tf.memory().numTensors;
    const ids = predictor.tokenizer!.encodeBatch(expected.sequences, {
      maxLength: predictor.tokenLength!,
    });
    expect([...ids.inputIds]).toEqual(expected.input_ids.flat());
    const values = tf.tidy(() => {
      const given = networkValues(predictor, expected.input_ids);
      if (given.rank === 2) return { shape: given.shape, values: [...given.dataSync()] };
      const seen = tf.tensor2d(ids.attentionMask, [ids.rows, ids.length]);
      const visible = tf.mul(given, tf.expandDims(seen, 2));
      return { shape: given.shape, values: [...visible.dataSync()] };
    });
    expect(tf.memory().numTensors).toBe(before);
    // The names and the layout of transformers
    const [ours, theirs] = await Promise.all(
      [out, path.join(golden, name)].map((each) =>
        readSafetensors(path.join(each, 'model.safetensors')),
      ),
    );
    for (const [weight, { shape, data }] of ours!.tensors) {
      if (weight === 'lm_head.decoder.bias') continue;
      expect(theirs!.tensors.get(weight)?.shape, weight).toEqual(shape);
      expect(theirs!.tensors.get(weight)?.data, weight).toEqual(data);
    }
    expect(ours!.metadata['format']).toBe('pt');
    const json = JSON.parse(await readFile(path.join(out, 'config.json'), 'utf8')) as {
      model_type: string;
      vocab_size: number;
      library: string;
    };
    expect(json).toMatchObject({ model_type: 'roberta', vocab_size: 300, library: 'tatabox' });
    if (kept !== undefined) {
      const paddingSide = predictor.tokenizer!.defaults.paddingSide;
      const file = {
        sequences: expected.sequences,
        input_ids: expected.input_ids,
        padding_side: paddingSide,
        ...values,
      };
      await writeFile(path.join(out, 'ours.json'), JSON.stringify(file));
    }
    predictor.dispose();
  });

  it('holds an ensemble, of which one network can be exported', async () => {
    const model = await importHuggingFace(path.join(golden, 'regression'));
    const [first] = model.members;
    const other = Object.fromEntries(
      Object.entries(first!).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => value * 0.9) },
      ]),
    );
    const both = { ...model, config: { ...model.config, members: 2 }, members: [first!, other] };
    await writeModelFolder(folder, both);
    expect((await readModelFolder(folder)).members).toEqual(both.members);
    const out = path.join(folder, 'second');
    await expect(exportHuggingFace(both, out)).rejects.toThrow(/ensemble of 2.*0 to 1/s);
    await exportHuggingFace(both, out, { member: 1 });
    expect((await importHuggingFace(out)).members).toEqual([other]);
  });

  it('gives its encoder to another network, and the head stays new', async () => {
    await writeModelFolder(folder, await importHuggingFace(path.join(golden, 'masked-language')));
    for (const source of [folder, path.join(golden, 'masked-language')]) {
      const encoder = await loadPretrainedEncoder(source);
      const { build, configSchema, presets } = architecture('roberta');
      const config = configSchema.parse({
        ...(presets['florabert'] as object),
        ...(encoder.config as object),
        task: 'regression',
        outputs: ['a', 'b'],
      });
      const model = build(config, { seed: 3 });
      const head = warmStart(model, encoder);
      expect(head).toEqual([
        'classifier_dense/kernel',
        'classifier_dense/bias',
        'classifier_dense2/kernel',
        'classifier_dense2/bias',
        'classifier_out_proj/kernel',
        'classifier_out_proj/bias',
      ]);
      const tokens = model.getLayer('embeddings').getWeights()[0]!;
      expect(tokens.dataSync()).toEqual(encoder.weights['embeddings/tokens']!.data);
      model.dispose();
    }
  });
});

describe('what does not fit', () => {
  const source = (): string => path.join(folder, 'source');

  async function copyOf(name: string): Promise<void> {
    await cp(path.join(golden, name), source(), { recursive: true });
  }

  async function changeConfig(change: Record<string, unknown>): Promise<void> {
    const file = path.join(source(), 'config.json');
    const json = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...json, ...change }));
  }

  it('names the tensor and both shapes of a checkpoint of another size', async () => {
    await copyOf('masked-language');
    await changeConfig({ intermediate_size: 32 });
    await expect(importHuggingFace(source())).rejects.toThrow(
      /model\.safetensors.*'roberta\.encoder\.layer\.0\.intermediate\.dense\.weight' of shape \[24, 16\].*\[32, 16\]/s,
    );
  });

  it('refuses the tokenizer of another model', async () => {
    await copyOf('masked-language');
    const model = await importHuggingFace(source());
    const out = path.join(folder, 'ours');
    await writeModelFolder(out, model);
    await cp(path.join(golden, 'regression', 'tokenizer.json'), path.join(out, 'tokenizer.json'));
    await cp(
      path.join(golden, 'regression', 'tokenizer_config.json'),
      path.join(out, 'tokenizer_config.json'),
    );
    await cp(
      path.join(golden, 'regression', 'special_tokens_map.json'),
      path.join(out, 'special_tokens_map.json'),
    );
    await expect(Predictor.load(out)).rejects.toThrow(/padding is token 2.*expected 1/s);
    const maize = path.join(
      ...[import.meta.dirname, '..', '..', 'notebooks', 'data', 'maize', 'tokenizer'],
    );
    for (const each of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) {
      await rm(path.join(source(), each), { force: true });
    }
    for (const each of ['vocab.json', 'merges.txt']) {
      await cp(path.join(maize, each), path.join(source(), each));
    }
    await expect(importHuggingFace(source())).rejects.toThrow(/300.*5261/s);
  });

  it('refuses a pickle that would run code', async () => {
    await copyOf('masked-language');
    await rm(path.join(source(), 'model.safetensors'));
    const calls = Buffer.from('\x80\x02cos\nsystem\nX\x04\x00\x00\x00echo\x85R.', 'latin1');
    await writeInPieces(path.join(source(), 'pytorch_model.bin'), async (writer) => {
      const zip = new ZipWriter(writer, 'pytorch_model.bin');
      await zip.add('archive/data.pkl', [calls]);
      await zip.finish();
    });
    await expect(importHuggingFace(source())).rejects.toThrow(/pytorch_model\.bin.*os\.system/s);
  });

  it.each([
    [{ model_type: 'gpt2' }, /"gpt2".*roberta/s],
    [{ position_embedding_type: 'relative_key' }, /position_embedding_type.*relative_key/s],
    [{ is_decoder: true }, /is_decoder/],
    [{ architectures: ['RobertaForSequenceClassification'] }, /architectures.*MaskedLM/s],
    [{ num_attention_heads: 5 }, /num_attention_heads/],
    [{ hidden_size: '16' }, /hidden_size/],
    [{ hidden_act: 'swish' }, /hidden_act/],
  ])('refuses the config %j', async (change, message) => {
    await copyOf('masked-language');
    await changeConfig(change);
    await expect(importHuggingFace(source())).rejects.toThrow(message);
  });

  it('says what a checkpoint lacks', async () => {
    await copyOf('masked-language');
    await expect(importHuggingFace(source(), { task: 'regression' })).rejects.toThrow(
      /no weight 'classifier\.dense\.weight'/,
    );
    await expect(importHuggingFace(source(), { task: 'regresion' })).rejects.toThrow(/regresion/);
    await expect(importHuggingFace(source(), { taks: 'x' } as object)).rejects.toThrow(
      /Did you mean 'task'/,
    );
    const file = path.join(source(), 'model.safetensors');
    const { tensors } = await readSafetensors(file);
    tensors.delete('lm_head.dense.bias');
    await writeSafetensors(file, tensors as never, { format: 'pt' });
    await expect(importHuggingFace(source())).rejects.toThrow(/no weight 'lm_head\.dense\.bias'/);
    await rm(file);
    await rm(path.join(source(), 'pytorch_model.bin'));
    await expect(importHuggingFace(source())).rejects.toThrow(/no weights.*pytorch_model\.bin/s);
    await rm(path.join(source(), 'config.json'));
    await expect(importHuggingFace(source())).rejects.toThrow(/no config\.json/);
  });
});
