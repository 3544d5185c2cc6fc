import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InterruptedError } from '../../../kernel-lib/src/core/errors.ts';
import { lockFolder } from '../../../kernel-lib/src/core/folder-lock.ts';
import type { ProgressEvent } from '../../../kernel-lib/src/core/progress.ts';
import { downloadPromoters } from '../../../kernel-lib/src/preparation/download-promoters.ts';
import {
  download,
  type DownloadOptions,
  type DownloadReport,
} from '../../../kernel-lib/src/preparation/download.ts';
import { DownloadServer } from './download-server.ts';

let server: DownloadServer;
let folder: string;
beforeEach(async () => {
  server = await DownloadServer.start();
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-download-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const content = Buffer.from(
  Array.from({ length: 300_000 }, (_, index) => (index * 7919 + (index >> 8)) & 255),
);
const hash = (bytes: Buffer, algorithm = 'sha256'): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Downloads the files of the server that are named, with short waits. */
function get(
  names: readonly string[],
  options: Partial<DownloadOptions> & { readonly md5?: string; readonly sha256?: string } = {},
): Promise<DownloadReport> {
  const { md5 = '', sha256 = '', ...rest } = options;
  const rows = names.map(
    (name, index) => `row${String(index)},${server.url(name)},${md5},${sha256}`,
  );
  const links = Buffer.from(`name,link,md5,sha256\n${rows.join('\n')}\n`);
  return download({ links, folder, retrySeconds: 0.01, idleSeconds: 0.4, ...rest });
}

const at = (name: string): string => path.join(folder, 'row0', name);
/** Files of a row, without those that tell of the folder. */
const left = (): string[] => readdirSync(path.join(folder, 'row0')).sort();

describe('download', () => {
  test('several files at a time, with their hashes and progress', async () => {
    const names = ['a.bin', 'b.bin', 'c.bin', 'd.bin'];
    for (const name of names) server.files.set(name, { content, slowly: 30_000 });
    const events: ProgressEvent[] = [];
    const { files, failures } = await get(names, {
      parallel: 3,
      progress: (event) => void events.push(event),
    });
    expect(failures).toEqual([]);
    expect(files.map(({ name, state }) => [name, state])).toEqual(
      names.map((_, index) => [`row${String(index)}`, 'fetched']),
    );
    for (const { file, sha256, bytes, checked } of files) {
      expect((await readFile(file)).equals(content)).toBe(true);
      expect([sha256, bytes, checked]).toEqual([hash(content), content.length, 'size']);
    }
    expect(server.mostActive).toBe(3);
    expect(events.at(-1)).toMatchObject({
      task: 'download',
      done: 4 * content.length,
      total: 4 * content.length,
      unit: 'bytes',
      values: { files: 4, of: 4 },
    });
    expect(readdirSync(folder).sort()).toEqual(['downloads.json', 'row0', 'row1', 'row2', 'row3']);
  });

  test('what is there is not fetched again, unless it was changed or has another checksum', async () => {
    server.files.set('a.bin', { content });
    await get(['a.bin']);
    const { files } = await get(['a.bin']);
    expect(files[0]).toMatchObject({ state: 'present', sha256: hash(content) });
    expect((await get(['a.bin'], { sha256: hash(content) })).files[0]?.state).toBe('present');
    expect(server.requestsOf('a.bin')).toHaveLength(1);
    await writeFile(at('a.bin'), 'changed');
    expect((await get(['a.bin'])).files[0]?.state).toBe('fetched');
    expect((await readFile(at('a.bin'))).equals(content)).toBe(true);
    const { failures } = await get(['a.bin'], { sha256: hash(Buffer.from('x')) });
    expect(failures[0]?.message).toMatch(/the sha256 .* instead of .*, twice/);
    // The file that was there is still the one that it was.
    expect((await readFile(at('a.bin'))).equals(content)).toBe(true);
  });

  test.each([{ etag: '"v1"' }, { lastModified: 'Sat, 21 Nov 2026 10:00:00 GMT' }])(
    'a cut connection goes on where it was, by %j',
    async (version) => {
      server.files.set('a.bin', { content, ...version, cuts: [100_000, 50_000] });
      const { files, failures } = await get(['a.bin']);
      expect(failures).toEqual([]);
      expect(files[0]?.sha256).toBe(hash(content));
      expect((await readFile(at('a.bin'))).equals(content)).toBe(true);
      // What was on its way when the connection was cut may be lost.
      const [first, ...others] = server.requestsOf('a.bin');
      const starts = others.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
      expect(first).toBeUndefined();
      expect(starts).toHaveLength(2);
      expect(starts[0]).toBeGreaterThan(0);
      expect(starts[1]).toBeGreaterThan(starts[0]!);
      expect(left()).toEqual(['a.bin']);
    },
  );

  test('without a version or a checksum, it begins anew; with a checksum it goes on', async () => {
    server.files.set('a.bin', { content, cuts: [100_000] });
    expect((await get(['a.bin'])).failures).toEqual([]);
    expect(server.requestsOf('a.bin')).toEqual([undefined, undefined]);
    server.files.set('b.bin', { content, cuts: [100_000] });
    expect((await get(['b.bin'], { md5: hash(content, 'md5') })).files[0]?.checked).toBe('md5');
    expect(server.requestsOf('b.bin')).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  });

  test('a weak ETag says nothing about bytes', async () => {
    server.files.set('a.bin', { content, etag: 'W/"v1"', cuts: [100_000] });
    expect((await get(['a.bin'])).failures).toEqual([]);
    expect(server.requestsOf('a.bin')).toEqual([undefined, undefined]);
  });

  test('an interrupted download goes on at the next call', async () => {
    server.files.set('a.bin', { content, etag: '"v1"', slowly: 10_000 });
    const stop = new AbortController();
    const interrupted = get(['a.bin'], {
      signal: stop.signal,
      progress: ({ done }) => {
        if (done > 0) stop.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(InterruptedError);
    expect(left()).toEqual(['a.bin.part', 'a.bin.part.json']);
    const { size } = await stat(at('a.bin.part'));
    expect(size).toBeGreaterThan(0);
    const { files } = await get(['a.bin']);
    expect(files[0]).toMatchObject({ state: 'resumed', sha256: hash(content) });
    expect(server.requestsOf('a.bin').at(-1)).toBe(`bytes=${String(size)}-`);
    expect((await readFile(at('a.bin'))).equals(content)).toBe(true);
    expect(left()).toEqual(['a.bin']);
  });

  test('an abort before it begins, also where all is there', async () => {
    server.files.set('a.bin', { content });
    await get(['a.bin']);
    const signal = AbortSignal.abort();
    await expect(get(['a.bin'], { signal })).rejects.toThrow(InterruptedError);
  });

  test('a file that changed in between begins anew', async () => {
    server.files.set('a.bin', { content, etag: '"v1"', cuts: [100_000] });
    await get(['a.bin'], { attempts: 1 });
    expect(left()).toEqual(['a.bin.part', 'a.bin.part.json']);
    const changed = Buffer.from(content).reverse();
    server.files.set('a.bin', { content: changed, etag: '"v2"' });
    const { files } = await get(['a.bin']);
    expect(files[0]).toMatchObject({ state: 'fetched', sha256: hash(changed) });
    expect((await readFile(at('a.bin'))).equals(changed)).toBe(true);
  });

  test('a part of another version is told by the checksum where the server has no versions', async () => {
    await mkdir(path.join(folder, 'row0'));
    await writeFile(at('a.bin.part'), Buffer.alloc(1000));
    await writeFile(
      at('a.bin.part.json'),
      JSON.stringify({ address: server.url('a.bin'), size: content.length }),
    );
    server.files.set('a.bin', { content });
    const { files } = await get(['a.bin'], { sha256: hash(content) });
    expect(files[0]).toMatchObject({ state: 'fetched', sha256: hash(content) });
    expect(server.requestsOf('a.bin')).toEqual(['bytes=1000-', undefined]);
  });

  test.each([
    ['of another address', { address: 'http://127.0.0.1:1/other' }],
    ['that nothing is known of', undefined],
    ['longer than the file', { size: 10, validator: '"v1"' }],
  ])('a part %s begins anew', async (_, state) => {
    await mkdir(path.join(folder, 'row0'));
    await writeFile(at('a.bin.part'), Buffer.alloc(400_000));
    const known = { address: server.url('a.bin'), ...state };
    await writeFile(at('a.bin.part.json'), state === undefined ? '{' : JSON.stringify(known));
    server.files.set('a.bin', { content, etag: '"v1"' });
    const { files } = await get(['a.bin']);
    expect(files[0]).toMatchObject({ state: 'fetched', sha256: hash(content) });
  });

  test('503 and 429 are tried again, after the time that the server asks for', async () => {
    server.files.set('a.bin', { content, statuses: [503, 429], retryAfter: '0' });
    expect((await get(['a.bin'])).files[0]?.sha256).toBe(hash(content));
    expect(server.requestsOf('a.bin')).toHaveLength(3);
  });

  test('a server that stays busy fails after the attempts, and the others go on', async () => {
    server.files.set('a.bin', { content, statuses: Array.from({ length: 9 }, () => 503) });
    server.files.set('b.bin', { content });
    const { files, failures } = await get(['a.bin', 'b.bin', 'dead.bin'], { attempts: 3 });
    expect(files.map(({ name }) => name)).toEqual(['row1']);
    expect(failures.map(({ name, message }) => [name, message])).toEqual([
      ['row0', expect.stringMatching(/a\.bin: the server answers 503, 3 times/)],
      ['row2', expect.stringMatching(/dead\.bin: no such file \(404\)/)],
    ]);
    expect(server.requestsOf('a.bin')).toHaveLength(3);
    expect(server.requestsOf('dead.bin')).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  test('silence counts as a broken connection', async () => {
    server.files.set('a.bin', { content, silent: true });
    const { failures } = await get(['a.bin'], { attempts: 2, idleSeconds: 0.1 });
    expect(failures[0]?.message).toMatch(/no answer within 0.1 s, 2 times/);
  });

  test('a server that is not there', async () => {
    const links = Buffer.from('name,link\na,http://127.0.0.1:1/a.bin\n');
    const { failures } = await download({ links, folder });
    expect(failures[0]?.message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  });

  test('a wrong checksum leaves nothing', async () => {
    server.files.set('a.bin', { content });
    const { failures } = await get(['a.bin'], { md5: hash(Buffer.from(''), 'md5') });
    expect(failures[0]?.message).toMatch(/the md5 [0-9a-f]{32} instead of d41d8cd9.*, twice/);
    expect(left()).toEqual([]);
  });

  test('a file of unknown length, a redirect, a server without ranges', async () => {
    server.files.set('a.bin', { content, chunked: true });
    server.files.set('b.bin', { content, redirect: '/a.bin' });
    server.files.set('c.bin', { content, noRanges: true, etag: '"1"', cuts: [1000] });
    server.files.set('loop.bin', { content, redirect: '/loop.bin' });
    server.files.set('ftp.bin', { content, redirect: 'ftp://x/a' });
    const { files, failures } = await get(['a.bin', 'b.bin', 'c.bin', 'loop.bin', 'ftp.bin']);
    expect(files.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(hash(content)));
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/more than 10 redirects/),
      expect.stringMatching(/a redirect to ftp:\/\/x/),
    ]);
  });

  test('gzip files are kept or written decompressed, also where the server labels them', async () => {
    const zipped = gzipSync(content);
    server.files.set('a.fa.gz', { content: zipped, encoding: 'x-gzip' });
    server.files.set('b.fa', { content: zipped, encoding: 'gzip' });
    const { files } = await get(['a.fa.gz', 'b.fa']);
    expect((await readFile(files[0]?.file ?? '')).equals(zipped)).toBe(true);
    expect((await readFile(files[1]?.file ?? '')).equals(content)).toBe(true);
    await rm(path.join(folder, 'row0'), { recursive: true });
    await get(['a.fa.gz'], { gunzip: true, sha256: hash(zipped) });
    expect(left()).toEqual(['a.fa']);
    expect((await readFile(at('a.fa'))).equals(content)).toBe(true);
    const again = await get(['a.fa.gz'], { gunzip: true, sha256: hash(zipped) });
    expect(again.files[0]?.state).toBe('present');
  });

  test('a page in place of a gzip file, and damaged gzip data', async () => {
    server.files.set('a.fa.gz', { content: Buffer.from('<!DOCTYPE html><html>moved</html>') });
    server.files.set('b.fa.gz', { content: gzipSync(content).subarray(0, -20) });
    const { failures } = await get(['a.fa.gz', 'b.fa.gz'], { gunzip: true });
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/a\.fa\.gz: no gzip data: the file begins with "<!DOCTYPE html>/),
      expect.stringMatching(/b\.fa\.gz: the gzip data end too early/),
    ]);
  });

  test('lists of checksums beside the files', async () => {
    server.files.set('x/a.bin', { content });
    server.files.set('x/b.bin', { content });
    server.files.set('x/md5checksums.txt', {
      content: Buffer.from(
        `${hash(content, 'md5')}  ./a.bin\n${hash(Buffer.from(''), 'md5')}  ./b.bin\n`,
      ),
    });
    const { files, failures } = await get(['x/a.bin', 'x/b.bin', 'x/c.bin'], {
      checksums: 'md5checksums.txt',
    });
    expect(files.map(({ name, checked }) => [name, checked])).toEqual([['row0', 'md5']]);
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/the md5 .* instead of/),
      expect.stringMatching(/no checksum of 'c.bin'/),
    ]);
    expect(server.requestsOf('x/md5checksums.txt').length).toBeLessThan(3);

    server.files.set('x/a.bin.sha256', { content: Buffer.from(`${hash(content)}  a.bin\n`) });
    await rm(path.join(folder, 'row0'), { recursive: true });
    const own = await get(['x/a.bin'], { checksums: '{file}.sha256' });
    expect(own.files[0]?.checked).toBe('sha256');
  });

  test('a folder in use, and one that cannot be made, stop all', async () => {
    server.files.set('a.bin', { content });
    const lock = await lockFolder(folder, 'a test');
    await expect(get(['a.bin'])).rejects.toThrow(/in use|works|runs/);
    await lock.release();
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await expect(get(['a.bin'], { folder: file })).rejects.toThrow(/a file on the way/);
    await writeFile(path.join(folder, 'row0'), '');
    expect((await get(['a.bin'])).failures[0]?.message).toMatch(/a file on the way/);
  });

  test('wrong options', async () => {
    await expect(get(['a'], { parallel: 0 })).rejects.toThrow(/option parallel/);
    await expect(get(['a'], { retrySeconds: NaN })).rejects.toThrow(/option retrySeconds/);
    await expect(get(['a'], { gunzp: true } as object)).rejects.toThrow(/Did you mean 'gunzip'/);
  });
});

