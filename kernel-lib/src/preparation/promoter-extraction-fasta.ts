import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { duplicateName, emptyFasta, namelessRecord, notFasta } from '../formats/fasta-index.ts';
import { streamBytes } from '../formats/read-bytes.ts';

/** A stretch of a contig whose letters are wanted: 0-based, half-open. */
export interface LetterRequest {
  readonly start: number;
  /** May lie beyond the end of the contig: what is there is given. */
  readonly end: number;
  /** Is called once, with the letters as they are in the file. */
  readonly onLetters: (letters: string) => void;
}

/** A contig that was read. */
export interface ReadContig {
  readonly name: string;
  /** In bases. */
  readonly length: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const GREATER_THAN = 62;
/** Letters of all requests together; strings of V8 and the memory of most machines end there. */
const MOST_LETTERS = 2 ** 30;
/** Bytes of a header: a damaged file may have no line end at all. */
const LONGEST_HEADER = 1 << 20;

interface OpenRequest {
  readonly request: LetterRequest;
  letters: string;
}

/** The contig that is being read, and the requests on it. */
class OpenContig {
  readonly name: string;
  length = 0;
  readonly #requests: readonly LetterRequest[];
  #next = 0;
  #open: OpenRequest[] = [];

  constructor(name: string, requests: readonly LetterRequest[]) {
    this.name = name;
    this.#requests = [...requests].sort((a, b) => a.start - b.start);
  }

  /** Takes the next letters; gives how many of them were kept for requests. */
  add(letters: Buffer): number {
    const from = this.length;
    const to = from + letters.length;
    this.length = to;
    for (;;) {
      const request = this.#requests[this.#next];
      if (request === undefined || request.start >= to) break;
      this.#open.push({ request, letters: '' });
      this.#next++;
    }
    let kept = 0;
    let left = false;
    for (const open of this.#open) {
      const { start, end } = open.request;
      const piece = letters.toString(
        'latin1',
        Math.max(start, from) - from,
        Math.min(end, to) - from,
      );
      kept += piece.length;
      open.letters += piece;
      if (end <= to) {
        open.request.onLetters(open.letters);
        left = true;
      }
    }
    if (left) this.#open = this.#open.filter(({ request }) => request.end > to);
    return kept;
  }

