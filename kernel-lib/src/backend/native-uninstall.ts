import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeError } from '../core/file-writer.ts';
import { nativeFolder, NODE_API_VERSION, type Environment } from './native-folder.ts';
import { withLock } from './native-lock.ts';

/** What `uninstallNative` removes. */
export interface NativeUninstallOptions {
  /** Only installations with CUDA. Default all. */
  readonly gpu?: boolean;
  /** Only this version of TensorFlow. Default all. */
  readonly tensorflow?: string;
  /** Folder of all installations. Default the user's cache. */
  readonly root?: string;
  readonly environment?: Environment;
}

/** What was removed. */
export interface NativeUninstallResult {
  /** Folder of all installations. */
  readonly root: string;
  /** Folders that were removed. */
  readonly removed: readonly string[];
  /** Bytes that are free again. */
  readonly bytes: number;
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await stat(path.join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) bytes += found.size;
  }
  return bytes;
}

/**
 * Removes installations of native TensorFlow from the user's cache, and what interrupted runs have
 * left there. Packages that npm has installed in projects stay.
 *
 * @throws EnvironmentError while an installation is at work
 */
export async function uninstallNative(
  options: NativeUninstallOptions = {},
): Promise<NativeUninstallResult> {
  const { gpu = false, tensorflow, root = nativeFolder(options.environment) } = options;
  const all = await readdir(root).catch((): string[] => []);
  if (all.length === 0) return { root, removed: [], bytes: 0 };
  const everything = !gpu && tensorflow === undefined;
  const suffix = `-napi${String(NODE_API_VERSION)}`;
  const removed: string[] = [];
  let bytes = 0;
  await withLock(path.join(root, '.lock'), root, async () => {
    for (const name of await readdir(root)) {
      if (name === '.lock') continue;
      const match = /^(\d[^-]*)-(cpu|gpu)-/.exec(name);
      const isMeant =
        match !== null &&
        name.endsWith(suffix) &&
        (tensorflow === undefined || match[1] === tensorflow) &&
        (!gpu || match[2] === 'gpu');
      if (!isMeant && !everything) continue;
      const folder = path.join(root, name);
      const size = await bytesBelow(folder).catch(() => 0);
      // Renamed first, so that it is whole or gone for a process that looks for it.
      const aside = path.join(root, `.${name.replace(/^\./, '')}.removed`);
      try {
        await rename(folder, aside);
        await rm(aside, { recursive: true, force: true });
      } catch (error) {
        throw writeError(folder, error);
      }
      bytes += size;
      removed.push(folder);
    }
  });
  if (everything) await rm(root, { recursive: true, force: true });
  return { root, removed, bytes };
}
