import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { openTwoBit } from '../../../kernel-lib/src/formats/two-bit.ts';
import {
  answersOrRefuses,
  damaged,
  goldenBytes,
  goldenFile,
  goldenFolder,
} from './binary-golden.ts';
import { temporaryFolder } from './helpers.ts';
import { serveFolder } from './range-server.ts';

const texts = new Map(
  readFileSync(goldenFile('two-bit.fa'), 'utf8')
    .split('>')
    .slice(1)
    .map((record) => record.split('\n') as [string, string]),
);
const files = ['little.2bit', 'big.2bit', 'wide.2bit'];
const folder = temporaryFolder();
const server = await serveFolder(goldenFolder);

describe.each(files)('%s', (name) => {
  it('has the contigs and letters of its FASTA file, without masks', async () => {
    const file = await openTwoBit(goldenFile(name));
    expect(file.contigs).toEqual(
      [...texts].map(([chrom, text]) => ({ name: chrom, length: text.length })),
    );
    for (const [chrom, text] of texts) {
      expect(await file.fetchText({ chrom, start: 0, end: text.length })).toBe(text.toUpperCase());
    }
    await file.close();
  });

  it('reads the same from a web address and from bytes', async () => {
    for (const source of [server.address(name), goldenBytes(name)]) {
      const file = await openTwoBit(source);
      const interval = { chrom: 'chrI', start: 3, end: 4015 };
      expect(await file.fetchText(interval)).toBe(texts.get('chrI')!.toUpperCase().slice(3, 4015));
      await file.close();
    }
  });
});

it('gives the tokens of FastaFile for any interval, strand and padding', async () => {
  const path = folder.write(
    'a.fa',
    [...texts]
      .filter(([, text]) => text !== '')
      .map(([n, text]) => `>${n}\n${text}\n`)
      .join(''),
  );
  const fasta = await openFasta(path);
  const bits = await openTwoBit(goldenFile('little.2bit'));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('chrI', 's2', 'allN'),
      fc.integer({ min: -20, max: 4060 }),
      fc.nat(300),
      fc.constantFrom('+' as const, '-' as const),
      async (chrom, start, length, strand) => {
        const interval = { chrom, start, end: start + length, strand };
        const options = { padding: 'unknown' as const };
        expect(await bits.fetch(interval, options)).toEqual(await fasta.fetch(interval, options));
      },
    ),
    { numRuns: 300 },
  );
  const windows = [0, 7, 30].map((start) => ({ chrom: 'chrI', start, end: start + 50 }));
  expect(await bits.fetchBatch(windows)).toEqual(await fasta.fetchBatch(windows));
  expect(await bits.fetchMany(windows)).toEqual(await fasta.fetchMany(windows));
  await bits.close();
  fasta.close();
});

it('refuses what it cannot read, and says why', async () => {
  const file = await openTwoBit(goldenFile('little.2bit'));
  const fetch = (chrom: string, start: number, end: number) => file.fetch({ chrom, start, end });
  await expect(fetch('I', 0, 1)).rejects.toThrow("Did you mean 'chrI'?");
  await expect(fetch('chrI', -1, 1)).rejects.toThrow('reaches beyond chrI');
  await expect(fetch('s2', 0, 8)).rejects.toThrow('0 ≤ start and end ≤ 7');
  await expect(file.fetch({ chrom: 's2', start: 0, end: 1 }, { pad: 1 } as never)).rejects.toThrow(
    "unknown option 'pad'",
  );
  await expect(
    file.fetchBatch([
      { chrom: 's2', start: 0, end: 1 },
      { chrom: 's2', start: 0, end: 2 },
    ]),
  ).rejects.toThrow('of 2 bases; expected 1');
  await file.close();
  await expect(fetch('s2', 0, 1)).rejects.toThrow('the file was closed');
  await expect(openTwoBit(goldenFile('reads.bam'))).rejects.toThrow('expected a 2bit file');
  await expect(openTwoBit(goldenFile('no.2bit'))).rejects.toThrow('no such file');
  await expect(openTwoBit(new Uint8Array(3))).rejects.toThrow('a file of 3 bytes');
  const cut = await openTwoBit(goldenBytes('little.2bit').slice(0, 500)).catch(
    (error: unknown) => error,
  );
  expect(String(cut)).toMatch(/record of s2: bytes \d+ to \d+ of a file of 500 bytes/);
  const claims = goldenBytes('little.2bit').slice();
  new DataView(claims.buffer).setUint32(8, 0xffffffff, true);
  await expect(openTwoBit(claims)).rejects.toThrow('4294967295 sequences');
});

it('answers or refuses whatever the bytes are', async () => {
  const bytes = goldenBytes('little.2bit');
  await fc.assert(
    fc.asyncProperty(damaged(bytes, 200), (broken) =>
      answersOrRefuses(async () => {
        const file = await openTwoBit(broken);
        for (const { name, length } of file.contigs.slice(0, 8)) {
          await file.fetch({ chrom: name, start: 0, end: Math.min(length, 10_000) });
        }
      }),
    ),
    { numRuns: 1500 },
  );
});
