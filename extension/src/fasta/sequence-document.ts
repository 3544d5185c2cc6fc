import { rm } from 'node:fs/promises';
import { InputError, throwIfAborted, UsageError } from 'tatabox/core/errors.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { writeFileAtomically } from 'tatabox/core/write-file.ts';
import { formatBgzfIndex } from 'tatabox/formats/bgzf-index.ts';
import { duplicateName, formatFastaIndex, namelessRecord } from 'tatabox/formats/fasta-index.ts';
import { BASE_CLASSES, LetterCounter } from './composition.ts';
import { measureConservation } from './conservation.ts';
import { detectAlphabet } from './detect-alphabet.ts';
import { LetterReader } from './letter-reader.ts';
import { MotifMatcher } from './motif-matcher.ts';
import { openSequenceFile, stampOf, type OpenSequenceFile } from './open-sequence-file.ts';
import { pauses, type Pause } from './pauses.ts';
import { indexEntries } from './sequence-index.ts';
import { sequenceRecords } from './sequence-records.ts';
import type {
  Alphabet,
  Composition,
  Compression,
  Conservation,
  FindOptions,
  Hit,
  OpenSequenceOptions,
  SequenceRecord,
} from './sequence-types.ts';

export type * from './sequence-types.ts';

/** Records of an alignment at most. */
const MOST_ALIGNED = 5000;
/** Letters that are looked at for the alphabet: in so many records, at two places of each. */
const SAMPLED_RECORDS = 20;
const SAMPLED_LETTERS = 2000;
/** Letters that are searched at a time, and hits that are told at a time. */
const SEARCH_PIECE = 1 << 18;
const MOST_HITS = 5000;
/** Compositions that are kept. */
const KEPT = 10_000;

/**
 * A sequence file that is shown: plain, gzip or bgzip FASTA of any size. Only what is asked for is
 * read; where records lie comes from the `.fai` beside the file or from one pass over it.
 *
 * @example
 * const document = await SequenceDocument.open('sacCer3.fa.gz', { temporaryFolder: tmpdir() });
 * const letters = await document.letters(0, 1000, 1060);
 */
export class SequenceDocument {
  /** In the order of the file. Descriptions are read from the file when asked for, in places. */
  readonly records: readonly SequenceRecord[];
  /** What the letters are, from a sample. */
  readonly alphabet: Alphabet;
  readonly compression: Compression;
  /** `file` where a `.fai` was found that fits, `memory` where the records were found here. */
  readonly index: 'file' | 'memory';
  /** What the user should know about the file, in sentences. */
  readonly notices: readonly string[];
  /** Whether there are 2 to 5,000 records, all of one length. */
  readonly aligned: boolean;
  readonly #file: OpenSequenceFile;
  readonly #source: string | Uint8Array;
  readonly #reader: LetterReader;
  readonly #compositions = new Map<number, Composition>();
  readonly #profiles = new Map<string, Float32Array>();

  private constructor(
    source: string | Uint8Array,
    file: OpenSequenceFile,
    reader: LetterReader,
    alphabet: Alphabet,
  ) {
    this.#source = source;
    this.#file = file;
    this.#reader = reader;
    this.alphabet = alphabet;
    this.records = sequenceRecords(file);
    this.compression = file.compression;
    this.index = file.index;
    this.notices = file.notices;
    const { lengths } = file.layout.columns;
    const count = lengths.length;
    this.aligned =
      count >= 2 &&
      count <= MOST_ALIGNED &&
      lengths[0] !== 0 &&
      lengths.every((length) => length === lengths[0]);
  }

  /**
   * Opens a file, or its bytes; `close` it.
   *
   * @throws InputError for what is no FASTA, damaged or missing
   */
  static async open(
    file: string | Uint8Array,
    options: OpenSequenceOptions,
  ): Promise<SequenceDocument> {
    const opened = await openSequenceFile(file, options);
    try {
      const reader = new LetterReader(opened.name, opened.bytes, opened.layout);
      const alphabet = await sampleAlphabet(opened, reader);
      return new SequenceDocument(file, opened, reader, alphabet);
    } catch (error) {
      await release(opened);
      throw error;
    }
  }

  /** Number of the first record of a name. */
  findRecord(name: string): number | undefined {
    return this.#file.layout.find(name);
  }

  /** Letters of a range as they are in the file (ASCII, case kept); clipped to the record. */
  async letters(record: number, start: number, end: number): Promise<Uint8Array> {
    const length = this.#length(record);
    const from = Math.max(0, Math.floor(start));
    return this.#reader.read(record, from, Math.min(length, Math.floor(end)));
  }

