import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError, InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { ByteProgress } from './byte-progress.ts';
import { ContentHasher } from './content-hash.ts';
import type { PulledFile, PulledModel } from './pull-model.ts';
import { isSafeRepoPath } from './repo-path.ts';

/** Options of `copySnapshot`. */
export interface CopySnapshotOptions extends LongWorkOptions {
  /** What `pullModel` gave. */
  readonly model: Pick<PulledModel, 'repo' | 'folder' | 'files'>;
  /** The folder to be made; it must not be there, or be empty. */
  readonly target: string;
}

function checkNames({ repo, files }: CopySnapshotOptions['model']): void {
  const seen = new Map<string, string>();
  for (const { path: name } of files) {
    // By the rules of all platforms: a folder of files is handed on by git, archive and disk.
    if (!isSafeRepoPath(name, 'win32')) {
      throw new InputError({
        where: `the copy of ${repo}`,
        found: `a file named ${JSON.stringify(name)}`,
        expected: 'paths inside the model that every platform can hold',
        fix: 'Nothing was written. Use the model in the cache, and tell its owner.',
      });
    }
    const folded = name.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) {
      throw new InputError({
        where: `the copy of ${repo}`,
        found: `the files ${JSON.stringify(other)} and ${JSON.stringify(name)}`,
        expected: 'names that differ by more than capital letters',
        fix: 'Nothing was written. Use the model in the cache.',
      });
    }
    seen.set(folded, name);
  }
}

/** Whether nothing is there; a link counts as something, wherever it leads. */
async function isFree(target: string): Promise<boolean> {
  try {
    return (await lstat(target)).isDirectory() && (await readdir(target)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

async function copyFile(
  from: string,
  to: string,
  file: PulledFile,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  const hasher = new ContentHasher(file.size);
  const handle = await open(to, 'wx');
  try {
    for await (const piece of createReadStream(from, { highWaterMark: 1 << 20 })) {
      throwIfAborted(signal, `the copy of ${file.path}`);
      hasher.update(piece as Uint8Array);
      await handle.writeFile(piece as Uint8Array);
      onBytes((piece as Uint8Array).length);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const { size, sha256, gitSha1 } = hasher.digest();
  const right = file.sha256 === undefined ? gitSha1 === file.gitSha1 : sha256 === file.sha256;
  if (size !== file.size || !right) {
    throw new EnvironmentError({
      where: from,
      found: 'the file in the cache changed since it was checked',
      fix: 'Pull the model again.',
    });
  }
}

/**
 * Copies a pulled model out of the cache into a folder of its own, as plain files that may be
 * changed. Every file is checked once more while it is copied, and the folder appears at once and
 * whole; nothing is written outside it.
 *
 * @returns the absolute path of the folder
 * @throws UsageError when something is there; InputError for a name that could leave the folder or
 *   that some platform cannot hold; EnvironmentError for the disk; InterruptedError when aborted
 * @example
 * const model = await pullModel({ repo: 'lab/yeast-promoters' });
 * await copySnapshot({ model, target: 'models/yeast-promoters' });
 */
export async function copySnapshot(options: CopySnapshotOptions): Promise<string> {
  checkOptionNames(options, ['model', 'target', 'signal', 'progress'], 'copySnapshot');
  const { model, signal, progress } = options;
  checkNames(model);
  const parent = path.dirname(path.resolve(options.target));
  try {
    await mkdir(parent, { recursive: true });
    const target = path.join(await realpath(parent), path.basename(path.resolve(options.target)));
    if (!(await isFree(target))) {
      throw new UsageError({
        where: target,
        found: 'something is there already',
        expected: 'a new or an empty folder',
        fix: 'Choose another name, or move it away.',
      });
    }
    const total = model.files.reduce((sum, { size }) => sum + size, 0);
    const bytes = new ByteProgress(progress, `copy ${model.repo}`, total);
    const staging = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(staging);
      for (const file of model.files) {
        throwIfAborted(signal, `copy ${model.repo}`);
        const parts = file.path.split('/');
        const from = path.join(model.folder, ...parts);
        await copyFile(
          from,
          path.join(staging, ...parts),
          file,
          (n) => {
            bytes.add(n);
          },
          signal,
        );
      }
      // Replaces an empty folder on POSIX; Windows wants it gone first.
      await rename(staging, target).catch(async (error: unknown) => {
        if (process.platform !== 'win32') throw error;
        await rmdir(target).catch(() => undefined);
        await rename(staging, target);
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    bytes.finish();
    return target;
  } catch (error) {
    throw writeError(options.target, error);
  }
}
