import { InputError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * The error for bytes that a format's specification does not allow.
 *
 * @param file what messages call the file
 * @param place which part of it, for example `header` or `index node at byte 4096`
 */
export function damagedFile(
  file: string,
  place: string,
  found: string,
  expected?: string,
): InputError {
  return new InputError({
    where: `${file}, ${place}`,
    found,
    ...(expected === undefined ? {} : { expected }),
    fix: 'The file is damaged or incomplete: copy or download it again.',
  });
}

/** What bytes are read from by position. */
export type SizedSource = Pick<ByteSource, 'name' | 'size' | 'read'>;

/**
 * Exactly `length` bytes. A length that the file claims is checked against the bytes that are there
 * before anything is allocated.
 *
 * @param place which part of the file it is, for messages
 * @throws InputError where the file ends before
 */
export async function readExactly(
  source: SizedSource,
  position: number,
  length: number,
  place: string,
): Promise<Uint8Array> {
  const size = await source.size();
  const isInside =
    Number.isSafeInteger(position) && position >= 0 && length >= 0 && position + length <= size;
  const bytes = isInside ? await source.read(position, length) : undefined;
  if (bytes?.length !== length) {
    throw damagedFile(
      source.name,
      place,
      `bytes ${String(position)} to ${String(position + length)} of a file of ${String(size)} bytes`,
      'a place inside the file',
    );
  }
  return bytes;
}

/** A view of bytes for reading numbers. */
export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit whole number as a position; what JavaScript cannot count exactly becomes `Infinity`. */
export function readPosition(view: DataView, at: number, littleEndian: boolean): number {
  const value = Number(view.getBigUint64(at, littleEndian));
  return Number.isSafeInteger(value) ? value : Infinity;
}
