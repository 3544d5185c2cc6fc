import { stat } from 'node:fs/promises';
import { InputError } from '../core/errors.ts';
import { sourcePath, type FileSource } from './byte-source.ts';

/**
 * Refuses an index that was written before its file; both must be on this machine for that.
 *
 * @param name what messages call the file
 * @param fix what the user can do
 */
export async function checkIndexAge(
  source: FileSource,
  index: FileSource,
  name: string,
  fix: string,
): Promise<void> {
  const [file, indexFile] = [sourcePath(source), sourcePath(index)];
  if (file === undefined || indexFile === undefined) return;
  const [{ mtimeMs: written }, { mtimeMs: indexed }] = await Promise.all([
    stat(file),
    stat(indexFile),
  ]);
  if (indexed >= written) return;
  throw new InputError({
    where: indexFile,
    found: `an index that is older than ${name}`,
    expected: 'one that was made after it',
    fix,
  });
}
