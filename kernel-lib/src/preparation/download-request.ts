import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { EnvironmentError, InputError } from '../core/errors.ts';
import { networkErrorCode } from '../hub/hub-failures.ts';
import { SilenceWatch } from '../hub/silence-watch.ts';
import { shownAddress } from './download-address.ts';

/** An answer whose body can be read. */
export interface DownloadAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they are sent: not decompressed. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Drops the connection. */
  close(): void;
}

/** A failure that may have passed at the next attempt. */
export class PassingFailure extends Error {
  readonly waitSeconds: number | undefined;

  constructor(message: string, options: { waitSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.waitSeconds = options.waitSeconds;
  }
}

/** Codes of system and network errors that mean a wrong address or machine, not a bad moment. */
const lastingCodes = [
  'ENOTFOUND',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_INVALID_URL',
  'ERR_UNESCAPED_CHARACTERS',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];
const MOST_REDIRECTS = 10;
/** Longest wait that a server may ask for between two attempts, in seconds. */
const LONGEST_WAIT = 60;

function explain(error: unknown, address: URL): Error {
  if (error instanceof EnvironmentError || error instanceof InputError) return error;
  if (error instanceof PassingFailure) return error;
  const code = networkErrorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined || !lastingCodes.includes(code)) {
    return new PassingFailure(message, { cause: error });
  }
  return new EnvironmentError(
    {
      where: shownAddress(address),
      found: `the server cannot be reached (${code})`,
      fix: 'Check the address and the network.',
    },
    { cause: error },
  );
}

async function send(address: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { request } =
    address.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    request(address, options, resolve).on('error', reject).end();
  });
}

/** The address that an answer sends on to; undefined where it does not. */
function redirectOf(answer: IncomingMessage, address: URL): URL | undefined {
  const { statusCode = 0, headers } = answer;
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
    return undefined;
  }
  const where = shownAddress(address);
  let next: URL;
  try {
    next = new URL(headers.location, address);
  } catch (error) {
    const found = 'a redirect to what is no address';
    throw new InputError({ where, found, fix: 'Check the address.' }, { cause: error });
  }
  const isWorse = next.protocol !== 'https:' && next.protocol !== address.protocol;
  if (!isWorse) return next;
  throw new InputError({
    where,
    found: `a redirect to ${next.protocol}//${next.host}`,
    expected: 'an encrypted connection as before',
    fix: 'If you trust it, put that address into the table.',
  });
}

/** Options of {@link requestDownload}. */
export interface DownloadRequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Silence after which a connection counts as broken. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Asks for a file (RFC 9110). Not by `fetch`, which would decompress `.gz` files that a server
 * labels with `Content-Encoding: gzip`, as many archives do. Redirects are followed, not from an
 * encrypted connection to another.
 *
 * @throws PassingFailure for what may have passed at the next attempt; InputError for answers such as
 *   404; EnvironmentError for a server that cannot be reached
 */
export async function requestDownload(
  first: URL,
  { headers, idleSeconds, signal }: DownloadRequestOptions,
): Promise<DownloadAnswer> {
  const watch = new SilenceWatch();
  const both = AbortSignal.any([signal, watch.signal]);
  let address = first;
  try {
    for (let redirects = 0; ; redirects++) {
      watch.expectWithin(idleSeconds);
      const sent = { 'User-Agent': 'tatabox', 'Accept-Encoding': 'identity', ...headers };
      const answer = await send(address, { headers: sent, signal: both });
      const next = redirectOf(answer, address);
      if (next === undefined) {
        checkStatus(answer, first);
        return startAnswer(answer, first, idleSeconds, watch);
      }
      answer.destroy();
      address = next;
      if (redirects === MOST_REDIRECTS) {
        throw new InputError({
          where: shownAddress(first),
          found: `more than ${String(MOST_REDIRECTS)} redirects`,
          fix: 'Check the address.',
        });
      }
    }
  } catch (error) {
    watch.end();
    throw explain(watch.explain(error), address);
  }
}

function startAnswer(
  answer: IncomingMessage,
  address: URL,
  idleSeconds: number,
  watch: SilenceWatch,
): DownloadAnswer {
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of answer) {
        // A slow disk is no silence of the server.
        watch.expectWithin(idleSeconds);
        yield piece as Uint8Array;
        watch.expectWithin(idleSeconds);
      }
    } catch (error) {
      throw explain(watch.explain(error), address);
    } finally {
      watch.end();
    }
  }
  const close = (): void => {
    watch.end();
    answer.on('error', () => undefined);
    answer.destroy();
  };
  return { status: answer.statusCode ?? 0, headers: answer.headers, pieces, close };
}

/** Throws for every answer but a file, a part of it, and "nothing behind that byte". */
function checkStatus(answer: IncomingMessage, address: URL): void {
  const { statusCode: status = 0, headers } = answer;
  if (status === 200 || status === 206 || status === 416) return;
  answer.destroy();
  const where = shownAddress(address);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after'] ?? NaN);
    throw new PassingFailure(
      `the server answers ${String(status)}`,
      seconds >= 0 ? { waitSeconds: Math.min(seconds, LONGEST_WAIT) } : {},
    );
  }
  if (status === 404 || status === 410) {
    const fix = 'Check the address in a browser: archives move files with each release.';
    throw new InputError({ where, found: `no such file (${String(status)})`, fix });
  }
  if (status === 401 || status === 403) {
    const fix = 'Download the file with your account, and give its path.';
    throw new InputError({ where, found: `no permission to read it (${String(status)})`, fix });
  }
  throw new InputError({ where, found: `the answer ${String(status)}`, fix: 'Check the address.' });
}
