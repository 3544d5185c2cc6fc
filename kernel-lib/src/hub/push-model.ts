import { checkOptionNames } from '../core/check-option-names.ts';
import { createBranch, createRepo } from '@huggingface/hub';
import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { FileProgress } from './byte-progress.ts';
import { connectToHub } from './hub-connection.ts';
import { explainHubError } from './hub-errors.ts';
import { askHub, HubResponseError } from './hub-failures.ts';
import type { LeftOutFile } from './model-folder-files.ts';
import {
  checkMayWrite,
  checkVisibility,
  preparePush,
  pushOptionNames,
  type PushTarget,
} from './prepare-push.ts';
import { readRepoState, type RepoState } from './repo-files.ts';
import { hashFiles } from './hash-files.ts';
import { sendFiles, type SendRequest } from './send-files.ts';
import { readAccount } from './who-am-i.ts';

/** Options of `pushModel`. */
export interface PushModelOptions extends PushTarget, LongWorkOptions {
  /** What changed: a title line, then text. Default `Push a model with tatabox`. */
  readonly message?: string;
  /** Opens a pull request instead of changing the branch. Default false. */
  readonly createPullRequest?: boolean;
  /** Is told how far each file is while it is sent. */
  readonly fileProgress?: (event: FileProgress) => void;
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
    [...pushOptionNames, 'message', 'createPullRequest', 'fileProgress'],
    'pushModel',
  );
  if (options.message?.trim() === '') {
    throw new UsageError({ where: 'the option message', found: 'no text' });
  }
  const prepared = await preparePush(options);
  const { repo, branch, settings, content, context } = prepared;
  let account: string | undefined;
  try {
    const connection = connectToHub(settings, options.signal);
    const accessToken = settings.token?.reveal() ?? '';
    const push: Push = { options, repo, branch, settings, connection, accessToken };
    account = checkMayWrite(await readAccount(connection), settings);
    const files = await hashFiles(content.files, `push ${repo}`, options);
    const state = await prepareRepo(push);
    checkVisibility(options, prepared, state);
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
