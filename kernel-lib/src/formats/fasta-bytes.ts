import { closeSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { UsageError } from '../core/errors.ts';
import { openSource, sourcePath, type ByteSource, type FileSource } from './byte-source.ts';

/** The uncompressed bytes of a FASTA file, by position. Ranges are cut at the end of the file. */
export interface FastaBytes {
  /**
   * The bytes, if they are at hand; undefined where reading them would keep this thread waiting.
   * They are valid until the next call, and not to be written into.
   */
  tryRead(position: number, length: number): Uint8Array | undefined;
  /** The bytes, read in another thread; not to be written into. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** The bytes, this thread waiting; valid until the next call, and not to be written into. */
  readSync(position: number, length: number): Uint8Array;
  /** Frees what is held; later reads throw. */
  close(): void;
}

/**
 * An open file. It is closed when nothing refers to it any more, since notebook cells drop files
 * without closing them.
 */
export class OpenFile {
  static readonly #dropped = new FinalizationRegistry<number>((descriptor) => {
    closeSync(descriptor);
  });
  static readonly #read = promisify(read);
  readonly #file: string;
  readonly #descriptor: number;
  #reading = 0;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'r');
    OpenFile.#dropped.register(this, this.#descriptor, this);
  }

  /** Fills the beginning of `target` and tells how many bytes there were. */
  readSync(target: Uint8Array, position: number, length: number): number {
    this.#requireOpen();
    let done = 0;
    while (done < length) {
      const bytes = readSync(this.#descriptor, target, done, length - done, position + done);
      if (bytes === 0) break;
      done += bytes;
    }
    return done;
  }

  /** As `readSync`, in another thread. */
  async read(target: Uint8Array, position: number, length: number): Promise<number> {
    this.#requireOpen();
    this.#reading += 1;
    try {
      let done = 0;
      while (done < length) {
        const { bytesRead } = await OpenFile.#read(
          this.#descriptor,
          target,
          done,
          length - done,
          position + done,
        );
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    } finally {
      this.#reading -= 1;
      if (this.#closed) this.#release();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
  }

  /** The number of a closed file may be that of another file by now. */
  #requireOpen(): void {
    if (!this.#closed) return;
    throw new UsageError({
      where: this.#file,
      found: 'the file was closed',
      fix: 'Open it again.',
    });
  }

  /** The system gives the number of a closed file to the next one: not before all reads ended. */
  #release(): void {
    if (this.#reading > 0) return;
    OpenFile.#dropped.unregister(this);
    closeSync(this.#descriptor);
  }
}

/** A read that took longer came from a disk or a network, not from the system's memory. */
const WAITED_MILLISECONDS = 0.5;
/** Reads that then go to another thread before it is tried again. */
const READS_ELSEWHERE = 64;

/**
 * The bytes of a file that is not compressed. What the system holds in memory is read at once: a
 * thousand bytes take 2 µs, and 20 µs by way of another thread. Where a read had to wait for a
 * disk, the next ones are left to other threads, several at a time.
 */
export class PlainFastaBytes implements FastaBytes {
  readonly #file: OpenFile;
  #buffer = new Uint8Array(1 << 16);
  #readsElsewhere = 0;

  constructor(file: string) {
    this.#file = new OpenFile(file);
  }

  tryRead(position: number, length: number): Uint8Array | undefined {
    if (this.#readsElsewhere > 0) return undefined;
    const startedAt = performance.now();
    const bytes = this.readSync(position, length);
    // Large reads may take as long from memory.
    const limit = WAITED_MILLISECONDS * Math.max(1, length / (1 << 18));
    if (performance.now() - startedAt > limit) this.#readsElsewhere = READS_ELSEWHERE;
    return bytes;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    if (this.#readsElsewhere > 0) this.#readsElsewhere -= 1;
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await this.#file.read(bytes, position, length));
  }

  readSync(position: number, length: number): Uint8Array {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    return this.#buffer.subarray(0, this.#file.readSync(this.#buffer, position, length));
  }

  close(): void {
    this.#file.close();
  }
}

/** The bytes of a buffer, or of a file on a web server, which this thread cannot wait for. */
class SourceFastaBytes implements FastaBytes {
  readonly #source: ByteSource;
  readonly #memory: Uint8Array | undefined;

  constructor(source: FileSource) {
    this.#source = openSource(source);
    if (source instanceof Uint8Array) this.#memory = source;
    else if (source instanceof ArrayBuffer) this.#memory = new Uint8Array(source);
  }

  tryRead(position: number, length: number): Uint8Array | undefined {
    return this.#memory?.subarray(position, position + length);
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#source.read(position, length);
  }

  readSync(position: number, length: number): Uint8Array {
    const bytes = this.tryRead(position, length);
    if (bytes !== undefined) return bytes;
    throw new UsageError({
      where: this.#source.name,
      found: 'a file on a web server, which can only be read by functions that are awaited',
      fix: 'Use fetch, fetchMany or fetchBatch, or download the file.',
    });
  }

  close(): void {
    void this.#source.close();
  }
}

/** The stored bytes of a FASTA file, wherever it is. */
export function openFastaBytes(source: FileSource): FastaBytes {
  const file = sourcePath(source);
  return file === undefined ? new SourceFastaBytes(source) : new PlainFastaBytes(file);
}

/**
 * Where the index of a source is by default: the same place with an ending more; undefined for a
 * buffer, which has no place.
 */
export function besideSource(source: FileSource, ending: string): FileSource | undefined {
  const file = sourcePath(source);
  if (file !== undefined) return `${file}${ending}`;
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  const address = new URL(source);
  address.pathname += ending;
  return address;
}
