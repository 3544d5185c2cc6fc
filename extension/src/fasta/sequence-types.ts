import type { LongWorkOptions } from 'tatabox/core/progress.ts';

/** A record of a sequence file. */
export interface SequenceRecord {
  readonly name: string;
  /** The rest of the header; may be empty. */
  readonly description: string;
  /** Letters. */
  readonly length: number;
}

/** What the letters of a file are. */
export type Alphabet = 'DNA' | 'RNA' | 'protein';

/** How a file is compressed. */
export type Compression = 'none' | 'gzip' | 'bgzip';

/** Options of `SequenceDocument.open`. */
export interface OpenSequenceOptions extends LongWorkOptions {
  /** Folder that plain gzip is unpacked to; undefined where there is no disk: it stays in memory. */
  readonly temporaryFolder: string | undefined;
  /** What messages call bytes that are given. Default `the sequences`. */
  readonly name?: string;
}

/** How often each letter occurs in a record. */
export interface Composition {
  /** By upper-case letter. */
  readonly counts: Readonly<Record<string, number>>;
  /** Letters in lower case (soft-masked). */
  readonly lowerCase: number;
  readonly total: number;
  /** (G+C+S) / (A+C+G+T+U+S+W); NaN where there are none, and for proteins. */
  readonly gc: number;
}

/** A place where a motif was found: 0-based, half-open, on the letters as the file has them. */
export interface Hit {
  /** Number of the record. */
  readonly record: number;
  readonly start: number;
  readonly end: number;
  readonly strand: '+' | '-';
}

/** Options of `SequenceDocument.find`. */
export interface FindOptions extends LongWorkOptions {
  /** Records to search. Default: all, in the order of the file. */
  readonly records?: readonly number[];
  /**
   * Whether the other strand is searched, too. Default true; proteins have none. A motif that is its
   * own reverse complement is told once, as `+`.
   */
  readonly bothStrands?: boolean;
  /** Hits after which the search ends. Default: no limit. */
  readonly limit?: number;
}

/** How much the records of an alignment agree, by column. */
export interface Conservation {
  /** Share of records that have the consensus letter; gaps lower it. */
  readonly identity: Float32Array;
  /** The most frequent letter of each column; `-` where all are gaps. */
  readonly consensus: string;
}
