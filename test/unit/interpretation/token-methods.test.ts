import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import {
  attributeTokens,
  type TokenAttribution,
  type TokenAttributionOptions,
} from '../../../kernel-lib/src/interpretation/token-attributions.ts';
import { spreadOverLetters } from '../../../kernel-lib/src/interpretation/token-letters.ts';
import { tokeniseSequences } from '../../../kernel-lib/src/interpretation/token-model.ts';
import {
  mutagenesisOfOutput,
  streamTokenMutagenesis,
  type TokenMutagenesis,
} from '../../../kernel-lib/src/interpretation/token-mutagenesis.ts';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { xpresso, xpressoConfigSchema } from '../../../kernel-lib/src/models/xpresso.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { outputs, randomSequences, tinyModel } from './token-models.ts';

let model: Predictor;
beforeAll(async () => {
  model = await tinyModel({ members: 2 });
});
afterAll(() => {
  model.dispose();
});

async function attribute(
  sequence: string,
  options: TokenAttributionOptions = {},
  predictor = model,
): Promise<TokenAttribution> {
  for await (const result of attributeTokens(predictor, [sequence], options)) return result;
  throw new Error('nothing came');
}

async function mutagenesis(
  sequence: string,
  options = {},
  predictor = model,
): Promise<TokenMutagenesis> {
  for await (const result of streamTokenMutagenesis(predictor, [sequence], options)) return result;
  throw new Error('nothing came');
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

async function nucleotideModel(): Promise<Predictor> {
  const config = xpressoConfigSchema.parse({
    length: 30,
    convolutions: [{ filters: 4, width: 3, pool: 5 }],
    dense: [{ units: 4 }],
    features: [],
  });
  const network = xpresso.build(config, { seed: 1 });
  const weights = await readWeights(network);
  network.dispose();
  return Predictor.from({
    config: {
      library: 'tatabox',
      library_version: '0.1.0',
      model_type: 'xpresso',
      architecture: { ...config },
      members: 1,
      alphabet: { letters: 'ACGT', unknown: 'zero' },
      inputs: [{ name: 'promoter', kind: 'tokens', shape: [30] }],
      outputs: [{ name: 'expression' }],
      preprocessing: {},
    },
    members: [weights],
  });
}

describe('tokeniseSequences', () => {
  it('gives the rows and letters that the model sees', () => {
    const [text = ''] = randomSequences([37]);
    const [row] = tokeniseSequences(model, [` ${text.toLowerCase()}\n`], 'test');
    expect(row?.text).toBe(text);
    const { tokenizer } = model;
    let joined = '';
    for (let entry = row!.start; entry < row!.end; entry++) {
      const letters = text.slice(row!.offsets[2 * entry], row!.offsets[2 * entry + 1]);
      if (letters !== '') expect(tokenizer!.token(row!.ids[entry]!)).toBe(letters);
      joined += letters;
    }
    expect(joined).toBe(text);
    expect(row?.lettersSeen).toBe(37);
  });

  it('says how much of a long sequence the model sees', () => {
    const [text = ''] = randomSequences([400]);
    const [row] = tokeniseSequences(model, [text], 'test');
    expect(row!.lettersSeen).toBeLessThan(400);
    expect(row!.end).toBe(40);
  });
});

describe('attributeTokens', () => {
  const [text = ''] = randomSequences([60], 4);

  it.each(['zero', 'padding', 'mask'] as const)(
    'sums to the difference to the baseline %s',
    async (baseline) => {
      const { values } = await model.predict([text]);
      for (const output of baseline === 'zero' ? outputs : ['tip']) {
        const result = await attribute(text, { baseline, output, steps: 32 });
        expect(result.score).toBeCloseTo(values[outputs.indexOf(output)]!, 4);
        const difference = result.score - result.baselineScore;
        expect(Math.abs(difference)).toBeGreaterThan(1e-3);
        expect(Math.abs(result.delta)).toBeLessThan(0.02 * Math.abs(difference) + 1e-3);
        expect(sum(result.tokenContributions)).toBeCloseTo(difference + result.delta, 4);
        expect(sum(result.contributions)).toBeCloseTo(sum(result.tokenContributions), 4);
        expect(result.contributions.length).toBe(60);
      }
    },
  );

  it('has a baseline score that the network itself gives for tokens of padding embeddings', async () => {
    // A baseline equal to the sequence leaves nothing to attribute.
    const masked = await attribute('', { baseline: 'mask' });
    expect(masked.baselineScore).toBeCloseTo(masked.score, 5);
    expect(sum(masked.tokenContributions)).toBeCloseTo(0, 6);
  });

  it('comes closer with more steps', async () => {
    const errors = [];
    for (const steps of [2, 32]) {
      errors.push(Math.abs((await attribute(text, { steps })).delta));
    }
    expect(errors[1]!).toBeLessThan(errors[0]!);
  });

  it('gives start and end nothing, and equal parts to the letters of a token', async () => {
    const { tokenContributions, offsets, contributions, tokens } = await attribute(text);
    expect(tokens[0]).toBe('<s>');
    expect(tokenContributions[0]).toBe(0);
    expect(tokenContributions.at(-1)).toBe(0);
    for (let token = 1; token < tokens.length - 1; token++) {
      const [start = 0, end = 0] = [offsets[2 * token], offsets[2 * token + 1]];
      for (let letter = start; letter < end; letter++) {
        expect(contributions[letter]).toBeCloseTo(tokenContributions[token]! / (end - start), 5);
      }
    }
  });

  it('equals a numeric derivative by gradient × input', async () => {
    const single = await tinyModel({ length: 12 });
    const own = 'ACGTAC';
    const { tokenContributions } = await attribute(own, { method: 'gradient' }, single);
    const [network] = single.buildModelsOnEmbeddings();
    const [row] = tokeniseSequences(single, [own], 'test');
    const table = single.folder.members[0]!['embeddings/tokens']!;
    const scoreAt = (entry: number, factor: number): number =>
      tf.tidy(() => {
        const embeddings = new Float32Array(12 * 16);
        row!.ids.forEach((id, i) => {
          const vector = Array.from(table.data).slice(id * 16, (id + 1) * 16);
          embeddings.set(
            vector.map((value) => value * (i === entry ? factor : 1)),
            i * 16,
          );
        });
        const ids = tf.tensor2d(row!.ids, [1, 12], 'int32');
        const values = network!.apply([ids, tf.tensor3d(embeddings, [1, 12, 16])]) as tf.Tensor;
        return values.dataSync()[0]! * 2;
      });
    for (let entry = 1; entry < row!.end - 1; entry++) {
      const slope = (scoreAt(entry, 1.01) - scoreAt(entry, 0.99)) / 0.02;
      expect(tokenContributions[entry]).toBeCloseTo(slope, 2);
    }
    network!.dispose();
    single.dispose();
  });

  it('warns where the integral is coarse', async () => {
    const results = await Promise.all(
      randomSequences([60, 60, 60], 8).map((each) => attribute(each, { steps: 1 })),
    );
    expect(results.some(({ warnings }) => warnings.some((line) => line.includes('steps')))).toBe(
      true,
    );
  });

  it('leaks no tensors', async () => {
    await attribute(text, { steps: 3 });
    const before = tf.memory().numTensors;
    await attribute(text, { steps: 3, batchSize: 2 });
    await attribute(text, { method: 'gradient' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it cannot do', async () => {
    await expect(attribute(text, { output: 'rot' })).rejects.toThrow(/root/);
    await expect(attribute(text, { method: 'ism' as 'gradient' })).rejects.toThrow(UsageError);
    await expect(attribute(text, { steps: 0 })).rejects.toThrow(UsageError);
    await expect(attribute(text, { step: 3 } as object)).rejects.toThrow(/steps/);
    const signal = AbortSignal.abort();
    await expect(attribute(text, { signal })).rejects.toThrow(InterruptedError);
    const bases = await nucleotideModel();
    await expect(attribute(text, {}, bases)).rejects.toThrow(/reads bases/);
    await expect(mutagenesis(text, {}, bases)).rejects.toThrow(/reads bases/);
    bases.dispose();
    const language = await tinyModel({ task: 'masked-language' });
    await expect(attribute(text, {}, language)).rejects.toThrow(/scores the tokens/);
    language.dispose();
  });

  it('explains the values of a network with scores of presence', async () => {
    const sparse = await tinyModel({ task: 'sparse' });
    const result = await attribute(text, { steps: 64 }, sparse);
    expect(Math.abs(result.delta)).toBeLessThan(
      0.02 * Math.abs(result.score - result.baselineScore) + 1e-3,
    );
    sparse.dispose();
  });
});

describe('spreadOverLetters', () => {
  it('adds up where tokens overlap', () => {
    const values = spreadOverLetters(
      {
        text: 'ACGTA',
        ids: Int32Array.of(0, 5, 6, 7, 2),
        offsets: Int32Array.of(0, 0, 0, 3, 1, 4, 2, 5, 0, 0),
      },
      [9, 3, 6, -3, 9],
    );
    expect([...values]).toEqual([1, 3, 2, 1, -1]);
  });
});

describe('streamTokenMutagenesis', () => {
  const [text = ''] = randomSequences([45], 2);

  it('equals predictions of the changed sequences', async () => {
    const result = await mutagenesis(text, { start: 5, end: 12 });
    expect([result.start, result.end]).toEqual([5, 12]);
    const reference = (await model.predict([text])).values;
    expect(Array.from(result.referenceScores)).toEqual(Array.from(reference));
    for (let position = 5; position < 12; position++) {
      for (const [base, letter] of [...'ACGT'].entries()) {
        const mutant = text.slice(0, position) + letter + text.slice(position + 1);
        const { values } = await model.predict([mutant]);
        for (let output = 0; output < outputs.length; output++) {
          const effect = result.effects[(output * 7 + position - 5) * 4 + base]!;
          expect(effect).toBeCloseTo(values[output]! - reference[output]!, 4);
          if (text[position] === letter) expect(effect).toBe(0);
        }
      }
    }
  });

  it('has the form of mutagenesis of bases for each output', async () => {
    const result = await mutagenesis(text, { end: 4 });
    const own = mutagenesisOfOutput(result, 'ear');
    expect(own.effects).toEqual(result.effects.slice(32, 48));
    expect(own.referenceScore).toBe(result.referenceScores[2]);
    expect(mutagenesisOfOutput(result).effects).toEqual(result.effects.slice(0, 16));
    expect(() => mutagenesisOfOutput(result, 'eer')).toThrow(/ear/);
  });

  it('changes nothing beyond the tokens of the model, and computes equal rows once', async () => {
    const [long = ''] = randomSequences([400], 3);
    const result = await mutagenesis(long, { start: 300 });
    expect(result.computed).toBe(1);
    expect(result.effects.every((effect) => effect === 0)).toBe(true);
    expect(result.warnings[0]).toContain('more tokens');
  });

  it('computes all four bases where the letter is unknown', async () => {
    const result = await mutagenesis('ACNGT', { start: 2, end: 3 });
    expect(new Set(result.effects.slice(0, 4)).size).toBe(4);
  });

  it('takes empty and short sequences and windows beyond them', async () => {
    expect((await mutagenesis('')).effects.length).toBe(0);
    expect((await mutagenesis('ACG', { start: 1, end: 100 })).end).toBe(3);
    expect((await mutagenesis('ACG', { start: 50, end: 100 })).effects.length).toBe(0);
    await expect(mutagenesis('ACG', { start: 3, end: 3 })).rejects.toThrow(UsageError);
    await expect(mutagenesis('ACG', { stat: 3 })).rejects.toThrow(/start/);
  });

  it('stops on a signal, tells its progress and leaks nothing', async () => {
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const progress = ({ done }: { done: number }) => {
      seen.push(done);
      if (seen.length === 2) controller.abort();
    };
    const call = mutagenesis(text, { batchSize: 8, signal: controller.signal, progress });
    await expect(call).rejects.toThrow(InterruptedError);
    expect(seen).toEqual([8, 16]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
