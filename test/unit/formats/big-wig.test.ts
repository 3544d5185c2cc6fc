import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openBigWig } from '../../../kernel-lib/src/formats/big-wig.ts';
import type { BigWigSummary } from '../../../kernel-lib/src/formats/big-wig.ts';
import {
  answersOrRefuses,
  damaged,
  golden,
  goldenBytes,
  goldenFile,
  goldenFolder,
} from './binary-golden.ts';
import { serveFolder } from './range-server.ts';

const path = goldenFile('signal.bw');
const server = await serveFolder(goldenFolder);

it('says what the header says', async () => {
  const file = await openBigWig(path);
  expect(file.contigs).toEqual([
    { name: 'chrI', length: 100_000 },
    { name: 'chrII', length: 50_000 },
    { name: 'chrIII', length: 10 },
  ]);
  expect(file.header.version).toBe(4);
  expect(file.header.zoomLevels.length).toBe(2);
  expect(await file.statistics()).toMatchObject({ basesCovered: expect.any(Number), max: 14 });
  await file.close();
});

it.each(golden.bigWig.stats)(
  'agrees with pyBigWig on %s %i-%i, %i bins, %s, exact %s',
  async (...row) => {
    const [chrom, start, end, bins, summary, exact, expected] = row;
    // Sums from zoom levels are means in pyBigWig 0.3.29: checked against the exact ones below.
    if (summary === 'sum' && !exact) return;
    const file = await openBigWig(path);
    const options = { bins, summary: summary as BigWigSummary, exact };
    const values = await file.values({ chrom, start, end }, options);
    await file.close();
    expect(values.length).toBe(bins);
    for (const [i, value] of expected.entries()) {
      // Coverage of a bin without values is 0 here, nothing there.
      if (value === null) expect(values[i]).toEqual(summary === 'coverage' ? 0 : NaN);
      else expect(Math.abs(values[i]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  },
);

it('gives the intervals of pyBigWig, cut to what was asked for', async () => {
  const file = await openBigWig(path);
  const items = await file.intervals({ chrom: 'chrI', start: 29_000, end: 40_000 });
  expect(items.map(({ start, end, value }) => [start, end, value])).toEqual(
    golden.bigWig.intervals.map(([start, end, value]) => [start, Math.min(end, 40_000), value]),
  );
  const [first] = items;
  const inside = { chrom: 'chrI', start: first!.start, end: first!.start + 1 };
  expect(await file.intervals(inside)).toEqual([{ ...inside, value: first!.value }]);
  let count = 0;
  for await (const item of file.streamIntervals()) count += item.end > item.start ? 1 : 0;
  expect(count).toBe(20_000 + 400 + 1000);
  await file.close();
});

it('fills bases without a value, pads, and turns the strand -', async () => {
  const file = await openBigWig(path);
  const interval = { chrom: 'chrII', start: 20, end: 70 };
  const values = await file.values(interval);
  // Values s mod 13 lie on the first 25 of every 40 bases.
  const expected = Array.from({ length: 50 }, (_, i) =>
    (i + 20) % 40 < 25 ? Math.floor((i + 20) / 40) : NaN,
  );
  expect([...values]).toEqual(expected);
  expect([...(await file.values(interval, { missing: 0 }))]).toEqual(
    expected.map((v) => (v >= 0 ? v : 0)),
  );
  expect([...(await file.values({ ...interval, strand: '-' }))]).toEqual(expected.toReversed());
  const beyond = { chrom: 'chrIII', start: -3, end: 20 };
  expect(await file.values(beyond, { padding: 'missing', missing: -1 })).toEqual(
    new Float32Array(23).fill(-1),
  );
  await expect(file.values(beyond)).rejects.toThrow('reaches beyond chrIII');
  await file.close();
});

it('reads the same from a web address, only what is needed, and from bytes', async () => {
  const file = await openBigWig(path);
  const interval = { chrom: 'chrI', start: 900, end: 1500 };
  const expected = await file.values(interval);
  const before = server.bytesSent();
  for (const source of [server.address('signal.bw'), goldenBytes('signal.bw')]) {
    const other = await openBigWig(source);
    expect(await other.values(interval)).toEqual(expected);
    await other.close();
  }
  expect(server.bytesSent() - before).toBeLessThanOrEqual(goldenBytes('signal.bw').length);
  await file.close();
});

it('refuses what it cannot read, and says why', async () => {
  const file = await openBigWig(path);
  const interval = { chrom: 'chrI', start: 0, end: 10 };
  const values = (options: object) => file.values(interval, options);
  await expect(values({ bins: 11 })).rejects.toThrow('from 1 to its 10 bases');
  await expect(values({ bins: 0 })).rejects.toThrow('from 1 to its 10 bases');
  await expect(values({ summary: 'max' })).rejects.toThrow('Give bins, too');
  await expect(values({ exact: false })).rejects.toThrow('Give bins, too');
  await expect(values({ bins: 2, summary: 'median' })).rejects.toThrow("'mean' or 'max'");
  await expect(values({ bin: 2 })).rejects.toThrow("'bin'");
  await expect(values({ missing: '0' })).rejects.toThrow('a number');
  await expect(file.values({ ...interval, chrom: 'chr1' })).rejects.toThrow("Did you mean 'chrI'?");
  await file.close();
  await expect(values({})).rejects.toThrow('the file was closed');
  await expect(openBigWig(goldenFile('pybigwig-test.bigBed'))).rejects.toThrow(
    'Open it with openBigBed',
  );
  await expect(openBigWig(goldenFile('reads.bam'))).rejects.toThrow('expected a bigWig file');
  await expect(openBigWig(goldenBytes('signal.bw').slice(0, 20))).rejects.toThrow(
    'a file of 20 bytes',
  );
});

it('does not follow an index in circles', async () => {
  const bytes = goldenBytes('signal.bw').slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const root = Number(view.getBigUint64(24, true)) + 48;
  // A node that is its own child.
  view.setUint8(root, 0);
  view.setUint16(root + 2, 1, true);
  [0, 0, 99, 0].forEach((number, i) => view.setUint32(root + 4 + 4 * i, number, true));
  view.setBigUint64(root + 20, BigInt(root), true);
  const file = await openBigWig(bytes);
  await expect(file.values({ chrom: 'chrI', start: 0, end: 10 })).rejects.toThrow('circles');
});

it('answers or refuses whatever the bytes are', async () => {
  const bytes = goldenBytes('signal.bw');
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(bytes, 700), damaged(bytes)), (broken) =>
      answersOrRefuses(async () => {
        const file = await openBigWig(broken);
        await file.statistics();
        for (const { name, length } of file.contigs.slice(0, 4)) {
          const interval = { chrom: name, start: 0, end: Math.min(length, 50_000) };
          await file.values(interval);
          if (interval.end > 3) await file.values(interval, { bins: 3, exact: false });
        }
      }),
    ),
    { numRuns: 500 },
  );
});
