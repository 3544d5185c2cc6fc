import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { hashFile } from './content-hash.ts';
import { checkRepoFile, contentName, type RepoFile } from './repo-files.ts';
import { isCommitHash } from './repo-name.ts';

/** Whether an error says that a file or folder is not there. */
function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Whether a file holds exactly the content that the Hub announced. Reads all of it.
 *
 * @param file link or file on this machine
 */
export async function hasContent(
  file: string,
  expected: RepoFile,
  signal?: AbortSignal,
): Promise<boolean> {
  const stats = await ifThere(stat(file));
  if (stats?.isFile() !== true || stats.size !== expected.size) return false;
  const hashes = await hashFile(file, { signal });
  return expected.sha256 === undefined
    ? hashes.gitSha1 === expected.gitSha1
    : hashes.sha256 === expected.sha256;
}

/**
 * One model in the cache that all Hugging Face libraries share:
 *
 *     models--owner--name/
 *       blobs/HASH            contents, named by SHA-256 (large files) or git's SHA-1
 *       snapshots/COMMIT/…    links to them under their real names
 *       refs/main             the commit that a branch or tag named at the last pull
 *       trees/COMMIT.json     the complete list of files, as Python's huggingface_hub writes it
 *
 * The list is what makes an incomplete snapshot visible to both libraries.
 */
export class RepoCache {
  readonly folder: string;
  readonly #symlinks: boolean;

  /** @param options.symlinks whether symbolic links may be tried; otherwise hard links or copies */
  constructor(cacheFolder: string, repo: string, options: { symlinks: boolean }) {
    this.folder = path.join(cacheFolder, `models--${repo.replace('/', '--')}`);
    this.#symlinks = options.symlinks;
  }

  get blobFolder(): string {
    return path.join(this.folder, 'blobs');
  }

  blobFile(file: RepoFile): string {
    return path.join(this.blobFolder, contentName(file));
  }

  snapshotFolder(commit: string): string {
    return path.join(this.folder, 'snapshots', commit);
  }

  snapshotFile(commit: string, file: RepoFile): string {
    return path.join(this.snapshotFolder(commit), ...file.path.split('/'));
  }

  /** The commit that a revision named at the last pull; undefined where it was never pulled. */
  async readRevision(revision: string): Promise<string | undefined> {
    if (isCommitHash(revision)) return revision;
    const file = path.join(this.folder, 'refs', ...revision.split('/'));
    const text = (await ifThere(readFile(file, 'utf8').catch(ignoreFolder)))?.trim();
    return text !== undefined && isCommitHash(text) ? text : undefined;
  }

  async writeRevision(revision: string, commit: string): Promise<void> {
    if (isCommitHash(revision) || (await this.readRevision(revision)) === commit) return;
    await writeFileAtomically(path.join(this.folder, 'refs', ...revision.split('/')), commit);
  }

  /** Revisions that were pulled, for messages. */
  async knownRevisions(): Promise<string[]> {
    const refs = path.join(this.folder, 'refs');
    const entries = await ifThere(readdir(refs, { recursive: true, withFileTypes: true }));
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
      .map((entry) => path.relative(refs, path.join(entry.parentPath, entry.name)))
      .map((name) => name.split(path.sep).join('/'))
      .sort();
  }

