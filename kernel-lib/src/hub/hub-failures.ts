import { TataboxError } from '../core/errors.ts';
import type { HubSettings } from './hub-settings.ts';
import { redact } from './hub-token.ts';

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
  /** How often the Hub was asked. */
  attempts = 1;

  constructor(details: {
    status: number;
    code?: string | undefined;
    serverMessage: string;
    retryAfterSeconds?: number | undefined;
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

/** Failures of a connection that was made; one that cannot be made at all is not tried again. */
const retriedCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  // The answer broke off inside its headers, or they are damaged.
  'HPE_INVALID_EOF_STATE',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_HEADER_TOKEN',
]);

/** The code of the system error inside an error of `fetch`, for example `ECONNREFUSED`. */
export function networkErrorCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}

/** The error of the file system inside an error of `fetch`: a file that was being sent. */
export function fileSystemError(error: unknown): NodeJS.ErrnoException | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const { path, code } = at as NodeJS.ErrnoException;
    if (typeof path === 'string' && typeof code === 'string') return at;
    at = at.cause;
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

/** Whether `fetch` gave up because one redirect led to the next without end. */
export function isRedirectLoop(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    error.cause instanceof Error &&
    error.cause.message === 'redirect count exceeded'
  );
}

/** The Hub, or what answers in its place, does not keep to the Hub's protocol. */
export class HubProtocolError extends Error {
  override readonly name = 'HubProtocolError';
}

/**
 * Whether a failure is one of the network, the disk or an abort: of the connection rather than of
 * what the answer says.
 */
function isConnectionFailure(error: unknown): boolean {
  const code = networkErrorCode(error);
  return (
    error instanceof HubResponseError ||
    error instanceof HubSilenceError ||
    // Node's own errors are about arguments, such as an address that is none.
    (code !== undefined && !code.startsWith('ERR_')) ||
    (error instanceof Error && error.name === 'AbortError') ||
    (error instanceof TypeError && ['fetch failed', 'terminated'].includes(error.message))
  );
}

/**
 * What the client library threw over an answer. It reads answers without looking whether they have
 * the form that it expects, so that another one comes out as a `TypeError` of its own code.
 */
function explainAnswer(error: unknown, settings: HubSettings): unknown {
  if (error instanceof TataboxError || error instanceof HubProtocolError) return error;
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (error instanceof Error && typeof status === 'number') {
    const serverMessage = redact(error.message, settings.token).slice(0, 500);
    return new HubResponseError({ status, serverMessage });
  }
  if (isConnectionFailure(error)) return error;
  if (error instanceof SyntaxError) {
    return new HubProtocolError('an answer that is no JSON', { cause: error });
  }
  const said =
    error instanceof Error && !(error instanceof TypeError)
      ? ` (${redact(error.message, settings.token).slice(0, 200)})`
      : '';
  return new HubProtocolError(`JSON of another form than the Hub's${said}`, { cause: error });
}

/**
 * Asks the Hub by a call of the client library.
 *
 * @throws HubProtocolError when the answer does not have the form that it must have; failures of
 *   the connection as they are
 */
export async function askHub<T>(settings: HubSettings, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw explainAnswer(error, settings);
  }
}

/** As `askHub`, for a list that the client library reads page by page. */
export async function* listFromHub<T>(
  settings: HubSettings,
  list: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const entries = list[Symbol.asyncIterator]();
  try {
    for (;;) {
      const entry = await askHub(settings, () => entries.next());
      if (entry.done === true) return;
      yield entry.value;
    }
  } finally {
    await entries.return?.();
  }
}
