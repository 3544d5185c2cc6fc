import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import { openZip, type ZipArchive, type ZipEntry } from '../formats/zip.ts';

/** A file in a zip. */
export type ZipMember = ZipEntry;

function broken(file: string, found: string, cause?: unknown): InputError {
  return new InputError(
    {
      where: file,
      found,
      expected: 'a whole wheel (a zip file)',
      fix: 'Download the wheel again.',
    },
    { cause },
  );
}

/** Opens a wheel for the time of `use`; what is wrong with it is told of the wheel. */
async function withZip<T>(file: string, use: (zip: ZipArchive) => Promise<T>): Promise<T> {
  let zip: ZipArchive | undefined;
  try {
    zip = await openZip(file);
    return await use(zip);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (zip === undefined && (await fileSize(file)) === undefined) {
      throw broken(file, 'it cannot be opened', error);
    }
    const { where, found } = error.details;
    const member = where.startsWith(`${file}, `) ? `${where.slice(file.length + 2)}: ` : '';
    throw broken(file, `${member}${found}`, error);
  } finally {
    await zip?.close();
  }
}

/**
 * The files of a zip (a Python wheel), from its directory.
 *
 * @throws InputError when it is no whole zip, or not an honest one; see {@link openZip}
 */
export function readZipDirectory(file: string): Promise<readonly ZipMember[]> {
  return withZip(file, (zip) => Promise.resolve(zip.entries));
}

/** The text of a small member. */
export function readZipText(file: string, member: ZipMember): Promise<string> {
  return withZip(file, (zip) => zip.readText(zip.entry(member.name)));
}

/** What `unpackZip` needs beside the files. */
export interface UnpackOptions {
  readonly signal?: AbortSignal;
  /** Is told of each piece that was written, in bytes. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Unpacks members under a folder.
 *
 * @throws InputError for a wrong checksum or a name that leads out of the folder; InterruptedError
 */
export async function unpackZip(
  file: string,
  members: readonly ZipMember[],
  folder: string,
  { signal, onBytes }: UnpackOptions = {},
): Promise<void> {
  await withZip(file, async (zip) => {
    for (const { name } of members) {
      const target = path.join(folder, name);
      const entry = zip.entry(name);
      if (name.endsWith('/')) continue;
      await mkdir(path.dirname(target), { recursive: true });
      const output = await open(target, 'w', 0o755).catch((error: unknown) => {
        throw writeError(target, error);
      });
      try {
        for await (const piece of zip.stream(entry)) {
          throwIfAborted(signal, 'unpacking TensorFlow');
          await output.writeFile(piece).catch((error: unknown) => {
            throw writeError(target, error);
          });
          onBytes?.(piece.length);
        }
      } finally {
        await output.close();
      }
    }
  });
}

/** SHA-256 of a file, in hexadecimal. @throws InterruptedError */
export async function fileSha256(file: string, options: UnpackOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfAborted(options.signal, 'checking the download');
    hash.update(piece as Buffer);
    options.onBytes?.((piece as Buffer).length);
  }
  return hash.digest('hex');
}

/** Bytes of a file; undefined where there is none. */
export async function fileSize(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
