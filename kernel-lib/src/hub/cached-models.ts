import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted } from '../core/errors.ts';
import { explainHubError } from './hub-errors.ts';
import { hubOptionNames, hubSettings, type HubOptions } from './hub-settings.ts';
import { RepoCache } from './repo-cache.ts';
import { isCommitHash, isRepoName } from './repo-name.ts';

/** Options of `listCachedModels`. */
export interface ListCachedModelsOptions extends HubOptions {
  readonly signal?: AbortSignal;
}

/** One commit of a model in the cache. */
export interface CachedRevision {
  readonly commit: string;
  /** Branches and tags that named it at the last pull. */
  readonly names: readonly string[];
  /** The snapshot folder, to be read only. */
  readonly folder: string;
  readonly fileCount: number;
  /** Bytes of its files; revisions share files that are equal. */
  readonly size: number;
  readonly pulledAt: Date;
}

/** A model in the cache. */
export interface CachedModel {
  /** `owner/name` */
  readonly repo: string;
  readonly folder: string;
  /** Bytes on the disk, each content once, unfinished downloads included. */
  readonly size: number;
  /** Bytes of downloads that were not finished, or still go on. */
  readonly unfinishedSize: number;
  /** When a file was last read, as far as the file system notes that. */
  readonly lastUsed: Date | undefined;
  /** The latest first. */
  readonly revisions: readonly CachedRevision[];
}

async function entriesOf(folder: string, recursive = false): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true, recursive });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // What is deleted meanwhile, or no folder, is not there.
    if (['ENOENT', 'ENOTDIR'].includes(code)) return [];
    throw error;
  }
}

/** Files below a folder with what they take; links to folders are not followed. */
async function filesOf(folder: string): Promise<{ file: string; link: boolean; stats: Stats }[]> {
  const files: { file: string; link: boolean; stats: Stats }[] = [];
  for (const entry of await entriesOf(folder, true)) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const stats = await lstat(file).catch(() => undefined);
    if (stats !== undefined) files.push({ file, link: stats.isSymbolicLink(), stats });
  }
  return files;
}

async function readModel(cache: RepoCache, repo: string): Promise<CachedModel | undefined> {
  const blobs = await filesOf(cache.blobFolder);
  const inodes = new Map<string, number>();
  const inode = ({ dev, ino }: Stats): string => `${String(dev)}:${String(ino)}`;
  for (const { stats } of blobs) inodes.set(inode(stats), stats.size);
  const names = new Map<string, string[]>();
  for (const name of await cache.knownRevisions()) {
    const commit = await cache.readRevision(name);
    if (commit !== undefined) names.set(commit, [...(names.get(commit) ?? []), name]);
  }
  const revisions: CachedRevision[] = [];
  for (const entry of await entriesOf(path.join(cache.folder, 'snapshots'))) {
    if (!entry.isDirectory() || !isCommitHash(entry.name)) continue;
    const folder = cache.snapshotFolder(entry.name);
    const stats = await lstat(folder).catch(() => undefined);
    if (stats === undefined) continue;
    let size = 0;
    let fileCount = 0;
    for (const found of await filesOf(folder)) {
      fileCount++;
      if (!found.link) {
        // Where the cache has no symbolic links: a hard link to the blob, or a copy of it.
        inodes.set(inode(found.stats), found.stats.size);
        size += found.stats.size;
      }
    }
    for (const file of await cache.readSnapshot(entry.name)) size += file.size;
    const commit = entry.name;
    revisions.push({
      commit,
      names: names.get(commit) ?? [],
      folder,
      fileCount,
      size,
      pulledAt: stats.mtime,
    });
  }
  if (revisions.length === 0 && blobs.length === 0) return undefined;
  const used = Math.max(...blobs.map(({ stats }) => stats.atimeMs), 0);
  return {
    repo,
    folder: cache.folder,
    size: [...inodes.values()].reduce((sum, size) => sum + size, 0),
    unfinishedSize: blobs
      .filter(({ file }) => file.endsWith('.incomplete'))
      .reduce((sum, { stats }) => sum + stats.size, 0),
    lastUsed: used === 0 ? undefined : new Date(used),
    revisions: revisions.sort((a, b) => b.pulledAt.getTime() - a.pulledAt.getTime()),
  };
}

/**
 * The models in the cache that all Hugging Face libraries share, by name, whichever of them put them
 * there. Asks nothing of the Hub.
 *
 * @example
 * for (const { repo, size } of await listCachedModels()) console.log(repo, size);
 */
export async function listCachedModels(
  options: ListCachedModelsOptions = {},
): Promise<CachedModel[]> {
  checkOptionNames(options, [...hubOptionNames, 'signal'], 'listCachedModels');
  const settings = hubSettings(options);
  const action = 'list the cache';
  try {
    const models: CachedModel[] = [];
    for (const entry of await entriesOf(settings.cacheFolder)) {
      throwIfAborted(options.signal, action);
      const repo = entry.name.replace(/^models--/, '').replace('--', '/');
      if (!entry.isDirectory() || !entry.name.startsWith('models--') || !isRepoName(repo)) continue;
      const cache = new RepoCache(settings.cacheFolder, repo, { symlinks: settings.symlinks });
      const model = await readModel(cache, repo);
      if (model !== undefined) models.push(model);
    }
    return models.sort((a, b) => (a.repo < b.repo ? -1 : 1));
  } catch (error) {
    throw explainHubError(error, { settings, action, access: 'read', signal: options.signal });
  }
}
