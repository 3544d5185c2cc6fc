import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from 'tatabox/core/errors.ts';
import { writeBigWig } from 'tatabox/formats/big-wig-writer.ts';
import { openBigBed } from 'tatabox/formats/big-bed.ts';
import { BigBedDocument } from '../../../../extension/src/tracks/big-bed-document.ts';
import { SignalDocument } from '../../../../extension/src/tracks/signal-document.ts';
import { golden, goldenFile } from '../../../unit/formats/binary-golden.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tracks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a bigWig file', () => {
  const file = path.join(folder, 'a.bw');

  it('gives least, most and mean of equal parts, near and far', async () => {
    const values = Float32Array.from({ length: 50_000 }, (_, i) => i % 100);
    await writeBigWig(file, [{ name: 'c', length: 60_000 }], [{ chrom: 'c', start: 0, values }]);
    const document = await SignalDocument.open(file);
    expect(document).toMatchObject({ format: 'bigWig', contigs: [{ name: 'c', length: 60_000 }] });
    const near = await document.signal({ chrom: 'c', start: 10, end: 14 }, 8);
    expect([...near.mean]).toEqual([10, 10, 11, 11, 12, 12, 13, 13]);
    const exact = await document.signal({ chrom: 'c', start: 100, end: 300 }, 4);
    expect([...exact.min]).toEqual([0, 50, 0, 50]);
    expect([...exact.max]).toEqual([49, 99, 49, 99]);
    const far = await document.signal({ chrom: 'c', start: 0, end: 60_000 }, 6);
    for (const mean of far.mean.subarray(0, 5)) expect(mean).toBeCloseTo(49.5, 0);
    expect([far.mean[5], far.max[5]]).toEqual([NaN, NaN]);
    expect((await document.signal({ chrom: 'c', start: 5, end: 5 }, 2)).mean).toEqual(
      new Float32Array([NaN, NaN]),
    );
    expect((await document.statistics()).mean).toBeCloseTo(49.5, 5);
    await expect(document.signal({ chrom: 'd', start: 0, end: 5 }, 2)).rejects.toThrow(InputError);
    await expect(document.signal({ chrom: 'c', start: 0, end: 5 }, 1e9)).rejects.toThrow(
      UsageError,
    );
    await document.close();
  });

  it('is no other file', async () => {
    writeFileSync(path.join(folder, 'b.bw'), 'c\t1\t2\n'.repeat(20));
    await expect(SignalDocument.open(path.join(folder, 'b.bw'))).rejects.toThrow(InputError);
  });
});

describe('a bigBed file', () => {
  const file = goldenFile('pybigwig-test.bigBed');
  const { chrom, chroms } = golden.bigBed;
  const length = chroms[chrom]!;

  it('has features and their density', async () => {
    const document = await BigBedDocument.open(file);
    const source = await openBigBed(file);
    const records = await source.records({ chrom, start: 0, end: length });
    const all = await document.features({ chrom, start: 0, end: length }, 3);
    expect(all.total).toBe(records.length);
    expect(all.features.map(({ start, end }) => [start, end])).toEqual(
      records.slice(0, 3).map(({ start, end }) => [start, end]),
    );
    expect(all.features[0]?.name).toBe(records[0]?.name);
    const first = records[0]!;
    const region = { chrom, start: first.start, end: first.end };
    const near = records.filter(({ start, end }) => start < region.end && end > region.start);
    expect([...(await document.density(region, 1))]).toEqual([near.length]);
    await document.close();
    await source.close();
  });

  it('says about how many records a long part has from its zoom levels', async () => {
    const source = await openBigBed(file);
    const records = await source.records({ chrom, start: 0, end: length });
    const [estimate = 0] = await source.recordCounts({ chrom, start: 0, end: length }, { bins: 1 });
    // Records of all lengths and places: the mean length is that of all contigs.
    expect(estimate / records.length).toBeGreaterThan(0.5);
    expect(estimate / records.length).toBeLessThan(2);
    // Short parts are counted one by one.
    const first = records[0]!;
    const at = { chrom, start: first.start, end: first.start + 4 };
    const counted = records.filter(({ start, end }) => start < at.end && end > at.start).length;
    const bins = await source.recordCounts(at, { bins: 4 });
    expect(Math.max(...bins)).toBe(counted);
    expect(
      await source.recordCounts({ chrom, start: length + 5, end: length + 9 }, { bins: 2 }),
    ).toEqual(new Float64Array(2));
    await source.close();
  });
});