  /** The complete list of files of a commit; undefined where it is not kept or unreadable. */
  async readListing(commit: string): Promise<RepoFile[] | undefined> {
    const file = path.join(this.folder, 'trees', `${commit}.json`);
    const text = await ifThere(readFile(file, 'utf8'));
    if (text === undefined) return undefined;
    let files: [string, Record<string, unknown>][];
    try {
      const listing = JSON.parse(text) as { format_version?: unknown; files?: unknown } | null;
      if (listing?.format_version !== 1 || typeof listing.files !== 'object') return undefined;
      files = Object.entries(listing.files ?? {});
      // No repository is without any file, so that such a list is a damaged one.
      if (files.length === 0) return undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    const listed = files.map(([name, entry]): RepoFile | undefined => toListedFile(name, entry));
    // One entry that cannot be read makes the whole list doubtful, so that it is asked for anew.
    if (listed.some((entry) => entry === undefined)) return undefined;
    return listed.filter((entry) => entry !== undefined).map((entry) => checkRepoFile(entry, file));
  }

  /**
   * The files that the snapshot of a commit has, as far as their links say by their target which
   * content they must have. For caches without a list: older versions of Python's library, and
   * downloads of single files.
   */
  async readSnapshot(commit: string): Promise<RepoFile[]> {
    const folder = this.snapshotFolder(commit);
    const entries = await ifThere(readdir(folder, { recursive: true, withFileTypes: true }));
    const files: RepoFile[] = [];
    for (const entry of entries ?? []) {
      if (!entry.isSymbolicLink()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const content = path.basename(await readlink(file));
      const stats = await ifThere(stat(file));
      if (stats?.isFile() !== true || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(content)) continue;
      files.push({
        path: path.relative(folder, file).split(path.sep).join('/'),
        size: stats.size,
        ...(content.length === 64 ? { gitSha1: '', sha256: content } : { gitSha1: content }),
      });
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async writeListing(commit: string, files: readonly RepoFile[]): Promise<void> {
    const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
    const entries = sorted.map((file) => [
      file.path,
      {
        size: file.size,
        blob_id: file.gitSha1,
        ...(file.sha256 === undefined ? {} : { lfs_sha256: file.sha256, lfs_size: file.size }),
        ...(file.xetHash === undefined ? {} : { xet_hash: file.xetHash }),
      },
    ]);
    const listing = { format_version: 1, files: Object.fromEntries(entries) as object };
    await writeFileAtomically(
      path.join(this.folder, 'trees', `${commit}.json`),
      JSON.stringify(listing, undefined, 1),
    );
  }

  /**
   * Puts files into the snapshot of a commit, whose contents all lie in `blobs`. A new snapshot
   * appears at once and whole.
   */
  async linkSnapshot(commit: string, files: readonly RepoFile[]): Promise<void> {
    const folder = this.snapshotFolder(commit);
    if ((await ifThere(stat(folder))) !== undefined) {
      for (const file of files) await this.#linkFile(folder, file);
      return;
    }
    // As deep as the final folder, so that the relative links stay right when it is renamed.
    const staging = `${folder}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(staging, { recursive: true });
      for (const file of files) await this.#linkFile(staging, file);
      await rename(staging, folder);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // Another process was faster; its snapshot only has to hold our files too.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      for (const file of files) await this.#linkFile(folder, file);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  async #linkFile(folder: string, file: RepoFile): Promise<void> {
    const blob = this.blobFile(file);
    const parts = file.path.split('/');
    const target = path.join(folder, ...parts);
    await makeFolders(folder, parts.slice(0, -1));
    const stats: Stats | undefined = await ifThere(lstat(target));
    if (stats?.isSymbolicLink() === true) {
      if ((await ifThere(realpath(target))) === (await realpath(blob))) return;
    } else if (stats !== undefined && (await hasContent(target, file))) {
      return;
    }
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.#linkOrCopy(blob, temporary);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** A symbolic link where the platform allows it, else a hard link, else a copy. */
  async #linkOrCopy(blob: string, target: string): Promise<void> {
    const unsupported = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EINVAL', 'EXDEV', 'EMLINK'];
    const mayDo = async (make: () => Promise<void>): Promise<boolean> => {
      try {
        await make();
        return true;
      } catch (error) {
        if (unsupported.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    };
    const relative = path.relative(path.dirname(target), blob);
    if (this.#symlinks && (await mayDo(() => symlink(relative, target)))) return;
    if (await mayDo(() => link(blob, target))) return;
    await copyFile(blob, target);
  }
}

/** An entry of a list in the cache; undefined where it is none. */
function toListedFile(name: string, entry: unknown): RepoFile | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const fields = entry as Record<string, unknown>;
  const size = fields['lfs_size'] ?? fields['size'];
  const gitSha1 = fields['blob_id'];
  const [sha256, xetHash] = [fields['lfs_sha256'], fields['xet_hash']];
  const good =
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    typeof gitSha1 === 'string' &&
    /^[0-9a-f]{40}$/.test(gitSha1) &&
    (sha256 === undefined || sha256 === null || /^[0-9a-f]{64}$/.test(String(sha256)));
  if (!good) return undefined;
  return {
    path: name,
    size: size as number,
    gitSha1,
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(typeof xetHash === 'string' ? { xetHash } : {}),
  };
}

/** Makes a folder below a root, and follows no symbolic link on the way: it could lead elsewhere. */
async function makeFolders(root: string, parts: readonly string[]): Promise<void> {
  await mkdir(root, { recursive: true });
  let folder = root;
  for (const part of parts) {
    folder = path.join(folder, part);
    try {
      await mkdir(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const stats = await lstat(folder);
      if (!stats.isDirectory()) {
        throw new EnvironmentError({
          where: folder,
          found: stats.isSymbolicLink() ? 'a symbolic link' : 'a file',
          expected: 'a folder of the snapshot',
          fix: 'Nothing was written through it. Remove it, and pull again.',
        });
      }
    }
  }
}

function ignoreFolder(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') return '';
  throw error;
}
