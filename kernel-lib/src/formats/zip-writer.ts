import { crc32 } from 'node:zlib';
import { UsageError } from '../core/errors.ts';
import type { FileWriter } from '../core/file-writer.ts';

interface WrittenEntry {
  readonly name: Buffer;
  readonly checksum: number;
  readonly size: number;
  readonly offset: number;
}

const LARGEST = 0xffffffff;
const LARGEST_COUNT = 0xffff;
const UTF8_NAME = 0x800;

/** Fields that a local and a central header of an entry that is stored as it is share. */
function sharedFields({ name, checksum, size }: Omit<WrittenEntry, 'offset'>): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(name.some((byte) => byte > 0x7f) ? UTF8_NAME : 0, 2);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

/**
 * Writes a zip archive of files that are stored as they are (APPNOTE.TXT of PKWARE), one after the
 * other, into a file that is being written. Call `finish` at the end.
 */
export class ZipWriter {
  readonly #writer: FileWriter;
  readonly #where: string;
  readonly #entries: WrittenEntry[] = [];
  readonly #names = new Set<string>();
  #offset = 0;

  /** @param where the file, for messages */
  constructor(writer: FileWriter, where: string) {
    this.#writer = writer;
    this.#where = where;
  }

  /**
   * Adds a file made of pieces of bytes.
   *
   * @throws UsageError for a name that was there already, above 65,535 files, and above 4 GiB, which
   *   this form of zip cannot hold
   */
  async add(name: string, pieces: readonly Uint8Array[]): Promise<void> {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const problem = this.#names.has(name)
      ? `the name '${name}' twice`
      : this.#offset + size > LARGEST
        ? 'more than 4 GiB of arrays'
        : this.#entries.length === LARGEST_COUNT
          ? `more than ${String(LARGEST_COUNT)} arrays`
          : undefined;
    if (problem !== undefined) {
      throw new UsageError({
        where: this.#where,
        found: problem,
        fix: 'Write HDF5 (.h5) instead, or fewer at once.',
      });
    }
    this.#names.add(name);
    // Of an empty array without memory zlib's crc32 makes 0, whatever came before.
    const filled = pieces.filter((piece) => piece.length > 0);
    const checksum = filled.reduce((sum, piece) => crc32(piece, sum), 0);
    const entry = { name: Buffer.from(name), checksum, size, offset: this.#offset };
    const signature = Buffer.from('PK\x03\x04', 'latin1');
    const header = Buffer.concat([signature, sharedFields(entry), entry.name]);
    await this.#writer.write(header);
    for (const piece of filled) await this.#writer.write(piece);
    this.#entries.push(entry);
    this.#offset += header.length + size;
  }

  /** Writes the directory. */
  async finish(): Promise<void> {
    const directory = Buffer.concat(
      this.#entries.flatMap((entry) => {
        const tail = Buffer.alloc(14);
        tail.writeUInt32LE(entry.offset, 10);
        const start = Buffer.from('PK\x01\x02\x14\x00', 'latin1');
        return [start, sharedFields(entry), tail, entry.name];
      }),
    );
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 0, 'latin1');
    end.writeUInt16LE(this.#entries.length, 8);
    end.writeUInt16LE(this.#entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(this.#offset, 16);
    await this.#writer.write(directory);
    await this.#writer.write(end);
  }
}
