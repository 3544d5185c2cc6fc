import { BigWig } from '@gmod/bbi';
import fc from 'fast-check';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBbiBlocks } from '../../../kernel-lib/src/formats/bbi-blocks.ts';
import {
  BIG_WIG_MAGIC,
  readBbiContigs,
  readBbiHeader,
  type BbiHeader,
} from '../../../kernel-lib/src/formats/bbi-header.ts';
import { BbiIndex } from '../../../kernel-lib/src/formats/bbi-index.ts';
import {
  BlockTable,
  encodeBlockIndex,
  encodeContigTree,
} from '../../../kernel-lib/src/formats/bbi-tree-writer.ts';
import { visitZoomBlock } from '../../../kernel-lib/src/formats/big-wig-sections.ts';
import { writeBigWig, type BigWigInput } from '../../../kernel-lib/src/formats/big-wig-writer.ts';
import { openBigWig, type BigWigItem } from '../../../kernel-lib/src/formats/big-wig.ts';
import { openSource } from '../../../kernel-lib/src/formats/byte-source.ts';
import type { Contig } from '../../../kernel-lib/src/formats/fasta-file.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const target = folder.path('out/signal.bw');
const contigs: Contig[] = [
  { name: 'chr2', length: 60_000 },
  { name: 'chr10', length: 3_000 },
  { name: 'chr1', length: 90_000 },
];

/** A stretch of data in the making: what comes after what, with random lengths and gaps. */
const segment = fc.oneof(
  fc.record({
    kind: fc.constant('items' as const),
    gaps: fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 60 })), { maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant('steps' as const),
    count: fc.nat(700),
    span: fc.integer({ min: 1, max: 9 }),
    step: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({
    kind: fc.constant('run' as const),
    span: fc.constantFrom(1, 1, 4, 32),
    count: fc.nat(6000),
    holes: fc.constantFrom(0, 3, 500),
    levels: fc.constantFrom(1, 3, 1000),
  }),
);

type Segment = typeof segment extends fc.Arbitrary<infer T> ? T : never;

/** Inputs out of random segments, one after the other on each contig, and what each base must have. */
function build(
  plan: Segment[][],
  seed: number,
): { inputs: BigWigInput[]; dense: Map<string, Float32Array> } {
  let state = seed | 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const inputs: BigWigInput[] = [];
  const dense = new Map(
    contigs.map(({ name, length }) => [name, new Float32Array(length).fill(NaN)]),
  );
  for (const [place, segments] of plan.entries()) {
    const { name: chrom, length } = contigs[place]!;
    const bases = dense.get(chrom)!;
    let at = 0;
    const add = (start: number, end: number) => {
      if (end > length) return false;
      const value = Math.fround((random() - 0.3) * 100);
      inputs.push({ chrom, start, end, value });
      bases.fill(value, start, end);
      at = end;
      return true;
    };
    for (const each of segments) {
      if (each.kind === 'items') {
        for (const [gap, size] of each.gaps) if (!add(at + gap, at + gap + size)) break;
      } else if (each.kind === 'steps') {
        for (let i = 0; i < each.count; i++) {
          if (!add(at + each.step, at + each.step + each.span)) break;
        }
      } else {
        const count = Math.min(each.count, Math.floor((length - at) / each.span));
        const values = new Float32Array(count);
        for (let i = 0; i < count; i++) {
          const isHole = each.holes > 0 && Math.floor(random() * each.holes) === 0;
          values[i] = isHole ? NaN : Math.floor(random() * each.levels) / 8;
          bases.fill(values[i]!, at + i * each.span, at + (i + 1) * each.span);
        }
        inputs.push({ chrom, start: at, values, span: each.span });
        at += count * each.span;
      }
    }
  }
  return { inputs, dense };
}

function summarise(bases: Float32Array, start = 0, end = bases.length) {
  const result = { covered: 0, min: Infinity, max: -Infinity, sum: 0, sumSquares: 0 };
  for (let i = start; i < end; i++) {
    const value = bases[i]!;
    if (Number.isNaN(value)) continue;
    result.covered++;
    result.min = Math.min(result.min, value);
    result.max = Math.max(result.max, value);
    result.sum += value;
    result.sumSquares += value * value;
  }
  return result;
}

/** As toEqual, which takes seconds for long arrays. */
const expectSame = (found: Float32Array, expected: Float32Array) => {
  const isSame = found.every((value, i) => Object.is(value, expected[i]));
  if (!isSame || found.length !== expected.length) expect(found).toEqual(expected);
};
const isClose = (found: number, expected: number) =>
  Math.abs(found - expected) <= 1e-5 * Math.max(1, Math.abs(expected));
const close = (found: number, expected: number) => {
  if (!isClose(found, expected)) expect(found).toBe(expected);
};

