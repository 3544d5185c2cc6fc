import { EnvironmentError, throwIfAborted, UsageError } from '../core/errors.ts';
import { tokenAdvice, type HubErrorContext } from './hub-errors.ts';
import { hubOptionNames, hubSettings, type HubOptions, type HubSettings } from './hub-settings.ts';
import { checkModelFolder, listFolderFiles, type FolderFiles } from './model-folder-files.ts';
import type { RepoState } from './repo-files.ts';
import { checkRepoName, checkRevision, isCommitHash } from './repo-name.ts';
import type { HubAccount } from './who-am-i.ts';

/** What a push and its plan are told alike. */
export interface PushTarget extends HubOptions {
  /** The model folder. */
  readonly folder: string;
  /** `owner/name` of the model on the Hub; it is created if it is not there. */
  readonly repo: string;
  /**
   * Whether only the owner may see the model. Default: what the owner's account has set (public as
   * a rule) for a new model. For a model that is there it must agree with how it is.
   */
  readonly private?: boolean;
  /** Branch; it is made from `main` if it is not there. Default `main`. */
  readonly revision?: string;
  /** Pushes `training_state/` too, so that others can go on training. Default false. */
  readonly includeTrainingState?: boolean;
  readonly signal?: AbortSignal;
}

/** A push whose options, folder and token were looked at; nothing was asked of the Hub yet. */
export interface PreparedPush {
  readonly repo: string;
  readonly branch: string;
  readonly settings: HubSettings;
  readonly content: FolderFiles;
  readonly context: HubErrorContext;
}

/** Names of what planning and pushing both take, for checks of unknown options. */
export const pushOptionNames = [
  ...hubOptionNames,
  'folder',
  'repo',
  'private',
  'revision',
  'includeTrainingState',
  'signal',
  'progress',
] as const;

/**
 * Checks all that can be checked on this machine before something is published.
 *
 * @throws UsageError for an option that is wrong; InputError for a folder that is no model folder;
 *   EnvironmentError where there is no token
 */
export async function preparePush(options: PushTarget): Promise<PreparedPush> {
  const { folder, signal } = options;
  const repo = checkRepoName(options.repo);
  const branch = checkRevision(options.revision ?? 'main', 'the branch to push to');
  if (isCommitHash(branch)) {
    throw new UsageError({
      where: 'the branch to push to',
      found: 'a commit hash, which cannot change',
      expected: "a branch such as 'main'",
    });
  }
  const settings = hubSettings(options);
  throwIfAborted(signal, `push ${repo}`);
  if (settings.offline) {
    throw new EnvironmentError({
      where: `push ${repo}`,
      found: 'offline mode (HF_HUB_OFFLINE or the option offline)',
      fix: 'Leave it to publish a model.',
    });
  }
  const content = await listFolderFiles(folder, options);
  await checkModelFolder(folder, content);
  if (settings.token === undefined) {
    throw new EnvironmentError({
      where: `push ${repo} to ${settings.endpoint}`,
      found: `no access token in HF_TOKEN or ${settings.tokenFile}`,
      fix: tokenAdvice(settings, 'write'),
    });
  }
  const context: HubErrorContext = {
    settings,
    action: `push ${repo}`,
    access: 'write',
    repo,
    revision: branch,
    ...(signal === undefined ? {} : { signal }),
  };
  return { repo, branch, settings, content, context };
}

/**
 * Whether the account may write at all.
 *
 * @returns a sentence that says whose token it is
 */
export function checkMayWrite(account: HubAccount, settings: HubSettings): string {
  const { name, organizations, role, source } = account;
  if (role === 'read') {
    throw new EnvironmentError({
      where: `the access token from ${source}`,
      found: 'it may only read',
      expected: 'a token that may write',
      fix: tokenAdvice(settings, 'write'),
    });
  }
  const list = organizations.length === 0 ? 'none' : organizations.join(', ');
  return `The token belongs to '${name}' (organizations: ${list}).`;
}

/** Whether the model on the Hub is as private as it is to be. */
export function checkVisibility(
  { private: wanted }: PushTarget,
  { repo, settings }: PreparedPush,
  state: RepoState,
): void {
  if (wanted === undefined || wanted === state.private) return;
  const name = (isPrivate: boolean): string => (isPrivate ? 'private' : 'public');
  throw new UsageError({
    where: `push to ${repo}`,
    found: `private: ${String(wanted)}, but the model is there and is ${name(state.private)}`,
    fix: `Change it at ${settings.endpoint}/${repo}/settings, or leave the option out. Nothing was pushed.`,
  });
}
