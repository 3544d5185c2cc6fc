import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  tissueExpressionCrossValidation,
  tissueExpressionDataset,
} from '../../../kernel-lib/src/datasets/tissue-expression-dataset.ts';
import {
  assignClusterFolds,
  foldCrossValidation,
  splitByFolds,
} from '../../../kernel-lib/src/datasets/tissue-expression-folds.ts';
import {
  parseLabels,
  readLabelledPromoters,
} from '../../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';

const data = (name: string) =>
  new URL(`../../../notebooks/data/maize/${name}`, import.meta.url).pathname;
const bytes = (text: string) => new TextEncoder().encode(text);
const tokenizer = await loadTokenizer(data('tokenizer'));
const maize = await readLabelledPromoters(data('maize_nam_promoters_tpm.tsv.gz'));

const small = [
  'gene_id\tfold\ttpm_root\ttpm_ear\tpromoter',
  'a\ttrain_0\t9\t0\tacgtacgtacgt',
  'b\ttrain_1\t99\t1\tTTTTGGGGCCCC',
  'c\ttrain_2\t0.5\t2\tTATAAAAG',
  'd\ttest\t999\t3\tGGGGCGGGGC',
  'e\ttrain_0\t3\t4\t',
  '',
].join('\n');
const options = { table: bytes(small), tokenizer, maxLength: 16 };

describe('readLabelledPromoters', () => {
  it('reads the maize promoters', () => {
    expect(maize.ids).toHaveLength(1857);
    expect(maize.targetNames).toEqual([
      ...['tassel', 'base', 'anther', 'middle', 'ear', 'shoot', 'tip', 'root'],
    ]);
    expect([...maize.targets.subarray(0, 3)]).toEqual([6.228837, 22.02432, 1.935359]);
    expect(maize.folds![0]).toBe('train_3');
    expect(maize.cultivars![0]).toBe('B73');
  });

  it('reads lists of labels, as Python writes them', async () => {
    const text = 'sequence\tlabels\nacg\t[1.0, 2.5, -9.965784]\nGG\t[0.0, 1e-05, 3.0]\n';
    const table = await readLabelledPromoters(bytes(text), {
      labelNames: ['x', 'y', 'z'],
      targetColumns: ['z', 'x'],
    });
    expect(table).toMatchObject({
      ids: ['row 1', 'row 2'],
      sequences: ['ACG', 'GG'],
      targetNames: ['z', 'x'],
      folds: undefined,
    });
    expect([...table.targets]).toEqual([-9.965784, 1, 3, 0]);
  });

  it.each([
    ['no sequences', 'gene_id\ttpm_a\ng\t1\n', {}, /a column sequence, promoter or seq/],
    ['no targets', 'gene_id\tsequence\ng\tAC\n', {}, /columns tpm_<tissue>/],
    ['an unknown target', small, { targetColumns: ['tpm_rot'] }, /Did you mean 'tpm_root'/],
    ['an unknown label', 'seq\tlabels\nA\t[1]\n', { targetColumns: ['x'] }, /'x'.*label_0/],
    ['a duplicate gene', small.replace('\nb', '\na'), {}, /line 3: 'a' for a second time/],
    ['a gene without name', small.replace('\nb', '\n'), {}, /line 3: no name/],
    ['an empty cell', small.replace('99', ''), {}, /line 3, column 'tpm_root': an empty cell/],
    ['NaN', small.replace('99', 'NaN'), {}, /line 3, column 'tpm_root': 'NaN'/],
    ['a number in the sequence', small.replace('TATA', 'TA1A'), {}, /line 4, sequence: "1"/],
    ['a short row', small.replace('\t99', ''), {}, /line 3: 4 fields; expected 5/],
    ['lists of other length', 'seq\tlabels\nA\t[1]\nC\t[1, 2]\n', {}, /2 numbers; expected 1/],
    ['names of other length', 'seq\tlabels\nA\t[1]\n', { labelNames: ['a', 'b'] }, /2 names/],
    ['no list', 'seq\tlabels\nA\t1\n', {}, /'1'; expected a list of numbers/],
    ['a heading only', 'seq\tlabels\n', {}, /a heading and no rows/],
    ['an empty file', '', {}, /an empty file/],
  ])('refuses %s', async (_, text, more, message) => {
    await expect(readLabelledPromoters(bytes(text), more)).rejects.toThrow(message);
    await expect(readLabelledPromoters(bytes(text), more)).rejects.toThrow(TataboxError);
  });

  it('refuses lists that are none', () => {
    expect(parseLabels(' [1.5] ', 'x')).toEqual([1.5]);
    for (const text of ['', '[]', '[1,]', '[nan]', '1, 2', '[[1]]']) {
      expect(() => parseLabels(text, 'x')).toThrow(TataboxError);
    }
  });
});

