import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { repository } from './helpers.ts';

export const goldenFolder = path.join(repository, 'test/unit/formats/golden/binary');
export const goldenFile = (name: string): string => path.join(goldenFolder, name);
export const goldenBytes = (name: string): Uint8Array => readFileSync(goldenFile(name));

/** What independent tools say of the golden files: see README.md beside them. */
export const golden = JSON.parse(readFileSync(goldenFile('golden.json'), 'utf8')) as {
  bam: Record<string, Record<string, number[]>>;
  bigWig: {
    stats: [string, number, number, number, string, boolean, (number | null)[]][];
    intervals: [number, number, number][];
  };
  bigBed: {
    sql: string;
    chroms: Record<string, number>;
    chrom: string;
    entries: [number, number, string][];
    some: [number, number, [number, number, string][]];
  };
};

/** Bytes that were damaged: some changed, cut at the end, a part repeated. */
export const damaged = (bytes: Uint8Array, within = bytes.length): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      flips: fc.array(
        fc.tuple(fc.nat(within - 1), fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255))),
        { maxLength: 6 },
      ),
      cut: fc.option(fc.nat(bytes.length), { freq: 3 }),
      repeat: fc.option(fc.tuple(fc.nat(within - 1), fc.nat(64)), { freq: 3 }),
    })
    .map(({ flips, cut, repeat }) => {
      let copy = Uint8Array.from(bytes);
      for (const [at, value] of flips) copy[at] = value;
      if (repeat !== null) {
        const [at, length] = repeat;
        copy = Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
      }
      return cut === null ? copy : copy.slice(0, cut);
    });

/** Runs a reader on damaged bytes: any answer or a TataboxError, nothing else. */
export async function answersOrRefuses(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof TataboxError)) throw error;
  }
}
