import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../kernel-lib/src/core/errors.ts';
import { readBed } from '../../../kernel-lib/src/formats/bed.ts';
import { openFasta, readFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { openHdf5 } from '../../../kernel-lib/src/formats/hdf5.ts';
import { readKerasWeights } from '../../../kernel-lib/src/formats/keras-hdf5.ts';
import { readMotifs } from '../../../kernel-lib/src/formats/motifs.ts';
import { readTable } from '../../../kernel-lib/src/formats/table.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const readers: Record<string, (file: string) => Promise<unknown>> = {
  readBed,
  openFasta,
  readFasta,
  openHdf5,
  readKerasWeights,
  readMotifs,
  readTable,
};

/** Pieces that the formats are made of, in any order. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom('>', '>a', 'MEME version 4', 'MOTIF x', 'letter-probability matrix: w= 2'),
      fc.constantFrom('ACGT', 'A [ 1 2 ]', '1 0 0 0', 'chr1\t0\t9', 'a,b', '"', 'ALPHABET= ACGT'),
      fc.constantFrom('\n', '\n', '\n', '\t', ' ', '\r\n', '\u0000', 'é', '\x89HDF\r\n\x1a\n'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));
const files = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  nearly,
  nearly.map((content) => gzipSync(content)),
  nearly.map((content) => gzipSync(content).subarray(0, 20)),
);

describe('every reader', () => {
  it.each(Object.keys(readers))(
    '%s answers any bytes with a result or an InputError',
    async (name) => {
      const read = readers[name]!;
      await fc.assert(
        fc.asyncProperty(files, async (content) => {
          const file = folder.write('hostile.txt', content);
          const result = await read(file).catch((error: unknown) => {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toContain('hostile.txt');
          });
          if (name === 'openFasta') (result as { close(): void } | undefined)?.close();
        }),
        { numRuns: 80 },
      );
    },
  );

  it.each(Object.keys(readers))('%s explains a missing file and a folder', async (name) => {
    const read = readers[name]!;
    await expect(read(folder.path('missing'))).rejects.toThrow(/missing: no such file/);
    await expect(read(folder.path('.'))).rejects.toThrow(/a folder; expected a file/);
  });
});
