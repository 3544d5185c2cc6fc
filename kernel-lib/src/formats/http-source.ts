import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError, InputError } from '../core/errors.ts';

/** Bytes that are asked for together: indexes are read in many small steps. */
const BLOCK = 1 << 16;
/** Blocks that are kept. */
const KEPT_BLOCKS = 256;
/** Times that a request is sent before it has failed. */
const ATTEMPTS = 5;
/** Longest wait that a server may ask for between two attempts. */
const LONGEST_WAIT_MS = 30_000;
/** Silence after which a connection counts as broken. */
const SILENCE_MS = 30_000;
const SILENT = 'the server is silent';

const DOWNLOAD = 'Download the file and give its path.';

/** A failure that may have passed at the next attempt. */
class PassingFailure extends Error {
  readonly waitMilliseconds: number | undefined;

  constructor(message: string, waitMilliseconds?: number) {
    super(message);
    this.waitMilliseconds = waitMilliseconds;
  }
}

/** An answer whose body has begun. */
interface Answer {
  readonly response: Response;
  /** Position of the body's first byte. */
  readonly start: number;
  /** Bytes of the whole file, where the server tells. */
  readonly size: number | undefined;
}

/**
 * A file on a web server (RFC 9110), read by range requests; blocks are kept, so that neighbouring
 * reads share a request. Broken connections, 429 and 5xx are tried again. The file must stay the same
 * while it is open, by its ETag.
 */
export class HttpSource {
  readonly name: string;
  readonly #address: URL;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  #size: number | undefined;
  #version: string | undefined;

  constructor(address: URL, name: string) {
    this.name = name;
    this.#address = address;
  }

