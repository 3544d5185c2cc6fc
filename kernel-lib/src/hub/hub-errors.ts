import {
  EnvironmentError,
  InputError,
  InterruptedError,
  TataboxError,
  type ErrorDetails,
} from '../core/errors.ts';
import {
  fileSystemError,
  HubProtocolError,
  HubResponseError,
  HubSilenceError,
  isPassingFailure,
  isRedirectLoop,
  networkErrorCode,
} from './hub-failures.ts';
import type { HubSettings } from './hub-settings.ts';
import { redact } from './hub-token.ts';

/** What was being done when something failed. */
export interface HubErrorContext {
  readonly settings: HubSettings;
  /** For example `pull owner/name`. */
  readonly action: string;
  /** What the token must allow. */
  readonly access: 'read' | 'write';
  readonly repo?: string;
  readonly revision?: string;
  readonly file?: string;
  /** For example `The token belongs to 'tester' (organizations: lab).` */
  readonly account?: string;
  readonly signal?: AbortSignal;
}

/** How to get a token and where to put it. */
export function tokenAdvice(settings: HubSettings, role: 'read' | 'write'): string {
  return (
    `Make a token with ${role} access at ${settings.endpoint}/settings/tokens ` +
    `and set HF_TOKEN to it, or write it into ${settings.tokenFile}.`
  );
}

function tokenState({ settings }: HubErrorContext): string {
  return settings.token === undefined
    ? 'no token was found'
    : `the token was read from ${settings.token.source}`;
}

function explainResponse(error: HubResponseError, context: HubErrorContext): TataboxError {
  const { settings, action, access, repo, revision, file, account } = context;
  const said = error.serverMessage === '' ? '' : ` ('${error.serverMessage}')`;
  const where = `${action} at ${settings.endpoint}`;
  const options = { cause: error };
  const environment = (found: string, fix: string): TataboxError =>
    new EnvironmentError({ where, found, fix }, options);
  const input = (details: Omit<ErrorDetails, 'where'>): TataboxError =>
    new InputError({ where, ...details }, options);

  if (error.code === 'GatedRepo') {
    return environment(
      `${repo} is gated and this account has no access${said}; ${tokenState(context)}`,
      settings.token === undefined
        ? `Ask for access on ${settings.endpoint}/${repo}. ${tokenAdvice(settings, 'read')}`
        : `Ask for access on ${settings.endpoint}/${repo} with the account of this token.`,
    );
  }
  if (error.code === 'RevisionNotFound') {
    return input({
      found: `${repo} has no revision '${revision}'`,
      fix: `Look for its branches and tags on ${settings.endpoint}/${repo}/tree/main.`,
    });
  }
  if (error.code === 'EntryNotFound') {
    return input({
      found: `${repo} has no ${file === undefined ? 'such entry' : `file '${file}'`} at revision '${revision}'`,
      fix: `Look for its files on ${settings.endpoint}/${repo}/tree/${revision}.`,
    });
  }
  // The Hub answers 401 for a repository that is missing or private when no token is sent.
  if (error.code === 'RepoNotFound' || error.status === 404) {
    return input({
      found:
        `there is no model ${repo}, or it is private and ` +
        (settings.token === undefined
          ? 'no token was found'
          : `closed to the token from ${settings.token.source}`),
      fix:
        settings.token === undefined
          ? `Check the name. For a private model: ${tokenAdvice(settings, 'read')}`
          : "Check the name, and that the token's account may see it.",
    });
  }
  switch (error.status) {
    case 401:
      return environment(
        settings.token === undefined
          ? `an access token is needed${said} and none was found (HF_TOKEN, ${settings.tokenFile})`
          : `the Hub refuses the access token${said}; ${tokenState(context)}`,
        tokenAdvice(settings, access),
      );
    case 403:
      return environment(
        `not allowed${said}; ${tokenState(context)}`,
        [account, tokenAdvice(settings, access)].filter((text) => text !== undefined).join(' '),
      );
    case 429:
      return environment(
        `too many requests${said}`,
        error.retryAfterSeconds === undefined
          ? 'Try again in a few minutes.'
          : `Try again in ${Math.ceil(error.retryAfterSeconds)} seconds.`,
      );
    case 402:
    case 507:
      if (access === 'read') break;
      return environment(`the storage of the account is full${said}`, 'Free some on the Hub.');
  }
  if (error.status >= 500) {
    return environment(
      `the Hub failed with status ${error.status}${said}${error.attempts > 1 ? `, ${error.attempts} times` : ''}`,
      'Try again later; what was done so far is kept.',
    );
  }
  if (error.status < 400) {
    return environment(
      `a redirect that leads nowhere (status ${error.status})${said}`,
      'Check HF_ENDPOINT: it may be the address of another web site.',
    );
  }
  return input({
    found: `the Hub refuses the request with status ${error.status}${said}`,
    fix:
      access === 'write'
        ? 'Correct what it names; a model card with a wrong front matter is a common reason.'
        : 'Check the name of the model and the revision, and HF_ENDPOINT.',
  });
}

