import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  openSource,
  sourceName,
  sourcePath,
  type FileSource,
} from '../../../kernel-lib/src/formats/byte-source.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);

let folder: string;
let file: string;
let server: Server;
let base: string;
let requests: string[] = [];
/** What the server does in place of its usual answer, once each. */
let faults: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
let etag = '"1"';

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests.push(request.headers.range ?? '');
  const fault = faults.shift();
  if (fault !== undefined) return fault(request, response);
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const end = Math.min(to === '' ? Infinity : Number(to), content.length - 1);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end}/${content.length}`,
    'content-length': end - start + 1,
    etag,
  });
  response.end(content.subarray(start, end + 1));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-source-'));
  file = path.join(folder, 'a b.bin');
  await writeFile(file, content);
  server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  requests = [];
  faults = [];
  etag = '"1"';
});

const sources = (): [string, FileSource][] => [
  ['a path', file],
  ['a file address', pathToFileURL(file)],
  ['a file address as text', pathToFileURL(file).href],
  ['a web address', `${base}/x`],
  ['a buffer', content],
  ['an ArrayBuffer', content.buffer.slice(0)],
];

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe('every source', () => {
  it.each([
    'a path',
    'a file address',
    'a file address as text',
    'a web address',
    'a buffer',
    'an ArrayBuffer',
  ])('gives bytes by position and in pieces: %s', async (kind) => {
    const source = openSource(new Map(sources()).get(kind)!);
    expect(await source.size()).toBe(content.length);
    for (const [at, length] of [
      [0, 10],
      [65_530, 12],
      [100, 200_000],
      [299_990, 100],
      [299_990, 2 ** 40],
      [300_000, 5],
      [400_000, 5],
      [7, 0],
    ] as const) {
      const bytes = await source.read(at, length);
      expect(Buffer.compare(bytes, content.subarray(at, at + length))).toBe(0);
    }
    expect(Buffer.compare(await collect(source.stream()), content)).toBe(0);
    expect(Buffer.compare(await collect(source.stream(299_000)), content.subarray(299_000))).toBe(
      0,
    );
    await source.close();
  });
});

describe('names', () => {
  it('hide what an address may keep secret', () => {
    const address = 'https://me:pass@example.org/a.bw?token=abc';
    expect(sourceName(address)).toBe('https://example.org/a.bw');
    expect(sourceName(new URL(address))).toBe('https://example.org/a.bw');
    expect(sourcePath(address)).toBeUndefined();
    expect(sourcePath(pathToFileURL(file))).toBe(file);
    expect(sourceName(content)).toBe('bytes');
  });

  it('of other kinds are refused', () => {
    expect(() => openSource(new URL('ftp://example.org/a'))).toThrow(
      /kind ftp:\/\/; expected http/,
    );
  });
});

describe('a file that is not there', () => {
  it('is named with the one that may be meant', async () => {
    await expect(openSource(path.join(folder, 'a c.bin')).size()).rejects.toThrow(
      /a c\.bin: no such file.*a b\.bin/s,
    );
  });
});

describe('a web server', () => {
  const fail =
    (status: number, headers = {}) =>
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status, headers).end('x');
    };

  it('is asked once for neighbouring bytes', async () => {
    const source = openSource(`${base}/x`);
    await source.read(0, 10);
    await source.read(20, 1000);
    expect(requests).toEqual(['bytes=0-65535']);
    await source.read(65_536, 150_000);
    expect(requests).toHaveLength(3);
  });

  it('that fails and then answers is no problem', async () => {
    faults = [fail(503), fail(429, { 'retry-after': '0' }), (_, response) => response.destroy()];
    const source = openSource(`${base}/x`);
    expect(Buffer.compare(await source.read(5, 5), content.subarray(5, 10))).toBe(0);
  });

  it('that cuts the connection in the midst is asked for the rest', async () => {
    const cut = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(206, {
        'content-range': `bytes 0-${content.length - 1}/${content.length}`,
        'content-length': content.length,
      });
      response.write(content.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    };
    faults = [cut];
    expect(Buffer.compare(await collect(openSource(`${base}/x`).stream()), content)).toBe(0);
    expect(requests[1]).toBe('bytes=1000-');
    faults = [cut];
    expect((await openSource(`${base}/x`).read(0, 5000)).length).toBe(5000);
  });

  it.each([
    [404, /no such file \(404\)/],
    [403, /no permission to read it \(403\).*give its path/s],
    [418, /the answer 418/],
  ])('that answers %i is told', async (status, message) => {
    faults = [fail(status)];
    await expect(openSource(`${base}/x?key=secret`).read(0, 5)).rejects.toThrow(message);
    faults = [fail(status)];
    await expect(openSource(`${base}/x?key=secret`).read(0, 5)).rejects.not.toThrow(/secret/);
  });

  it('without ranges can be streamed, and is told where parts are wanted', async () => {
    const whole = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': content.length }).end(content);
    };
    faults = [whole, whole, whole];
    const source = openSource(`${base}/x`);
    expect(Buffer.compare(await collect(source.stream()), content)).toBe(0);
    expect(Buffer.compare(await source.read(0, 9), content.subarray(0, 9))).toBe(0);
    await expect(source.read(100_000, 9)).rejects.toThrow(/no parts of a file.*Download/s);
  });

  it('whose file changes meanwhile is told', async () => {
    const source = openSource(`${base}/x`);
    await source.read(0, 5);
    etag = '"2"';
    await expect(source.read(200_000, 5)).rejects.toThrow(/changed while it was read/);
  });

  it('that is not there is told after some attempts', async () => {
    faults = Array.from({ length: 5 }, () => fail(500, { 'retry-after': '0' }));
    await expect(openSource(`${base}/x`).size()).rejects.toThrow(/answers 500, 5 times.*network/s);
  });
});
