import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../core/errors.ts';
import { HubResponseError, isPassingFailure, HubProtocolError } from './hub-failures.ts';
import type { HubSettings } from './hub-settings.ts';
import { redact } from './hub-token.ts';
import { SilenceWatch, WatchedBlob } from './silence-watch.ts';

type Fetch = typeof globalThis.fetch;

/** A connection with retries, in the forms that the client library and our downloads need. */
export interface HubConnection {
  readonly settings: HubSettings;
  readonly signal: AbortSignal | undefined;
  /** The common parameters of the functions of `@huggingface/hub`. */
  readonly client: {
    readonly hubUrl: string;
    readonly accessToken: string | undefined;
    readonly fetch: Fetch;
  };
  /** Requests a path of the Hub and gives the answer once its headers are there. */
  open(
    pathOnHub: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response>;
}

const retriedStatuses = new Set([408, 429, 500, 502, 503, 504]);
/** A request that carries something may be answered so many times later than another: the Hub works. */
const patienceWithWork = 10;

/** Longest answer that is read whole, in bytes; lists come in pages that are far smaller. */
const longestAnswer = 64 << 20;

/** `Retry-After` (RFC 9110, seconds or a date) or the Hub's `RateLimit: "api";r=0;t=55`. */
function retryAfterSeconds(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text !== null) {
    const seconds = Number(text);
    if (Number.isFinite(seconds)) return Math.max(0, seconds);
    const date = Date.parse(text);
    if (!Number.isNaN(date)) return Math.max(0, (date - Date.now()) / 1000);
  }
  const limit = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return limit === undefined ? undefined : Number(limit);
}

/** Reads an answer to its end, with a bound on its length and a word at each piece. */
async function readAnswer(
  response: Response,
  settings: HubSettings,
  onPiece: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    while (reader !== undefined) {
      const { value } = await reader.read();
      if (value === undefined) break;
      onPiece();
      length += value.length;
      if (length > longestAnswer) {
        throw new HubProtocolError(`an answer of more than ${longestAnswer >> 20} MB`);
      }
      pieces.push(value);
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  return Buffer.concat(pieces, length);
}

async function toResponseError(
  response: Response,
  settings: HubSettings,
  onPiece: () => void,
): Promise<HubResponseError> {
  let text = response.headers.get('x-error-message') ?? '';
  try {
    const body = Buffer.from(await readAnswer(response, settings, onPiece)).toString();
    if (text === '' && (response.headers.get('content-type') ?? '').includes('json')) {
      const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
      const said = error ?? message ?? '';
      text = typeof said === 'string' ? said : JSON.stringify(said);
    }
  } catch {
    // The status alone has to do when the body broke off or is no JSON.
  }
  return new HubResponseError({
    status: response.status,
    code: response.headers.get('x-error-code') ?? undefined,
    serverMessage: redact(text, settings.token).slice(0, 500),
    retryAfterSeconds: retryAfterSeconds(response.headers),
  });
}

/** Waits, and wakes at once when the work is aborted. */
export async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch {
    // Only the signal ends a wait; the caller looks at it.
  }
}

/** The wait before the attempt after `attempt` (1-based), in seconds. */
export function backOffSeconds(attempt: number, { retry }: HubSettings): number {
  return Math.min(retry.maximumDelaySeconds, retry.firstDelaySeconds * 2 ** (attempt - 1));
}

/**
 * A connection to the Hub: every request carries the signal, is repeated after passing failures
 * and rate limits within the bounds of the retry policy, and fails with `HubResponseError`
 * otherwise. The token is only ever sent to the Hub's own origin, whatever address the server names
 * as the next page.
 */
export function connectToHub(settings: HubSettings, signal?: AbortSignal): HubConnection {
  const origin = new URL(settings.endpoint).origin;
  const authorization =
    settings.token === undefined ? undefined : `Bearer ${settings.token.reveal()}`;

  const attempt = async (url: string, init: RequestInit, readWhole: boolean): Promise<Response> => {
    const watch = new SilenceWatch();
    const signals = [watch.signal];
    for (const given of [signal, init.signal]) if (given) signals.push(given);
    const { idleSeconds } = settings.retry;
    const hasBody = init.body !== undefined && init.body !== null;
    const answerSeconds = hasBody ? patienceWithWork * idleSeconds : idleSeconds;
    // A large content may rightly take hours, but its pieces have to go on leaving.
    const body =
      init.body instanceof Blob
        ? new WatchedBlob(init.body, (isLast) => {
            watch.expectWithin(isLast ? answerSeconds : idleSeconds);
          })
        : init.body;
    const onPiece = (): void => {
      watch.expectWithin(idleSeconds);
    };
    watch.expectWithin(answerSeconds);
    try {
      const response = await settings.fetch(url, {
        ...init,
        ...(hasBody ? { body } : {}),
        signal: AbortSignal.any(signals),
      });
      onPiece();
      if (!response.ok) throw await toResponseError(response, settings, onPiece);
      if (!readWhole || response.body === null) return response;
      // Reading the answer here puts a body that breaks off among the failures that are retried.
      return new Response(await readAnswer(response, settings, onPiece), {
        status: response.status,
        headers: response.headers,
      });
    } catch (error) {
      throw error instanceof HubResponseError ? error : watch.explain(error);
    } finally {
      watch.end();
    }
  };

  const request = async (url: string, init: RequestInit, readWhole: boolean): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!URL.canParse(url)) throw new HubProtocolError('an address that is none');
    if (new URL(url).origin !== origin && headers.get('authorization') === authorization) {
      headers.delete('authorization');
    }
    const { attempts, maximumDelaySeconds } = settings.retry;
    const repeatable = !(init.body instanceof ReadableStream);
    // A lost answer must not make two pull requests of one; other requests may be repeated.
    const once = /\/commit\/.*[?&]create_pr=1/.test(url);
    for (let count = 1; ; count++) {
      throwIfAborted(signal, 'the request to the Hub');
      try {
        return await attempt(url, { ...init, headers }, readWhole);
      } catch (error) {
        throwIfAborted(signal, 'the request to the Hub');
        const answered = error instanceof HubResponseError;
        if (answered) error.attempts = count;
        const passing = answered
          ? error.status === 429 || (retriedStatuses.has(error.status) && !once)
          : isPassingFailure(error) && !once;
        const wait = Math.max(
          backOffSeconds(count, settings),
          (answered ? error.retryAfterSeconds : undefined) ?? 0,
        );
        const stopped = init.signal?.aborted === true || count >= attempts;
        if (!passing || !repeatable || stopped || wait > maximumDelaySeconds) throw error;
        settings.onRetry?.({
          reason: answered && error.status === 429 ? 'rate-limit' : 'failure',
          waitSeconds: wait,
          attempt: count + 1,
          attempts,
        });
        await pause(wait, init.signal ?? signal);
      }
    }
  };

  return {
    settings,
    signal,
    client: {
      hubUrl: settings.endpoint,
      accessToken: settings.token?.reveal(),
      fetch: (input, init = {}) =>
        request(input instanceof Request ? input.url : String(input), init, true),
    },
    open: (pathOnHub, headers, signal) =>
      request(
        `${settings.endpoint}/${pathOnHub}`,
        {
          headers: { ...headers, ...(authorization ? { Authorization: authorization } : {}) },
          signal,
        },
        false,
      ),
  };
}
