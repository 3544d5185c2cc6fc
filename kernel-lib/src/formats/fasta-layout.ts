/** Bytes between two stored places of a record with unequal lines. */
export const PLACE_BYTES = 1 << 16;

/** Places in a record whose lines are of unequal length, so that reading can begin near any letter. */
export interface SparsePlaces {
  /** Bytes in the (uncompressed) file, rising; the first is where the record's letters begin. */
  readonly bytes: Float64Array;
  /** Letters of the record before each of them. */
  readonly letters: Float64Array;
}

/** The columns of a {@link FastaLayout}, one entry a record. */
export interface FastaLayoutColumns {
  /** Byte of the `>`. */
  readonly headerStarts: Float64Array;
  /** Byte of the first letter, as in a `.fai` file. */
  readonly offsets: Float64Array;
  /** Byte after the last letter. */
  readonly ends: Float64Array;
  /** Letters. */
  readonly lengths: Float64Array;
  /** Letters a line; 0 where there are none, or lines are of unequal length. */
  readonly lineLetters: Float64Array;
  /** Bytes a line, with the line end. */
  readonly lineBytes: Float64Array;
  /** Where in `headers` each header begins, and after the last where it ends: one entry more. */
  readonly headerPlaces: Float64Array;
  /** Header lines one after the other, without `>` and line end; UTF-8. */
  readonly headers: Uint8Array;
  /** Places in records whose lines are of unequal length; shorter ones have only their offset. */
  readonly sparse: ReadonlyMap<number, SparsePlaces>;
}

const NONE = -1;
const SPACE = 32;

/**
 * Where each record of a FASTA file lies, whatever its lines are like. Half a million records take
 * a few dozen megabytes: numbers lie in typed arrays, names are decoded when they are asked for.
 */
export class FastaLayout {
  readonly columns: FastaLayoutColumns;
  /** Records. */
  readonly count: number;
  /** Records that have no name, and those whose name an earlier one has. */
  readonly nameless: number;
  readonly duplicates: number;
  /** A record whose name an earlier one has. */
  readonly firstDuplicate: number | undefined;
  /** Records whose lines are of unequal length, which no `.fai` can describe, and the first. */
  readonly unequal: number;
  readonly firstUnequal: number | undefined;
  readonly #byName: Int32Array;

  constructor(columns: FastaLayoutColumns) {
    this.columns = columns;
    this.count = columns.offsets.length;
    this.#byName = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.count + 2))).fill(NONE);
    let [nameless, duplicates, unequal] = [0, 0, 0];
    let firstDuplicate: number | undefined;
    let firstUnequal: number | undefined;
    for (let record = 0; record < this.count; record++) {
      if (this.isUnequal(record)) {
        unequal++;
        firstUnequal ??= record;
      }
      const name = this.nameBytes(record);
      if (name.length === 0) {
        nameless++;
        continue;
      }
      const slot = this.#slot(name);
      if (this.#byName[slot] === NONE) this.#byName[slot] = record;
      else {
        duplicates++;
        firstDuplicate ??= record;
      }
    }
    this.nameless = nameless;
    this.duplicates = duplicates;
    this.firstDuplicate = firstDuplicate;
    this.unequal = unequal;
    this.firstUnequal = firstUnequal;
  }

  /** The header line without `>`. */
  header(record: number): string {
    return Buffer.from(this.#headerBytes(record)).toString('utf8');
  }

  /** What follows `>`, up to the first space. */
  name(record: number): string {
    return Buffer.from(this.nameBytes(record)).toString('utf8');
  }

  /** As `name`, as bytes. */
  nameBytes(record: number): Uint8Array {
    const header = this.#headerBytes(record);
    let end = 0;
    while (end < header.length && (header[end] ?? 0) !== SPACE && !isGap(header[end])) end++;
    return header.subarray(0, end);
  }

  /** The first record of a name. */
  find(name: string): number | undefined {
    const found = this.#byName[this.#slot(Buffer.from(name))] ?? NONE;
    return found === NONE ? undefined : found;
  }

  /** Whether the lines of a record are of unequal length. */
  isUnequal(record: number): boolean {
    const { lengths, lineLetters } = this.columns;
    return lineLetters[record] === 0 && (lengths[record] ?? 0) > 0;
  }

  #headerBytes(record: number): Uint8Array {
    const { headers, headerPlaces } = this.columns;
    return headers.subarray(headerPlaces[record], headerPlaces[record + 1]);
  }

  /** Where a name is in the table, or the free place for it. */
  #slot(name: Uint8Array): number {
    const mask = this.#byName.length - 1;
    let hash = 0x811c9dc5;
    for (const byte of name) hash = Math.imul(hash ^ byte, 0x01000193);
    // The lower bits of this hash alone would put numbered names side by side.
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const record = this.#byName[slot] ?? NONE;
      if (record === NONE || Buffer.compare(this.nameBytes(record), name) === 0) return slot;
    }
  }
}

/** Tab, line ends and their kin end a name, other control characters are part of it. */
function isGap(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 9 && byte <= 13;
}
