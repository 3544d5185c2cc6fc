import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  kmerFlip,
  positionBuckets,
  type KmerFlipOptions,
} from '../../kernel-lib/src/datasets/kmer-flip.ts';
import { assignClusterFolds } from '../../kernel-lib/src/datasets/tissue-expression-folds.ts';
import { NumpyRandom } from '../../kernel-lib/src/datasets/python-random-numpy.ts';
import { PythonRandom } from '../../kernel-lib/src/datasets/python-random.ts';
import { filterExpressed } from '../../kernel-lib/src/preparation/expression-filter.ts';
import { readLabelledPromoters } from '../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { readCultivars } from '../../kernel-lib/src/preparation/expression-cultivars.ts';
import { labelPromoters } from '../../kernel-lib/src/preparation/expression-promoters.ts';
import { readExpressionTable } from '../../kernel-lib/src/preparation/expression-reader.ts';
import { maizeTissues } from '../../kernel-lib/src/preparation/expression-table.ts';

interface Flips {
  readonly sequence?: readonly string[];
  readonly index: readonly number[];
  readonly kmer_to: readonly string[];
  readonly kmer_from: readonly string[];
}

interface Golden {
  readonly kmer_3_n_0: Flips;
  readonly kmer_3_b_0: Flips;
  readonly kmer_5_n_766: Flips;
  readonly 'kmer_long_seeded(random.seed(1) ACGT choice 1000 x2)': Flips;
  readonly pyrandom_seed766_first5: readonly number[];
  readonly np47_shuffle20: readonly number[];
  readonly np0_shuffle10: readonly number[];
  readonly split06: {
    readonly rows: readonly (readonly [string, string])[];
    readonly folds: Readonly<Record<string, readonly string[]>>;
  };
}

const golden = JSON.parse(
  await readFile(new URL('golden/florabert/florabert_misc.json', import.meta.url), 'utf8'),
) as Golden;
const maize = (name: string) =>
  new URL(`../../notebooks/data/maize/${name}`, import.meta.url).pathname;

describe('expression tables of FloraBERT', () => {
  it.each([
    ['B73', 28_366, 39_756],
    ['NC358', 8_365, 39_787],
  ])('keeps the genes of %s that the original keeps', async (cultivar, kept, total) => {
    const table = await readExpressionTable(maize(`${cultivar}_TPM.txt.gz`), { genePrefix: 'Zm' });
    expect(table).toMatchObject({ cultivar, tissues: [...maizeTissues] });
    const filtered = filterExpressed(table, { minimum: 1 });
    expect(filtered).toMatchObject({ kept, total });
    expect(filtered.table.genes).toHaveLength(kept);
    for (let tissue = 0; tissue < maizeTissues.length; tissue++) {
      let sum = 0;
      for (let at = tissue; at < table.values.length; at += maizeTissues.length) {
        sum += table.values[at]!;
      }
      expect(sum).toBeCloseTo(1e6, 1);
    }
  });

  it('counts tissues that the filter ignores only when they are asked for', async () => {
    const all = await readExpressionTable(maize('B73_TPM.txt.gz'), { tissues: 'all' });
    expect(all.tissues).toContain('embryo');
    expect(filterExpressed(all, { tissues: maizeTissues }).kept).toBe(28_366);
    expect(filterExpressed(all).kept).toBeGreaterThan(28_366);
  });
});

describe('labelled promoters of FloraBERT', () => {
  it('are those of the shipped table, from its sequences and the tables of two lines', async () => {
    const shipped = await readLabelledPromoters(maize('maize_nam_promoters_tpm.tsv.gz'));
    const tables = await Promise.all(
      ['B73', 'NC358'].map((name) => readExpressionTable(maize(`${name}_TPM.txt.gz`))),
    );
    const cultivars = await readCultivars(maize('nam_metadata.csv'));
    const folds = new Map(shipped.ids.map((id, row) => [id, shipped.folds![row]!]));
    const promoters = [maize('maize_nam_promoters_tpm.tsv.gz')];
    const { rows, counts } = labelPromoters({ tables, promoters, cultivars, folds });
    const width = shipped.targetNames.length;
    let labelled = 0;
    for await (const { gene, cultivar, subpopulation, fold, values, sequence } of rows) {
      const row = shipped.ids.indexOf(gene);
      expect(cultivar).toBe(shipped.cultivars![row]);
      expect(subpopulation).toBe(cultivar === 'NC358' ? 'Tropical' : '');
      expect(fold).toBe(shipped.folds![row]);
      expect([...values]).toEqual([...shipped.targets.subarray(row * width, (row + 1) * width)]);
      expect(sequence).toBe(shipped.sequences[row]);
      labelled++;
    }
    const expected = shipped.cultivars!.filter((name) => name === 'B73' || name === 'NC358').length;
    expect(labelled).toBe(expected);
    expect(counts()).toMatchObject({
      promoters: 1857,
      withoutExpression: 1857 - expected,
      genes: 39_756 + 39_787,
      belowMinimum: 39_756 + 39_787 - 28_366 - 8_365,
      labelled,
    });
  });
});