  /** How often each letter occurs in a record. */
  async composition(record: number, options: LongWorkOptions = {}): Promise<Composition> {
    const kept = this.#compositions.get(record);
    if (kept !== undefined) return kept;
    const length = this.#length(record);
    const counter = new LetterCounter();
    const pause = pauses('counting letters', length, options);
    if (length < SEARCH_PIECE) counter.add(await this.#reader.read(record, 0, length));
    else {
      for await (const letters of this.#reader.stream(record, 0, length)) {
        counter.add(letters);
        await pause(letters.length);
      }
    }
    const composition = counter.finish(this.alphabet);
    if (this.#compositions.size >= KEPT) this.#compositions.clear();
    this.#compositions.set(record, composition);
    return composition;
  }

  /** Share of G and C in `bins` equal parts of a record; NaN where there are no bases. */
  async profile(
    record: number,
    bins: number,
    options: LongWorkOptions = {},
  ): Promise<Float32Array> {
    const length = this.#length(record);
    if (!Number.isSafeInteger(bins) || bins < 1 || bins > 100_000) {
      throw new UsageError({
        where: 'profile, bins',
        found: String(bins),
        expected: 'a whole number from 1 to 100,000',
      });
    }
    const key = `${String(record)} ${String(bins)}`;
    const kept = this.#profiles.get(key);
    if (kept !== undefined) return kept;
    const strong = new Float64Array(bins);
    const weak = new Float64Array(bins);
    const pause = pauses('counting G and C', length, options);
    let at = 0;
    let bin = 0;
    for await (const letters of this.#reader.stream(record, 0, length)) {
      for (let i = 0; i < letters.length;) {
        // Letters of a bin are those up to here; a bin of a short record may have none.
        const binEnd = Math.floor(((bin + 1) * length) / bins);
        const end = Math.min(letters.length, i + binEnd - at);
        let [gc, other] = [0, 0];
        at += end - i;
        for (; i < end; i++) {
          const which = BASE_CLASSES[letters[i] ?? 0] ?? 0;
          gc += which & 1;
          other += which >>> 1;
        }
        strong[bin] = (strong[bin] ?? 0) + gc;
        weak[bin] = (weak[bin] ?? 0) + other;
        if (at >= binEnd) bin++;
      }
      await pause(letters.length);
    }
    const profile = Float32Array.from(strong, (gc, i) => gc / (gc + (weak[i] ?? 0)));
    if (this.#profiles.size >= 100) this.#profiles.clear();
    this.#profiles.set(key, profile);
    return profile;
  }

  /**
   * Finds a motif of IUPAC codes, in upper or lower case, overlapping places too. Hits come in
   * batches, by record and start.
   *
   * @throws UsageError for a letter that is no IUPAC code
   */
  async *find(motif: string, options: FindOptions = {}): AsyncGenerator<Hit[], void, undefined> {
    const { bothStrands = true, limit = Infinity } = options;
    const matcher = new MotifMatcher(
      motif,
      this.alphabet,
      bothStrands && this.alphabet !== 'protein',
    );
    const records = options.records ?? this.records.keys();
    const wanted = [...records];
    const total = wanted.reduce((sum, record) => sum + this.#length(record), 0);
    const pause = pauses(`searching ${motif}`, total, options);
    let left = limit;
    for (const record of wanted) {
      const length = this.#length(record);
      if (length < matcher.length) continue;
      const batches =
        length > SEARCH_PIECE
          ? this.#findInLong(record, length, matcher, pause)
          : this.#findInShort(record, length, matcher, pause);
      for await (const batch of batches) {
        const hits = batch.length > left ? batch.slice(0, left) : batch;
        left -= hits.length;
        if (hits.length > 0) yield hits;
        if (left <= 0) return;
      }
    }
  }

  /** How much the records of an alignment agree in columns; clipped to its length. */
  async conservation(start: number, end: number): Promise<Conservation> {
    if (!this.aligned) {
      throw new UsageError({
        where: this.#file.name,
        found: 'records of unequal length, or only one',
        expected: `an alignment: 2 to ${MOST_ALIGNED.toLocaleString('en')} records of one length`,
      });
    }
    const length = this.#length(0);
    const from = Math.max(0, Math.floor(start));
    const to = Math.max(from, Math.min(length, Math.floor(end)));
    return measureConservation(this.records.length, from, to, (record, first, last) =>
      this.#reader.read(record, first, last),
    );
  }

  /**
   * Writes the index of a plain or bgzip file beside it: `.fai`, and `.gzi` for bgzip.
   *
   * @returns the files
   * @throws UsageError for other files, InputError where no index can describe the file
   */
  async writeIndex(options: LongWorkOptions = {}): Promise<readonly string[]> {
    const { name, layout, blocks, compression } = this.#file;
    if (typeof this.#source !== 'string' || compression === 'gzip') {
      throw new UsageError({
        where: name,
        found: compression === 'gzip' ? 'gzip data that are not bgzip' : 'no file on this machine',
        expected: 'a plain or bgzip FASTA file',
        fix: 'Compress it with bgzip instead: gzip allows no random access.',
      });
    }
    requireIndexable(this.#file);
    throwIfAborted(options.signal, `indexing ${name}`);
    if (await this.changed()) {
      throw new InputError({
        where: name,
        found: 'a file that changed since it was opened',
        fix: 'Open it again, then write the index.',
      });
    }
    const fai = `${this.#source}.fai`;
    const text = formatFastaIndex(indexEntries(layout));
    if (blocks === undefined) {
      await writeFileAtomically(fai, text);
      return [fai];
    }
    const gzi = `${this.#source}.gzi`;
    await writeFileAtomically(gzi, formatBgzfIndex(blocks));
    await writeFileAtomically(fai, text);
    return [fai, gzi];
  }

  /** Whether the file is another one than was opened, or gone. */
  async changed(): Promise<boolean> {
    if (typeof this.#source !== 'string') return false;
    const [before, now] = [this.#file.stamp, await stampOf(this.#source)];
    if (before === undefined || now === undefined) return true;
    return before.size !== now.size || before.mtimeMs !== now.mtimeMs || before.ino !== now.ino;
  }

  /** Frees what is held and removes the temporary file; later calls throw. */
  async close(): Promise<void> {
    await release(this.#file);
  }

  #length(record: number): number {
    const length = this.#file.layout.columns.lengths[record];
    if (length === undefined) {
      throw new UsageError({
        where: this.#file.name,
        found: `record ${String(record)}`,
        expected: `0 to ${String(this.records.length - 1)}`,
      });
    }
    return length;
  }

  async *#findInShort(
    record: number,
    length: number,
    matcher: MotifMatcher,
    pause: Pause,
  ): AsyncGenerator<Hit[], void, undefined> {
    const letters =
      this.#reader.near(record, 0, length) ?? (await this.#reader.readNear(record, 0, length));
    yield* hitsIn(matcher, letters, letters.length, record, 0);
    const waiting = pause(length);
    if (waiting !== undefined) await waiting;
  }

  /** Searches pieces of a record that overlap by what a motif may reach over. */
  async *#findInLong(
    record: number,
    length: number,
    matcher: MotifMatcher,
    pause: Pause,
  ): AsyncGenerator<Hit[], void, undefined> {
    const overlap = matcher.length - 1;
    const window = new Uint8Array(SEARCH_PIECE + overlap);
    let held = 0;
    let origin = 0;
    for await (const letters of this.#reader.stream(record, 0, length)) {
      for (let at = 0; at < letters.length;) {
        const taken = letters.subarray(at, at + window.length - held);
        window.set(taken, held);
        at += taken.length;
        held += taken.length;
        yield* hitsIn(matcher, window, held, record, origin);
        const searched = Math.max(0, held - overlap);
        window.copyWithin(0, searched, held);
        origin += searched;
        held -= searched;
        await pause(taken.length);
      }
    }
  }
}

/** Hits in the first `end` letters, in batches. */
function hitsIn(
  matcher: MotifMatcher,
  letters: Uint8Array,
  end: number,
  record: number,
  origin: number,
): Hit[][] {
  const batches: Hit[][] = [];
  let hits: Hit[] | undefined;
  matcher.search(letters, end, (place, strand) => {
    const start = origin + place;
    if (hits === undefined || hits.length === MOST_HITS) {
      hits = [];
      batches.push(hits);
    }
    hits.push({ record, start, end: start + matcher.length, strand });
  });
  return batches;
}

async function sampleAlphabet(file: OpenSequenceFile, reader: LetterReader): Promise<Alphabet> {
  const { lengths } = file.layout.columns;
  const step = Math.max(1, Math.floor(lengths.length / SAMPLED_RECORDS));
  const samples: Uint8Array[] = [];
  for (let record = 0; record < lengths.length && samples.length < 40; record += step) {
    const length = lengths[record] ?? 0;
    // The ends of chromosomes are often unknown.
    for (const start of length > 2 * SAMPLED_LETTERS ? [0, Math.floor(length / 2)] : [0]) {
      const end = Math.min(length, start + SAMPLED_LETTERS);
      samples.push(await reader.read(record, start, end));
    }
  }
  return detectAlphabet(Buffer.concat(samples));
}

function requireIndexable({ name, layout }: OpenSequenceFile): void {
  const unequal = layout.firstUnequal;
  if (unequal !== undefined) {
    throw new InputError({
      where: name,
      found: `lines of unequal length in '${layout.name(unequal)}'`,
      expected: 'lines of one length in each record, which an index needs',
      fix: 'The preview works without; other programs need the file rewritten with equal lines.',
    });
  }
  if (layout.firstDuplicate !== undefined) {
    throw duplicateName(name, layout.name(layout.firstDuplicate));
  }
  if (layout.nameless > 0) throw namelessRecord(name);
}

async function release({ bytes, temporaryFile }: OpenSequenceFile): Promise<void> {
  bytes.close();
  if (temporaryFile !== undefined) await rm(temporaryFile, { force: true }).catch(() => undefined);
}