describe('downloadPromoters', () => {
  test('goes from links to promoters; what fails is listed and the others go on', async () => {
    const genome = '>c\nACGTACGTACGTACGTACGT\n';
    const gff = '##gff-version 3\nc\tx\tgene\t11\t15\t.\t+\t.\tID=g1\n';
    server.files.set('g.fa.gz', { content: gzipSync(genome) });
    server.files.set('a.gff3.gz', { content: gzipSync(gff) });
    server.files.set('empty.gff3', { content: Buffer.from('##gff-version 3\n') });
    const rows = [
      ['good', 'g.fa.gz', 'a.gff3.gz'],
      ['dead', 'g.fa.gz', 'gone.gff3.gz'],
      ['nogenes', 'g.fa.gz', 'empty.gff3'],
    ].map(([name = '', dna = '', annotation = '']) =>
      [name, server.url(dna), server.url(annotation)].join('\t'),
    );
    const links = Buffer.from(`name\tgene_link\tannot_link\n${rows.join('\n')}\n`);
    const result = await downloadPromoters({
      links,
      folder,
      retrySeconds: 0.01,
      extraction: { upstream: 4 },
    });
    expect(result.files).toHaveLength(5);
    expect(result.failures.map(({ name }) => name)).toEqual(['dead']);
    expect(result.promoterFailures).toEqual([
      {
        name: 'nogenes',
        message: expect.stringMatching(/empty\.gff3: no feature of the type gene/) as string,
      },
    ]);
    expect(result.promoters.map(({ name, report }) => [name, report.promoters])).toEqual([
      ['good', 1],
    ]);
    expect(readFileSync(path.join(folder, 'good', 'good.promoters.fa'), 'utf8')).toBe(
      '>g1::c:6-10(+)\nGTAC\n',
    );
  });

  test('a table of single files has nothing to cut', async () => {
    const links = Buffer.from('name,link\na,https://x.org/a.fa\n');
    await expect(downloadPromoters({ links, folder })).rejects.toThrow(/link of 'a': file only/);
  });
});
