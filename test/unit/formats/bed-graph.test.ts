import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterruptedError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  readBedGraph,
  streamBedGraph,
  writeBedGraph,
  type BedGraphRecord,
} from '../../../kernel-lib/src/formats/bed-graph.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}) => readBedGraph(Buffer.from(text), options);

describe('readBedGraph', () => {
  it('reads tabs or spaces, skips headings', async () => {
    const text =
      'browser hide all\ntrack type=bedGraph name="a"\n# x\n\nchr19 49302000 49302300 -1.0\nchr19\t49302300\t49302600\t1e-3\n';
    const expected = [
      { chrom: 'chr19', start: 49302000, end: 49302300, value: -1 },
      { chrom: 'chr19', start: 49302300, end: 49302600, value: 0.001 },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await readBedGraph(gzipSync(text))).toEqual(expected);
  });

  it('takes any order where it is told', async () => {
    const text = 'b\t5\t9\t1\nb\t0\t6\t2\na\t0\t1\t3\nb\t20\t30\t4\n';
    expect(await read(text, { order: 'any' })).toHaveLength(4);
    await expect(read(text)).rejects.toThrow(/line 2: start 0 after a record that starts at 5/);
  });

  it('passes over missing values where it is told', async () => {
    const text = 'a\t0\t1\tnan\na\t1\t2\t5\n';
    expect(await read(text, { missing: 'skip' })).toEqual([
      { chrom: 'a', start: 1, end: 2, value: 5 },
    ]);
    await expect(read(text)).rejects.toThrow(/line 1, column 4 \(value\): 'nan'.*missing: 'skip'/);
  });

  it.each([
    ['a\t0\t9\t1\na\t8\t10\t1\n', /line 2: start 8 within the record before, which ends at 9/],
    [
      'a\t0\t9\t1\nb\t0\t1\t1\na\t9\t10\t1\n',
      /line 3: 'a' for a second time, after 'b'.*sort -k1,1/,
    ],
    ['a\t0\t9\n', /3 columns; expected 4/],
    ['a\t9\t9\t1\n', /start 9 and end 9; expected start < end/],
    ['a\t-1\t9\t1\n', /column 2 \(start\): '-1'/],
    ['a\t1\t9\tx\n', /column 4 \(value\): 'x'; expected a number/],
    ['a\t1\t9\tInfinity\n', /'Infinity'/],
    ['fixedStep chrom=chr1 start=1 step=1\n1\n', /a wiggle declaration/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('explains options', async () => {
    await expect(read('', { order: 'none' })).rejects.toThrow(/'none'; expected sorted or any/);
    await expect(read('', { overlap: true })).rejects.toThrow(/unknown option 'overlap'/);
  });
});

describe('writeBedGraph', () => {
  const records = fc
    .array(
      fc.tuple(
        fc.nat(50),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
    )
    .map((steps) => {
      let end = 0;
      return steps.map(([gap, length, value], i): BedGraphRecord => {
        if (i === 4) end = 0;
        const start = end + gap;
        end = start + length;
        // -0 is written as 0.
        return { chrom: i < 4 ? 'chr2' : 'chr10', start, end, value: value + 0 };
      });
    });

  it.each(['written.bedGraph', 'written.bedGraph.gz'])(
    'is inverse to readBedGraph (%s)',
    async (name) => {
      const file = folder.path(name);
      await fc.assert(
        fc.asyncProperty(records, async (drawn) => {
          await writeBedGraph(file, drawn);
          expect(await readBedGraph(file)).toEqual(drawn);
        }),
        { numRuns: 50 },
      );
      const [first, second] = await readFile(file);
      expect(first === 0x1f && second === 0x8b).toBe(name.endsWith('.gz'));
    },
  );

  it('writes a long signal piece by piece, also from what is read meanwhile', async () => {
    const bin = (i: number) => ({ chrom: 'chr1', start: i * 32, end: i * 32 + 32, value: i / 7 });
    const many = Array.from({ length: 60_000 }, (_, i) => bin(i));
    const file = folder.path('long.bedGraph.gz');
    await writeBedGraph(file, many);
    const copy = folder.path('copy.bedGraph');
    await writeBedGraph(copy, streamBedGraph(file));
    expect(await readBedGraph(copy)).toEqual(many);
  });

  it.each(['refused.bedGraph', 'refused.bedGraph.gz'])(
    'leaves no file that is wrong (%s)',
    async (name) => {
      const file = folder.path(name);
      const good = { chrom: 'a', start: 0, end: 9, value: 1 };
      const write = (...bad: BedGraphRecord[]) => writeBedGraph(file, [good, ...bad]);
      await expect(write({ ...good, start: 5 })).rejects.toThrow(
        /start 5 within the record before/,
      );
      await expect(write({ ...good, start: 9, end: 10, value: NaN })).rejects.toThrow(
        /finite value/,
      );
      await expect(write({ ...good, chrom: 'a b' })).rejects.toThrow(TataboxError);
      await expect(write({ ...good, start: 9.5, end: 11 })).rejects.toThrow(/whole numbers/);
      const stopped = writeBedGraph(file, [good], { signal: AbortSignal.abort() });
      await expect(stopped).rejects.toThrow(InterruptedError);
      expect(existsSync(file)).toBe(false);
    },
  );
});
