import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfAborted } from '../../core/errors.ts';

/**
 * Bytes of the files below a folder; links are not followed, and what vanishes meanwhile counts 0.
 *
 * @throws InterruptedError after an abort
 */
export async function folderSize(folder: string, signal?: AbortSignal): Promise<number> {
  const folders = [folder];
  let bytes = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    throwIfAborted(signal, 'measuring a folder');
    const handle = await opendir(next).catch(() => undefined);
    if (handle === undefined) continue;
    try {
      for await (const entry of handle) {
        const file = path.join(next, entry.name);
        if (entry.isDirectory()) folders.push(file);
        else if (entry.isFile())
          bytes += await stat(file)
            .then(({ size }) => size)
            .catch(() => 0);
      }
    } catch {
      // It was removed meanwhile.
    }
  }
  return bytes;
}
