import { pathToFileURL } from 'node:url';
import { commitIter, type CommitOutput } from '@huggingface/hub';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { ByteProgress, type FileProgress } from './byte-progress.ts';
import { sendEmptyFilesInline } from './empty-files.ts';
import type { HashedFile } from './hash-files.ts';
import { backOffSeconds, pause, type HubConnection } from './hub-connection.ts';
import { askHub, HubResponseError, HubProtocolError } from './hub-failures.ts';
import type { HubSettings } from './hub-settings.ts';
import { listRepoFiles, readRepoState, type RepoFile, type RepoState } from './repo-files.ts';
import { isCommitHash } from './repo-name.ts';

/** Where files are sent, and how. */
export interface SendRequest {
  readonly repo: string;
  readonly branch: string;
  readonly settings: HubSettings;
  readonly connection: HubConnection;
  readonly options: LongWorkOptions & {
    readonly message?: string;
    readonly createPullRequest?: boolean;
    readonly fileProgress?: (event: FileProgress) => void;
  };
}

/** What the Hub has at a commit, by path. */
async function readFiles(
  { connection, repo }: SendRequest,
  commit: string,
): Promise<ReadonlyMap<string, RepoFile>> {
  const files = await listRepoFiles(connection, repo, commit);
  return new Map(files.map((file) => [file.path, file]));
}

/** Those of the files that are not on the Hub in this form. */
export function missingFiles(
  there: ReadonlyMap<string, RepoFile>,
  files: readonly HashedFile[],
): HashedFile[] {
  return files.filter(({ path, hashes }) => {
    const remote = there.get(path);
    return remote?.sha256 === undefined
      ? remote?.gitSha1 !== hashes.gitSha1
      : remote.sha256 !== hashes.sha256;
  });
}

async function commitFiles(
  push: SendRequest,
  parentCommit: string,
  files: readonly HashedFile[],
): Promise<CommitOutput> {
  const { connection, options, repo, branch, settings } = push;
  const [title = '', ...rest] = (options.message ?? 'Push a model with tatabox').trim().split('\n');
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const bytes = new ByteProgress(options.progress, `push ${repo}`, total);
  const sent = new Map<string, number>();
  const sizes = new Map(files.map((file) => [file.path, file.size]));
  const empty = new Set(files.filter((file) => file.size === 0).map((file) => file.path));
  const steps = commitIter({
    ...connection.client,
    fetch: sendEmptyFilesInline(connection.client.fetch, empty),
    repo,
    branch,
    title,
    description: rest.join('\n').trim(),
    // The Hub refuses the commit when the branch is no longer what the files were compared with.
    parentCommit,
    isPullRequest: options.createPullRequest ?? false,
    useXet: settings.useXet,
    abortSignal: options.signal,
    operations: files.map((file) => ({
      operation: 'addOrUpdate',
      path: file.path,
      content: pathToFileURL(file.file),
    })),
  });
  for (;;) {
    const step = await askHub(settings, () => steps.next());
    if (step.done === true) {
      const oid: unknown = step.value?.commit.oid;
      if (step.value === undefined || typeof oid !== 'string' || !isCommitHash(oid)) {
        throw new HubProtocolError('no commit hash after the commit');
      }
      bytes.finish();
      return step.value;
    }
    if (step.value.event === 'fileProgress' && step.value.state === 'uploading') {
      const { path, progress } = step.value;
      const size = sizes.get(path) ?? 0;
      const now = Math.round(size * progress);
      options.fileProgress?.({ path, done: now, size });
      bytes.add(now - (sent.get(path) ?? 0));
      sent.set(path, now);
    }
  }
}

/** What became of the files. */
export interface SentFiles {
  readonly commit: string;
  /** Page of the model, of its branch, or of the pull request. */
  readonly url: string;
  readonly sent: ReadonlySet<string>;
  /** See `PushedModel.replaced`. */
  readonly replaced: readonly string[];
}

/** Files of ours that somebody else changed between two readings of the branch. */
function changedMeanwhile(
  before: ReadonlyMap<string, RepoFile>,
  after: ReadonlyMap<string, RepoFile>,
  missing: readonly HashedFile[],
): string[] {
  return missing
    .map((file) => file.path)
    .filter((name) => after.has(name) && before.get(name)?.gitSha1 !== after.get(name)?.gitSha1);
}

function tooManyConflicts(
  { repo, branch, settings }: SendRequest,
  attempts: number,
  cause: HubResponseError,
): EnvironmentError {
  const said = cause.serverMessage === '' ? '' : ` ('${cause.serverMessage}')`;
  return new EnvironmentError(
    {
      where: `push ${repo} at ${settings.endpoint}`,
      found: `others changed ${branch} at each of ${attempts} attempts${said}`,
      fix: 'Nothing of this push was written. Push again when they are done.',
    },
    { cause },
  );
}

/**
 * Sends what is missing, and reads the result back: all files must be there as they are here. Where
 * somebody else commits at the same time, the branch is read again and the commit made on top of
 * theirs; large files that arrived by then are not sent again.
 */
export async function sendFiles(
  push: SendRequest,
  state: RepoState,
  files: readonly HashedFile[],
): Promise<SentFiles> {
  const { connection, settings, repo, branch, options } = push;
  const page = `${settings.endpoint}/${repo}${branch === 'main' ? '' : `/tree/${branch}`}`;
  const replaced = new Set<string>();
  let sent = new Set<string>();
  let { commit } = state;
  let there = await readFiles(push, commit);
  for (let attempt = 1; ; attempt++) {
    const missing = missingFiles(there, files);
    // After a conflict: the answer to our own commit was lost, and its repetition found it there.
    if (missing.length === 0) return { commit, url: page, sent, replaced: [...replaced] };
    sent = new Set(missing.map((file) => file.path));
    let output: CommitOutput;
    try {
      output = await commitFiles(push, commit, missing);
    } catch (error) {
      const conflict = error instanceof HubResponseError && [409, 412].includes(error.status);
      if (!conflict) throw error;
      if (attempt >= settings.retry.attempts) throw tooManyConflicts(push, attempt, error);
      // Two that collided must not meet again at the same moment.
      await pause(backOffSeconds(attempt, settings) * (0.5 + Math.random()), options.signal);
      throwIfAborted(options.signal, `push ${repo}`);
      ({ commit } = await readRepoState(connection, repo, branch));
      const now = await readFiles(push, commit);
      for (const name of changedMeanwhile(there, now, missingFiles(now, files))) replaced.add(name);
      there = now;
      continue;
    }
    const lost = missingFiles(await readFiles(push, output.commit.oid), files);
    if (lost.length > 0) {
      throw new EnvironmentError({
        where: `push ${repo} at ${settings.endpoint}`,
        found: `commit ${output.commit.oid.slice(0, 7)} lacks ${lost.map((f) => f.path).join(', ')}`,
        expected: 'all files of the folder',
        fix: 'Push again.',
      });
    }
    const url = typeof output.pullRequestUrl === 'string' ? output.pullRequestUrl : page;
    return { commit: output.commit.oid, url, sent, replaced: [...replaced] };
  }
}
