import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossValidationSplits } from '../../../kernel-lib/src/datasets/cross-validation.ts';
import { splitByBlocks } from '../../../kernel-lib/src/datasets/split-by-blocks.ts';
import { splitByChromosome } from '../../../kernel-lib/src/datasets/split-by-chromosome.ts';
import { splitByCluster, splitRandomly } from '../../../kernel-lib/src/datasets/split-by-group.ts';
import { checkSplit, splitByColumn, type Split } from '../../../kernel-lib/src/datasets/split.ts';

function sizes({ train, validation, test }: Split): number[] {
  return [train.length, validation.length, test.length];
}

function sorted({ train, validation, test }: Split): number[] {
  return [...train, ...validation, ...test].sort((a, b) => a - b);
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('splitByChromosome', () => {
  const chroms = ['chrI', 'chrIV', 'chrX', 'chrVII', 'chrIV', 'chrII'];

  it('holds chromosomes out', () => {
    const split = splitByChromosome(chroms, { test: ['chrIV', 'chrX'], validation: ['chrVII'] });
    expect([...split.train]).toEqual([0, 5]);
    expect([...split.validation]).toEqual([3]);
    expect([...split.test]).toEqual([1, 2, 4]);
  });

  it('names the chromosome that is meant', () => {
    expect(() => splitByChromosome(chroms, { test: ['4'] })).toThrow(/'4'.*'chrIV'/);
    expect(() => splitByChromosome(chroms, { test: ['chrIV'], validation: ['chrVI1'] })).toThrow(
      /validation: 'chrVI1', which no example has.*Did you mean/,
    );
  });

  it('refuses overlapping and empty parts', () => {
    expect(() => splitByChromosome(chroms, { test: ['chrX'], validation: ['chrX'] })).toThrow(
      /'chrX' in both validation and test/,
    );
    expect(() => splitByChromosome(['chrI'], { test: ['chrI'] })).toThrow(
      /no example for the train part/,
    );
    expect(() => splitByChromosome(chroms, { test: [] })).toThrow(/the test part/);
  });
});

describe('splitByBlocks', () => {
  const intervals = range(400).map((i) => ({
    chrom: i < 200 ? 'chrI' : 'chrII',
    start: (i % 200) * 100,
    end: (i % 200) * 100 + 150,
  }));
  const options = { blockSize: 1000, fractions: { validation: 0.2, test: 0.2 }, seed: 1 };
  const blockOf = (i: number) =>
    `${intervals[i]!.chrom} ${Math.floor((intervals[i]!.start + 75) / 1000)}`;

  it('keeps blocks together and every example, going with its midpoint', () => {
    const split = splitByBlocks(intervals, options);
    expect(sorted(split)).toEqual(range(400));
    expect(sizes(split)).toEqual([240, 80, 80]);
    const testBlocks = new Set([...split.test].map(blockOf));
    expect([...split.train, ...split.validation].some((i) => testBlocks.has(blockOf(i)))).toBe(
      false,
    );
    expect(split.dropped).toHaveLength(0);
  });

  it('drops what comes near a block of another part', () => {
    const split = splitByBlocks(intervals, { ...options, gap: 50 });
    expect(split.dropped.length).toBeGreaterThan(0);
    expect(sorted(split)).toHaveLength(400 - split.dropped.length);
    const parts = [split.train, split.validation, split.test];
    let closest = Infinity;
    for (const [a, first] of parts.entries()) {
      for (const second of parts.slice(a + 1)) {
        for (const i of first) {
          for (const j of second) {
            const [x, y] = [intervals[i]!, intervals[j]!];
            const apart = Math.max(x.start - y.end, y.start - x.end);
            if (x.chrom === y.chrom) closest = Math.min(closest, apart);
          }
        }
      }
    }
    // Each side keeps its 50 bases away from the border.
    expect(closest).toBeGreaterThanOrEqual(100);
  });

  it('draws by its seed and checks its options', () => {
    expect(splitByBlocks(intervals, options)).toEqual(splitByBlocks(intervals, options));
    expect(splitByBlocks(intervals, { ...options, seed: 2 })).not.toEqual(
      splitByBlocks(intervals, options),
    );
    expect(() => splitByBlocks(intervals, { ...options, blockSize: 0 })).toThrow(/blockSize: 0/);
    expect(() => splitByBlocks(intervals, { ...options, gap: -1 })).toThrow(/gap: -1/);
    expect(() => splitByBlocks(intervals, { ...options, fractions: { test: 1 } })).toThrow(
      /test fraction: 1/,
    );
    expect(() =>
      splitByBlocks(intervals, { ...options, fractions: { test: 0.6, validation: 0.5 } }),
    ).toThrow(/nothing to train on/);
  });
});

describe('splitByCluster', () => {
  it('never divides a cluster, keeps every example, and comes near the fractions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 200, maxLength: 400 }),
        fc.integer({ min: 0, max: 1000 }),
        (clusters, seed) => {
          const split = splitByCluster(clusters, {
            fractions: { validation: 0.1, test: 0.2 },
            seed,
          });
          expect(sorted(split)).toEqual(range(clusters.length));
          const partOf = new Map<number, string>();
          for (const part of ['train', 'validation', 'test'] as const) {
            for (const i of split[part]) {
              if ((partOf.get(clusters[i]!) ?? part) !== part) return false;
              partOf.set(clusters[i]!, part);
            }
          }
          return Math.abs(split.test.length / clusters.length - 0.2) < 0.08;
        },
      ),
      { numRuns: 50 },
    );
  });

  it('puts one giant cluster into training', () => {
    const clusters = [...new Array<string>(90).fill('giant'), ...range(10).map(String)];
    const split = splitByCluster(clusters, { fractions: { test: 0.1 }, seed: 3 });
    expect(sizes(split)).toEqual([90, 0, 10]);
  });

  it('says that there are too few clusters', () => {
    expect(() => splitByCluster(['a', 'a'], { fractions: { test: 0.5 }, seed: 1 })).toThrow(
      /no example for the test part|no example for the train part/,
    );
  });
});

