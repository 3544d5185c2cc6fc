import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { repository, temporaryFolder } from './helpers.ts';

const yeast = path.join(repository, 'notebooks', 'data', 'yeast_R64', 'sacCer3.fa.gz');
const folder = temporaryFolder();
const interval = { chrom: 'chrIV', start: 700_123, end: 701_500, strand: '-' } as const;

let server: Server;
let base: string;
let requested: string[] = [];
let plain: string;
/** Files by the path that they are asked for. */
const files = new Map<string, Uint8Array>();

beforeAll(async () => {
  const text = Array.from({ length: 40 }, (_, i) => `>c${i}\n${'ACGTN'.repeat(14)}\nGGG\n`).join(
    '',
  );
  plain = folder.write('plain.fa', text);
  files.set('/plain.fa', Buffer.from(text));
  files.set('/no-index.fa', Buffer.from(text));
  for (const ending of ['', '.fai', '.gzi']) {
    files.set(`/yeast.fa.gz${ending}`, await readFile(`${yeast}${ending}`));
  }
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    requested.push(pathname);
    const content = files.get(pathname);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (content === undefined || from === undefined) {
      response.writeHead(404).end();
      return;
    }
    const end = Math.min(to === '' ? Infinity : Number(to), content.length - 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${content.length}` });
    response.end(content.subarray(Number(from), end + 1));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('openFasta', () => {
  it('reads a bgzip genome by parts from a web server', async () => {
    const local = await openFasta(yeast);
    const remote = await openFasta(`${base}/yeast.fa.gz?token=1`);
    requested = [];
    expect(await remote.fetch(interval)).toEqual(await local.fetch(interval));
    expect(requested.length).toBeLessThan(8);
    const windows = Array.from({ length: 50 }, (_, i) => ({
      chrom: i % 2 === 0 ? 'chrI' : 'chrX',
      start: 1000 * i,
      end: 1000 * i + 300,
      strand: '+' as const,
    }));
    expect(await remote.fetchMany(windows)).toEqual(await local.fetchMany(windows));
    expect(() => remote.fetchSync({ ...interval, start: 5, end: 600_000 })).toThrow(
      /web server, which can only be read by functions that are awaited.*fetchMany/s,
    );
    remote.close();
    local.close();
  });

  it('reads bytes, plain and bgzip', async () => {
    const local = await openFasta(yeast);
    const held = await openFasta(await readFile(yeast), {
      index: await readFile(`${yeast}.fai`),
      blockIndex: await readFile(`${yeast}.gzi`),
    });
    expect(await held.fetch(interval)).toEqual(await local.fetch(interval));
    const text = await openFasta(new Uint8Array(await readFile(plain)));
    expect(text.contigs).toHaveLength(40);
    const window = { chrom: 'c7', start: 3, end: 72 };
    expect(text.fetchSync(window)).toEqual((await openFasta(plain)).fetchSync(window));
  });

  it('says what is missing on a web server', async () => {
    await expect(openFasta(`${base}/no-index.fa`)).rejects.toThrow(
      /no index beside it.*\{ index \}/s,
    );
    await expect(openFasta(`${base}/nothing.fa`)).rejects.toThrow(/no such file \(404\)/);
    const remote = await openFasta(`${base}/no-index.fa`, {
      index: Buffer.from('c0\t73\t4\t70\t71\n'),
    });
    expect(remote.contigLength('c0')).toBe(73);
    expect((await remote.fetch({ chrom: 'c0', start: 68, end: 73 })).length).toBe(5);
  });
});
