import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { quoted } from '../formats/line-place.ts';
import { streamLines } from '../formats/stream-lines.ts';

/** Ways to compute a checksum; `sum` is that of the program of this name, which Ensembl uses. */
export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512' | 'sum';

/** A checksum of a file. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Hexadecimal digits in lower case; for `sum` the sum and the number of 1,024-byte blocks. */
  readonly value: string;
}

const lengths: Readonly<Record<number, ChecksumAlgorithm>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
};

/**
 * A checksum in hexadecimal digits; their number tells the algorithm.
 *
 * @param algorithm the one that it must be, where that is known
 * @param where for messages
 * @throws InputError for other text
 */
export function parseChecksum(
  text: string,
  where: string,
  algorithm?: ChecksumAlgorithm,
): Checksum {
  const value = text.trim().toLowerCase();
  const found = /^[0-9a-f]+$/.test(value) ? lengths[value.length] : undefined;
  if (found !== undefined && (algorithm === undefined || algorithm === found)) {
    return { algorithm: found, value };
  }
  throw new InputError({
    where,
    found: quoted(text),
    expected: `${algorithm === undefined ? 'a checksum' : `the checksum ${algorithm}`} in hexadecimal digits`,
  });
}

/** One line of a checksum file: of md5sum and its kin, of BSD's md5, or of `sum`. */
function parseLine(line: string, where: string): { name: string; checksum: Checksum } | undefined {
  const plain = /^\\?([0-9a-f]{32,128})\s+\*?(.+)$/i.exec(line);
  if (plain !== null) {
    return { name: plain[2] ?? '', checksum: parseChecksum(plain[1] ?? '', where) };
  }
  const tagged = /^(?:MD5|SHA\d+) \((.+)\) = ([0-9a-f]+)$/i.exec(line);
  if (tagged !== null) {
    return { name: tagged[1] ?? '', checksum: parseChecksum(tagged[2] ?? '', where) };
  }
  const sum = /^(\d{1,5})\s+(\d+)\s+(.+)$/.exec(line);
  if (sum === null) return undefined;
  const value = `${String(Number(sum[1]))} ${String(Number(sum[2]))}`;
  return { name: sum[3] ?? '', checksum: { algorithm: 'sum', value } };
}

/**
 * The checksums of a file such as `md5checksums.txt` (RefSeq) or `CHECKSUMS` (Ensembl) by the name of
 * the file without folders: lines of md5sum, sha256sum and their kin, of BSD's md5, or of `sum`.
 *
 * @throws InputError where no line is a checksum
 */
export async function readChecksums(source: FileSource): Promise<Map<string, Checksum>> {
  const file = sourceName(source);
  const checksums = new Map<string, Checksum>();
  for await (const { firstLine, lines } of streamLines(source)) {
    for (const [index, line] of lines.entries()) {
      const parsed = parseLine(line.trim(), `${file}, line ${String(firstLine + index)}`);
      if (parsed !== undefined) checksums.set(path.posix.basename(parsed.name), parsed.checksum);
    }
  }
  if (checksums.size > 0) return checksums;
  throw new InputError({
    where: file,
    found: 'no checksum',
    expected: 'lines of md5sum, sha256sum or sum: the checksum, then the file name',
  });
}

interface Hasher {
  update(piece: Uint8Array): void;
  digest(): string;
}

/** The checksum of BSD's `sum`: 16 bits, turned right by one before each byte is added. */
class SumHasher implements Hasher {
  #sum = 0;
  #bytes = 0;

  update(piece: Uint8Array): void {
    let sum = this.#sum;
    for (const byte of piece) sum = (((sum >> 1) | ((sum & 1) << 15)) + byte) & 0xffff;
    this.#sum = sum;
    this.#bytes += piece.length;
  }

  digest(): string {
    return `${String(this.#sum)} ${String(Math.ceil(this.#bytes / 1024))}`;
  }
}

function startHash(algorithm: ChecksumAlgorithm): Hasher {
  if (algorithm === 'sum') return new SumHasher();
  const hash = createHash(algorithm);
  return {
    update: (piece) => void hash.update(piece),
    digest: () => hash.digest('hex'),
  };
}

/**
 * Checksums of a file on this machine, read once.
 *
 * @returns the values in the order of the algorithms
 */
export async function checksumsOf(
  file: string,
  algorithms: readonly ChecksumAlgorithm[],
  signal?: AbortSignal,
): Promise<string[]> {
  const hashers = algorithms.map(startHash);
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal, `reading ${file}`);
    for (const hasher of hashers) hasher.update(piece as Uint8Array);
  }
  return hashers.map((hasher) => hasher.digest());
}
