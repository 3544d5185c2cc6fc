import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, InputError, TataboxError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/**
 * The error of the file system or of the decompressor as one that tells the user what to do.
 *
 * @param file the file as the user named it
 */
export async function fileError(file: string, error: unknown): Promise<Error> {
  if (error instanceof TataboxError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  const options = { cause: error };
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError(
      { where: file, found: 'no such file', fix: await missingFileAdvice(file) },
      options,
    );
  }
  if (code === 'EISDIR') {
    return new InputError({ where: file, found: 'a folder', expected: 'a file' }, options);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new EnvironmentError(
      { where: file, found: 'no permission to read it', fix: 'Change its permissions.' },
      options,
    );
  }
  if (code.startsWith('Z_')) {
    const found =
      code === 'Z_BUF_ERROR' ? 'the gzip data end too early' : 'the gzip data are damaged';
    return new InputError({ where: file, found, fix: 'Copy or download the file again.' }, options);
  }
  return error;
}

async function missingFileAdvice(file: string): Promise<string> {
  const folder = path.dirname(path.resolve(file));
  try {
    const match = nearest(path.basename(file), await readdir(folder));
    return match === undefined
      ? `The folder ${folder} has no file of a similar name.`
      : `Did you mean '${path.join(path.dirname(file), match)}'?`;
  } catch {
    return `There is no folder ${folder}.`;
  }
}
