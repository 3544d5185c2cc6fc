import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import {
  attentionMap,
  attentionOfLetters,
  attentionReceived,
  attentionRollout,
} from '../../../kernel-lib/src/interpretation/attention-letters.ts';
import {
  attentionMaps,
  attentionProbabilities,
} from '../../../kernel-lib/src/interpretation/attention.ts';
import { bert } from '../../../kernel-lib/src/models/bert.ts';
import { esm } from '../../../kernel-lib/src/models/esm.ts';
import type { Architecture } from '../../../kernel-lib/src/models/architecture.ts';
import { roberta } from '../../../kernel-lib/src/models/roberta-architecture.ts';
import type { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { loadFolder } from '../../parity/huggingface-golden.ts';
import { randomSequences, tinyModel } from './token-models.ts';

interface Golden {
  readonly input_ids: number[];
  readonly shape: [number, number, number, number];
  readonly values: number[];
}

const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'golden/attention.json'), 'utf8'),
) as Record<'roberta' | 'bert' | 'esm', [Golden]>;
const folders = path.join(import.meta.dirname, '../../parity/golden');

describe('attentionProbabilities', () => {
  it.each([
    ['roberta', roberta, 'huggingface/masked-language', undefined],
    ['bert', bert, 'huggingface-bert/encoder', 'embedding'],
    ['esm', esm, 'huggingface-esm/encoder', 'embedding'],
  ] as const)('equals output_attentions of transformers: %s', async (name, entry, folder, task) => {
    await useBackend('wasm');
    const [{ input_ids: ids, shape, values }] = golden[name];
    const { model } = await loadFolder(
      entry as unknown as Architecture<unknown>,
      path.join(folders, folder),
      { length: ids.length, ...(task === undefined ? {} : { task }) },
    );
    const before = tf.memory().numTensors;
    const layers = await attentionProbabilities(model, Int32Array.from(ids));
    expect(tf.memory().numTensors).toBe(before);
    const [count, heads, length] = shape;
    expect(layers.length).toBe(count);
    // The golden values have the real tokens alone, which come first.
    let at = 0;
    let worst = 0;
    for (const layer of layers) {
      expect(layer.heads).toBe(heads);
      for (let head = 0; head < heads; head++) {
        for (let row = 0; row < length; row++) {
          for (let column = 0; column < length; column++) {
            const found = layer.values[(head * ids.length + row) * ids.length + column]!;
            worst = Math.max(worst, Math.abs(found - values[at++]!));
          }
        }
      }
    }
    expect(at).toBe(values.length);
    expect(worst).toBeLessThan(1e-5);
    model.dispose();
  });
});

describe('attentionMaps', () => {
  const [text = ''] = randomSequences([50], 6);
  let model: Predictor;
  beforeAll(async () => {
    model = await tinyModel();
  });
  afterAll(() => {
    model.dispose();
  });

  it('has rows that sum to 1, of the real tokens alone', async () => {
    const maps = await attentionMaps(model, text);
    const { layers, heads, tokens, probabilities } = maps;
    expect([layers, heads]).toEqual([2, 4]);
    expect(tokens.slice(1, -1).join('')).toBe(text);
    expect(probabilities.length).toBe(8 * tokens.length ** 2);
    for (let row = 0; row < 8 * tokens.length; row++) {
      const values = probabilities.subarray(row * tokens.length, (row + 1) * tokens.length);
      expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });

  it('gives letters what their tokens have', async () => {
    const maps = await attentionMaps(model, text);
    const map = attentionMap(maps, { layer: 1, head: 2 });
    const count = maps.tokens.length;
    const letters = attentionOfLetters(maps, map);
    expect(letters.length).toBe(2500);
    for (let letter = 0; letter < 50; letter++) {
      let token = 1;
      while (maps.offsets[2 * token + 1]! <= letter) token++;
      const special = map[token * count]! + map[token * count + count - 1]!;
      const sum = letters.subarray(letter * 50, (letter + 1) * 50).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1 - special, 5);
    }
    const received = attentionReceived(maps, map);
    let special = 0;
    for (let row = 0; row < count; row++) {
      special += (map[row * count]! + map[row * count + count - 1]!) / count;
    }
    expect(received.reduce((a, b) => a + b, 0)).toBeCloseTo(1 - special, 5);
  });

  it('rolls out to rows that sum to 1, in the order of the layers', async () => {
    const maps = await attentionMaps(model, text);
    const count = maps.tokens.length;
    const rollout = attentionRollout(maps);
    for (let row = 0; row < count; row++) {
      const sum = rollout.subarray(row * count, (row + 1) * count).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 4);
    }
    const mixed = [0, 1].map((layer) =>
      Array.from(
        attentionMap(maps, { layer }),
        (value, i) => value / 2 + (i % (count + 1) === 0 ? 0.5 : 0),
      ),
    );
    let expected = 0;
    for (let i = 0; i < count; i++)
      expected += mixed[1]![2 * count + i]! * mixed[0]![i * count + 3]!;
    expect(rollout[2 * count + 3]).toBeCloseTo(expected, 5);
  });

  it('is the mean over layers and heads that are not chosen', async () => {
    const maps = await attentionMaps(model, 'ACGTAC');
    const all = attentionMap(maps);
    const size = all.length;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let each = 0; each < 8; each++) sum += maps.probabilities[each * size + i]!;
      expect(all[i]).toBeCloseTo(sum / 8, 6);
    }
    expect(() => attentionMap(maps, { layer: 2 })).toThrow(/0 to 1/);
    expect(() => attentionMap(maps, { head: 4 })).toThrow(/0 to 3/);
  });

  it('takes empty and overlong sequences', async () => {
    expect((await attentionMaps(model, '')).tokens).toHaveLength(2);
    const long = await attentionMaps(model, randomSequences([500])[0]!);
    expect(long.tokens).toHaveLength(40);
    expect(long.warnings).toHaveLength(1);
    await expect(attentionMaps(model, text, { member: 1 })).rejects.toThrow(/member 1/);
  });
});