const connectionAdvice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'the name of the host is not known (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host cannot be looked up (EAI_AGAIN)',
  ENETUNREACH: 'there is no network (ENETUNREACH)',
  EHOSTUNREACH: 'the host cannot be reached (EHOSTUNREACH)',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit (UND_ERR_CONNECT_TIMEOUT)',
};

const folderFaults: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the quota of the disk is used up (EDQUOT)',
  EACCES: 'no permission to write there (EACCES)',
  EPERM: 'no permission to write there (EPERM)',
  ENOTDIR: 'a part of this path is a file (ENOTDIR)',
  EISDIR: 'a folder where a file should be (EISDIR)',
  EEXIST: 'a file where a folder should be (EEXIST)',
  ELOOP: 'a symbolic link where a file should be (ELOOP)',
  ENAMETOOLONG: 'a name that is too long for this disk (ENAMETOOLONG)',
  EROFS: 'the file system is read-only (EROFS)',
  EIO: 'the disk cannot be read or written (EIO)',
  EMFILE: 'too many open files (EMFILE)',
};

function noConnection(found: string, error: unknown, context: HubErrorContext): TataboxError {
  const { settings, action } = context;
  const proxy =
    settings.ignoredProxy === undefined
      ? ''
      : ` ${settings.ignoredProxy} is set, but this fetch does not use it: give a fetch that does, ` +
        'or use Node 24 with NODE_USE_ENV_PROXY=1.';
  return new EnvironmentError(
    {
      where: `${action}: the Hub at ${settings.endpoint}`,
      found,
      fix:
        (context.access === 'write'
          ? 'Check the network and HF_ENDPOINT, and push again: what arrived is not sent twice.'
          : 'Check the network and HF_ENDPOINT; with HF_HUB_OFFLINE=1 only the cache in ' +
            `${settings.cacheFolder} is used.`) + proxy,
    },
    { cause: error },
  );
}

/**
 * What a failure means to the person who started the work: a typed error with a cure for all that
 * the network, the Hub, a token or the disk can do wrong; errors of other kinds (faults of this
 * program) come back as they are.
 */
export function explainHubError(error: unknown, context: HubErrorContext): unknown {
  const isInterrupt = error instanceof InterruptedError;
  if (error instanceof TataboxError && !isInterrupt) return error;
  if (isInterrupt || context.signal?.aborted === true) {
    return new InterruptedError(
      {
        where: context.action,
        found: 'interrupted',
        fix: 'Start it again to go on where it stopped.',
      },
      { cause: error },
    );
  }
  if (error instanceof HubResponseError) return explainResponse(error, context);
  if (error instanceof HubProtocolError) {
    return new EnvironmentError(
      {
        where: `${context.action}: the answer of ${context.settings.endpoint}`,
        found: error.message,
        expected: "the Hugging Face Hub's protocol",
        fix: 'Check HF_ENDPOINT and the proxy, where there is one: another web site may answer.',
      },
      { cause: error },
    );
  }
  if (error instanceof HubSilenceError) return noConnection(error.message, error, context);
  const code = networkErrorCode(error);
  const place = fileSystemError(error)?.path;
  if (code === 'ENOENT' && place !== undefined) {
    return new InputError(
      {
        where: `${context.action}: ${place}`,
        found: 'the file went away during the work (ENOENT)',
        fix: 'Leave the folder alone meanwhile, and start it again.',
      },
      { cause: error },
    );
  }
  const folderFault = code === undefined ? undefined : folderFaults[code];
  if (folderFault !== undefined) {
    return new EnvironmentError(
      {
        where: `${context.action}: ${place ?? context.settings.cacheFolder}`,
        found: folderFault,
        fix:
          context.access === 'write'
            ? 'Mend it, and push again.'
            : 'Free or allow it, or choose another cache folder with HF_HUB_CACHE.',
      },
      { cause: error },
    );
  }
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new InputError(
      {
        where: context.action,
        found: 'a file of the folder changed while it was sent',
        fix: 'Leave the folder alone meanwhile, and push again.',
      },
      { cause: error },
    );
  }
  if (isRedirectLoop(error)) {
    return new EnvironmentError(
      {
        where: `${context.action}: the Hub at ${context.settings.endpoint}`,
        found: 'one redirect leads to the next without end',
        fix: 'Check HF_ENDPOINT and the proxy, where there is one.',
      },
      { cause: error },
    );
  }
  if (code !== undefined && code in connectionAdvice) {
    return noConnection(connectionAdvice[code] ?? code, error, context);
  }
  if (code !== undefined && /CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO_/.test(code)) {
    return new EnvironmentError(
      {
        where: `${context.action}: the Hub at ${context.settings.endpoint}`,
        found: `its certificate is not trusted (${code})`,
        fix: 'Behind a proxy that inspects traffic, set NODE_EXTRA_CA_CERTS to its certificate file.',
      },
      { cause: error },
    );
  }
  if (isPassingFailure(error)) {
    return noConnection(`the connection broke (${code ?? 'closed early'})`, error, context);
  }
  if (error instanceof TypeError && error.message === 'fetch failed') {
    const { token } = context.settings;
    const reason = code ?? redact(String(error.cause ?? 'unknown reason'), token);
    return noConnection(`no connection (${reason})`, error, context);
  }
  return error;
}