/** Checks every summary of every zoom level against the bases; each base lies in one of them. */
async function checkZooms(file: string, dense: Map<string, Float32Array>): Promise<number> {
  const source = openSource(file);
  const header = await readBbiHeader(source, BIG_WIG_MAGIC, 'bigWig');
  const reader = await openBigWig(file);
  const gmod = new BigWig({ path: file });
  for (const { reduction, indexOffset } of header.zoomLevels) {
    const index = new BbiIndex(source, indexOffset, true);
    for (const [id, { name, length }] of reader.contigs.entries()) {
      const bases = dense.get(name)!;
      const stretch = { id, start: 0, end: length };
      const reading = { file, littleEndian: true, stretch, last: 0 };
      const blocks = await index.blocks(stretch);
      let covered = 0;
      const means: number[] = [];
      for await (const block of readBbiBlocks(source, blocks, header.uncompressedBytes)) {
        visitZoomBlock(block, reading, (start, end, count, min, max, sum, sumSquares) => {
          const expected = summarise(bases, start, end);
          // One expectation for all: there are many.
          const isRight =
            end - start <= reduction &&
            count === expected.covered &&
            min === expected.min &&
            max === expected.max &&
            isClose(sum, expected.sum) &&
            isClose(sumSquares, expected.sumSquares);
          if (!isRight) expect({ start, end, count, min, max, sum, sumSquares }).toEqual(expected);
          covered += count;
          means.push(sum / count);
        });
      }
      expect(covered).toBe(summarise(bases).covered);
      // The independent reader chooses this level for two such summaries a span.
      const features = await gmod.getFeatures(name, 0, length, { basesPerSpan: reduction / 2 });
      const isThisLevel = features.length > 0 && features[0]?.summary === true;
      if (isThisLevel) {
        expect(features.length).toBe(means.length);
        for (const [i, feature] of features.entries()) close(feature.score ?? NaN, means[i]!);
      }
    }
  }
  await reader.close();
  await source.close();
  return header.zoomLevels.length;
}

it('keeps random values, figures and zoom levels', async () => {
  let zooms = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(segment, { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      async (plan, seed) => {
        const { inputs, dense } = build(plan, seed);
        const statistics = await writeBigWig(target, contigs, inputs);
        const file = await openBigWig(target);
        const gmod = new BigWig({ path: target });
        const total = { covered: 0, sum: 0, sumSquares: 0 };
        for (const { name, length } of contigs) {
          const expected = dense.get(name)!;
          expectSame(await file.values({ chrom: name, start: 0, end: length }), expected);
          const { covered, sum, sumSquares } = summarise(expected);
          total.covered += covered;
          total.sum += sum;
          total.sumSquares += sumSquares;
          const seen = new Float32Array(length).fill(NaN);
          for (const { start, end, score } of await gmod.getFeatures(name, 0, length)) {
            seen.fill(score ?? NaN, start, end);
          }
          expectSame(seen, expected);
        }
        expect(statistics.basesCovered).toBe(total.covered);
        close(statistics.sum, total.sum);
        close(statistics.sumSquares, total.sumSquares);
        expect(await file.statistics()).toEqual(statistics);
        await file.close();
        zooms += await checkZooms(target, dense);
      },
    ),
    { numRuns: 15 },
  );
  expect(zooms).toBeGreaterThan(20);
}, 30_000);

it('writes and reads trees of several levels', async () => {
  const many = Array.from({ length: 70_000 }, (_, i) => ({ name: `contig${i}`, length: 100 + i }));
  const table = new BlockTable();
  for (const id of many.keys()) table.add(id, 10, 20, id * 8, 8);
  const tree = encodeContigTree(many, 64);
  const index = encodeBlockIndex(table, 64 + tree.length, 1000, 1);
  const source = openSource(Buffer.concat([Buffer.alloc(64), tree, index]));
  const header = { contigTreeOffset: 64, littleEndian: true } as BbiHeader;
  const contigs = await readBbiContigs(source, header);
  expect(contigs.length).toBe(many.length);
  expect(
    contigs.every((contig, i) => contig.name === many[i]!.name && contig.length === 100 + i),
  ).toBe(true);
  const blocks = new BbiIndex(source, 64 + tree.length, true);
  for (const id of [0, 255, 256, 65_535, 65_536, 69_999]) {
    expect(await blocks.blocks({ id, start: 0, end: 11 })).toEqual([
      { offset: 1000 + id * 8, length: 8 },
    ]);
    expect(await blocks.blocks({ id, start: 20, end: 99 })).toEqual([]);
  }
});

it('writes files of many contigs', async () => {
  const many = Array.from({ length: 600 }, (_, i) => ({ name: `contig${i}`, length: 100 }));
  const inputs = many.map(({ name }, i) => ({ chrom: name, start: 10, end: 20, value: i }));
  await writeBigWig(target, many, inputs);
  const file = await openBigWig(target);
  expect(file.contigs).toEqual(many);
  expect(await file.intervals({ chrom: 'contig599', start: 0, end: 100 })).toEqual([inputs[599]]);
  await file.close();
  const gmod = new BigWig({ path: target });
  expect(await gmod.getFeatures('contig300', 0, 100)).toMatchObject([
    { start: 10, end: 20, score: 300 },
  ]);
});

