import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../core/errors.ts';
import type { HubSettings } from './hub-settings.ts';
import { redact } from './hub-token.ts';

type Fetch = typeof globalThis.fetch;

/** The Hub answered with a status that is no success, after all attempts. */
export class HubResponseError extends Error {
  override readonly name = 'HubResponseError';
  readonly status: number;
  /** The Hub's own word for the reason, for example `RepoNotFound` or `GatedRepo`. */
  readonly code: string | undefined;
  /** What the Hub says, without secrets. */
  readonly serverMessage: string;
  /** Seconds after which the Hub wants to be asked again, where it says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(details: {
    status: number;
    code: string | undefined;
    serverMessage: string;
    retryAfterSeconds: number | undefined;
  }) {
    super(`HTTP ${details.status}: ${details.serverMessage}`);
    this.status = details.status;
    this.code = details.code;
    this.serverMessage = details.serverMessage;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The Hub did not answer in time. */
export class HubSilenceError extends Error {
  override readonly name = 'HubSilenceError';
}

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
/** Failures of a connection that was made; one that cannot be made at all is not tried again. */
const retriedCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

/** The code of the system error inside an error of `fetch`, for example `ECONNREFUSED`. */
export function networkErrorCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}

/** Whether asking again may help: the connection broke, or the other side fell silent. */
export function isPassingFailure(error: unknown): boolean {
  if (error instanceof HubSilenceError) return true;
  const code = networkErrorCode(error);
  if (code !== undefined) return retriedCodes.has(code);
  // undici calls an answer that broke off in its middle 'terminated'.
  return error instanceof TypeError && error.message === 'terminated';
}

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

async function toResponseError(
  response: Response,
  settings: HubSettings,
): Promise<HubResponseError> {
  let text = response.headers.get('x-error-message') ?? '';
  try {
    const body = await response.text();
    if (text === '' && (response.headers.get('content-type') ?? '').includes('json')) {
      const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
      text = String(error ?? message ?? '');
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
    const silence = new AbortController();
    const signals = [silence.signal];
    for (const given of [signal, init.signal]) if (given) signals.push(given);
    // An upload may rightly take long before it is answered, so only requests without a body are
    // watched.
    const watched = init.body === undefined || init.body === null;
    const timer = watched
      ? setTimeout(() => {
          silence.abort();
        }, settings.retry.idleSeconds * 1000)
      : undefined;
    try {
      const response = await settings.fetch(url, { ...init, signal: AbortSignal.any(signals) });
      if (!response.ok) throw await toResponseError(response, settings);
      if (!readWhole || response.body === null) return response;
      // Reading the answer here puts a body that breaks off among the failures that are retried.
      return new Response(await response.arrayBuffer(), {
        status: response.status,
        headers: response.headers,
      });
    } catch (error) {
      if (silence.signal.aborted && !(error instanceof HubResponseError)) {
        throw new HubSilenceError(`no answer within ${settings.retry.idleSeconds} s`);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const request = async (url: string, init: RequestInit, readWhole: boolean): Promise<Response> => {
    const headers = new Headers(init.headers);
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
        const passing = answered
          ? error.status === 429 || (retriedStatuses.has(error.status) && !once)
          : isPassingFailure(error) && !once;
        const wait = Math.max(
          backOffSeconds(count, settings),
          (answered ? error.retryAfterSeconds : undefined) ?? 0,
        );
        const stopped = init.signal?.aborted === true || count >= attempts;
        if (!passing || !repeatable || stopped || wait > maximumDelaySeconds) throw error;
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
