import { whoAmI as askWhoAmI } from '@huggingface/hub';
import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError } from '../core/errors.ts';
import { connectToHub, type HubConnection } from './hub-connection.ts';
import { explainHubError, tokenAdvice } from './hub-errors.ts';
import { askHub, HubProtocolError } from './hub-failures.ts';
import { hubOptionNames, hubSettings, type HubOptions } from './hub-settings.ts';

/** Options of `whoAmI`. */
export interface WhoAmIOptions extends HubOptions {
  readonly signal?: AbortSignal;
}

/** The account that an access token belongs to. */
export interface HubAccount {
  readonly name: string;
  /** The name that the account shows, where it has one. */
  readonly fullName?: string;
  readonly organizations: readonly string[];
  /** What the token may do, by the Hub's own word; undefined where the Hub does not say. */
  readonly role?: string;
  /** What its owner called the token. */
  readonly tokenName?: string;
  /** Where the token was read: `HF_TOKEN`, the path of a file, or the option `token`. */
  readonly source: string;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}

/**
 * Asks the Hub whose token a connection carries.
 *
 * @throws HubProtocolError for an answer that names no account
 */
export async function readAccount(connection: HubConnection): Promise<HubAccount> {
  const { client, settings } = connection;
  const accessToken = client.accessToken ?? '';
  const answer: unknown = await askHub(settings, () => askWhoAmI({ ...client, accessToken }));
  const { name, fullname, orgs, auth } = answer as Record<string, unknown>;
  const account = text(name);
  if (account === undefined || typeof auth !== 'object' || auth === null) {
    throw new HubProtocolError('an account without a name');
  }
  const { accessToken: token } = auth as {
    accessToken?: { role?: unknown; displayName?: unknown } | null;
  };
  const fullName = text(fullname);
  const role = text(token?.role);
  const tokenName = text(token?.displayName);
  return {
    name: account,
    ...(fullName === undefined || fullName === account ? {} : { fullName }),
    organizations: (Array.isArray(orgs) ? (orgs as ({ name?: unknown } | null)[]) : [])
      .map((org) => text(org?.name))
      .filter((org) => org !== undefined),
    ...(role === undefined ? {} : { role }),
    ...(tokenName === undefined ? {} : { tokenName }),
    source: settings.token?.source ?? '',
  };
}

/**
 * Asks the Hub which account the access token belongs to, and so whether it is a valid one.
 *
 * @throws EnvironmentError where there is no token, the Hub refuses it, or cannot be asked
 * @example
 * const { name, organizations } = await whoAmI();
 */
export async function whoAmI(options: WhoAmIOptions = {}): Promise<HubAccount> {
  checkOptionNames(options, [...hubOptionNames, 'signal'], 'whoAmI');
  const settings = hubSettings(options);
  const action = 'ask whose token it is';
  if (settings.offline) {
    throw new EnvironmentError({
      where: action,
      found: 'offline mode (HF_HUB_OFFLINE or the option offline)',
      fix: 'Leave it to ask the Hub.',
    });
  }
  if (settings.token === undefined) {
    throw new EnvironmentError({
      where: `${action} at ${settings.endpoint}`,
      found: `no access token in HF_TOKEN or ${settings.tokenFile}`,
      fix: tokenAdvice(settings, 'read'),
    });
  }
  try {
    return await readAccount(connectToHub(settings, options.signal));
  } catch (error) {
    throw explainHubError(error, { settings, action, access: 'read', signal: options.signal });
  }
}
