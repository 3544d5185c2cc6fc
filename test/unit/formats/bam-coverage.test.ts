import { copyFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bamCoverage,
  type BamCoverageOptions,
} from '../../../kernel-lib/src/formats/bam-coverage.ts';
import {
  answersOrRefuses,
  damaged,
  golden,
  goldenBytes,
  goldenFile,
  goldenFolder,
} from './binary-golden.ts';
import { temporaryFolder } from './helpers.ts';
import { serveFolder } from './range-server.ts';

const file = goldenFile('reads.bam');
const lengths: Record<string, number> = { chrI: 30_000, chrII: 20_000, empty: 500 };
const folder = temporaryFolder();
const server = await serveFolder(goldenFolder);

/** Values out of [length, value, length, value, …]. */
function expand(runs: number[]): Float32Array {
  const values: number[] = [];
  for (let i = 0; i < runs.length; i += 2) {
    for (let n = 0; n < runs[i]!; n++) values.push(runs[i + 1]!);
  }
  return Float32Array.from(values);
}

describe.each<[string, string, BamCoverageOptions]>([
  ['samtools depth', 'default', {}],
  ['samtools depth -Q 30', 'quality30', { minimumMappingQuality: 30 }],
  ['samtools depth without excluded flags', 'allFlags', { excludeFlags: 4 }],
  ['samtools depth of the reverse strand', 'minus', { strand: '-' }],
  ['5′ ends', 'ends', { ends: '5prime' }],
  ['Tn5 insertions', 'atac', { ends: '5prime', shift: 'atac' }],
  ['Tn5 insertions by numbers', 'atac', { ends: '5prime', shift: { plus: 4, minus: -5 } }],
  ['fragments', 'extend', { extend: 150 }],
])('%s', (_, name, options) => {
  it.each(Object.entries(golden.bam[name]!))('on %s', async (chrom, runs) => {
    const whole = expand(runs);
    expect(await bamCoverage(file, { chrom, start: 0, end: lengths[chrom]! }, options)).toEqual(
      whole,
    );
    const starts = [0, 700, 899, 5100, 11_990, 16_383, 16_384, 28_000].filter(
      (s) => s + 400 < lengths[chrom]!,
    );
    const intervals = starts.map((start) => ({ chrom, start, end: start + 333 }));
    const parts = await bamCoverage(file, intervals, options);
    expect(parts).toEqual(starts.map((start) => whole.slice(start, start + 333)));
  });
});

it('reads by .csi, from a web address and from bytes, and turns the strand -', async () => {
  const interval = { chrom: 'chrI', start: 16_000, end: 17_000 };
  const expected = await bamCoverage(file, interval);
  expect(Math.max(...expected)).toBeGreaterThan(10);
  const csi = goldenFile('reads.bam.csi');
  expect(await bamCoverage(file, interval, { index: csi })).toEqual(expected);
  expect(await bamCoverage(server.address('reads.bam'), interval)).toEqual(expected);
  expect(await bamCoverage(new URL(`${server.address('reads.bam')}?key=1`), interval)).toEqual(
    expected,
  );
  const options = { index: goldenBytes('reads.bam.bai') };
  expect(await bamCoverage(goldenBytes('reads.bam'), interval, options)).toEqual(expected);
  const reversed = await bamCoverage(file, { ...interval, strand: '-' });
  expect(reversed).toEqual(expected.slice().reverse());
  const padded = await bamCoverage(
    file,
    { chrom: 'empty', start: -5, end: 600 },
    { padding: 'zero' },
  );
  expect(padded).toEqual(new Float32Array(605));
});

it('adds the strands up', async () => {
  const interval = { chrom: 'chrI', start: 0, end: 30_000 };
  const [both, plus, minus] = await Promise.all(
    (['both', '+', '-'] as const).map((strand) => bamCoverage(file, interval, { strand })),
  );
  expect(both).toEqual(plus!.map((value, i) => value + minus![i]!));
});

it('refuses what it cannot read, and says why', async () => {
  const interval = { chrom: 'chrI', start: 0, end: 10 };
  const copy = folder.path('alone.bam');
  copyFileSync(file, copy);
  await expect(bamCoverage(copy, interval)).rejects.toThrow(`samtools index ${copy}`);
  await expect(bamCoverage(goldenBytes('reads.bam'), interval)).rejects.toThrow(
    'bytes without an index',
  );
  await expect(bamCoverage(file, { ...interval, chrom: '1' })).rejects.toThrow(
    "Did you mean 'chrI'?",
  );
  await expect(bamCoverage(file, { ...interval, end: 30_001 })).rejects.toThrow('end ≤ 30000');
  await expect(bamCoverage(file, interval, { extend: 5, ends: '5prime' })).rejects.toThrow(
    'one of them',
  );
  await expect(bamCoverage(file, interval, { ends: '3prime' as never })).rejects.toThrow(
    "'5prime'",
  );
  await expect(bamCoverage(file, interval, { shift: { plus: 0.5, minus: 0 } })).rejects.toThrow(
    '0.5',
  );
  await expect(bamCoverage(file, interval, { index: file })).rejects.toThrow('a .bai or .csi file');
  await expect(bamCoverage(goldenFile('little.2bit'), interval)).rejects.toThrow(
    'expected a BAM file',
  );
  const controller = new AbortController();
  controller.abort();
  await expect(bamCoverage(file, interval, { signal: controller.signal })).rejects.toThrow(
    'interrupted',
  );
});

it('answers or refuses whatever the bytes are', async () => {
  const interval = { chrom: 'chrI', start: 16_000, end: 17_000 };
  const bam = goldenBytes('reads.bam');
  const bai = goldenBytes('reads.bam.bai');
  await fc.assert(
    fc.asyncProperty(damaged(bam), damaged(bai), fc.boolean(), (brokenBam, brokenBai, both) =>
      answersOrRefuses(() =>
        bamCoverage(both ? brokenBam : bam, interval, {
          index: brokenBai,
          signal: AbortSignal.timeout(5000),
        }),
      ),
    ),
    { numRuns: 600 },
  );
});
