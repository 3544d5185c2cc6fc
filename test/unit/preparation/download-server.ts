import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file of the loopback server, and what goes wrong with it. */
export interface ServedFile {
  content: Buffer;
  etag?: string;
  lastModified?: string;
  /** Bytes after which the connection is cut, of the next answers. */
  cuts?: number[];
  /** Statuses of the next answers. */
  statuses?: number[];
  retryAfter?: string;
  /** Without Content-Length and ranges, as programs that make files on the fly answer. */
  chunked?: boolean;
  noRanges?: boolean;
  /** Sends the headers and then nothing. */
  silent?: boolean;
  redirect?: string;
  encoding?: string;
  /** Bytes a piece, with a pause after each. */
  slowly?: number;
}

/** A loopback server of files with faults on demand, and the requests that it got. */
export class DownloadServer {
  readonly files = new Map<string, ServedFile>();
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  /** Answers at a time, and the most there were. */
  active = 0;
  mostActive = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.active++;
      this.mostActive = Math.max(this.mostActive, this.active);
      response.on('close', () => this.active--);
      void this.#answer(request, response);
    });
  }

  static async start(): Promise<DownloadServer> {
    const server = new DownloadServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  url(name: string): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/${name}`;
  }

  requestsOf(name: string): (string | undefined)[] {
    return this.requests.filter(({ path }) => path === `/${name}`).map(({ range }) => range);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { range, 'if-range': ifRange } = request.headers;
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    this.requests.push({ path, range });
    const file = this.files.get(path.slice(1));
    const status = file === undefined ? 404 : file.statuses?.shift();
    if (file === undefined || status !== undefined) {
      const wait = file?.retryAfter;
      response.writeHead(status ?? 404, wait === undefined ? {} : { 'Retry-After': wait }).end();
      return;
    }
    if (file.redirect !== undefined) {
      response.writeHead(302, { Location: file.redirect }).end();
      return;
    }
    const { content, etag, lastModified } = file;
    if (etag !== undefined) response.setHeader('ETag', etag);
    if (lastModified !== undefined) response.setHeader('Last-Modified', lastModified);
    if (file.encoding !== undefined) response.setHeader('Content-Encoding', file.encoding);
    const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? NaN);
    const same = ifRange === undefined || ifRange === etag || ifRange === lastModified;
    let body = content;
    if (first >= 0 && same && file.noRanges !== true && file.chunked !== true) {
      if (first >= content.length) {
        response.writeHead(416, { 'Content-Range': `bytes */${String(content.length)}` }).end();
        return;
      }
      const last = `${String(content.length - 1)}/${String(content.length)}`;
      response.statusCode = 206;
      response.setHeader('Content-Range', `bytes ${String(first)}-${last}`);
      body = content.subarray(first);
    }
    if (file.chunked !== true) response.setHeader('Content-Length', String(body.length));
    if (file.silent === true) {
      response.flushHeaders();
      return;
    }
    const cut = file.cuts?.shift();
    if (cut !== undefined) {
      response.write(body.subarray(0, cut), () => {
        // What was written goes out before the connection is cut.
        setTimeout(() => response.destroy(), 20);
      });
      return;
    }
    if (file.slowly === undefined) {
      response.end(body);
      return;
    }
    for (let at = 0; at < body.length && !response.destroyed; at += file.slowly) {
      response.write(body.subarray(at, at + file.slowly));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  }
}
