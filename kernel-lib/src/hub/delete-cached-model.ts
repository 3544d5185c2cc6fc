import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError, InputError, throwIfAborted } from '../core/errors.ts';
import { lockFolder } from '../core/folder-lock.ts';
import { listCachedModels, type CachedModel } from './cached-models.ts';
import { explainHubError } from './hub-errors.ts';
import { hubOptionNames, hubSettings, type HubOptions, type HubSettings } from './hub-settings.ts';
import { hasActiveDownload } from './partial-file.ts';
import { RepoCache } from './repo-cache.ts';
import { contentName } from './repo-files.ts';
import { checkRepoName, checkRevision } from './repo-name.ts';

/** Options of `deleteCachedModel`. */
export interface DeleteCachedModelOptions extends HubOptions {
  /** `owner/name` of the model in the cache. */
  readonly repo: string;
  /**
   * Deletes this commit (or the one that a branch or tag named at the last pull) alone, with the
   * contents that no other commit has. Default: all of the model.
   */
  readonly revision?: string;
  readonly signal?: AbortSignal;
}

/** What `deleteCachedModel` gives. */
export interface DeletedCachedModel {
  readonly repo: string;
  readonly commits: readonly string[];
  /** Bytes that became free. */
  readonly freedSize: number;
}

/** What is to be deleted gets such a name first, so that it vanishes whole. */
const DELETED = /\.[0-9a-f]{12}\.deleted$/;

/** Renames a folder and deletes it then: nobody ever sees half of it under its name. */
async function removeFolder(folder: string, trash: string): Promise<void> {
  const name = `${path.basename(folder)}.${randomBytes(6).toString('hex')}.deleted`;
  const moved = path.join(trash, name);
  await rename(folder, moved);
  await rm(moved, { recursive: true, force: true, maxRetries: 3 });
}

/** Deletes what an earlier deletion left that was killed. */
async function emptyTrash(trash: string): Promise<void> {
  for (const name of await readdir(trash)) {
    if (DELETED.test(name)) await rm(path.join(trash, name), { recursive: true, force: true });
  }
}

async function deleteRevision(
  cache: RepoCache,
  model: CachedModel,
  commit: string,
  trash: string,
): Promise<void> {
  // References first: from then on nothing says that this commit is there.
  for (const revision of model.revisions.filter((each) => each.commit === commit)) {
    for (const name of revision.names) {
      await rm(path.join(cache.folder, 'refs', ...name.split('/')), { force: true });
    }
  }
  const contents = (await cache.readSnapshot(commit)).map(contentName);
  const kept = new Set<string>();
  for (const other of model.revisions) {
    if (other.commit === commit) continue;
    for (const file of await cache.readSnapshot(other.commit)) kept.add(contentName(file));
    // A snapshot without symbolic links does not say what it uses; its list does.
    for (const file of (await cache.readListing(other.commit)) ?? []) kept.add(contentName(file));
  }
  const listed = ((await cache.readListing(commit)) ?? []).map(contentName);
  await rm(path.join(cache.folder, 'trees', `${commit}.json`), { force: true });
  await removeFolder(cache.snapshotFolder(commit), trash);
  for (const content of new Set([...contents, ...listed])) {
    if (!kept.has(content)) await rm(path.join(cache.blobFolder, content), { force: true });
  }
}

async function findModel(
  options: DeleteCachedModelOptions,
  { cacheFolder }: HubSettings,
): Promise<CachedModel> {
  const { repo, revision, ...rest } = options;
  const model = (await listCachedModels(rest)).find((each) => each.repo === repo);
  if (model !== undefined) return model;
  const where = `delete ${repo}${revision === undefined ? '' : ` at ${revision}`} from the cache`;
  throw new InputError({ where, found: `the model is not in ${cacheFolder}` });
}

/**
 * Deletes a model, or one commit of it, from the cache. It vanishes at once and whole, and a commit
 * with those contents only that no other commit of the model has. Two deletions do not meet (they
 * hold a lock), and nothing is deleted under a download that is going on.
 *
 * @throws InputError when it is not there; EnvironmentError when a download is going on or the disk
 *   does not allow it; UsageError when another process is deleting
 * @example
 * const { freedSize } = await deleteCachedModel({ repo: 'lab/yeast-promoters' });
 */
export async function deleteCachedModel(
  options: DeleteCachedModelOptions,
): Promise<DeletedCachedModel> {
  checkOptionNames(options, [...hubOptionNames, 'repo', 'revision', 'signal'], 'deleteCachedModel');
  const repo = checkRepoName(options.repo);
  const revision = options.revision === undefined ? undefined : checkRevision(options.revision);
  const settings = hubSettings(options);
  const action = `delete ${repo} from the cache`;
  try {
    throwIfAborted(options.signal, action);
    await findModel(options, settings);
    const cache = new RepoCache(settings.cacheFolder, repo, { symlinks: settings.symlinks });
    if ((await lstat(cache.folder)).isSymbolicLink()) {
      throw new EnvironmentError({
        where: cache.folder,
        found: 'a symbolic link',
        expected: 'a folder of the cache',
        fix: 'Remove it yourself; what it leads to was left alone.',
      });
    }
    // Where Python's library has its locks, which no library takes for a model.
    const trash = path.join(settings.cacheFolder, '.locks', 'tatabox-delete');
    await mkdir(trash, { recursive: true });
    const lock = await lockFolder(trash, action);
    try {
      await emptyTrash(trash);
      const model = await findModel(options, settings);
      if (await hasActiveDownload(cache.blobFolder)) {
        throw new EnvironmentError({
          where: action,
          found: 'a download into it is going on, or broke off within the last hour',
          fix: 'Wait for its end, or pull it again to the end.',
        });
      }
      if (revision === undefined) {
        await removeFolder(cache.folder, trash);
        const commits = model.revisions.map(({ commit }) => commit);
        return { repo, commits, freedSize: model.size };
      }
      const commit = await cache.readRevision(revision);
      if (commit === undefined || !model.revisions.some((each) => each.commit === commit)) {
        throw new InputError({
          where: `${action} at revision '${revision}'`,
          found: 'this revision is not there',
          expected: `one of ${model.revisions.map((each) => each.commit.slice(0, 7)).join(', ')}`,
        });
      }
      await deleteRevision(cache, model, commit, trash);
      const left = (await listCachedModels(pickHub(options))).find((each) => each.repo === repo);
      return { repo, commits: [commit], freedSize: model.size - (left?.size ?? 0) };
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw explainHubError(error, {
      settings,
      action,
      access: 'read',
      repo,
      signal: options.signal,
    });
  }
}

function pickHub({
  repo: _repo,
  revision: _revision,
  ...rest
}: DeleteCachedModelOptions): HubOptions {
  return rest;
}
