import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { TargetTransforms } from '../../../kernel-lib/src/datasets/target-transforms.ts';
import {
  datasetScorer,
  sequenceScorer,
} from '../../../kernel-lib/src/interpretation/predictor-scorer.ts';
import { readWeights, type WeightsByName } from '../../../kernel-lib/src/layers/named-weights.ts';
import { roberta } from '../../../kernel-lib/src/models/roberta-architecture.ts';
import {
  robertaNetworkConfigSchema,
  type RobertaNetworkConfig,
} from '../../../kernel-lib/src/models/roberta-network-config.ts';
import { importHuggingFace } from '../../../kernel-lib/src/prediction/import-hugging-face.ts';
import {
  writeModelFolder,
  type ModelFolder,
} from '../../../kernel-lib/src/prediction/model-folder.ts';
import { outputColumn, Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { tokenModelFolder } from '../../../kernel-lib/src/prediction/token-model-folder.ts';
import { verifyModel, writeModelExample } from '../../../kernel-lib/src/prediction/verify-model.ts';
import {
  importHuggingFaceToFolder,
  exportHuggingFaceToFolder,
} from '../../../kernel-lib/src/runs/import-run.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import type { Tokenizer } from '../../../kernel-lib/src/tokenizers/tokenizer.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const florabert = path.join(root, 'notebooks', 'data', 'maize', 'tokenizer');
const golden = path.join(root, 'test', 'parity', 'golden', 'huggingface');

const promoter = 'ACGTTGCATATAAATAGGCCTTGACGATCGATTACGGCTAACGTTTGACAGGT';

function config(over: object = {}): RobertaNetworkConfig {
  return robertaNetworkConfigSchema.parse({
    length: 32,
    outputs: ['ear', 'root'],
    padding_token: 2,
    left_out_tokens: [0, 1],
    encoder: {
      vocab_size: 5261,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 8,
      max_position_embeddings: 34,
      initializer_range: 0.3,
    },
    ...over,
  });
}

async function weightsOf(network: RobertaNetworkConfig, seed: number): Promise<WeightsByName> {
  const model = roberta.build(network, { seed });
  const weights = await readWeights(model);
  model.dispose();
  return weights;
}

const targets = TargetTransforms.fromJSON([
  { name: 'ear', transform: 'log10', pseudocount: 1, mean: 2, standardDeviation: 3 },
  { name: 'root', transform: 'ln', pseudocount: 0.5, mean: 0, standardDeviation: 1 },
]);

let tokenizer: Tokenizer;
let folder: string;

async function modelFolder(over: object = {}, seeds = [1]): Promise<ModelFolder> {
  const network = config(over);
  return tokenModelFolder({
    modelType: 'roberta',
    config: network,
    members: await Promise.all(seeds.map((seed) => weightsOf(network, seed))),
    tokenizer,
    ...(network.task === 'masked-language' || network.task === 'embedding' ? {} : { targets }),
  });
}

beforeEach(async () => {
  await useBackend('wasm');
  tokenizer ??= await loadTokenizer(florabert);
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-token-predictor-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a predictor of a model that reads tokens', () => {
  it('takes sequences of any length and case, and bases, and undoes each transform', async () => {
    const model = await Predictor.from(await modelFolder());
    const raw = await Predictor.from({
      ...(await modelFolder()),
      config: { ...(await modelFolder()).config, preprocessing: {} },
    });
    const sequences = [promoter, promoter.toLowerCase(), `${promoter}\r\n`, '', 'N', 'ACGT'];
    const { rows, outputs, values } = await model.predict([...sequences, promoter.repeat(50)]);
    expect([rows, outputs]).toEqual([7, ['ear', 'root']]);
    expect([...values].every(Number.isFinite)).toBe(true);
    const row = (index: number): number[] => [...values.subarray(2 * index, 2 * index + 2)];
    expect(row(1)).toEqual(row(0));
    expect(row(2)).toEqual(row(0));
    expect(row(5)).not.toEqual(row(0));
    const tokens = Uint8Array.from(promoter, (letter) => 'ACGT'.indexOf(letter));
    const bases = await model.predict([tokens]);
    expect(bases.values[0]).toBeCloseTo(values[0]!, 5);
    const unscaled = await raw.predict([promoter]);
    expect(values[0]).toBeCloseTo(unscaled.values[0]! * 3 + 2, 4);
    expect(values[1]).toBeCloseTo(unscaled.values[1]!, 5);
    expect(model.targets?.names).toEqual(['ear', 'root']);
    expect(() => model.target).toThrow(/each in its own way/);
    expect(raw.target.standardDeviation).toBe(1);
    expect(outputColumn(unscaled, 'root')[0]).toBe(unscaled.values[1]);
    expect((await model.predict([])).rows).toBe(0);
    model.dispose();
    raw.dispose();
  });

  it('pads as the tokenizer was used in training', async () => {
    const left = await modelFolder();
    const sides = (paddingSide: 'left' | 'right'): ModelFolder => ({
      ...left,
      config: {
        ...left.config,
        preprocessing: { tokenizer: { paddingSide, truncationSide: 'right' } },
      },
    });
    const given = [];
    for (const side of ['left', 'right'] as const) {
      const model = await Predictor.from(sides(side));
      given.push((await model.predict([promoter])).values[0]!);
      model.dispose();
    }
    expect(given[0]).not.toBeCloseTo(given[1]!, 4);
  });

  it('averages an ensemble, and embeds by one network', async () => {
    const both = await Predictor.from(await modelFolder({}, [1, 2]));
    const single = await Predictor.from(await modelFolder({}, [2]));
    const first = await Predictor.from(await modelFolder({}, [1]));
    const [mean, a, b] = await Promise.all(
      [both, first, single].map((model) => model.predict([promoter])),
    );
    mean!.values.forEach((value, i) =>
      expect(value).toBeCloseTo((a!.values[i]! + b!.values[i]!) / 2, 4),
    );
    const before = tf.memory().numTensors;
    const embedded = await both.embed([promoter, '', promoter], { member: 1, batchSize: 2 });
    expect(tf.memory().numTensors).toBe(before);
    expect(embedded).toMatchObject({ rows: 3, size: 8 });
    expect(embedded.values.slice(0, 8)).toEqual(embedded.values.slice(16));
    const alone = await single.embed([promoter]);
    alone.values.forEach((value, i) => expect(value).toBeCloseTo(embedded.values[i]!, 5));
    await expect(both.embed([promoter], { member: 2 })).rejects.toThrow(/member 2.*0 to 1/s);
    await expect(both.embed([promoter], { batchSize: 0 })).rejects.toThrow(/batchSize/);
    await expect(both.embed([promoter], { membre: 1 } as object)).rejects.toThrow(/'member'/);
    const stopped = AbortSignal.abort();
    await expect(both.embed([promoter], { signal: stopped })).rejects.toThrow(/interrupted|stop/i);
    for (const model of [both, single, first]) model.dispose();
  });

  it('takes what sparse scores call absent as a measured zero', async () => {
    const model = await Predictor.from(await modelFolder({ task: 'sparse' }));
    const sequences = [promoter, 'ACGT', 'TTTTTTTTTTTT', 'GGCGCGCC', 'TATAAATA', 'CACACACACACAC'];
    const { inputIds } = tokenizer.encodeBatch(sequences, {
      ...tokenizer.defaults,
      maxLength: 32,
    });
    const raw = tf.tidy(
      () =>
        (
          model.models[0]!.predict(tf.tensor2d(inputIds, [6, 32], 'int32')) as tf.Tensor2D
        ).arraySync() as number[][],
    );
    const { values } = await model.predict(sequences);
    const zeros = [Math.log10(0 + 1), Math.log(0.5)];
    const seen = new Set<boolean>();
    raw.forEach((row, index) => {
      [row[2]! * 3 + 2, row[3]!].forEach((scaled, output) => {
        const absent = row[output]! < 0;
        seen.add(absent);
        expect(values[2 * index + output]).toBeCloseTo(absent ? zeros[output]! : scaled, 4);
      });
    });
    expect(seen.size).toBe(2);
    model.dispose();
  });

  it('predicts the examples of a dataset of token ids', async () => {
    const model = await Predictor.from(await modelFolder());
    const ids = tokenizer.encodeBatch([promoter, 'ACGT'], { maxLength: 32 }).inputIds;
    const dataset = (name: string, values: Int32Array, length: number): InMemoryDataset =>
      new InMemoryDataset({
        ids: ['a', 'b'],
        inputs: { [name]: { kind: 'tokens', shape: [length], values } },
        targetNames: [],
      } as never);
    const { values } = await model.predictDataset(dataset('input_ids', ids, 32));
    const expected = await model.predict([promoter, 'ACGT']);
    values.forEach((value, i) => expect(value).toBeCloseTo(expected.values[i]!, 4));
    await expect(model.predictDataset(dataset('inputs', ids, 32))).rejects.toThrow(/input_ids/);
    await expect(model.predictDataset(dataset('input_ids', ids.slice(0, 32), 16))).rejects.toThrow(
      /16 tokens.*32 tokens/s,
    );
    await expect(model.predictDataset(dataset('input_ids', ids.fill(5261), 32))).rejects.toThrow(
      /token 5261.*below 5261/s,
    );
    model.dispose();
  });

  it('says clearly that what needs windows of bases is not for it', async () => {
    const model = await Predictor.from(await modelFolder());
    const message = /reads tokens of a tokenizer.*window of bases/s;
    expect(() => model.length).toThrow(message);
    expect(() => sequenceScorer(model, { sequences: [promoter] })).toThrow(message);
    const dataset = new InMemoryDataset({
      ids: ['a'],
      inputs: { input_ids: { kind: 'tokens', shape: [32], values: new Int32Array(32) } },
      targetNames: [],
    } as never);
    expect(() => datasetScorer(model, dataset)).toThrow(message);
    expect(() => model.buildModels('one-hot')).toThrow(/tokens of a tokenizer, not bases/);
    const twins = model.buildModelsOnEmbeddings();
    expect(twins[0]!.inputs).toHaveLength(2);
    twins[0]!.dispose();
    model.dispose();
  });

  it('embeds with a masked-language model, which predicts no values', async () => {
    const network = config({ task: 'masked-language', predictions: 4 });
    const language = tokenModelFolder({
      modelType: 'roberta',
      config: network,
      members: [await weightsOf(network, 3)],
      tokenizer,
    });
    expect(language.config.inputs.map(({ name }) => name)).toEqual(['input_ids']);
    await writeModelFolder(folder, language);
    await writeModelExample(folder, { names: ['a'], sequences: [promoter] });
    const model = await Predictor.load(folder);
    expect(model.predictsValues).toBe(false);
    await expect(model.predict([promoter])).rejects.toThrow(/each token of the vocabulary.*embed/s);
    expect((await model.embed([promoter])).size).toBe(8);
    model.dispose();
    expect(await verifyModel(folder)).toMatchObject({ examples: 1, largestDifference: 0 });
  });

  it('needs its tokenizer, and that of no other model', async () => {
    const model = await modelFolder();
    const { tokenizer: own, ...without } = model;
    expect(own).toBe(tokenizer);
    const bare = await Predictor.from(without);
    await expect(bare.predict([promoter])).rejects.toThrow(/no tokenizer beside it/);
    bare.dispose();
    const other = await loadTokenizer(path.join(golden, 'regression'));
    await expect(Predictor.from({ ...model, tokenizer: other })).rejects.toThrow(
      /a tokenizer with 300 tokens.*5261/s,
    );
    const wrong = { ...model.config.preprocessing, targets: [targets.toJSON()[1]!] };
    await expect(
      Predictor.from({ ...model, config: { ...model.config, preprocessing: wrong } }),
    ).rejects.toThrow(/preprocessing\.targets.*ear, root/s);
  });
});

describe('folders on the disk', () => {
  it('come from transformers with card and example, and go back', async () => {
    const ours = path.join(folder, 'ours');
    for (const name of ['regression', 'masked-language']) {
      const { parameters } = await importHuggingFaceToFolder(path.join(golden, name), ours);
      expect(parameters).toBeGreaterThan(9000);
      const card = await readFile(path.join(ours, 'README.md'), 'utf8');
      expect(card).toContain(
        name === 'regression'
          ? 'AutoModel.from_pretrained'
          : 'AutoModelForMaskedLM.from_pretrained',
      );
      expect(card).toContain('tokens of a vocabulary of 300');
      expect((await verifyModel(ours)).largestDifference).toBe(0);
      const back = path.join(folder, `back-${name}`);
      await exportHuggingFaceToFolder(ours, back);
      expect((await importHuggingFace(back)).members).toEqual(
        (await importHuggingFace(path.join(golden, name))).members,
      );
      await expect(exportHuggingFaceToFolder(ours, ours)).rejects.toThrow(/another folder/);
    }
  });

  it('give the right model or an error that helps when they are damaged', async () => {
    const source = path.join(folder, 'source');
    await cp(path.join(golden, 'regression'), source, { recursive: true });
    const files = ['config.json', 'model.safetensors', 'tokenizer.json'];
    const whole = new Map(
      await Promise.all(
        files.map(async (name) => [name, await readFile(path.join(source, name))] as const),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom('flip', 'cut', 'repeat'),
        async (name, at, change, how) => {
          const bytes = Buffer.from(whole.get(name)!);
          // Mostly in the header, where the structure is
          const place = at % Math.min(bytes.length, 6000);
          let damaged = bytes;
          if (how === 'flip') bytes[place] = bytes[place]! ^ change;
          else if (how === 'cut') damaged = bytes.subarray(0, place);
          else damaged = Buffer.concat([bytes.subarray(0, place), bytes]);
          await writeFile(path.join(source, name), damaged);
          try {
            const model = await importHuggingFace(source);
            expect(model.members).toHaveLength(1);
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          } finally {
            await writeFile(path.join(source, name), whole.get(name)!);
          }
        },
      ),
      { numRuns: 120, seed: 11 },
    );
  });
});
