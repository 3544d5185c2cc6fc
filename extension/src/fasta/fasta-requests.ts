import { InputError, throwIfAborted, UsageError } from 'tatabox/core/errors.ts';
import { yieldToEventLoop } from 'tatabox/core/progress.ts';
import type { FastaProtocol, FilePlace, HitBatch } from './fasta-protocol.ts';
import { FastaRecords } from './fasta-records.ts';
import { formatFasta } from './format-fasta.ts';
import { parsePlace } from './parse-place.ts';
import { reverseComplementLetters } from './reverse-complement-letters.ts';
import type { SequenceDocument } from './sequence-document.ts';
import { shownLetters } from './webview/shown-letters.ts';
import type { Params, Result } from '../webviews/channel.ts';

/** Hits that are kept at most: a page that holds more would become slow, and nobody reads them. */
export const MOST_HITS = 100_000;
/** Letters that are put on the clipboard at most. */
const MOST_COPIED = 20_000_000;
/** Letters read at once for counting. */
const STEP = 1 << 20;
/** Letters of a request for rows: more than any screen shows. */
const MOST_LETTERS = 1 << 22;

/** What a search tells while it goes on. */
export interface SearchListener {
  hits(batch: HitBatch): void;
  searched(done: number, total: number | undefined): void;
}

/** Answers what a page asks of an open file; knows nothing of VS Code. */
export class FastaRequests {
  readonly document: SequenceDocument;
  readonly records: FastaRecords;

  constructor(document: SequenceDocument) {
    this.document = document;
    this.records = new FastaRecords(document.records);
  }

  async letters({ record, start, end }: FilePlace): Promise<Uint8Array> {
    return this.document.letters(record, start, Math.min(end, start + MOST_LETTERS));
  }

  async record(
    { record, filter }: Params<FastaProtocol, 'record'>,
    signal: AbortSignal,
  ): Promise<Result<FastaProtocol, 'record'>> {
    const row = this.records.row(record);
    if (row === undefined) {
      throw new InputError({
        where: 'record',
        found: `there is no record ${(record + 1).toLocaleString('en')}`,
        fix: 'Choose one of the list.',
      });
    }
    return { row, position: await this.records.position(record, filter, signal) };
  }

  async block({
    records: [first, last],
    start,
    end,
  }: Params<FastaProtocol, 'block'>): Promise<Result<FastaProtocol, 'block'>> {
    const width = Math.max(0, end - start);
    const rows = Math.max(0, Math.min(last, this.document.records.length) - first);
    if (width * rows > MOST_LETTERS) {
      throw new UsageError({ where: 'block', found: 'too many letters are asked for at once' });
    }
    const letters = new Uint8Array(width * rows).fill(32);
    const names: string[] = [];
    for (let row = 0; row < rows; row++) {
      names.push(this.document.records[first + row]?.name ?? '');
      letters.set(await this.document.letters(first + row, start, end), row * width);
    }
    return { names, letters };
  }

  /** GC share of a part: as that of a record, (G+C+S) / (A+C+G+T+U+S+W). */
  async gc({ record, start, end }: FilePlace, signal?: AbortSignal): Promise<number> {
    const counts = new Float64Array(256);
    for (let at = start; at < end; at += STEP) {
      throwIfAborted(signal, 'counting');
      const letters = await this.document.letters(record, at, Math.min(end, at + STEP));
      for (const letter of letters) counts[letter & 0xdf] = (counts[letter & 0xdf] ?? 0) + 1;
      await yieldToEventLoop();
    }
    const sum = (of: string): number =>
      [...of].reduce((total, letter) => total + (counts[letter.charCodeAt(0)] ?? 0), 0);
    return sum('GCS') / sum('ACGTUSW');
  }

  async find(
    { search, motif, first, all, bothStrands }: Params<FastaProtocol, 'find'>,
    listener: SearchListener,
    signal: AbortSignal,
  ): Promise<Result<FastaProtocol, 'find'>> {
    const total = this.document.records.length;
    const records = all
      ? Array.from({ length: total }, (_, index) => (first + index) % total)
      : [first];
    let count = 0;
    // One more than is kept tells whether there are others.
    const batches = this.document.find(motif, {
      records,
      bothStrands,
      limit: MOST_HITS + 1,
      signal,
      progress: (event) => {
        listener.searched(event.done, event.total);
      },
    });
    for await (const found of batches) {
      const hits = found.slice(0, MOST_HITS - count);
      count += hits.length;
      if (hits.length > 0) {
        listener.hits({
          search,
          records: Int32Array.from(hits, (hit) => hit.record),
          starts: Float64Array.from(hits, (hit) => hit.start),
          reverse: Uint8Array.from(hits, (hit) => Number(hit.strand === '-')),
        });
      }
      if (hits.length < found.length) return { count, limited: true };
      throwIfAborted(signal, 'searching');
    }
    return { count, limited: false };
  }

  place({ text, record }: Params<FastaProtocol, 'place'>): FilePlace {
    const { document } = this;
    return parsePlace(text, document.records, record, (name) => document.findRecord(name));
  }

  /** A part as FASTA text, with the letters that are shown. */
  async fasta(
    params: Params<FastaProtocol, 'copy'>,
  ): Promise<{ readonly header: string; readonly text: string }> {
    const { record, start, end, reverse, letters } = params;
    if (end - start > MOST_COPIED) {
      throw new UsageError({
        where: 'copy',
        found: `${(end - start).toLocaleString('en')} letters are selected`,
        expected: `at most ${MOST_COPIED.toLocaleString('en')} for the clipboard`,
        fix: 'Select less, or take the part out of the file with a program.',
      });
    }
    const { alphabet, records } = this.document;
    const raw = await this.document.letters(record, start, end);
    const strand = reverse && alphabet !== 'protein';
    const turned = strand ? reverseComplementLetters(raw, alphabet === 'RNA' ? 'RNA' : 'DNA') : raw;
    const table = shownLetters({ alphabet, letters, complement: false });
    const shown = turned.map((code) => table[code] ?? code);
    const name = records[record]?.name ?? '';
    const sign = alphabet === 'protein' ? '' : strand ? '(-)' : '(+)';
    const header = `${name}:${String(start + 1)}-${String(start + raw.length)}${sign}`;
    return { header, text: formatFasta(header, shown) };
  }
}
