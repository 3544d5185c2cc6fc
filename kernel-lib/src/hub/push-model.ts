import { checkOptionNames } from '../core/check-option-names.ts';
import { createBranch, createRepo, whoAmI } from '@huggingface/hub';
import { EnvironmentError, throwIfAborted, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { ByteProgress } from './byte-progress.ts';
import { hashFile } from './content-hash.ts';
import { connectToHub } from './hub-connection.ts';
import { explainHubError, tokenAdvice, type HubErrorContext } from './hub-errors.ts';
import { askHub, HubResponseError, HubProtocolError } from './hub-failures.ts';
import { hubOptionNames, hubSettings, type HubOptions } from './hub-settings.ts';
import {
  checkModelFolder,
  listFolderFiles,
  type FolderFile,
  type LeftOutFile,
} from './model-folder-files.ts';
import { readRepoState, type RepoState } from './repo-files.ts';
import { checkRepoName, checkRevision, isCommitHash } from './repo-name.ts';
import { sendFiles, type HashedFile, type SendRequest } from './send-files.ts';

/** Options of `pushModel`. */
export interface PushModelOptions extends HubOptions, LongWorkOptions {
  /** The model folder. */
  readonly folder: string;
  /** `owner/name` of the model on the Hub; it is created if it is not there. */
  readonly repo: string;
  /**
   * Whether only the owner may see the model. Default: what the owner's account has set (public as
   * a rule) for a new model. For a model that is there it must agree with how it is.
   */
  readonly private?: boolean;
  /** What changed: a title line, then text. Default `Push a model with tatabox`. */
  readonly message?: string;
  /** Branch; it is made from `main` if it is not there. Default `main`. */
  readonly revision?: string;
  /** Pushes `training_state/` too, so that others can go on training. Default false. */
  readonly includeTrainingState?: boolean;
  /** Opens a pull request instead of changing the branch. Default false. */
  readonly createPullRequest?: boolean;
}

/** A file of a pushed model. */
export interface PushedFile {
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Whether the Hub had this content under this name already, so that nothing was sent. */
  readonly skipped?: true;
}

/** What `pushModel` gives. */
export interface PushedModel {
  readonly repo: string;
  /** Page of the model, of its branch, or of the pull request. */
  readonly url: string;
  /** The commit that holds these files. */
  readonly commit: string;
  /** False when the Hub had all files already and no commit was needed. */
  readonly changed: boolean;
  readonly files: readonly PushedFile[];
  /** Files of the folder that are not published, and why. */
  readonly leftOut: readonly LeftOutFile[];
  /**
   * Files that somebody else changed on the branch while this push was under way. Both changes are
   * in the history of the branch; this one came later, so that its version is the present one.
   */
  readonly replaced: readonly string[];
}

interface Push extends SendRequest {
  readonly options: PushModelOptions;
  readonly accessToken: string;
}

/** Asks the Hub whose token it is, before any work is done. */
async function checkToken({ connection, settings, accessToken }: Push): Promise<string> {
  const account: unknown = await askHub(settings, () =>
    whoAmI({ ...connection.client, accessToken }),
  );
  const { name, orgs, auth } = account as { name?: unknown; orgs?: unknown; auth?: unknown };
  if (typeof name !== 'string' || typeof auth !== 'object' || auth === null) {
    throw new HubProtocolError('an account without a name');
  }
  if ((auth as { accessToken?: { role?: unknown } }).accessToken?.role === 'read') {
    throw new EnvironmentError({
      where: `the access token from ${settings.token?.source ?? 'HF_TOKEN'}`,
      found: 'it may only read',
      expected: 'a token that may write',
      fix: tokenAdvice(settings, 'write'),
    });
  }
  const organizations = (Array.isArray(orgs) ? (orgs as ({ name?: unknown } | null)[]) : [])
    .map((org) => org?.name)
    .filter((org) => typeof org === 'string');
  const list = organizations.length === 0 ? 'none' : organizations.join(', ');
  return `The token belongs to '${name}' (organizations: ${list}).`;
}

async function hashFiles(push: Push, files: readonly FolderFile[]): Promise<HashedFile[]> {
  const { signal, progress } = push.options;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const bytes = new ByteProgress(progress, 'check the files', total);
  const hashed: HashedFile[] = [];
  for (const file of files) {
    throwIfAborted(signal, `push ${push.repo}`);
    const hashes = await hashFile(file.file, {
      signal,
      onBytes: (count) => {
        bytes.add(count);
      },
    });
    hashed.push({ ...file, hashes });
  }
  bytes.finish();
  return hashed;
}

function isResponse(error: unknown, code: string): boolean {
  return error instanceof HubResponseError && error.code === code;
}

/** The state of the branch; makes the repository and the branch where they are missing. */
async function prepareRepo(push: Push): Promise<RepoState> {
  const { connection, settings, repo, branch, options, accessToken } = push;
  const read = (revision: string): Promise<RepoState> => readRepoState(connection, repo, revision);
  try {
    return await read(branch);
  } catch (error) {
    if (isResponse(error, 'RepoNotFound') && options.createPullRequest !== true) {
      try {
        await askHub(settings, () =>
          createRepo({
            ...connection.client,
            accessToken,
            repo,
            ...(options.private === undefined
              ? {}
              : { visibility: options.private ? 'private' : 'public' }),
          }),
        );
      } catch (creation) {
        // Somebody made it in between, or an earlier attempt did and its answer was lost.
        if (!(creation instanceof HubResponseError && creation.status === 409)) throw creation;
      }
      if (branch === 'main') return await read(branch);
    } else if (!isResponse(error, 'RevisionNotFound') || branch === 'main') {
      throw error;
    }
  }
  try {
    await askHub(settings, () =>
      createBranch({ ...connection.client, repo, branch, revision: 'main' }),
    );
  } catch (error) {
    // As above: it is there, and that is all that is wanted.
    if (!(error instanceof HubResponseError && error.status === 409)) throw error;
  }
  return await read(branch);
}

function checkVisibility({ options, repo, settings }: Push, state: RepoState): void {
  if (options.private === undefined || options.private === state.private) return;
  const name = (isPrivate: boolean): string => (isPrivate ? 'private' : 'public');
  throw new UsageError({
    where: `push to ${repo}`,
    found: `private: ${options.private}, but the model is there and is ${name(state.private)}`,
    fix: `Change it at ${settings.endpoint}/${repo}/settings, or leave the option out. Nothing was pushed.`,
  });
}

/**
 * Publishes a model folder on the Hub: checks the folder and the token first, creates the model if
 * needed, sends only what the Hub does not have, in one commit, and reads the result back. Hidden
 * files, `*.tmp`, training state (unless asked for) and links that leave the folder stay here.
 *
 * @returns the page, the commit and the files with their SHA-256
 * @throws UsageError for an option that is wrong; InputError for a folder that is no model folder;
 *   EnvironmentError for network, token, access, and a branch that others keep changing;
 *   InterruptedError when the signal is aborted (the branch is unchanged; large files that arrived
 *   are not sent again)
 * @example
 * const { url } = await pushModel({ folder: 'runs/promoters/model', repo: 'lab/yeast-promoters' });
 */
export async function pushModel(options: PushModelOptions): Promise<PushedModel> {
  checkOptionNames(
    options,
    [
      ...hubOptionNames,
      'folder',
      'repo',
      'private',
      'message',
      'revision',
      'includeTrainingState',
      'createPullRequest',
      'signal',
      'progress',
    ],
    'pushModel',
  );
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
  if (options.message?.trim() === '') {
    throw new UsageError({ where: 'the option message', found: 'no text' });
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
    signal,
  };
  let account: string | undefined;
  try {
    const connection = connectToHub(settings, signal);
    const accessToken = settings.token.reveal();
    const push: Push = { options, repo, branch, settings, connection, accessToken };
    account = await checkToken(push);
    const files = await hashFiles(push, content.files);
    const state = await prepareRepo(push);
    checkVisibility(push, state);
    const { commit, url, sent, replaced } = await sendFiles(push, state, files);
    return {
      repo,
      url,
      commit,
      changed: sent.size > 0,
      files: files.map(({ path, size, hashes }) => ({
        path,
        size,
        sha256: hashes.sha256,
        ...(sent.has(path) ? {} : { skipped: true }),
      })),
      leftOut: content.leftOut,
      replaced,
    };
  } catch (error) {
    throw explainHubError(error, { ...context, account });
  }
}
