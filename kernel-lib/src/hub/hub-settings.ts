import { checkOptionNames } from '../core/check-option-names.ts';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import { HubToken } from './hub-token.ts';

/** Environment variables by name, as `process.env`. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first included. Default 5. */
  readonly attempts: number;
  /** Wait before the second attempt, in seconds; doubled before each further one. Default 0.5. */
  readonly firstDelaySeconds: number;
  /**
   * Longest wait in seconds. A server that asks for a longer one (`Retry-After`) is not asked again.
   * Default 60.
   */
  readonly maximumDelaySeconds: number;
  /** A request or a download that is silent for this long in seconds is given up. Default 30. */
  readonly idleSeconds: number;
}

/** A wait before a request is made again. */
export interface HubRetry {
  /** What went wrong: `rate-limit` where the Hub asks for patience, `failure` otherwise. */
  readonly reason: 'rate-limit' | 'failure';
  readonly waitSeconds: number;
  /** The attempt that comes, 2 for the first repetition. */
  readonly attempt: number;
  readonly attempts: number;
}

/** Options that every call to the Hub takes. */
export interface HubOptions {
  /** Address of the Hub. Default `HF_ENDPOINT`, else `https://huggingface.co`. */
  readonly endpoint?: string;
  /**
   * Access token. Default `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`, else the content of the file
   * `HF_TOKEN_PATH`, else of `$HF_HOME/token` (`~/.cache/huggingface/token`); none for public models.
   * The file `stored_tokens` beside it holds the tokens that `hf auth switch` chooses from; the
   * chosen one is in `token`, so it alone is read, as in Python.
   */
  readonly token?: string;
  /**
   * Cache folder, shared with Python's `huggingface_hub`. Default `HF_HUB_CACHE`, else
   * `HUGGINGFACE_HUB_CACHE`, else `$HF_HOME/hub`, else `$XDG_CACHE_HOME/huggingface/hub`, else
   * `~/.cache/huggingface/hub`.
   */
  readonly cacheFolder?: string;
  /** Uses only what the cache holds. Default `HF_HUB_OFFLINE`, else `TRANSFORMERS_OFFLINE`. */
  readonly offline?: boolean;
  /** Replaces the global `fetch`, for example to go through a proxy. */
  readonly fetch?: typeof globalThis.fetch;
  /** Changes to the default retry policy. */
  readonly retry?: Partial<RetryPolicy>;
  /** Is told before each wait after a passing failure or a rate limit; it must return at once. */
  readonly onRetry?: (event: HubRetry) => void;
  /** Where the variables above are read. Default `process.env`. */
  readonly environment?: EnvironmentVariables;
}

/** The options with every default filled in. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: HubToken | undefined;
  /** Where a token would be read, for error messages. */
  readonly tokenFile: string;
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** Whether uploads may use the Hub's chunk-deduplicating storage (not when `HF_HUB_DISABLE_XET`). */
  readonly useXet: boolean;
  /** Whether the cache may use symbolic links (not when `HF_HUB_DISABLE_SYMLINKS`). */
  readonly symlinks: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly retry: RetryPolicy;
  readonly onRetry: ((event: HubRetry) => void) | undefined;
  /** Set when a proxy is configured that this version of Node does not use by itself. */
  readonly ignoredProxy: string | undefined;
}

/** Names of the options in `HubOptions`, for checks of unknown options. */
export const hubOptionNames = [
  'endpoint',
  'token',
  'cacheFolder',
  'offline',
  'fetch',
  'retry',
  'onRetry',
  'environment',
] as const;

const defaultRetryPolicy: RetryPolicy = Object.freeze({
  attempts: 5,
  firstDelaySeconds: 0.5,
  maximumDelaySeconds: 60,
  idleSeconds: 30,
});

function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 'ON', 'YES', 'TRUE'].includes(value.toUpperCase());
}

/** `~` and `$NAME` as Python's `huggingface_hub` expands them. */
function expandPath(text: string, environment: EnvironmentVariables, home: string): string {
  const withVariables = text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, plain?: string) => environment[braced ?? plain ?? ''] ?? whole,
  );
  return path.resolve(withVariables.replace(/^~(?=$|[/\\])/, () => home));
}

