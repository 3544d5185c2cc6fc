import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fileSha256,
  readZipDirectory,
  readZipText,
  unpackZip,
} from '../../../kernel-lib/src/backend/native-zip.ts';
import { InputError, InterruptedError } from '../../../kernel-lib/src/core/errors.ts';
import { makeZip } from './native-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-zip-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, 'test.zip');
  await writeFile(file, bytes);
  return file;
}

describe('zip files', () => {
  it('gives back what was packed, whatever it is', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.txt$/);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.uint8Array({ maxLength: 5000 }), { maxKeys: 5 }),
        fc.boolean(),
        async (files, stored) => {
          const file = await write(makeZip(files, { stored }));
          const members = await readZipDirectory(file);
          expect(members.map((member) => member.name).sort()).toEqual(Object.keys(files).sort());
          const out = await mkdtemp(path.join(folder, 'out-'));
          let bytes = 0;
          await unpackZip(file, members, out, { onBytes: (count) => (bytes += count) });
          for (const [entry, content] of Object.entries(files)) {
            expect(new Uint8Array(await readFile(path.join(out, entry)))).toEqual(content);
          }
          expect(bytes).toBe(Object.values(files).reduce((sum, { length }) => sum + length, 0));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('never takes a damaged file for a whole one', async () => {
    const files = { 'a.txt': 'text '.repeat(400), 'b.txt': 'other' };
    const whole = makeZip(files);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const damaged = Buffer.from(whole);
          damaged[at] = (damaged[at]! + by) % 256;
          const file = await write(damaged);
          let texts: string[];
          try {
            const members = await readZipDirectory(file);
            texts = await Promise.all(members.map((member) => readZipText(file, member)));
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            return;
          }
          // Only what does not matter was hit (a name, a date): the content is right.
          for (const text of texts) expect(Object.values(files)).toContain(text);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says of a cut file that it is not whole', async () => {
    const whole = makeZip({ 'a.txt': 'text' });
    const file = await write(whole.subarray(0, whole.length - 30));
    await expect(readZipDirectory(file)).rejects.toThrow(
      /no end of a zip file in it \(cut off, or not a zip file\); expected a whole wheel/,
    );
    await expect(readZipDirectory(path.join(folder, 'none'))).rejects.toThrow(/cannot be opened/);
  });

  it('does not write outside its folder', async () => {
    const file = await write(makeZip({ '../evil.txt': 'x' }));
    const out = await mkdtemp(path.join(folder, 'out-'));
    // Names are checked when the directory is read, before anything is unpacked.
    await expect(
      (async () => unpackZip(file, await readZipDirectory(file), out))(),
    ).rejects.toThrow(/leads out of the folder/);
    expect(await readdir(folder)).not.toContain('evil.txt');
  });

  it('stops when it is interrupted', async () => {
    const file = await write(makeZip({ 'a.txt': 'text' }));
    const signal = AbortSignal.abort();
    const members = await readZipDirectory(file);
    await expect(unpackZip(file, members, folder, { signal })).rejects.toThrow(InterruptedError);
    await expect(fileSha256(file, { signal })).rejects.toThrow(InterruptedError);
  });

  it('computes SHA-256', async () => {
    const file = await write(Buffer.from('abc'));
    expect(await fileSha256(file)).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