  async size(): Promise<number> {
    if (this.#size === undefined) await this.#block(0);
    if (this.#size !== undefined) return this.#size;
    throw this.#problem('a server that does not tell the size of the file', DOWNLOAD);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const end = Math.min(position + length, this.#size ?? Infinity);
    if (end <= position) return new Uint8Array(0);
    const first = Math.floor(position / BLOCK);
    // The first block tells the size; a length that a damaged file claims asks for no more.
    const begin = await this.#block(first);
    const last = Math.floor((Math.min(end, this.#size ?? end) - 1) / BLOCK);
    const rest = await this.#run(first + 1, last);
    const blocks = [begin, ...rest];
    const bytes = blocks.length === 1 ? begin : Buffer.concat(blocks);
    const offset = position - first * BLOCK;
    return bytes.subarray(offset, offset + (end - position));
  }

  async *stream(position = 0): AsyncGenerator<Uint8Array, void, undefined> {
    let at = position;
    for (let failures = 0; ;) {
      let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
      try {
        const answer = await this.#request(at, undefined);
        if (answer === undefined) return;
        reader = answer.response.body?.getReader();
        // A server without ranges begins anew: what was had is passed over.
        let skip = at - answer.start;
        for (;;) {
          const piece = reader === undefined ? undefined : await nextPiece(reader);
          if (piece === undefined) break;
          const fresh = piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - fresh.length;
          if (fresh.length === 0) continue;
          at += fresh.length;
          failures = 0;
          yield fresh;
        }
        if (answer.size === undefined || at >= answer.size) return;
        throw new PassingFailure(`the connection ended at byte ${String(at)}`);
      } catch (error) {
        if (!(error instanceof PassingFailure) || ++failures >= ATTEMPTS) throw this.#failed(error);
        await delay(error.waitMilliseconds ?? 200 * 2 ** failures);
      } finally {
        await reader?.cancel().catch(() => undefined);
      }
    }
  }

  close(): Promise<void> {
    this.#blocks.clear();
    return Promise.resolve();
  }

  #block(index: number): Promise<Uint8Array> {
    const kept = this.#blocks.get(index);
    if (kept !== undefined) {
      // The one that was used last is the last to go.
      this.#blocks.delete(index);
      this.#blocks.set(index, kept);
      return kept;
    }
    const [block] = this.#fetch(index, index);
    return block as Promise<Uint8Array>;
  }

  /** Blocks `first` … `last`; neighbours that are missing share a request. */
  async #run(first: number, last: number): Promise<Uint8Array[]> {
    const blocks: Promise<Uint8Array>[] = [];
    for (let index = first; index <= last;) {
      if (this.#blocks.has(index)) {
        blocks.push(this.#block(index++));
        continue;
      }
      let end = index;
      while (end < last && end - index < KEPT_BLOCKS / 4 && !this.#blocks.has(end + 1)) end++;
      blocks.push(...this.#fetch(index, end));
      index = end + 1;
    }
    return Promise.all(blocks);
  }

  #fetch(first: number, last: number): Promise<Uint8Array>[] {
    const all = this.#readRange(first * BLOCK, (last - first + 1) * BLOCK);
    const blocks: Promise<Uint8Array>[] = [];
    for (let index = first; index <= last; index++) {
      const block = all.then((bytes) => {
        const from = (index - first) * BLOCK;
        return bytes.subarray(from, from + BLOCK);
      });
      // An error is thrown where the block is awaited, and the next read asks again.
      block.catch(() => this.#blocks.delete(index));
      this.#blocks.set(index, block);
      blocks.push(block);
    }
    for (const index of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT_BLOCKS || index >= first) break;
      this.#blocks.delete(index);
    }
    return blocks;
  }

  async #readRange(position: number, length: number): Promise<Uint8Array> {
    for (let failures = 0; ;) {
      try {
        return await this.#readOnce(position, length);
      } catch (error) {
        if (!(error instanceof PassingFailure) || ++failures >= ATTEMPTS) throw this.#failed(error);
        await delay(error.waitMilliseconds ?? 200 * 2 ** failures);
      }
    }
  }

  async #readOnce(position: number, length: number): Promise<Uint8Array> {
    const answer = await this.#request(position, length);
    if (answer === undefined) return new Uint8Array(0);
    const { response, start, size } = answer;
    if (start !== position) {
      await response.body?.cancel();
      throw this.#problem(
        'a server that gives no parts of a file (no answer to range requests)',
        DOWNLOAD,
      );
    }
    if (size === undefined) {
      await response.body?.cancel();
      throw this.#problem('a server that does not tell the size of the file', DOWNLOAD);
    }
    const wanted = Math.min(length, size - position);
    const pieces: Uint8Array[] = [];
    let have = 0;
    const reader = response.body?.getReader();
    try {
      while (have < wanted) {
        const piece = reader === undefined ? undefined : await nextPiece(reader);
        if (piece === undefined) break;
        pieces.push(piece);
        have += piece.length;
      }
    } finally {
      // A server without ranges would send all of the file.
      await reader?.cancel().catch(() => undefined);
    }
    if (have < wanted) {
      throw new PassingFailure(`the connection ended at byte ${String(position + have)}`);
    }
    return Buffer.concat(pieces).subarray(0, length);
  }

  /** Asks for bytes from a position on; undefined where there are none. */
  async #request(position: number, length: number | undefined): Promise<Answer | undefined> {
    const end = length === undefined ? '' : String(position + length - 1);
    let response: Response;
    // Only until the answer begins: a long file may take longer.
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new PassingFailure(SILENT)), SILENCE_MS);
    try {
      response = await fetch(this.#address, {
        // Positions are those of the file, not of a compressed answer.
        headers: { Range: `bytes=${String(position)}-${end}`, 'Accept-Encoding': 'identity' },
        signal: silence.signal,
      });
    } catch (error) {
      throw error instanceof PassingFailure ? error : new PassingFailure(reasonOf(error));
    } finally {
      clearTimeout(timer);
    }
    const { status, headers } = response;
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const total = range?.[2] ?? (status === 200 ? headers.get('content-length') : null) ?? '*';
    const size = total === '*' ? undefined : Number(total);
    if (status !== 200 && status !== 206) {
      await response.body?.cancel();
      if (status === 416) {
        this.#size ??= size;
        return undefined;
      }
      throw this.#refused(status, headers);
    }
    const version = headers.get('etag') ?? undefined;
    const changed =
      this.#version !== undefined && version !== undefined && version !== this.#version;
    if (changed || (this.#size !== undefined && size !== undefined && size !== this.#size)) {
      await response.body?.cancel();
      throw this.#problem('a file that changed while it was read', 'Open it again.');
    }
    this.#version ??= version;
    this.#size ??= size;
    return { response, start: status === 206 ? Number(range?.[1] ?? position) : 0, size };
  }

  #refused(status: number, headers: Headers): Error {
    if (status === 429 || status >= 500) {
      const seconds = Number(headers.get('retry-after') ?? NaN);
      const wait = Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : undefined;
      return new PassingFailure(`the server answers ${String(status)}`, wait);
    }
    if (status === 404 || status === 410) {
      return this.#problem(`no such file (${String(status)})`, 'Check the address.');
    }
    if (status === 401 || status === 403) {
      return this.#problem(
        `no permission to read it (${String(status)})`,
        'Download the file with your account and give its path.',
      );
    }
    return this.#problem(`the answer ${String(status)}`, 'Check the address.');
  }

  #problem(found: string, fix: string): InputError {
    return new InputError({ where: this.name, found, fix });
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof PassingFailure)) return error;
    return new EnvironmentError(
      {
        where: this.name,
        found: `${error.message}, ${String(ATTEMPTS)} times`,
        fix: 'Check the network, or try again later.',
      },
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The next piece of an answer; silence for too long is a failure. */
async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const timer = new AbortController();
  try {
    const silence = delay(SILENCE_MS, undefined, { signal: timer.signal, ref: false }).then(() => {
      throw new PassingFailure(SILENT);
    });
    silence.catch(() => undefined);
    return (await Promise.race([reader.read(), silence])).value;
  } catch (error) {
    throw error instanceof PassingFailure ? error : new PassingFailure(reasonOf(error));
  } finally {
    timer.abort();
  }
}