describe('folds', () => {
  const folds = ['train_0', 'train_1', 'test', 'train_2', 'train_10', 'train_0'];

  it('make the split of the original: the last training fold validates', () => {
    expect(splitByFolds(folds)).toEqual({
      train: Uint32Array.of(0, 1, 3, 5),
      validation: Uint32Array.of(4),
      test: Uint32Array.of(2),
    });
    const named = splitByFolds(['dev', 'train', 'testing'], {});
    expect(named).toMatchObject({ train: Uint32Array.of(1), validation: Uint32Array.of(0) });
    const parts = { test: ['train_1'], validation: [], train: ['train_0'] };
    expect(splitByFolds(folds, parts)).toEqual({
      train: Uint32Array.of(0, 5),
      validation: Uint32Array.of(),
      test: Uint32Array.of(1),
    });
  });

  it('are tested in turn in cross-validation, and test stays unseen', () => {
    const splits = foldCrossValidation(folds);
    expect(splits.map(({ test }) => [...test])).toEqual([[0, 5], [1], [3], [4]]);
    expect(splits.map(({ validation }) => [...validation])).toEqual([[1], [3], [4], [0, 5]]);
    for (const { train, validation, test } of splits) {
      expect([...train, ...validation, ...test].sort()).toEqual([0, 1, 3, 4, 5]);
    }
    const two = foldCrossValidation(folds, { folds: ['train_1', 'train_2'], validation: 'none' });
    expect(two.map(({ train }) => [...train])).toEqual([[3], [1]]);
  });

  it('refuse names that are not there', () => {
    expect(() => splitByFolds(folds, { test: ['tset'] })).toThrow(/folds, test: 'tset'/);
    expect(() => splitByFolds(folds, { test: ['test'], train: ['test'] })).toThrow(/two parts/);
    expect(() => splitByFolds(['test'])).toThrow(/no example for the train part/);
    expect(() => foldCrossValidation(['a', 'b'])).toThrow(/at least 3 different folds/);
    expect(() => foldCrossValidation(folds, { folds: ['x', 'y', 'z'] })).toThrow(/'x'/);
    expect(() => assignClusterFolds([], { trainShare: 0 })).toThrow(/trainShare 0/);
    expect(() =>
      assignClusterFolds([
        ['a', 'a'],
        ['a', 'a'],
      ]),
    ).toThrow(/'a' twice/);
  });
});

