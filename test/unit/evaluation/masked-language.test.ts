import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { maskedLanguageDataset } from '../../../kernel-lib/src/datasets/masked-language-dataset.ts';
import { tokenStatistics } from '../../../kernel-lib/src/datasets/token-statistics.ts';
import {
  evaluateMaskedLanguage,
  unigramBaseline,
} from '../../../kernel-lib/src/evaluation/masked-language.ts';
import { CharacterTokenizer } from '../../../kernel-lib/src/tokenizers/character-tokenizer.ts';

const tokenizer = new CharacterTokenizer();
const texts = ['ACGTACGTAC', 'AAAAAAAACC', 'ACACACACGT', 'AAAACCCGGT'];
const sequences = {
  length: texts.length,
  id: (index: number) => `line-${String(index)}`,
  sequence: (index: number) => texts[index] ?? '',
};
const maxLength = 12;
const size = tokenizer.vocabularySize;
const dataset = maskedLanguageDataset({
  sequences,
  tokenizer,
  maxLength,
  masking: { probability: 0.5 },
});

/** A network that gives every position the same scores. */
function constantModel(scores: readonly number[]): tfl.LayersModel {
  const input = tfl.input({ shape: [maxLength], dtype: 'int32' });
  const embedded = tfl.layers.embedding({
    inputDim: size,
    outputDim: 1,
    embeddingsInitializer: 'zeros',
  });
  const dense = tfl.layers.dense({
    units: size,
    weights: [tf.zeros([1, size]), tf.tensor1d([...scores])],
  });
  return tfl.model({
    inputs: input,
    outputs: dense.apply(embedded.apply(input)) as tfl.SymbolicTensor,
  });
}

beforeAll(() => useBackend('wasm'));

describe('evaluateMaskedLanguage', () => {
  it('gives the size of the vocabulary for scores that are all alike', async () => {
    const model = constantModel(new Array<number>(size).fill(0));
    const before = tf.memory().numTensors;
    const { perplexity, loss, tokens } = await evaluateMaskedLanguage(model, dataset, {
      batchSize: 3,
    });
    expect(perplexity).toBeCloseTo(size, 3);
    expect(loss).toBeCloseTo(Math.log(size), 5);
    const hidden = texts.flatMap((_, index) => [...(dataset.example(index).target ?? [])]);
    expect(tokens).toBe(hidden.filter((token) => token >= 0).length);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('equals the unigram baseline for scores that are the logarithms of the counts', async () => {
    const { counts } = await tokenStatistics(sequences, tokenizer, { maxLength });
    const baseline = await unigramBaseline(counts, dataset);
    const model = constantModel(Array.from(counts, (count) => Math.log(count + 1)));
    const metrics = await evaluateMaskedLanguage(model, dataset);
    expect(metrics.loss).toBeCloseTo(baseline.loss, 5);
    expect(metrics.accuracy).toBeCloseTo(baseline.accuracy, 6);
    expect(metrics.tokens).toBe(baseline.tokens);
    model.dispose();
  });

  it('does not depend on the size of the batches', async () => {
    const model = constantModel(Array.from({ length: size }, (_, token) => Math.sin(token)));
    const [one, all] = [
      await evaluateMaskedLanguage(model, dataset, { batchSize: 1 }),
      await evaluateMaskedLanguage(model, dataset),
    ];
    expect(one.loss).toBeCloseTo(all.loss, 5);
    expect(one.accuracy).toBe(all.accuracy);
    model.dispose();
  });

  it('stops when told, and refuses sequences of which nothing can be hidden', async () => {
    const model = constantModel(new Array<number>(size).fill(0));
    const stopped = evaluateMaskedLanguage(model, dataset, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(InterruptedError);
    const empty = maskedLanguageDataset({
      sequences: { length: 2, id: String, sequence: () => '' },
      tokenizer,
      maxLength,
    });
    await expect(evaluateMaskedLanguage(model, empty)).rejects.toThrow(UsageError);
    await expect(unigramBaseline(new Float64Array(size), empty)).rejects.toThrow('no hidden token');
    model.dispose();
  });
});

describe('unigramBaseline', () => {
  it('computes −ln of the smoothed frequencies, by hand', async () => {
    const counts = new Float64Array(size);
    const [a = 0, c = 0] = tokenizer.encode('AC', { addSpecialTokens: false });
    counts[a] = 6;
    counts[c] = 2;
    const only = maskedLanguageDataset({
      sequences: { length: 1, id: String, sequence: () => 'AACA' },
      tokenizer,
      maxLength,
      masking: { probability: 1 },
    });
    const { loss, accuracy, tokens } = await unigramBaseline(counts, only);
    const all = 8 + size;
    expect(tokens).toBe(4);
    expect(loss).toBeCloseTo(-(3 * Math.log(7 / all) + Math.log(3 / all)) / 4, 10);
    expect(accuracy).toBe(0.75);
  });
});
