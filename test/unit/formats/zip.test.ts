import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { writeInPieces } from '../../../kernel-lib/src/core/file-writer.ts';
import { openZip } from '../../../kernel-lib/src/formats/zip.ts';
import { ZipWriter } from '../../../kernel-lib/src/formats/zip-writer.ts';
import { makeZip } from '../backend/native-fixture.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/`;

async function readAll(source: string | Uint8Array): Promise<Record<string, Buffer>> {
  const zip = await openZip(source);
  try {
    const files: Record<string, Buffer> = {};
    for (const entry of zip.entries) files[entry.name] = Buffer.from(await zip.read(entry));
    return files;
  } finally {
    await zip.close();
  }
}

/** A zip whose directory can lie: `change` gets its bytes and the place of the directory. */
function lyingZip(
  files: Record<string, string>,
  change: (bytes: Buffer, directory: number) => void,
  stored = false,
): Buffer {
  const bytes = Buffer.from(makeZip(files, { stored }));
  change(bytes, bytes.readUInt32LE(bytes.length - 6));
  return bytes;
}

describe('openZip', () => {
  it('reads what Python wrote: deflated, stored, ZIP64, UTF-8 names, a comment, streamed sizes', async () => {
    const files = await readAll(`${golden}python.zip`);
    expect(Object.fromEntries(Object.entries(files).map(([n, b]) => [n, b.toString()]))).toEqual({
      'deflated.txt': 'text '.repeat(200),
      'stored.txt': 'stored',
      'folder/ä ∂.txt': 'names',
      'zip64.txt': 'large',
      'streamed.txt': 'sizes behind the data',
      empty: '',
    });
  });

  it('reads the same from bytes and reads texts', async () => {
    const zip = await openZip(makeZip({ 'a.txt': 'äöü' }));
    expect(await zip.readText(zip.entry('a.txt'))).toBe('äöü');
    expect(zip.find('b.txt')).toBeUndefined();
    expect(() => zip.entry('a.text')).toThrow(/no file 'a.text' in it.*Did you mean 'a.txt'/);
    await zip.close();
  });

  it.each([
    ['../evil', /leads out of the folder/],
    ['a/../../evil', /leads out of the folder/],
    ['/etc/passwd', /absolute path/],
    ['C:/windows', /absolute path/],
    ['a\\b', /backslash/],
    ['a\0b', /NUL/],
    ['', /empty/],
  ])('refuses the name %j', async (name, message) => {
    await expect(openZip(makeZip({ [name]: 'x' }))).rejects.toThrow(message);
  });

  it('refuses names that come twice', async () => {
    const bytes = makeZip({ aa: 'x', ab: 'y' });
    const twice = Buffer.from(bytes.toString('latin1').replaceAll('ab', 'aa'), 'latin1');
    await expect(openZip(twice)).rejects.toThrow(/the name "aa" twice/);
  });

  it('refuses sizes that lie', async () => {
    const larger = lyingZip({ a: 'text '.repeat(50) }, (b, at) => b.writeUInt32LE(999, at + 24));
    await expect(readAll(larger)).rejects.toThrow(/'a': 250 bytes; expected 999/);
    const smaller = lyingZip({ a: 'text '.repeat(50) }, (b, at) => b.writeUInt32LE(9, at + 24));
    await expect(readAll(smaller)).rejects.toThrow(/more than 9 bytes; expected 9/);
    const beyond = lyingZip({ a: 'text' }, (b, at) => b.writeUInt32LE(4000, at + 20));
    await expect(readAll(beyond)).rejects.toThrow(/outside of the archive/);
    const huge = lyingZip({ a: 'text' }, (b, at) => b.writeUInt32LE(0xfffffff0, at + 24));
    await expect(readAll(huge)).rejects.toThrow(/bytes packed into/);
    const stored = lyingZip({ a: 'x' }, (b, at) => b.writeUInt32LE(2 ** 31, at + 24), true);
    await expect(readAll(stored)).rejects.toThrow(InputError);
    const hidden = lyingZip({ a: 'x', b: 'y' }, (b) => b.writeUInt16LE(1, b.length - 12));
    await expect(readAll(hidden)).rejects.toThrow(/more files in the directory than the 1/);
  });

  it('refuses files that overlap', async () => {
    const bytes = lyingZip({ a: 'same', b: 'same' }, (b, at) => b.writeUInt32LE(0, at + 47 + 42));
    await expect(readAll(bytes)).rejects.toThrow(/overlap/);
  });

  it('refuses bombs, unless they are wanted', async () => {
    const zeros = Buffer.alloc(70 << 20);
    const bomb = makeZip({ a: zeros });
    await expect(openZip(bomb)).rejects.toThrow(/expected at most 200 times the archive/);
    const zip = await openZip(bomb, { maxExpansion: 2000 });
    expect(zip.entry('a').size).toBe(zeros.length);
    await expect(openZip(bomb, { maxExpansion: 0 })).rejects.toThrow(/option maxExpansion/);
  });

  it('refuses wrong checksums, other names before the data, and encryption', async () => {
    const sum = lyingZip({ a: 'text' }, (b, at) => b.writeUInt32LE(1, at + 16));
    await expect(readAll(sum)).rejects.toThrow(/a wrong checksum/);
    const name = lyingZip({ a: 'text' }, (b) => b.write('b', 30));
    await expect(readAll(name)).rejects.toThrow(/the name "b" before its data/);
    const encrypted = lyingZip({ a: 'text' }, (b) => b.writeUInt16LE(1, 6));
    await expect(readAll(encrypted)).rejects.toThrow(/encrypted/);
    const method = lyingZip({ a: 'text' }, (b, at) => {
      b.writeUInt16LE(93, 8);
      b.writeUInt16LE(93, at + 10);
    });
    await expect(readAll(method)).rejects.toThrow(/packed by method 93/);
    const end = makeZip({ a: 'text' });
    await expect(openZip(end.subarray(0, end.length - 30))).rejects.toThrow(
      /cut off, or not a zip/,
    );
    await expect(openZip(folder.path('none.zip'))).rejects.toThrow(/no such file/);
  });

  it('answers damaged archives with the right content or an InputError', async () => {
    const files = { 'a.txt': 'text '.repeat(300), 'b/c.bin': 'other' };
    const whole = makeZip(files);
    const contents = Object.values(files);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.option(fc.nat(whole.length), { freq: 5 }),
        async (changes, cut) => {
          const damaged = Buffer.from(whole);
          for (const [at, value] of changes) damaged[at] = value;
          const bytes = damaged.subarray(0, cut ?? damaged.length);
          try {
            for (const content of Object.values(await readAll(bytes))) {
              expect(contents).toContain(content.toString());
            }
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('ZipWriter', () => {
  it('writes what openZip reads', async () => {
    const file = folder.path('own.zip');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.stringMatching(/^[a-zä∂]{1,9}$/)),
        fc.uint8Array({ maxLength: 300 }),
        async (names, bytes) => {
          await writeInPieces(file, async (writer) => {
            const zip = new ZipWriter(writer, file);
            for (const name of names) await zip.add(name, [bytes, bytes.subarray(1)]);
            await zip.finish();
          });
          const expected = Buffer.concat([bytes, bytes.subarray(1)]);
          expect(await readAll(file)).toEqual(
            Object.fromEntries(names.map((name) => [name, expected])),
          );
        },
      ),
      { numRuns: 30 },
    );
    await expect(
      writeInPieces(file, async (writer) => {
        const zip = new ZipWriter(writer, file);
        await zip.add('a', []);
        await zip.add('a', []);
      }),
    ).rejects.toThrow(/'a' twice/);
  });
});