  /** Hands out what the end of the contig cut off. */
  finish(): ReadContig {
    for (const { request, letters } of this.#open) request.onLetters(letters);
    for (const request of this.#requests.slice(this.#next)) request.onLetters('');
    return { name: this.name, length: this.length };
  }
}

/**
 * Reads stretches of contigs in one pass over a FASTA file: plain, gzip or bgzip, no index needed. It
 * is what a whole genome's promoters take in any case, as there is one every few thousand bases.
 * Memory holds the stretches that were asked for.
 *
 * @param requests by the name of the contig
 * @returns the contigs of the file, in its order
 * @throws InputError for what is no FASTA and for duplicate names; UsageError for more letters than
 *   memory can hold
 */
export async function readContigStretches(
  source: FileSource,
  requests: ReadonlyMap<string, readonly LetterRequest[]>,
  { signal, progress }: LongWorkOptions = {},
): Promise<ReadContig[]> {
  const file = sourceName(source);
  const contigs: ReadContig[] = [];
  const names = new Set<string>();
  let contig: OpenContig | undefined;
  /** The beginning of a header whose end was not read yet. */
  let header: Buffer | undefined;
  let atLineStart = true;
  let bases = 0;
  let kept = 0;

  const startContig = (line: Buffer): void => {
    const where = `${file}, record ${String(names.size + 1)}`;
    const name = /^(\S+)/.exec(line.toString('utf8'))?.[1];
    if (name === undefined) throw namelessRecord(where);
    if (names.has(name)) throw duplicateName(where, name);
    names.add(name);
    contig = new OpenContig(name, requests.get(name) ?? []);
  };
  const endContig = (): void => {
    if (contig !== undefined) contigs.push(contig.finish());
    contig = undefined;
  };
  const addLetters = (letters: Buffer): void => {
    if (letters.length === 0 || contig === undefined) return;
    kept += contig.add(letters);
    bases += letters.length;
    if (kept > MOST_LETTERS) throw tooManyLetters();
  };

  for await (const bytes of streamBytes(source)) {
    throwIfAborted(signal, `reading ${file}`);
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const letters = Buffer.allocUnsafe(chunk.length);
    let used = 0;
    let position = 0;
    const flush = (): void => {
      addLetters(letters.subarray(0, used));
      used = 0;
    };
    while (position < chunk.length) {
      const found = chunk.indexOf(LINE_FEED, position);
      const end = found < 0 ? chunk.length : found;
      if (header === undefined && atLineStart && chunk[position] === GREATER_THAN) {
        flush();
        endContig();
        header = Buffer.alloc(0);
        position++;
      }
      if (header !== undefined) {
        header = Buffer.concat([header, chunk.subarray(position, end)]);
        if (header.length > LONGEST_HEADER) throw notFasta(file, undefined);
        if (found >= 0) {
          startContig(header);
          header = undefined;
        }
      } else {
        if (contig === undefined) throw notFasta(file, chunk[position]);
        used += copyLetters(chunk, position, end, letters, used);
      }
      atLineStart = found >= 0;
      position = end + 1;
    }
    flush();
    progress?.({ task: 'reading the genome', done: bases, unit: 'bases' });
  }
  if (header !== undefined) startContig(header);
  endContig();
  if (contigs.length === 0) throw emptyFasta(file);
  return contigs;
}

/** Copies a line without white space and tells how many letters it had. */
function copyLetters(chunk: Buffer, from: number, end: number, target: Buffer, at: number): number {
  const last = end > from && chunk[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  chunk.copy(target, at, from, last);
  return last - from;
}

function tooManyLetters(): UsageError {
  return new UsageError({
    where: 'option upstream',
    found: `promoters of more than ${String(MOST_LETTERS)} letters together`,
    fix: 'Ask for fewer bases upstream, or split the annotation by chromosome.',
  });
}

/** Complements (Cornish-Bowden 1985) by character code; 0 for what is no nucleotide code. */
const complements = new Uint8Array(256);
for (const [a, b] of ['AT', 'CG', 'RY', 'KM', 'BV', 'DH', 'SS', 'WW', 'NN', 'XX']) {
  for (const [from = '', to = ''] of [
    [a, b],
    [b, a],
  ]) {
    complements[from.charCodeAt(0)] = to.charCodeAt(0);
    complements[from.toLowerCase().charCodeAt(0)] = to.toLowerCase().charCodeAt(0);
  }
}
complements['U'.charCodeAt(0)] = 'A'.charCodeAt(0);
complements['u'.charCodeAt(0)] = 'a'.charCodeAt(0);

/**
 * The letters of a stretch on its strand: on `-` reversed and complemented. Upper and lower case
 * (soft masking) and ambiguity codes are kept.
 *
 * @param where file, contig and stretch, for messages
 * @throws InputError for a letter that is no nucleotide code
 */
export function lettersOnStrand(letters: string, strand: '+' | '-', where: string): string {
  const bytes = Buffer.from(letters, 'latin1');
  const complemented = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const complement = complements[bytes[i] ?? 0] ?? 0;
    if (complement === 0) {
      throw new InputError({
        where,
        found: `the letter ${JSON.stringify(letters.charAt(i))} at base ${String(i)} of it`,
        expected: 'nucleotide codes (IUPAC)',
        fix: 'Check that the genome is a FASTA of nucleotides.',
      });
    }
    complemented[bytes.length - 1 - i] = complement;
  }
  return strand === '+' ? letters : complemented.toString('latin1');
}
