import { writeInPieces } from '../core/file-writer.ts';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { streamBytes } from '../formats/read-bytes.ts';

const [GREATER, LINE_FEED, CARRIAGE_RETURN] = [62, 10, 13];
/** Bytes of the name of a contig at most. */
const LONGEST_NAME = 4096;
/** Bytes of lines that are gathered before they are written. */
const PIECE = 1 << 20;

/** Options of {@link readContigNames} and {@link writePlainFasta}. */
export interface GenomeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes were read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Finds the headings of a FASTA file in its bytes, without making lines of the sequences. */
class HeadingFinder {
  readonly names: string[] = [];
  readonly #file: string;
  readonly #seen = new Set<string>();
  #heading: number[] | undefined;
  #atLineStart = true;

  constructor(file: string) {
    this.#file = file;
  }

  add(piece: Uint8Array): void {
    let at = 0;
    if (this.#heading !== undefined) at = this.#readHeading(piece, 0);
    else if (this.#atLineStart && piece[0] === GREATER) at = this.#startHeading(piece, 0);
    while (at < piece.length) {
      const found = piece.indexOf(GREATER, at);
      if (found < 0) break;
      const isHeading = found > 0 && piece[found - 1] === LINE_FEED;
      at = isHeading ? this.#startHeading(piece, found) : found + 1;
    }
    this.#atLineStart = piece.at(-1) === LINE_FEED;
  }

  /** The names. @throws InputError where there are none */
  end(): readonly string[] {
    if (this.#heading !== undefined) this.#finish();
    if (this.names.length > 0) return this.names;
    throw new InputError({
      where: this.#file,
      found: 'no sequence',
      expected: "FASTA: lines that begin with '>' and the sequences after them",
    });
  }

  #startHeading(piece: Uint8Array, at: number): number {
    this.#heading = [];
    return this.#readHeading(piece, at + 1);
  }

  #readHeading(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (byte === LINE_FEED) {
        this.#finish();
        return at + 1;
      }
      if ((this.#heading?.length ?? 0) < LONGEST_NAME) this.#heading?.push(byte);
    }
    return piece.length;
  }

  #finish(): void {
    const heading = Buffer.from(this.#heading ?? []).toString('utf8');
    this.#heading = undefined;
    const name = heading.split(/\s/)[0] ?? '';
    if (name === '' || this.#seen.has(name)) {
      throw new InputError({
        where: `${this.#file}, sequence ${String(this.names.length + 1)}`,
        found: name === '' ? 'no name' : `the name '${name}' for a second time`,
        expected: 'each sequence with a name of its own',
      });
    }
    this.#seen.add(name);
    this.names.push(name);
  }
}

async function* checkedPieces(
  file: string,
  finder: HeadingFinder,
  options: GenomeOptions,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of streamBytes(file)) {
    throwIfAborted(options.signal, `reading ${file}`);
    if (isFirst && piece[0] !== GREATER) {
      throw new InputError({
        where: `${file}, line 1`,
        found: 'no heading',
        expected: "FASTA, plain or gzip: a first line that begins with '>'",
      });
    }
    isFirst = false;
    finder.add(piece);
    options.onBytes?.(piece.length);
    yield piece;
  }
}

/**
 * Names of the sequences of a FASTA file, plain or gzip: what stands before the first space.
 *
 * @throws InputError for what is no FASTA, no names, a name twice
 */
export async function readContigNames(
  file: string,
  options: GenomeOptions = {},
): Promise<readonly string[]> {
  const finder = new HeadingFinder(file);
  for await (const piece of checkedPieces(file, finder, options)) void piece;
  return finder.end();
}

/**
 * Writes a FASTA file, plain or gzip, as plain FASTA without carriage returns, for programs that read
 * nothing else.
 */
export async function writePlainFasta(
  from: string,
  to: string,
  options: GenomeOptions = {},
): Promise<void> {
  const finder = new HeadingFinder(from);
  await writeInPieces(to, async (writer) => {
    let gathered: Uint8Array[] = [];
    let bytes = 0;
    const flush = async () => {
      await writer.write(Buffer.concat(gathered));
      gathered = [];
      bytes = 0;
    };
    for await (const piece of checkedPieces(from, finder, options)) {
      const clean = piece.includes(CARRIAGE_RETURN)
        ? piece.filter((byte) => byte !== CARRIAGE_RETURN)
        : piece;
      gathered.push(clean);
      bytes += clean.length;
      if (bytes >= PIECE) await flush();
    }
    finder.end();
    await flush();
  });
}
