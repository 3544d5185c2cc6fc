import { checkOptionNames } from '../core/check-option-names.ts';
import { mkdir, statfs } from 'node:fs/promises';
import { EnvironmentError, InputError, throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { ByteProgress, type FileProgress } from './byte-progress.ts';
import { downloadFile } from './download-file.ts';
import { connectToHub, type HubConnection } from './hub-connection.ts';
import { explainHubError, type HubErrorContext } from './hub-errors.ts';
import { hubOptionNames, hubSettings, type HubOptions, type HubSettings } from './hub-settings.ts';
import { inParallel } from './in-parallel.ts';
import { removeLeftParts } from './partial-file.ts';
import { hasContent, RepoCache } from './repo-cache.ts';
import { contentName, listRepoFiles, readRepoState, type RepoFile } from './repo-files.ts';
import { checkRepoName, checkRevision, isCommitHash } from './repo-name.ts';
import { choosePaths } from './repo-path.ts';

const parallelDownloads = 4;

/** Options of `pullModel`. */
export interface PullModelOptions extends HubOptions, LongWorkOptions {
  /** `owner/name` of the model on the Hub. */
  readonly repo: string;
  /** Branch, tag, pull request (`refs/pr/1`) or commit hash. Default `main`. */
  readonly revision?: string;
  /** Pulls only files that match one of these wildcards (`*`, `?`, `folder/`). Default all. */
  readonly include?: readonly string[];
  /** Leaves out files that match one of these wildcards. Default none. */
  readonly exclude?: readonly string[];
  /** Is told how far each file is while it is downloaded. */
  readonly fileProgress?: (event: FileProgress) => void;
}

/** A file of a pulled model. */
export interface PulledFile {
  /** Path inside the snapshot folder. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 of the content, where the Hub names the file by it (large files). */
  readonly sha256?: string;
  /** Git's blob SHA-1 of the content, where the Hub names the file by it (small files). */
  readonly gitSha1?: string;
  /** The content has this hash: it was computed after the download or from the cache. */
  readonly verified: true;
  /** Whether it was in the cache already. */
  readonly fromCache: boolean;
}

/** What `pullModel` gives. */
export interface PulledModel {
  readonly repo: string;
  /** The snapshot folder, to be read only: its files are links into the shared cache. */
  readonly folder: string;
  /** The commit that the revision named. */
  readonly revision: string;
  readonly files: readonly PulledFile[];
  /**
   * Whether the folder is known to hold all files that were asked for. False only for a snapshot
   * that another program left in the cache without the list of its files, used offline: then `files`
   * are those that are there.
   */
  readonly complete: boolean;
}

interface PullRequest {
  readonly repo: string;
  readonly revision: string;
  readonly options: PullModelOptions;
  readonly settings: HubSettings;
  readonly cache: RepoCache;
}

function errorContext({ repo, revision, options, settings }: PullRequest): HubErrorContext {
  return {
    settings,
    action: `pull ${repo}`,
    access: 'read',
    repo,
    revision,
    signal: options.signal,
  };
}

function chooseFiles(
  all: readonly RepoFile[],
  { repo, revision, options }: PullRequest,
): RepoFile[] {
  const files = choosePaths(all, options.include, options.exclude);
  if (files.length === 0) {
    throw new InputError({
      where: `pull ${repo} at revision '${revision}'`,
      found:
        all.length === 0 ? 'no files' : `no file that the wildcards choose among ${all.length}`,
      fix:
        all.length === 0
          ? 'Check the revision, or push a model to it first.'
          : `Files there: ${all
              .slice(0, 10)
              .map((file) => file.path)
              .join(', ')}.`,
    });
  }
  return files;
}

function toResult(
  { repo, cache }: PullRequest,
  commit: string,
  files: readonly RepoFile[],
  fromCache: (file: RepoFile) => boolean,
  complete = true,
): PulledModel {
  return {
    repo,
    folder: cache.snapshotFolder(commit),
    revision: commit,
    files: files.map((file) => ({
      path: file.path,
      size: file.size,
      ...(file.sha256 === undefined ? { gitSha1: file.gitSha1 } : { sha256: file.sha256 }),
      verified: true,
      fromCache: fromCache(file),
    })),
    complete,
  };
}

function totalSize(files: readonly RepoFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** The snapshot in the cache, every file of it checked, or an error that says what is missing. */
async function pullFromCache(request: PullRequest): Promise<PulledModel> {
  const { repo, revision, options, settings, cache } = request;
  const missing = (found: string): EnvironmentError =>
    new EnvironmentError({
      where: `pull ${repo} at revision '${revision}' from the cache in ${settings.cacheFolder}`,
      found,
      fix: 'Pull it once with the network (without offline and HF_HUB_OFFLINE).',
    });
  const commit = await cache.readRevision(revision);
  if (commit === undefined) {
    const known = await cache.knownRevisions();
    throw missing(
      known.length === 0
        ? 'the model is not there'
        : `this revision is not there; pulled so far: ${known.join(', ')}`,
    );
  }
  const kept = await cache.readListing(commit);
  const listing = kept ?? (await cache.readSnapshot(commit));
  if (kept === undefined && listing.length === 0) {
    throw missing(
      `no list of the files of commit ${commit.slice(0, 7)}, so nothing says what it has`,
    );
  }
  const files = chooseFiles(listing, request);
  const progress = new ByteProgress(options.progress, `pull ${repo}`, totalSize(files));
  for (const file of files) {
    throwIfAborted(options.signal, `pull ${repo}`);
    if (!(await hasContent(cache.snapshotFile(commit, file), file, options.signal))) {
      throw missing(`${file.path} is missing or damaged`);
    }
    progress.add(file.size);
  }
  progress.finish();
  return toResult(request, commit, files, () => true, kept !== undefined);
}

async function checkDiskSpace(cache: RepoCache, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(cache.blobFolder);
  if (needed > bavail * bsize) {
    throw new EnvironmentError({
      where: `the cache folder ${cache.folder}`,
      found: `${Math.floor((bavail * bsize) / 1e6)} MB free`,
      expected: `${Math.ceil(needed / 1e6)} MB for the download`,
      fix: 'Free some space, or choose another cache folder with HF_HUB_CACHE.',
    });
  }
}

/**
 * Makes sure that `blobs` holds the contents of the files; those that are there are hashed and,
 * when damaged, downloaded again.
 *
 * @returns names of the contents that were there
 */
async function fillBlobs(
  connection: HubConnection,
  request: PullRequest,
  commit: string,
  files: readonly RepoFile[],
): Promise<Set<string>> {
  const { repo, options, cache } = request;
  await mkdir(cache.blobFolder, { recursive: true });
  const progress = new ByteProgress(options.progress, `pull ${repo}`, totalSize(files));
  const contents = new Map(files.map((file) => [contentName(file), file]));
  const cached = new Set<string>();
  for (const [name, file] of contents) {
    throwIfAborted(options.signal, `pull ${repo}`);
    if (await hasContent(cache.blobFile(file), file, options.signal)) {
      cached.add(name);
      progress.add(file.size, { free: true });
    }
  }
  const wanted = [...contents.values()]
    .filter((file) => !cached.has(contentName(file)))
    .sort((a, b) => b.size - a.size);
  await checkDiskSpace(cache, totalSize(wanted));
  await inParallel(wanted, parallelDownloads, options.signal, async (file, signal) => {
    let done = 0;
    try {
      await downloadFile(connection, {
        repo,
        commit,
        file,
        blobFile: cache.blobFile(file),
        signal,
        onBytes: (count) => {
          progress.add(count);
          done += count;
          options.fileProgress?.({ path: file.path, done, size: file.size });
        },
      });
    } catch (error) {
      throw explainHubError(error, { ...errorContext(request), file: file.path });
    }
  });
  await removeLeftParts(cache.blobFolder);
  progress.finish();
  return cached;
}

async function pullFromHub(request: PullRequest): Promise<PulledModel> {
  const { repo, revision, options, settings, cache } = request;
  const connection = connectToHub(settings, options.signal);
  const commit = isCommitHash(revision)
    ? revision
    : (await readRepoState(connection, repo, revision)).commit;
  // A commit never changes, so its list needs to be asked for only once.
  const kept = await cache.readListing(commit);
  const listing = kept ?? (await listRepoFiles(connection, repo, commit));
  const files = chooseFiles(listing, request);
  const cached = await fillBlobs(connection, request, commit, files);
  // The order matters: contents, the list that tells what is complete, the snapshot, and the
  // branch name last. An interruption leaves nothing that looks whole and is not.
  if (kept === undefined) await cache.writeListing(commit, listing);
  await cache.linkSnapshot(commit, files);
  await cache.writeRevision(revision, commit);
  return toResult(request, commit, files, (file) => cached.has(contentName(file)));
}

/**
 * Downloads a model from the Hub into the cache that all Hugging Face libraries share, four files
 * at a time, going on where an interrupted pull stopped. Every file is checked against the hash
 * that the Hub announces, also those that were in the cache.
 *
 * @returns the snapshot folder, the commit and the files
 * @throws UsageError for an option that is wrong; InputError for a model, a revision or a file that
 *   is not there; EnvironmentError for network, token, access and disk; InterruptedError when the
 *   signal is aborted (call again to go on)
 * @example
 * const { folder } = await pullModel({ repo: 'lab/yeast-promoters' });
 */
export async function pullModel(options: PullModelOptions): Promise<PulledModel> {
  checkOptionNames(
    options,
    [
      ...hubOptionNames,
      'repo',
      'revision',
      'include',
      'exclude',
      'fileProgress',
      'signal',
      'progress',
    ],
    'pullModel',
  );
  const repo = checkRepoName(options.repo);
  const revision = checkRevision(options.revision ?? 'main');
  const settings = hubSettings(options);
  throwIfAborted(options.signal, `pull ${repo}`);
  const cache = new RepoCache(settings.cacheFolder, repo, { symlinks: settings.symlinks });
  const request: PullRequest = { repo, revision, options, settings, cache };
  try {
    return await (settings.offline ? pullFromCache(request) : pullFromHub(request));
  } catch (error) {
    throw explainHubError(error, errorContext(request));
  }
}
