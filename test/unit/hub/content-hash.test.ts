import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ContentHasher, hashFile } from '../../../kernel-lib/src/hub/content-hash.ts';

it('names a content as git and sha256sum do', async () => {
  // printf 'hello\n' | git hash-object --stdin; printf 'hello\n' | sha256sum
  const expected = {
    size: 6,
    gitSha1: 'ce013625030ba8dba906f756967f9e9ca394464a',
    sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
  };
  const hasher = new ContentHasher(6);
  for (const piece of ['he', '', 'llo\n']) hasher.update(Buffer.from(piece));
  expect(hasher.digest()).toEqual(expected);

  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-hash-'));
  try {
    await writeFile(path.join(folder, 'a'), 'hello\n');
    await writeFile(path.join(folder, 'empty'), '');
    expect(await hashFile(path.join(folder, 'a'))).toEqual(expected);
    expect((await hashFile(path.join(folder, 'empty'))).gitSha1).toBe(
      'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
    );
    await expect(hashFile(path.join(folder, 'a'), { signal: AbortSignal.abort() })).rejects.toThrow(
      /interrupted/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
