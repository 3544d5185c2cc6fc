import { InputError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';

/** The most that the system reads at once. */
const LARGEST_PIECE = 1 << 30;

/**
 * Reads `length` bytes from `position` into memory of their own, beginning at byte 0 of it, so that
 * typed arrays can be laid on it. No more memory is asked for than the source has bytes.
 *
 * @param what what is read, for the message, for example `the data of 'x'`
 * @throws InputError where the source ends before
 */
export async function readExactly(
  source: ByteSource,
  position: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  const size = await source.size();
  const available = Math.max(0, size - position);
  // Written so that NaN fails, too.
  if (!(length >= 0 && length <= available)) {
    throw new InputError({
      where: source.name,
      found: `${String(available)} bytes where ${what} begins (byte ${String(position)})`,
      expected: `${String(length)} bytes`,
      fix: 'The file was cut off: copy or download it again.',
    });
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const piece = await source.read(position + done, Math.min(LARGEST_PIECE, length - done));
    if (piece.length === 0) {
      throw new InputError({
        where: source.name,
        found: `the end of the file within ${what}`,
        fix: 'The file changed while it was read: read it again.',
      });
    }
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}
