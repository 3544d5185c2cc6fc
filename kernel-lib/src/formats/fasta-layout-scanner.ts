import { InputError } from '../core/errors.ts';
import { emptyFasta, notFasta } from './fasta-index.ts';
import { FastaLayout, PLACE_BYTES, type SparsePlaces } from './fasta-layout.ts';
import { ByteList, NumberList } from './number-list.ts';

const GREATER_THAN = 62;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
/** Bytes of a header line; a file without line ends would be one header. */
const LONGEST_HEADER = 1 << 20;

/** The record whose lines are being read. */
interface OpenRecord {
  readonly headerStart: number;
  offset: number;
  end: number;
  length: number;
  lineLetters: number;
  lineBytes: number;
  /** Whether a line unlike the others was seen: it must be the last one. */
  isEnding: boolean;
  /** Whether its lines are unlike each other; its places are kept. */
  isUnequal: boolean;
}

/**
 * Finds where each record of a FASTA file lies, from its bytes in pieces. Unlike an index, it takes
 * lines of any length, blank lines and spaces: of such records it keeps a place every 64 KB.
 */
export class FastaLayoutScanner {
  readonly #file: string;
  readonly #columns = Array.from({ length: 6 }, () => new NumberList());
  readonly #headerPlaces = new NumberList();
  readonly #headers = new ByteList();
  readonly #sparse = new Map<number, SparsePlaces>();
  /** Places in the current record. */
  readonly #places = { bytes: new NumberList(), letters: new NumberList() };
  #record: OpenRecord | undefined;
  #records = 0;
  /** Bytes before the current piece. */
  #before = 0;
  #headerStart = -1;
  #headerBytes = 0;
  #atLineStart = true;
  /** Letters of the current line, and the byte after the last of them. */
  #lineLetters = 0;
  #lettersEnd = 0;
  #isSpaced = false;

  /** @param file what messages call the file */
  constructor(file: string) {
    this.#file = file;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#before;
  }

  /**
   * The next bytes; they are not kept.
   *
   * @throws InputError for what is no FASTA
   */
  add(piece: Uint8Array): void {
    const words = wordsOf(piece);
    let at = this.#before === 0 ? byteOrderMark(piece) : 0;
    while (at < piece.length) {
      if (this.#headerStart >= 0) {
        at = this.#continueHeader(piece, at);
        continue;
      }
      if (this.#atLineStart && piece[at] === GREATER_THAN) {
        this.#startHeader(this.#before + at);
        at++;
        continue;
      }
      const gap = nextGap(piece, words, at);
      if (gap > at) this.#addLetters(this.#before + at, gap - at, piece[at]);
      if (gap < piece.length) this.#addGap(this.#before + gap, piece[gap] ?? 0);
      at = gap + 1;
    }
    this.#before += piece.length;
  }

  /** @throws InputError for a file without records */
  finish(): FastaLayout {
    if (this.#headerStart >= 0) this.#endHeader(this.#before);
    else this.#endLine(this.#before);
    this.#endRecord();
    if (this.#records === 0) throw emptyFasta(this.#file);
    const [headerStarts, offsets, ends, lengths, lineLetters, lineBytes] = this.#columns.map(
      (column) => column.values(),
    );
    this.#headerPlaces.push(this.#headers.length);
    const none = new Float64Array(0);
    return new FastaLayout({
      headerStarts: headerStarts ?? none,
      offsets: offsets ?? none,
      ends: ends ?? none,
      lengths: lengths ?? none,
      lineLetters: lineLetters ?? none,
      lineBytes: lineBytes ?? none,
      headerPlaces: this.#headerPlaces.values(),
      headers: this.#headers.values(),
      sparse: this.#sparse,
    });
  }

  #startHeader(position: number): void {
    this.#endRecord();
    this.#headerStart = position;
    this.#headerBytes = 0;
    this.#headerPlaces.push(this.#headers.length);
  }