describe('random numbers of FloraBERT', () => {
  const sequences = ['ACGTACGTACGTACGTACGTACGT', 'TTTTTTTTTTTTGGGG', 'ACGTA'];
  const flips = (
    given: readonly string[],
    seed: number,
    options: Omit<KmerFlipOptions, 'random'>,
  ) => {
    const random = new PythonRandom(seed);
    const all = given.map((sequence) => kmerFlip(sequence, { ...options, random }));
    return {
      sequence: all.map(({ sequence }) => sequence),
      index: all.map(({ index }) => index),
      kmer_to: all.map(({ to }) => to),
      kmer_from: all.map(({ from }) => from),
    };
  };
  const buckets = positionBuckets([10, 100, 1000]);

  it('flips the k-mers that the original flips', () => {
    expect(flips(sequences, 0, { k: 3 })).toEqual(golden.kmer_3_n_0);
    expect(flips(sequences, 766, { k: 5 })).toEqual(golden.kmer_5_n_766);
    expect(flips(sequences, 0, { k: 3, buckets })).toEqual(golden.kmer_3_b_0);
  });

  it('draws buckets in long sequences as the original', () => {
    const random = new PythonRandom(1);
    const long = [0, 1].map(() =>
      Array.from({ length: 1000 }, () => random.choice('ACGT')).join(''),
    );
    const { index, kmer_from, kmer_to } = flips(long, 0, { k: 3, buckets });
    expect({ index, kmer_from, kmer_to }).toEqual(
      golden['kmer_long_seeded(random.seed(1) ACGT choice 1000 x2)'],
    );
  });

  it("gives Python's numbers and NumPy's shuffles", () => {
    const python = new PythonRandom(766);
    for (const number of golden.pyrandom_seed766_first5) expect(python.random()).toBe(number);
    const shuffled = (seed: number, n: number) =>
      new NumpyRandom(seed).shuffle(Array.from({ length: n }, (_, i) => i));
    expect(shuffled(47, 20)).toEqual(golden.np47_shuffle20);
    expect(shuffled(0, 10)).toEqual(golden.np0_shuffle10);
  });
});

describe('folds of FloraBERT', () => {
  const { rows, folds } = golden.split06;
  const sizes = (given: ReadonlyMap<string, string>) => {
    const counts: Record<string, number> = {};
    for (const fold of given.values()) counts[fold] = (counts[fold] ?? 0) + 1;
    return counts;
  };

  it('are those of the original where representatives count twice', () => {
    const assigned = assignClusterFolds(rows, { doubledRepresentatives: true });
    expect(assigned.size).toBe(rows.length);
    for (const [fold, members] of Object.entries(folds)) {
      const ours = [...assigned].filter(([, given]) => given === fold).map(([member]) => member);
      expect(ours.toSorted()).toEqual([...new Set(members)].toSorted());
      // The original lists each representative once more than there are promoters.
      const clusters = new Set(rows.filter(([, m]) => members.includes(m)).map(([r]) => r)).size;
      expect(members).toHaveLength(ours.length + clusters);
    }
  });

  it('hold the share that was asked for where they count once', () => {
    const assigned = assignClusterFolds(rows);
    const { test = 0, ...train } = sizes(assigned);
    // 17 % of 50 are 8.5: clusters are taken until there are as many, which with doubled
    // representatives is already the case one cluster earlier.
    expect(test).toBeGreaterThanOrEqual(8.5);
    expect(test).toBeGreaterThanOrEqual(new Set(folds['test']).size);
    expect(Object.values(train).reduce((sum, size) => sum + size)).toBe(50 - test);
    for (const [representative, member] of rows) {
      expect(assigned.get(member)).toBe(assigned.get(representative));
    }
  });
});