describe('splitRandomly', () => {
  it('gives the shares asked for, each example once', () => {
    const split = splitRandomly(1000, { fractions: { validation: 0.1, test: 0.2 }, seed: 7 });
    expect(sizes(split)).toEqual([700, 100, 200]);
    expect(sorted(split)).toEqual(range(1000));
    expect(split.test).toEqual(Uint32Array.from(split.test).sort());
  });

  it('refuses an empty part', () => {
    expect(() => splitRandomly(3, { fractions: { test: 0.01 }, seed: 1 })).toThrow(/test part/);
    expect(() => splitRandomly(0, { fractions: {}, seed: 1 })).toThrow(/at least 1/);
  });
});

describe('splitByColumn', () => {
  it('reads the usual words', () => {
    expect(sizes(splitByColumn(['train', 'VALID', ' test', 'Training', 'val']))).toEqual([2, 2, 1]);
  });

  it('takes other words', () => {
    const split = splitByColumn(['1', '2', '3'], {
      train: ['1'],
      validation: ['2'],
      test: ['3'],
    });
    expect(sizes(split)).toEqual([1, 1, 1]);
  });

  it('names row and nearest word', () => {
    expect(() => splitByColumn(['train', 'tets'])).toThrow(/row 1: 'tets'.*Did you mean 'test'/);
    expect(() => splitByColumn(['test'])).toThrow(/the train part/);
  });
});

describe('crossValidationSplits', () => {
  const chroms = range(120).map((i) => `chr${i % 12}`);

  it('tests every example once, and never divides a group', () => {
    const splits = crossValidationSplits(chroms, { folds: 4, seed: 1 });
    expect(splits).toHaveLength(4);
    expect(splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(range(120));
    for (const [fold, split] of splits.entries()) {
      expect(sizes(split)).toEqual([60, 30, 30]);
      expect(sorted(split)).toEqual(range(120));
      expect(split.validation).toEqual(splits[(fold + 1) % 4]!.test);
      expect(new Set([...split.test].map((i) => chroms[i])).size).toBe(3);
    }
  });

  it('works without a validation fold', () => {
    const splits = crossValidationSplits(range(10), { folds: 2, seed: 1, validation: 'none' });
    expect(splits.map(sizes)).toEqual([
      [5, 0, 5],
      [5, 0, 5],
    ]);
  });

  it('refuses too few groups or folds', () => {
    expect(() => crossValidationSplits(chroms, { folds: 13, seed: 1 })).toThrow(
      /12 groups.*13 folds.*fewer folds/,
    );
    expect(() => crossValidationSplits(chroms, { folds: 2, seed: 1 })).toThrow(/from 3 \(2 with/);
  });
});

describe('checkSplit', () => {
  const make = (train: number[], validation: number[], test: number[]): Split => ({
    train: Uint32Array.from(train),
    validation: Uint32Array.from(validation),
    test: Uint32Array.from(test),
  });

  it('finds overlap, indices outside and nothing to train on', () => {
    expect(() => {
      checkSplit(make([0, 1], [2], [3]), 4);
    }).not.toThrow();
    expect(() => {
      checkSplit(make([0, 1], [1], []), 4);
    }).toThrow(/example 1, which is already in train/);
    expect(() => {
      checkSplit(make([0, 4], [], []), 4);
    }).toThrow(/index 4; expected indices below 4/);
    expect(() => {
      checkSplit(make([], [1], []), 4);
    }).toThrow(/train: no example/);
  });
});
