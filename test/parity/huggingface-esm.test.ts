import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { esm } from '../../kernel-lib/src/models/esm.ts';
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

const golden = goldenNetworks(esm, 'esm');
const { masked, ids, length, load } = golden;

describe.each(comparedBackends)('ESM of transformers on $backend', ({ backend, skipped }) => {
  beforeAll(() => useComparedBackend(backend, skipped));

  it.skipIf(skipped)('gives the hidden states and the scores of masked tokens', async () => {
    const { model, config } = await load('masked-language');
    expect(config.encoder).toMatchObject({
      position_embedding_type: 'rotary',
      token_dropout: true,
    });
    const layers = ['embeddings_padding', 'layer_0_output_residual', 'encoder_norm'];
    golden.checkHiddenStates(model, layers);
    model.dispose();
  });

  it.skipIf(skipped)('reads pytorch_model.bin', async () => {
    const { model } = await golden.loadEqual('masked-language-bin');
    model.dispose();
  });

  it.skipIf(skipped)('has absolute positions and a normalisation first as in ESM-1b', async () => {
    const { logits } = readExpected(goldenFolder('esm', 'absolute'));
    const { model, config } = await golden.loadEqual('absolute', logits);
    expect(config.encoder).toMatchObject({
      position_embedding_type: 'absolute',
      emb_layer_norm_before: true,
      tie_word_embeddings: false,
    });
    model.dispose();
  });

  it.skipIf(skipped)('pools as the encoder alone does, without token dropout', async () => {
    const expected = readExpected(goldenFolder('esm', 'encoder'));
    const { model, config } = await load('encoder', { pooling: 'pooler' });
    expect(config).toMatchObject({ task: 'embedding', encoder: { token_dropout: false } });
    expect(relativeDifference(predict(model, ids), expected.pooler_output!)).toBeLessThan(1e-4);
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
    const { model, config } = await load('masked-language');
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
      // Heads on the mean are no class of transformers
      const heads = config.task === 'regression' ? ['heads'] : [];
      const part = path.join(folder, ...heads, `new-${config.task}`);
      await golden.checkReadAgain(config, part, { last: 'encoder_norm' });
    }
  });

  async function configOf(name: string) {
    const { model, config } = await load(name);
    model.dispose();
    return config.encoder;
  }

  it.skipIf(transformersPython === undefined)('load in Python with our numbers', async () => {
    await checkFolders(folder, 3);
  });

  it('leak no tensor', () => golden.checkLeaks());
});