describe('tissueExpressionDataset', () => {
  it('tokenises upper-case sequences and transforms targets, fitted on train', async () => {
    const all = await tissueExpressionDataset({
      ...options,
      transform: 'log10',
      pseudocount: 1,
      standardise: true,
    });
    expect(all.dropped).toEqual({ tooShort: 0, otherShard: 0, empty: 1, belowThreshold: 0 });
    expect(all.dataset.ids).toEqual(['a', 'b', 'c', 'd']);
    expect(all.dataset.inputs).toEqual({ input_ids: { kind: 'tokens', shape: [16] } });
    expect(all.targetNames).toEqual(['root', 'ear']);
    const { inputIds } = tokenizer.encodeBatch(['ACGTACGTACGT'], { maxLength: 16 });
    expect(all.dataset.example(0).inputs['input_ids']).toEqual(inputIds);
    expect(all.test.ids).toEqual(['d']);
    expect(all.validation.ids).toEqual(['c']);
    expect(all.train.sequences).toEqual(['ACGTACGTACGT', 'TTTTGGGGCCCC']);
    expect([...all.observed.subarray(0, 4)]).toEqual([1, 0, 2, Math.log10(2)]);
    expect(all.trainMeans[0]).toBe(1.5);
    expect(all.transforms!.columns[0]).toMatchObject({ mean: 1.5, standardDeviation: 0.5 });
    expect([...all.train.example(1).target!]).toEqual([1, 1]);
    expect([...all.test.example(0).target!][0]).toBe(3);
    expect(() => all.test.example(1)).toThrow(/index 1; expected a whole number from 0 to 0/);
  });

  it('leaves out short promoters, shards and those below the threshold, in this order', async () => {
    const { dataset, dropped } = await tissueExpressionDataset({
      ...options,
      minimumLength: 9,
      shard: { index: 0, count: 2 },
      threshold: 2,
      split: 'none',
    });
    expect(dataset.ids).toEqual(['d']);
    expect(dropped).toEqual({ tooShort: 2, otherShard: 1, empty: 0, belowThreshold: 1 });
    const kept = await tissueExpressionDataset({ ...options, dropEmpty: false, split: 'none' });
    expect(kept.train.ids).toEqual(['a', 'b', 'c', 'd', 'e']);
    const ids = kept.dataset.example(4).inputs['input_ids']!;
    const padding = tokenizer.special.padding;
    expect([...ids].filter((id) => id !== padding)).toEqual([0, 1]);
  });

  it('makes classes, and takes some of the tissues', async () => {
    const classes = await tissueExpressionDataset({
      ...options,
      expressedThreshold: 2,
      targetColumns: ['tpm_ear'],
    });
    expect(classes.transforms).toBeUndefined();
    expect([...classes.observed]).toEqual([0, 0, 1, 1]);
    expect(classes.targetNames).toEqual(['ear']);
  });

  it('flips one k-mer of an example where there is a generator', async () => {
    const { train } = await tissueExpressionDataset({ ...options, kmerFlip: { k: 3 } });
    const plain = train.example(0).inputs['input_ids']!;
    const flipped = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const ids = train.example(0, new Random(seed)).inputs['input_ids']!;
      expect(ids).toEqual(train.example(0, new Random(seed)).inputs['input_ids']);
      const text = tokenizer.decode(ids);
      expect(text).toHaveLength(12);
      const differing = [...text].filter((letter, i) => letter !== 'ACGTACGTACGT'[i]).length;
      expect(differing).toBeLessThanOrEqual(3);
      flipped.add(text);
    }
    expect(flipped.size).toBeGreaterThan(10);
    expect(train.example(0).inputs['input_ids']).toEqual(plain);
  });

  it('gives a dataset a fold, each with transforms of its own', async () => {
    const sets = await tissueExpressionCrossValidation({
      table: maize,
      tokenizer,
      maxLength: 256,
      transform: 'box-cox',
      pseudocount: 1,
    });
    expect(sets).toHaveLength(5);
    expect(new Set(sets.map(({ transforms }) => transforms!.columns[7]!.lambda)).size).toBe(5);
    const tested = sets.flatMap(({ test }) => test.ids);
    expect(new Set(tested).size).toBe(tested.length);
    const others = maize.folds!.filter((fold) => fold !== 'test').length;
    expect(tested).toHaveLength(others);
    for (const { train, validation, test } of sets) {
      expect(train.length + validation.length + test.length).toBe(others);
    }
  });

  it.each([
    ['an option of another name', { minimumLenght: 3 }, /Did you mean 'minimumLength'/],
    ['classes with a transform', { expressedThreshold: 1, transform: 'ln' }, /together with/],
    ['a shard that is not', { shard: { index: 2, count: 2 } }, /index 2 of 2/],
    ['nothing left', { threshold: 1e9 }, /none of 5 promoters is left/],
    ['a row of no tokens', { maxLength: 0 }, /maxLength: 0/],
    ['a k of no letters', { kmerFlip: { k: 0 } }, /kmerFlip, k: 0/],
    ['an unknown fold', { split: { test: ['fold9'] } }, /'fold9'/],
    ['a logarithm of 0', { transform: 'log2' }, /target 'ear', row 0: 0.*pseudocount/],
    [
      'a split of other rows',
      {
        split: {
          train: Uint32Array.of(9),
          validation: new Uint32Array(0),
          test: new Uint32Array(0),
        },
      },
      /index 9/,
    ],
  ])('refuses %s', async (_, more, message) => {
    await expect(tissueExpressionDataset({ ...options, ...(more as object) })).rejects.toThrow(
      message,
    );
  });

  it('says how to split where there are no folds', async () => {
    const table = bytes('seq\tlabels\nACGTACGT\t[1]\n');
    await expect(tissueExpressionDataset({ ...options, table })).rejects.toThrow(
      /no column of folds.*option foldColumn/,
    );
    const { train } = await tissueExpressionDataset({ ...options, table, split: 'none' });
    expect(train).toHaveLength(1);
  });

  it('stops at a signal', async () => {
    await expect(
      tissueExpressionDataset({ ...options, signal: AbortSignal.abort() }),
    ).rejects.toThrow(/interrupted/);
  });
});
