import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { crc32, createInflateRaw } from 'node:zlib';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';

/** A file in a zip. */
export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_SIZE = 22;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record may be followed by a comment of up to 65,535 bytes. */
const LONGEST_TAIL = END_SIZE + 0xffff;

function broken(file: string, found: string): InputError {
  return new InputError({
    where: file,
    found,
    expected: 'a whole wheel (a zip file)',
    fix: 'Download the wheel again.',
  });
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/**
 * The files of a zip (a Python wheel), from its central directory (APPNOTE.TXT of PKWARE). Zips above
 * 4 GiB (ZIP64) are not read: no wheel is that large.
 *
 * @throws InputError when it is no whole zip
 */
export async function readZipDirectory(file: string): Promise<ZipMember[]> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new InputError({ where: file, found: 'it cannot be opened' }, { cause });
  });
  try {
    const { size } = await handle.stat();
    const tailStart = Math.max(0, size - LONGEST_TAIL);
    const tail = await readAt(handle, tailStart, size - tailStart);
    let end = tail.length - END_SIZE;
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
    if (end < 0) throw broken(file, 'no end of a zip file in it (cut off, or not a zip file)');
    const count = tail.readUInt16LE(end + 10);
    const length = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (start + length > size) throw broken(file, 'a directory outside the file');
    return parseDirectory(file, await readAt(handle, start, length), count);
  } finally {
    await handle.close();
  }
}

function parseDirectory(file: string, directory: Buffer, count: number): ZipMember[] {
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL) {
      throw broken(file, `a directory that ends after ${String(i)} of ${String(count)} files`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const next =
      at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    members.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    at = next;
  }
  return members;
}

/** The unpacked bytes of a member, piece by piece; checks length and checksum at its end. */
async function* memberBytes(file: string, member: ZipMember): AsyncGenerator<Buffer> {
  const handle = await open(file);
  let start: number;
  try {
    const header = await readAt(handle, member.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL) {
      throw broken(file, `no file where '${member.name}' should begin`);
    }
    start = member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await handle.close();
  }
  if (member.method !== 0 && member.method !== 8) {
    throw broken(file, `'${member.name}' packed by method ${String(member.method)}`);
  }
  let checksum = 0;
  let size = 0;
  if (member.compressedSize > 0) {
    const packed = createReadStream(file, {
      start,
      end: start + member.compressedSize - 1,
      highWaterMark: 1 << 20,
    });
    const stream =
      member.method === 0 ? packed : packed.pipe(createInflateRaw({ chunkSize: 1 << 20 }));
    packed.on('error', (error) => stream.destroy(error));
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        checksum = crc32(piece, checksum);
        size += piece.length;
        yield piece;
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw cause;
      throw broken(file, `'${member.name}' cannot be unpacked: ${(cause as Error).message}`);
    } finally {
      packed.destroy();
    }
  }
  if (size !== member.size || checksum !== member.checksum) {
    throw broken(file, `'${member.name}' with a wrong checksum`);
  }
}

/** The text of a small member. */
export async function readZipText(file: string, member: ZipMember): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of memberBytes(file, member)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
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
  for (const member of members) {
    const target = path.join(folder, member.name);
    if (path.relative(folder, target).startsWith('..') || path.isAbsolute(member.name)) {
      throw broken(file, `the name '${member.name}', which leads out of the folder`);
    }
    if (member.name.endsWith('/')) continue;
    await mkdir(path.dirname(target), { recursive: true });
    const output = await open(target, 'w', 0o755).catch((error: unknown) => {
      throw writeError(target, error);
    });
    try {
      for await (const piece of memberBytes(file, member)) {
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
