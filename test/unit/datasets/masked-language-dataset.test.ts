import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  maskedLanguageDataset,
  maskedPositions,
} from '../../../kernel-lib/src/datasets/masked-language-dataset.ts';
import { openSequenceCorpus } from '../../../kernel-lib/src/datasets/sequence-corpus.ts';
import type { SequenceCorpus } from '../../../kernel-lib/src/datasets/sequence-corpus.ts';
import { tokenStatistics } from '../../../kernel-lib/src/datasets/token-statistics.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import type { Tokenizer } from '../../../kernel-lib/src/tokenizers/tokenizer.ts';

const maize = 'notebooks/data/maize';
let tokenizer: Tokenizer;
let corpus: SequenceCorpus;
const maxLength = 256;

beforeAll(async () => {
  tokenizer = await loadTokenizer(`${maize}/tokenizer`);
  corpus = await openSequenceCorpus([`${maize}/maize_promoters_unlabelled_1.txt.gz`]);
});

describe('maskedLanguageDataset', () => {
  it('hides 15 % of the tokens: 80 % masked, 10 % random, 10 % as they are', () => {
    const dataset = maskedLanguageDataset({ sequences: corpus, tokenizer, maxLength });
    const random = new Random(5);
    let [hidden, tokens, masked, same, changed] = [0, 0, 0, 0, 0];
    for (let index = 0; index < 600; index++) {
      const plain = tokenizer.encodeBatch([corpus.sequence(index)], { maxLength }).inputIds;
      const { inputs, target, weight } = dataset.example(index, random.derive(index));
      const ids = inputs['input_ids'] as Int32Array;
      let labels = 0;
      plain.forEach((token, position) => {
        const label = target?.[position];
        if (token <= 2) {
          // start, end and padding are never hidden
          if (ids[position] !== token || label !== -100) changed += 1;
          return;
        }
        tokens += 1;
        if (label === -100) {
          if (ids[position] !== token) changed += 1;
          return;
        }
        labels += 1;
        if (label !== token) changed += 1;
        if (ids[position] === tokenizer.special.mask) masked += 1;
        else if (ids[position] === token) same += 1;
      });
      expect(weight).toBe(labels);
      hidden += labels;
    }
    expect(changed).toBe(0);
    expect(hidden / tokens).toBeCloseTo(0.15, 2);
    expect(masked / hidden).toBeCloseTo(0.8, 1);
    expect(same / hidden).toBeCloseTo(0.1, 1);
    expect((hidden - masked - same) / hidden).toBeCloseTo(0.1, 1);
  });

  it('draws anew with each generator, and the same without one', () => {
    const dataset = maskedLanguageDataset({ sequences: corpus, tokenizer, maxLength, seed: 3 });
    expect(dataset.example(7)).toEqual(dataset.example(7));
    expect(dataset.example(7, new Random(1))).toEqual(dataset.example(7, new Random(1)));
    expect(dataset.example(7, new Random(1))).not.toEqual(dataset.example(7, new Random(2)));
    expect(dataset.subset([7]).example(0)).toEqual(dataset.example(7));
    const other = maskedLanguageDataset({ sequences: corpus, tokenizer, maxLength, seed: 4 });
    expect(other.example(7)).not.toEqual(dataset.example(7));
  });

  it('names the hidden positions where only those are scored', () => {
    const predictions = maskedPositions(maxLength);
    expect(predictions).toBe(67);
    const options = { sequences: corpus, tokenizer, maxLength };
    const all = maskedLanguageDataset(options);
    const some = maskedLanguageDataset({ ...options, predictions });
    for (let index = 0; index < 60; index++) {
      const { inputs, target } = some.example(index);
      const whole = all.example(index);
      expect(inputs['input_ids']).toEqual(whole.inputs['input_ids']);
      const positions = inputs['masked_positions'] as Int32Array;
      const expected = [...(whole.target ?? [])].flatMap((label, position) =>
        label === -100 ? [] : [[position, label]],
      );
      expected.forEach(([position, label], at) => {
        expect([positions[at], target?.[at]]).toEqual([position, label]);
      });
      expect([...(target ?? [])].slice(expected.length).every((label) => label === -100)).toBe(
        true,
      );
    }
  });

  it('changes sequences in training only', () => {
    const options = { sequences: corpus, tokenizer, maxLength };
    const changed = maskedLanguageDataset({ ...options, augment: () => 'ACGTACGT' });
    const count = (ids: ArrayLike<number>): number =>
      Array.from(ids).filter((id) => id !== tokenizer.special.padding).length;
    const trained = changed.example(0, new Random(1)).inputs['input_ids'] ?? [];
    expect(count(trained)).toBeLessThan(8);
    expect(changed.example(0)).toEqual(maskedLanguageDataset(options).example(0));
  });

  it('refuses shares that cannot be and tokenizers without a mask', () => {
    const options = { sequences: corpus, tokenizer, maxLength };
    const masking = { masked: 0.8, random: 0.3 };
    expect(() => maskedLanguageDataset({ ...options, masking })).toThrow(/add up to at most 1/);
    const without = Object.create(tokenizer) as Tokenizer;
    Object.defineProperty(without, 'special', { value: { ...tokenizer.special, mask: undefined } });
    expect(() => maskedLanguageDataset({ ...options, tokenizer: without })).toThrow(
      /no mask token/,
    );
    expect(() => maskedLanguageDataset({ ...options, maskng: {} } as never)).toThrow(/masking/);
  });
});

describe('tokenStatistics', () => {
  it('counts tokens as the tokenizer cuts them', async () => {
    const statistics = await tokenStatistics(corpus, tokenizer, { maxLength: 200 });
    let [tokens, truncated] = [0, 0];
    for (let index = 0; index < corpus.length; index++) {
      const { length } = tokenizer.encode(corpus.sequence(index), { maxLength: 10_000 });
      tokens += length - 2;
      if (length > 200) truncated += 1;
    }
    expect(statistics.tokens).toBe(tokens);
    expect(statistics.truncated).toBe(truncated);
    expect(statistics.counts.reduce((sum, count) => sum + count, 0)).toBe(tokens);
    expect(statistics.unknown).toBe(0);
  });
});
