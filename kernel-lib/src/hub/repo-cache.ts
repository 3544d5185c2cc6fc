import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import path from 'node:path';
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
    let files: Record<string, Record<string, unknown>>;
    try {
      const listing = JSON.parse(text) as { format_version?: unknown; files?: unknown };
      if (listing.format_version !== 1 || typeof listing.files !== 'object') return undefined;
      files = listing.files as typeof files;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    return Object.entries(files).map(([name, entry]) =>
      checkRepoFile(
        {
          path: name,
          size: Number(entry['lfs_size'] ?? entry['size']),
          gitSha1: String(entry['blob_id']),
          ...(typeof entry['lfs_sha256'] === 'string' ? { sha256: entry['lfs_sha256'] } : {}),
          ...(typeof entry['xet_hash'] === 'string' ? { xetHash: entry['xet_hash'] } : {}),
        },
        file,
      ),
    );
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
    const target = path.join(folder, ...file.path.split('/'));
    const stats: Stats | undefined = await ifThere(lstat(target));
    if (stats?.isSymbolicLink() === true) {
      if ((await ifThere(realpath(target))) === (await realpath(blob))) return;
    } else if (stats !== undefined && (await hasContent(target, file))) {
      return;
    }
    await mkdir(path.dirname(target), { recursive: true });
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

function ignoreFolder(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') return '';
  throw error;
}
