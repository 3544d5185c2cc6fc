import { throwIfAborted } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { ByteProgress } from './byte-progress.ts';
import { hashFile, type ContentHashes } from './content-hash.ts';
import type { FolderFile } from './model-folder-files.ts';

/** A file of a model folder with its hashes. */
export interface HashedFile extends FolderFile {
  readonly hashes: ContentHashes;
}

/** Reads all files once and gives their hashes, by which the Hub knows what it has. */
export async function hashFiles(
  files: readonly FolderFile[],
  what: string,
  { signal, progress }: LongWorkOptions,
): Promise<HashedFile[]> {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const bytes = new ByteProgress(progress, 'check the files', total);
  const hashed: HashedFile[] = [];
  for (const file of files) {
    throwIfAborted(signal, what);
    const hashes = await hashFile(file.file, {
      ...(signal === undefined ? {} : { signal }),
      onBytes: (count) => {
        bytes.add(count);
      },
    });
    hashed.push({ ...file, hashes });
  }
  bytes.finish();
  return hashed;
}
