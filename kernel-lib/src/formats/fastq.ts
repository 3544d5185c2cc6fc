import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import type { FileSource } from './byte-source.ts';
import { quoted, type LinePlace } from './line-place.ts';
import { collectBatches, streamRecordBatches } from './stream-records.ts';

/** A read of a FASTQ file. */
export interface FastqRecord {
  /** What follows `@`, up to the first space. */
  readonly name: string;
  /** What follows the name on its line. */
  readonly description?: string;
  /** The letters as they are in the file. */
  readonly sequence: string;
  /** The Phred score of each letter: −10 log10 of the probability that it is wrong. */
  readonly quality: Uint8Array;
}

/** Options of {@link readFastq} and {@link streamFastq}. */
export interface FastqOptions {
  /**
   * The character code that stands for quality 0: 33 (Sanger, Illumina 1.8 and later) or 64 (Illumina
   * 1.3 to 1.7). Default 33.
   */
  readonly qualityOffset?: 33 | 64;
}

/** Letters of one read; the longest reads of any machine have some millions. */
const MOST_LETTERS = 1 << 28;
const LAST_PRINTABLE = 126;

/**
 * The reads of a FASTQ file one after the other, plain, gzip or bgzip, in constant memory: with four
 * lines a read, or with sequence and quality broken over several lines (Cock and others 2010, Nucleic
 * Acids Research 38:1767).
 *
 * @throws InputError naming file and line for a missing `@` or `+`, for a quality that is longer or
 *   shorter than its sequence, and for letters that are none
 *
 * @example
 * for await (const { name, sequence, quality } of streamFastq('reads.fastq.gz')) …
 */
export async function* streamFastq(
  source: FileSource,
  options: FastqOptions = {},
): AsyncGenerator<FastqRecord, void, undefined> {
  for await (const records of streamBatches(source, options)) yield* records;
}

/** All reads of a FASTQ file; see {@link streamFastq}. */
export async function readFastq(
  source: FileSource,
  options: FastqOptions = {},
): Promise<FastqRecord[]> {
  return collectBatches(streamBatches(source, options));
}

function streamBatches(
  source: FileSource,
  options: FastqOptions,
): AsyncGenerator<FastqRecord[], void, undefined> {
  checkOptionNames(options, ['qualityOffset'], 'readFastq');
  const { qualityOffset = 33 } = options;
  if (!([33, 64] as number[]).includes(qualityOffset)) {
    throw new UsageError({
      where: 'readFastq, qualityOffset',
      found: String(qualityOffset),
      expected: '33 or 64',
    });
  }
  const parser = new FastqParser(qualityOffset);
  return streamRecordBatches(
    source,
    (line, place) => parser.next(line, place),
    (place) => parser.end(place),
  );
}

/** What a parser of FASTQ is waiting for. */
type Stage = 'title' | 'sequence' | 'quality';

class FastqParser {
  readonly #offset: number;
  #stage: Stage = 'title';
  #title = '';
  #sequence: string[] = [];
  #letters = 0;
  #quality = new Uint8Array(0);
  #scores = 0;

  constructor(qualityOffset: number) {
    this.#offset = qualityOffset;
  }

  next(line: string, place: LinePlace): FastqRecord | undefined {
    if (this.#stage === 'quality') return this.#addQuality(line, place);
    if (this.#stage === 'sequence') {
      if (!line.startsWith('+')) this.#addSequence(line, place);
      else return this.#startQuality(line, place);
    } else if (line.trim() !== '') this.#start(line, place);
    return undefined;
  }

  end(place: LinePlace): void {
    if (this.#stage === 'title') return;
    throw place.error({
      found: `the end of the file within the read '${this.#name()}'`,
      expected:
        this.#stage === 'sequence'
          ? "a line that begins with '+' after its sequence"
          : `${String(this.#letters)} quality letters, found ${String(this.#scores)}`,
      fix: 'The file may be cut short: copy or download it again.',
    });
  }

  #name(): string {
    return /^\S*/.exec(this.#title)?.[0] ?? '';
  }

  #start(line: string, place: LinePlace): void {
    if (!/^@\S/.test(line)) {
      throw place.error({
        found: quoted(line),
        expected: "'@' and the name of a read",
        fix: line.startsWith('>')
          ? 'This is a FASTA file: read it with readFasta.'
          : 'The read before may have more quality letters than bases, or this is no FASTQ file.',
      });
    }
    this.#title = line.slice(1);
    this.#stage = 'sequence';
    this.#sequence = [];
    this.#letters = 0;
  }

  #addSequence(line: string, place: LinePlace): void {
    const wrong = /[^A-Za-z.*-]/.exec(line)?.[0];
    if (wrong !== undefined) {
      throw place.error({
        found: `'${wrong}' in the sequence of '${this.#name()}'`,
        expected: "letters, then a line that begins with '+'",
      });
    }
    this.#letters += line.length;
    if (this.#letters > MOST_LETTERS) {
      throw place.error({ found: `a read of more than ${String(MOST_LETTERS)} letters` });
    }
    this.#sequence.push(line);
  }

  #startQuality(line: string, place: LinePlace): FastqRecord | undefined {
    const repeated = line.slice(1).trimEnd();
    if (repeated !== '' && repeated !== this.#title.trimEnd() && repeated !== this.#name()) {
      throw place.error({
        found: `the name ${quoted(repeated)} after '+'`,
        expected: `'${this.#name()}' as after '@', or nothing`,
      });
    }
    this.#quality = new Uint8Array(this.#letters);
    this.#scores = 0;
    this.#stage = 'quality';
    return this.#letters === 0 ? this.#finish() : undefined;
  }

  #addQuality(line: string, place: LinePlace): FastqRecord | undefined {
    const scores = this.#scores + line.length;
    // '@' may begin a line of quality letters: only the length tells where they end. A sequence on
    // one line has its quality on one line, so that a short one does not swallow the next read.
    if (scores > this.#letters || (scores < this.#letters && this.#sequence.length === 1)) {
      throw place.error({
        found: `${String(scores)} quality letters for read '${this.#name()}'`,
        expected: `${String(this.#letters)}, one for each letter of its sequence`,
      });
    }
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      if (code < this.#offset || code > LAST_PRINTABLE) throw this.#badQuality(line, i, place);
      this.#quality[this.#scores + i] = code - this.#offset;
    }
    this.#scores = scores;
    return scores === this.#letters ? this.#finish() : undefined;
  }

  #badQuality(line: string, index: number, place: LinePlace): Error {
    const isSanger = this.#offset === 64 && line.charCodeAt(index) >= 33;
    return place.error({
      found: `the quality letter ${JSON.stringify(line.charAt(index))} in read '${this.#name()}'`,
      expected: `'${String.fromCharCode(this.#offset)}' to '~'`,
      fix: isSanger
        ? 'The qualities begin at 33, not 64: leave out the option qualityOffset.'
        : undefined,
    });
  }

  #finish(): FastqRecord {
    this.#stage = 'title';
    const name = this.#name();
    const description = this.#title.slice(name.length).trim();
    const [first = ''] = this.#sequence;
    const sequence = this.#sequence.length === 1 ? first : this.#sequence.join('');
    const quality = this.#quality;
    return description === ''
      ? { name, sequence, quality }
      : { name, description, sequence, quality };
  }
}
