import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  checksumsOf,
  parseChecksum,
  readChecksums,
} from '../../../kernel-lib/src/preparation/download-checksum.ts';

test('checksums of a file equal those of md5sum, sha256sum and sum', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-checksum-'));
  const file = path.join(folder, 'file');
  // The sum is that of GNU coreutils 9.1, `seq 1 700 | sum -r`.
  const text = `${Array.from({ length: 700 }, (_, index) => String(index + 1)).join('\n')}\n`;
  await writeFile(file, text);
  const [md5, sha256, sum] = await checksumsOf(file, ['md5', 'sha256', 'sum']);
  await rm(folder, { recursive: true });
  expect(md5).toBe(createHash('md5').update(text).digest('hex'));
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  expect(sum).toBe('49702 3');
});

test('lists of checksums in all layouts', async () => {
  const list = await readChecksums(
    Buffer.from(
      [
        'd41d8cd98f00b204e9800998ecf8427e  ./sub/a.fa.gz',
        `${'A'.repeat(64)} *b.fa.gz`,
        `SHA256 (c.fa.gz) = ${'b'.repeat(64)}`,
        '01234   567 d.fa.gz',
        'a comment',
        '',
      ].join('\n'),
    ),
  );
  expect([...list]).toEqual([
    ['a.fa.gz', { algorithm: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' }],
    ['b.fa.gz', { algorithm: 'sha256', value: 'a'.repeat(64) }],
    ['c.fa.gz', { algorithm: 'sha256', value: 'b'.repeat(64) }],
    ['d.fa.gz', { algorithm: 'sum', value: '1234 567' }],
  ]);
  await expect(readChecksums(Buffer.from('<html>\n'))).rejects.toThrow(/bytes: no checksum/);
});

test('what is no checksum', () => {
  expect(() => parseChecksum('xyz', 'here')).toThrow(/here: 'xyz'; expected a checksum/);
  expect(() => parseChecksum('a'.repeat(32), 'here', 'sha256')).toThrow(/the checksum sha256/);
});
