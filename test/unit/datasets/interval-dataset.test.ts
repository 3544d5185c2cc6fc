import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { batches, disposeBatch } from '../../../kernel-lib/src/datasets/batches.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { intervalDataset } from '../../../kernel-lib/src/datasets/interval-dataset.ts';
import type { IntervalDatasetOptions } from '../../../kernel-lib/src/datasets/interval-dataset-options.ts';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';
import { repository } from '../formats/helpers.ts';

const yeast = `${repository}notebooks/data/yeast_R64/sacCer3.fa.gz`;
const folder = mkdtempSync(path.join(tmpdir(), 'tatabox-intervals-'));
const genome = path.join(folder, 'small.fa');

beforeAll(async () => {
  await tf.setBackend('cpu');
  writeFileSync(genome, '>one\nACGTAC\nGTTTGC\nAnRG\n>two\nGATTACA\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const letters = (values: ArrayLike<number>) => decodeTokens(Uint8Array.from(values));

/** 200 windows of yeast, on both strands, some beyond the ends. */
function yeastIntervals(): Interval[] {
  const random = new Random(5);
  return Array.from({ length: 200 }, (_, i): Interval => {
    const start = i === 0 ? -40 : random.integer(230_000 - 101);
    return { chrom: 'chrI', start, end: start + 101, strand: i % 3 === 0 ? '-' : '+' };
  });
}

describe('intervalDataset', () => {
  it('reads windows by strand, resized, filled up beyond the ends', async () => {
    const bed = path.join(folder, 'peaks.bed');
    writeFileSync(bed, 'one\t2\t4\ta\t0\t+\none\t9\t11\tb\t0\t-\ntwo\t0\t2\tc\t0\t+\n');
    const dataset = await intervalDataset({ genome, intervals: bed, length: 6 });
    expect(dataset.ids).toEqual(['a', 'b', 'c']);
    expect(dataset.inputs).toEqual({ sequence: { kind: 'tokens', shape: [6] } });
    const read = (index: number) => letters(dataset.example(index).inputs['sequence']!);
    expect([0, 1, 2].map(read)).toEqual(['ACGTAC', 'TGCAAA', 'NNGATT']);
    expect(dataset.interval(1)).toEqual({ chrom: 'one', start: 7, end: 13, strand: '-' });
    const forward = await intervalDataset({
      genome,
      intervals: bed,
      length: 6,
      ignoreStrand: true,
      inputName: 'dna',
    });
    expect(letters(forward.example(1).inputs['dna']!)).toBe('TTTGCA');
    const anchored = await intervalDataset({ genome, intervals: bed, length: 3, anchor: 'start' });
    expect(letters(anchored.example(1).inputs['sequence']!)).toBe('CAA');
  });

  it('names windows by their place, repeated ones apart, in views too', async () => {
    const window = { chrom: 'one', start: 0, end: 4 };
    const other = { chrom: 'two', start: 0, end: 4 };
    const dataset = await intervalDataset({
      genome,
      intervals: [window, other, window, { ...window, strand: '-' }, window],
    });
    const ids = ['one:0-4(+)', 'two:0-4(+)', 'one:0-4(+) #2', 'one:0-4(-)', 'one:0-4(+) #3'];
    expect(dataset.ids).toEqual(ids);
    const view = dataset.subset([4, 1]);
    expect(view.ids).toEqual([ids[4], ids[1]]);
    expect(view.subset([1]).example(0).id).toBe(ids[1]);
    expect(view.intervals[1]).toEqual({ ...other, strand: '+' });
    expect(() => view.example(2)).toThrow(/index 2; expected a whole number from 0 to 1/);
  });

  it('gives what a dataset in memory gives, augmentation included', async () => {
    const intervals = yeastIntervals();
    const augmentation = {
      maxShift: 7,
      reverseComplement: true,
      mutationRate: 0.1,
      maskRate: 0.05,
    };
    const targets = Float32Array.from({ length: 400 }, (_, i) => i);
    const weights = Float32Array.from({ length: 200 }, (_, i) => 1 + (i % 3));
    const shared = { targetNames: ['a', 'b'], targets, weights };
    const streamed = await intervalDataset({
      genome: yeast,
      intervals,
      ...augmentation,
      ...shared,
    });
    const file = await openFasta(yeast);
    const flanked = await file.fetchMany(
      intervals.map((each) => ({ ...each, start: each.start - 7, end: each.end + 7 })),
      { padding: 'unknown' },
    );
    const stored = new InMemoryDataset({
      ids: streamed.ids,
      inputs: {
        sequence: {
          kind: 'tokens',
          shape: [101],
          values: Uint8Array.from(flanked.flatMap((tokens) => [...tokens])),
          flank: 7,
          ...augmentation,
        },
      },
      ...shared,
    });
    const random = new Random(11);
    const indices = [5, 0, 199, 3, 3];
    const together = await streamed.examples(indices, random);
    for (const [place, index] of indices.entries()) {
      expect(streamed.example(index)).toEqual(stored.example(index));
      const drawn = stored.example(index, random.derive(index));
      expect(streamed.example(index, random.derive(index))).toEqual(drawn);
      expect(together[place]).toEqual(drawn);
    }
    streamed.close();
    file.close();
  });

  it('gives the same batches with and without reading ahead, and keeps no tensor', async () => {
    const dataset = await intervalDataset({
      genome: yeast,
      intervals: yeastIntervals(),
      maxShift: 3,
      reverseComplement: true,
    });
    const collect = async (prefetch: number) => {
      const all: number[][] = [];
      const order = new Random(1).permutation(dataset.length);
      for await (const batch of batches(dataset, {
        size: 32,
        order,
        random: new Random(2),
        prefetch,
      })) {
        expect(batch.inputs[0]!.dtype).toBe('int32');
        all.push([...batch.indices, ...batch.inputs[0]!.dataSync()]);
        disposeBatch(batch);
      }
      return all;
    };
    const before = tf.memory().numTensors;
    const batchesWithout = await collect(0);
    expect(batchesWithout).toHaveLength(7);
    expect(await collect(1)).toEqual(batchesWithout);
    expect(await collect(20)).toEqual(batchesWithout);
    for await (const batch of batches(dataset, { size: 32, prefetch: 3 })) {
      disposeBatch(batch);
      break;
    }
    expect(tf.memory().numTensors).toBe(before);
    dataset.close();
  });

  it('throws the error of a batch where that batch is wanted', async () => {
    const dataset = await intervalDataset({
      genome: await openFasta(yeast),
      intervals: yeastIntervals(),
    });
    const source = batches(dataset, { size: 100, prefetch: 1 });
    const first = await source.next();
    disposeBatch(first.value!);
    dataset.close();
    await source.next().then(
      ({ value }) => {
        if (value !== undefined) disposeBatch(value);
      },
      (error: unknown) => {
        expect(String(error)).toMatch(/was closed/);
      },
    );
    await expect(batches(dataset, { size: 100 }).next()).rejects.toThrow(/was closed/);
  });

  it('tells what is wrong', async () => {
    const window = { chrom: 'one', start: 0, end: 4 };
    const make = (options: Partial<IntervalDatasetOptions>) =>
      intervalDataset({ genome, intervals: [window], ...options });
    await expect(make({ intervals: [{ ...window, chrom: 'chrone' }] })).rejects.toThrow(
      /no contig 'chrone'\. Did you mean 'one'\?/,
    );
    await expect(make({ intervals: [window, { ...window, start: 16, end: 20 }] })).rejects.toThrow(
      /interval 1: one:\[16, 20\) lies outside one; .* end ≤ 16.*assembly/,
    );
    await expect(
      make({ intervals: [{ ...window, start: -2, end: 2 }], padding: 'error' }),
    ).rejects.toThrow(/interval 0: one:\[-2, 2\) lies partly outside one;.*padding: 'unknown'/);
    await expect(make({ intervals: [window, { ...window, end: 5 }] })).rejects.toThrow(
      /of 5 bases; expected 4 bases.*Set length/,
    );
    await expect(make({ intervals: [] })).rejects.toThrow(/no interval; expected at least one/);
    await expect(make({ intervals: [{ ...window, end: 0 }] })).rejects.toThrow(/without a base/);
    await expect(make({ targetNames: ['y'] })).rejects.toThrow(
      /targets: 0 values; expected 1 intervals × 1 target names/,
    );
    await expect(make({ ids: ['a', 'b'] })).rejects.toThrow(/ids: 2 values; expected one for each/);
    await expect(make({ weights: new Float32Array(2) })).rejects.toThrow(/weights: 2 values/);
    await expect(make({ maskRate: 2 })).rejects.toThrow(/maskRate: 2; expected a share/);
    await expect(make({ bedColumns: 6 })).rejects.toThrow(/bedColumns/);
    await expect(make({ seqLen: 5 } as never)).rejects.toThrow(/unknown option 'seqLen'/);
    await expect(make({ padding: 'zero' as never })).rejects.toThrow(/'zero'/);
  });
});
