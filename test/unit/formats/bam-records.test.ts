import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBamAlignments, readBamContigs } from '../../../kernel-lib/src/formats/bam-records.ts';
import { openSource } from '../../../kernel-lib/src/formats/byte-source.ts';
import { answersOrRefuses, damaged, goldenBytes } from './binary-golden.ts';
import { bgzip } from './helpers.ts';

const content = gunzipSync(goldenBytes('reads.bam'));
const view = new DataView(content.buffer, content.byteOffset);
/** Where the alignments begin: after magic, text, and three contigs (names of 5, 6 and 6 bytes). */
const first = 12 + view.getUint32(4, true) + 3 * 8 + 5 + 6 + 6;

async function readAll(bytes: Buffer): Promise<number> {
  const source = openSource(bgzip(bytes, 20_000));
  await readBamContigs(source);
  let count = 0;
  // Blocks of bgzip are not longer than their content here: the first one has the first alignment.
  const chunk = { start: { block: 0, within: first }, end: { block: 1e9, within: 0 } };
  for await (const { cigar } of readBamAlignments(source, chunk))
    count += cigar.length >= 0 ? 1 : 0;
  return count;
}

it('reads every alignment, and the operations that are in a tag', async () => {
  expect(await readAll(content)).toBe(701);
  const source = openSource(goldenBytes('reads.bam'));
  const contigs = await readBamContigs(source);
  expect(contigs.map(({ name, length }) => [name, length])).toEqual([
    ['chrI', 30_000],
    ['chrII', 20_000],
    ['empty', 500],
  ]);
});

it('answers or refuses whatever the decompressed bytes are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(content, first + 400), damaged(content)), (broken) =>
      answersOrRefuses(() => readAll(Buffer.from(broken))),
    ),
    { numRuns: 400 },
  );
});

it('ends at a length that is too small or too large', async () => {
  for (const length of [0, 31, 0xffffffff, 1 << 20]) {
    const broken = Buffer.from(content);
    broken.writeUInt32LE(length, first);
    await expect(readAll(broken)).rejects.toThrow(/an alignment of \d+ bytes|the end of the file/);
  }
});