function checkEndpoint(text: string, source: string): string {
  const details = {
    where: `the address of the Hub in ${source}`,
    expected: "an http or https address such as 'https://huggingface.co'",
  };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new EnvironmentError({ ...details, found: 'no address that can be read' });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EnvironmentError({ ...details, found: `the protocol '${url.protocol}'` });
  }
  if (url.username !== '' || url.password !== '') {
    throw new EnvironmentError({
      ...details,
      found: 'a user name or a password in it',
      fix: 'Give an access token in HF_TOKEN instead.',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new EnvironmentError({ ...details, found: "a '?' or '#' part" });
  }
  return url.href.replace(/\/+$/, '');
}

function readTokenFile(file: string): HubToken | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new EnvironmentError(
      {
        where: file,
        found: `the token file cannot be read (${code ?? 'unknown reason'})`,
        fix: 'Correct its permissions, or set HF_TOKEN.',
      },
      { cause: error },
    );
  }
  return text === '' ? undefined : new HubToken(text, file);
}

/** Checks a retry policy and fills in its defaults. */
function checkRetryPolicy(changes: Partial<RetryPolicy> = {}): RetryPolicy {
  checkOptionNames(changes, Object.keys(defaultRetryPolicy), 'the option retry');
  const policy = { ...defaultRetryPolicy, ...changes };
  for (const [name, value] of Object.entries(policy) as [keyof RetryPolicy, number][]) {
    const bad =
      name === 'attempts' ? !Number.isInteger(value) || value < 1 : !(value >= 0 && value < 86_400);
    if (bad) {
      throw new UsageError({
        where: `the option retry.${name}`,
        found: String(value),
        expected: name === 'attempts' ? 'a whole number of at least 1' : 'seconds, at least 0',
      });
    }
  }
  return policy;
}

/** The address of the Hub, without a slash at its end; see `HubOptions.endpoint`. */
export function hubEndpoint(options: Pick<HubOptions, 'endpoint' | 'environment'> = {}): string {
  if (options.endpoint !== undefined) {
    return checkEndpoint(options.endpoint, "the option 'endpoint'");
  }
  const text = (options.environment ?? process.env)['HF_ENDPOINT']?.trim() ?? '';
  return checkEndpoint(text === '' ? 'https://huggingface.co' : text, 'HF_ENDPOINT');
}

/**
 * Fills in what the options leave out from the environment, by the same rules as Python's
 * `huggingface_hub` (its `constants.py`), so that one login and one cache serve both.
 *
 * @throws EnvironmentError for an address or a token that cannot be one; the token is never shown
 * @example
 * hubSettings({ environment: { HF_HOME: '/data/hf' } }).cacheFolder; // '/data/hf/hub'
 */
export function hubSettings(options: HubOptions = {}): HubSettings {
  const environment = options.environment ?? process.env;
  const home = environment['HOME'] ?? homedir();
  const read = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  };
  const folder = (name: string): string | undefined => {
    const value = read(name);
    return value === undefined ? undefined : expandPath(value, environment, home);
  };

  const hfHome =
    folder('HF_HOME') ??
    path.join(folder('XDG_CACHE_HOME') ?? path.join(home, '.cache'), 'huggingface');
  const tokenFile = folder('HF_TOKEN_PATH') ?? path.join(hfHome, 'token');
  const variable = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'].find((name) => read(name) !== undefined);
  let token: HubToken | undefined;
  if (options.token !== undefined) token = new HubToken(options.token, "the option 'token'");
  else if (variable !== undefined) token = new HubToken(read(variable) ?? '', variable);
  else token = readTokenFile(tokenFile);

  const proxy = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'].find((n) => read(n) !== undefined);
  return {
    endpoint: hubEndpoint(options),
    token,
    tokenFile,
    cacheFolder:
      options.cacheFolder !== undefined
        ? expandPath(options.cacheFolder, environment, home)
        : (folder('HF_HUB_CACHE') ?? folder('HUGGINGFACE_HUB_CACHE') ?? path.join(hfHome, 'hub')),
    offline: options.offline ?? isTrue(read('HF_HUB_OFFLINE') ?? read('TRANSFORMERS_OFFLINE')),
    useXet: !isTrue(read('HF_HUB_DISABLE_XET')),
    symlinks: !isTrue(read('HF_HUB_DISABLE_SYMLINKS')),
    fetch: options.fetch ?? globalThis.fetch,
    retry: checkRetryPolicy(options.retry),
    onRetry: options.onRetry,
    ignoredProxy:
      options.fetch === undefined && !isTrue(read('NODE_USE_ENV_PROXY')) ? proxy : undefined,
  };
}
