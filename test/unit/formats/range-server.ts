import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll } from 'vitest';

/** A web server on this machine that answers range requests for the files of a folder. */
export async function serveFolder(
  folder: string,
): Promise<{ address: (name: string) => string; bytesSent: () => number }> {
  let sent = 0;
  const server = createServer((request, response) => {
    let content: Buffer;
    try {
      content = readFileSync(
        path.join(folder, path.basename(new URL(request.url!, 'http://x').pathname)),
      );
    } catch {
      response.writeHead(404).end();
      return;
    }
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from);
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const end = Math.min(to === '' ? Infinity : Number(to), content.length - 1);
    sent += end + 1 - start;
    response.writeHead(206, {
      'content-range': `bytes ${start}-${end}/${content.length}`,
      'content-length': end - start + 1,
    });
    response.end(content.subarray(start, end + 1));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: (name) => `http://127.0.0.1:${port}/${name}`, bytesSent: () => sent };
}
