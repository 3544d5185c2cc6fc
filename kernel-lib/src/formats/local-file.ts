import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { openSource, sourceName, sourcePath, type FileSource } from './byte-source.ts';

/**
 * Gives `use` a file on this machine for the time of its call: the file itself where the source is
 * one, else a temporary copy. Errors name the source.
 */
export async function withLocalFile<T>(
  source: FileSource,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = sourcePath(source);
  if (file !== undefined) return use(file);
  const bytes = openSource(source);
  try {
    return await withTemporaryFile(sourceName(source), bytes.stream(), use);
  } finally {
    await bytes.close();
  }
}

/** Gives `use` a temporary file of the bytes. @param name what messages call it */
export async function withTemporaryFile<T>(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-'));
  const file = path.join(folder, 'file');
  try {
    await writeInPieces(file, async (writer) => {
      for await (const piece of pieces) await writer.write(piece);
    });
    return await use(file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { details } = error;
    throw new InputError(
      { ...details, where: details.where.replace(file, () => name) },
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