  /** @returns where the header ends in the piece, or the piece does */
  #continueHeader(piece: Uint8Array, at: number): number {
    const lineFeed = piece.indexOf(LINE_FEED, at);
    const end = lineFeed < 0 ? piece.length : lineFeed;
    this.#headerBytes += end - at;
    if (this.#headerBytes > LONGEST_HEADER) {
      throw new InputError({
        where: `${this.#file}, record ${String(this.#records + 1)}`,
        found: 'a header line of more than 1 MB',
        expected: "a line that begins with '>', and the sequence on the lines after it",
        fix: 'Check that this is a FASTA file with line feeds at the ends of its lines.',
      });
    }
    this.#headers.append(piece.subarray(at, end));
    if (lineFeed < 0) return end;
    this.#endHeader(this.#before + lineFeed + 1);
    return lineFeed + 1;
  }

  #endHeader(next: number): void {
    if (this.#headers.last() === RETURN && this.#headerBytes > 0) this.#headers.drop();
    const headerStart = this.#headerStart;
    this.#headerStart = -1;
    this.#record = {
      headerStart,
      offset: next,
      end: next,
      length: 0,
      lineLetters: 0,
      lineBytes: 0,
      isEnding: false,
      isUnequal: false,
    };
    this.#startLine(next);
  }

  #startLine(position: number): void {
    this.#atLineStart = true;
    this.#lineLetters = 0;
    this.#lettersEnd = position;
    this.#isSpaced = false;
  }

  #addLetters(position: number, count: number, first: number | undefined): void {
    const record = this.#record;
    if (record === undefined) throw notFasta(this.#file, first);
    if (this.#lettersEnd !== position) this.#isSpaced = true;
    this.#atLineStart = false;
    const isUnlike =
      this.#isSpaced ||
      record.isEnding ||
      (record.length > 0 && this.#lineLetters + count > record.lineLetters);
    if (isUnlike && !record.isUnequal) this.#keepPlaces(record);
    if (record.isUnequal) {
      addPlaces(this.#places, position, record.length + this.#lineLetters, count);
    }
    this.#lineLetters += count;
    this.#lettersEnd = position + count;
  }

  #addGap(position: number, byte: number): void {
    if (byte === LINE_FEED) {
      this.#endLine(position + 1);
      this.#startLine(position + 1);
    } else if (byte === SPACE || (byte > 8 && byte < 14)) this.#atLineStart = false;
    else {
      throw new InputError({
        where: `${this.#file}, byte ${String(position)}`,
        found: `binary data (a byte ${String(byte)})`,
        expected: 'FASTA: letters in lines',
        fix: 'Check that this is the file you meant.',
      });
    }
  }

  #endLine(next: number): void {
    const record = this.#record;
    const letters = this.#lineLetters;
    if (record === undefined) return;
    if (letters === 0) {
      if (record.length > 0) record.isEnding = true;
      else if (!record.isUnequal) record.offset = next;
      return;
    }
    const endBytes = Math.max(1, next - this.#lettersEnd);
    if (record.isUnequal) {
      // Its places were added with the letters.
    } else if (record.length === 0) {
      record.lineLetters = letters;
      record.lineBytes = letters + endBytes;
    } else if (letters < record.lineLetters || letters + endBytes !== record.lineBytes) {
      record.isEnding = true;
    }
    record.length += letters;
    record.end = this.#lettersEnd;
  }

  /** The places of a record are kept from the current line on, which is unlike the ones before. */
  #keepPlaces(record: OpenRecord): void {
    const { bytes, letters } = this.#places;
    const { offset, length, lineLetters, lineBytes } = record;
    record.isUnequal = true;
    bytes.clear();
    letters.clear();
    // Spaces before the first letter do no harm: what is no letter is left out.
    bytes.push(offset);
    letters.push(0);
    if (length === 0) return;
    const step = Math.ceil(PLACE_BYTES / lineBytes);
    for (let line = step; line * lineLetters < length; line += step) {
      bytes.push(offset + line * lineBytes);
      letters.push(line * lineLetters);
    }
  }

  #endRecord(): void {
    const record = this.#record;
    if (record === undefined) return;
    const { headerStart, offset, end, length, lineLetters, lineBytes, isUnequal } = record;
    const [headerStarts, offsets, ends, lengths, letters, bytes] = this.#columns;
    headerStarts?.push(headerStart);
    offsets?.push(offset);
    ends?.push(Math.max(offset, end));
    lengths?.push(length);
    letters?.push(isUnequal ? 0 : lineLetters);
    bytes?.push(isUnequal ? 0 : lineBytes);
    if (isUnequal && this.#places.bytes.length > 1) {
      this.#sparse.set(this.#records, {
        bytes: this.#places.bytes.values(),
        letters: this.#places.letters.values(),
      });
    }
    this.#records++;
    this.#record = undefined;
  }
}

function addPlaces(
  { bytes, letters }: { readonly bytes: NumberList; readonly letters: NumberList },
  position: number,
  before: number,
  count: number,
): void {
  for (let next = bytes.last() + PLACE_BYTES; next < position + count; next += PLACE_BYTES) {
    const place = Math.max(next, position);
    bytes.push(place);
    letters.push(before + place - position);
    next = place;
  }
}

function byteOrderMark([a, b, c]: Uint8Array): number {
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

/** Four bytes at a time, where the piece lies so that they can be read so. */
function wordsOf(piece: Uint8Array): Int32Array | undefined {
  if (piece.byteOffset % 4 !== 0) return undefined;
  return new Int32Array(piece.buffer, piece.byteOffset, piece.length >>> 2);
}

/** The next byte that is a space or a control character, or the end. */
function nextGap(piece: Uint8Array, words: Int32Array | undefined, from: number): number {
  let at = from;
  const { length } = piece;
  if (words !== undefined) {
    while (at < length && (at & 3) !== 0) {
      if ((piece[at] ?? 0) <= SPACE) return at;
      at++;
    }
    // Beyond the last whole word the next line would go back.
    if (at >= length) return length;
    let word = at >>> 2;
    for (const end = words.length; word < end; word++) {
      const bytes = words[word] ?? 0;
      // Sets the highest bit of a byte below 33 (S. E. Anderson, Bit Twiddling Hacks, "hasless").
      if (((bytes - 0x21212121) & ~bytes & 0x80808080) !== 0) break;
    }
    at = word << 2;
  }
  while (at < length && (piece[at] ?? 0) > SPACE) at++;
  return at;
}