it('takes values as they come, contigs in any order, and stays small in memory', async () => {
  async function* values(): AsyncGenerator<BigWigItem> {
    for (const chrom of ['chr10', 'chr2']) {
      for (let start = 0; start < 3000; start += 10)
        yield { chrom, start, end: start + 5, value: start };
      await Promise.resolve();
    }
  }
  const events: number[] = [];
  const statistics = await writeBigWig(target, contigs, values(), {
    progress: ({ done }) => events.push(done),
  });
  expect(statistics).toMatchObject({ basesCovered: 3000, min: 0, max: 2990, mean: 1495 });
  const file = await openBigWig(target);
  expect(file.contigs.map(({ name }) => name)).toEqual(['chr10', 'chr2', 'chr1']);
  await file.close();
});

it('writes files without values, without zoom levels, and with equal values in few bytes', async () => {
  const statistics = await writeBigWig(target, contigs, []);
  expect(statistics.basesCovered).toBe(0);
  let file = await openBigWig(target);
  expect([...(await file.values({ chrom: 'chr1', start: 0, end: 3 }))]).toEqual([NaN, NaN, NaN]);
  expect((await file.statistics()).mean).toBeNaN();
  await file.close();
  const run = { chrom: 'chr1', start: 0, values: new Float32Array(90_000) };
  await writeBigWig(target, contigs, [run], { zoomLevels: 0 });
  file = await openBigWig(target);
  expect(file.header.zoomLevels).toEqual([]);
  expect(await file.values({ chrom: 'chr1', start: 0, end: 90_000 })).toEqual(run.values);
  await file.close();
  expect(statSync(target).size).toBeLessThan(5000);
});

describe('refuses, and leaves nothing behind', () => {
  const item = (chrom: string, start: number, end: number, value = 1) => ({
    chrom,
    start,
    end,
    value,
  });
  it.each<[string, BigWigInput[], string]>([
    [
      'unsorted',
      [item('chr1', 10, 20), item('chr1', 5, 6)],
      'value 2: chr1:[5, 6) begins before base 20',
    ],
    ['overlapping', [item('chr1', 10, 20), item('chr1', 19, 21)], 'begins before base 20'],
    ['a contig again', [item('chr1', 1, 2), item('chr2', 1, 2), item('chr1', 3, 4)], 'chr1 again'],
    ['an unknown contig', [item('1', 1, 2)], "Did you mean 'chr1'?"],
    ['beyond the contig', [item('chr10', 1, 3001)], 'reaches beyond chr10'],
    ['negative', [item('chr1', -1, 3)], 'is no stretch of bases'],
    ['empty', [item('chr1', 3, 3)], 'is no stretch of bases'],
    ['not whole', [item('chr1', 0.5, 3)], 'is no stretch of bases'],
    ['NaN', [item('chr1', 1, 2, NaN)], 'has the value NaN'],
    ['too large for 32 bits', [item('chr1', 1, 2, 1e39)], 'has the value 1e+39'],
    [
      'infinite in a run',
      [{ chrom: 'chr1', start: 0, values: [1, Infinity] }],
      'chr1:[1, 2) has the value Infinity',
    ],
    [
      'a run beyond the contig',
      [{ chrom: 'chr10', start: 2999, values: [1, 1] }],
      'reaches beyond',
    ],
    ['a wrong span', [{ chrom: 'chr10', start: 0, values: [1], span: 0 }], 'a span of 0'],
  ])('%s', async (_, inputs, message) => {
    const file = folder.path('none/absent.bw');
    await expect(writeBigWig(file, contigs, inputs)).rejects.toThrow(message);
    expect(() => statSync(file)).toThrow();
    expect(() => readdirSync(path.dirname(file))).toThrow();
  });

  it('contigs and options that are wrong', async () => {
    const write = (list: Contig[], options = {}) => writeBigWig(target, list, [], options);
    await expect(write([])).rejects.toThrow('no contigs');
    await expect(write([{ name: 'a', length: 0 }])).rejects.toThrow('a length of 0');
    await expect(write([contigs[0]!, contigs[0]!])).rejects.toThrow(
      "two contigs of the name 'chr2'",
    );
    await expect(write(contigs, { zooms: 1 })).rejects.toThrow("unknown option 'zooms'");
    await expect(write(contigs, { zoomLevels: -1 })).rejects.toThrow('at least 0');
  });

  it('an earlier file stays as it was when writing is stopped', async () => {
    await writeBigWig(target, contigs, [item('chr1', 0, 1)]);
    const before = readFileSync(target);
    const controller = new AbortController();
    function* values() {
      for (let i = 0; i < 90_000; i++) {
        if (i === 1000) controller.abort();
        yield item('chr1', i, i + 1, i);
      }
    }
    const { signal } = controller;
    await expect(writeBigWig(target, contigs, values(), { signal })).rejects.toThrow('interrupted');
    expect(readFileSync(target)).toEqual(before);
    expect(readdirSync(path.dirname(target))).toEqual(['signal.bw']);
  });
});
