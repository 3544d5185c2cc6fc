/** What a column of a track file holds. */
export type ColumnKind = 'text' | 'whole' | 'number' | 'strand' | 'color';

/** A column of the table, as the file has it. */
export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly description: string;
}

/** A line that is no record. */
export interface InvalidLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** What is wrong, in the words of the library. */
  readonly reason: string;
  /** The line, cut. */
  readonly text: string;
}

/** A chromosome or other sequence that records lie on. */
export interface Contig {
  readonly name: string;
  /** Largest end of its records, or what the file says of it where that is more. */
  readonly length: number;
}

/** A stretch of a contig: 0-based, half-open. */
export interface Region {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
}

/** What is drawn of a record, or of the records of a transcript: 0-based, half-open. */
export interface Feature {
  /** Number of the record in the file's order, from 0; of a transcript that of its own line. */
  readonly row: number;
  readonly start: number;
  readonly end: number;
  /** Empty where it has none. */
  readonly name: string;
  readonly strand: '+' | '-' | '.';
  /** NaN where the file has none; JSON makes null of it. */
  readonly score: number;
  readonly color?: readonly [number, number, number];
  /** The coding part; start and end where there is no other. Equal where nothing is thick. */
  readonly thickStart: number;
  readonly thickEnd: number;
  /** Exons and the like, by position; one for the whole where the file has none. */
  readonly blocks: readonly (readonly [start: number, end: number])[];
  /**
   * The other end of a pair. A pair on one contig is one feature of two blocks, a pair on two contigs
   * one feature at each end.
   */
  readonly mate?: Region;
}

/** Figures about all records. */
export interface IntervalSummary {
  readonly rows: number;
  /** In the order of the file. */
  readonly perContig: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bases: number;
  }[];
  readonly lengths: {
    readonly min: number;
    readonly median: number;
    readonly mean: number;
    readonly max: number;
    /** Lengths `from` … `to`, both included. */
    readonly histogram: readonly {
      readonly from: number;
      readonly to: number;
      readonly count: number;
    }[];
  };
  /** Records that share a base with another one. */
  readonly overlapping: number;
  /** Records with chromosome, start, end and strand of an earlier one. */
  readonly duplicates: number;
  /** Whether each contig is in one piece, its records by start. */
  readonly sorted: boolean;
  readonly strands: Readonly<Record<string, number>>;
}

/** Which records the table shows, and in which order. */
export interface TableView {
  /** Default: the order of the file. */
  readonly sort?: { readonly column: number; readonly descending: boolean };
  /** Terms that must all hold: `chrom=chrI score>500 name~TATA text`. */
  readonly filter?: string;
  /** Only records that overlap it. */
  readonly region?: Region;
}
