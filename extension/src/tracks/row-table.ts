import type { IntervalRecord } from './interval-format.ts';
import { byteColumn, numberColumn, wholeColumn } from './growing-column.ts';
import type { IntervalColumns } from './region-index.ts';
import type { Contig } from './track-types.ts';

/** Strands as numbers. */
export const STRANDS = ['.', '+', '-'] as const;

/** The records of a file as columns of numbers, by their places in the file. */
export interface RowTable {
  readonly contig: Uint32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** NaN for none; undefined where no record has one. */
  readonly score: Float64Array | undefined;
  /** Places in {@link STRANDS}. */
  readonly strand: Uint8Array;
  /** Lines in the file, from 1. */
  readonly line: Uint32Array;
  /** Where the texts lie. */
  readonly text: Float64Array;
  readonly contigs: readonly Contig[];
  /** The other ends of pairs; the contig is {@link NO_MATE} where there is none. */
  readonly mate: IntervalColumns | undefined;
}

/** In place of the contig of the other end, where there is none. */
export const NO_MATE = 2 ** 32 - 1;

/** Collects the records of a file. */
export class RowTableBuilder {
  readonly #contig = wholeColumn();
  readonly #start = numberColumn();
  readonly #end = numberColumn();
  #score = numberColumn();
  #hasScore = false;
  readonly #strand = byteColumn();
  readonly #line = wholeColumn();
  readonly #text = numberColumn();
  readonly #hasMates: boolean;
  readonly #mateContig = wholeColumn();
  readonly #mateStart = numberColumn();
  readonly #mateEnd = numberColumn();
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #lengths: number[] = [];
  #lastName = '';
  #lastId = -1;

  /** @param hasMates whether records are pairs */
  constructor(hasMates: boolean) {
    this.#hasMates = hasMates;
  }

  get rows(): number {
    return this.#contig.length;
  }

  add(record: IntervalRecord, line: number, text: number): void {
    const { chrom, start, end, score, strand, mate } = record;
    const id = this.contig(chrom);
    this.#contig.push(id);
    this.#start.push(start);
    this.#end.push(end);
    if (score !== undefined && !this.#hasScore) this.#beginScores();
    if (this.#hasScore) this.#score.push(score ?? NaN);
    this.#strand.push(strand === '+' ? 1 : strand === '-' ? 2 : 0);
    this.#line.push(line);
    this.#text.push(text);
    this.reach(id, end);
    if (!this.#hasMates) return;
    const mateId = mate === undefined ? NO_MATE : this.contig(mate.chrom);
    this.#mateContig.push(mateId);
    this.#mateStart.push(mate?.start ?? 0);
    this.#mateEnd.push(mate?.end ?? 0);
    if (mate !== undefined) this.reach(mateId, mate.end);
  }

  /** The number of a contig, a new one for a name that was not there. */
  contig(name: string): number {
    if (name === this.#lastName && this.#lastId >= 0) return this.#lastId;
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#names.length;
      // The name is a piece of the text of many lines, which it would keep alive.
      const own = Buffer.from(name).toString();
      this.#names.push(own);
      this.#ids.set(own, id);
      this.#lengths.push(0);
    }
    this.#lastName = this.#names[id] ?? '';
    this.#lastId = id;
    return id;
  }

  /** Says that a contig has at least so many bases. */
  reach(id: number, end: number): void {
    if (end > (this.#lengths[id] ?? 0)) this.#lengths[id] = end;
  }

  finish(): RowTable {
    return {
      contig: this.#contig.finish(),
      start: this.#start.finish(),
      end: this.#end.finish(),
      score: this.#hasScore ? this.#score.finish() : undefined,
      strand: this.#strand.finish(),
      line: this.#line.finish(),
      text: this.#text.finish(),
      mate: this.#hasMates
        ? {
            contig: this.#mateContig.finish(),
            start: this.#mateStart.finish(),
            end: this.#mateEnd.finish(),
          }
        : undefined,
      contigs: this.#names.map((name, id) => ({ name, length: this.#lengths[id] ?? 0 })),
    };
  }

  #beginScores(): void {
    this.#hasScore = true;
    this.#score = numberColumn();
    for (let row = 1; row < this.#contig.length; row++) this.#score.push(NaN);
  }
}
