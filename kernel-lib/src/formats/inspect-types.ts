import type { ErrorDetails } from '../core/errors.ts';
import type { TableView } from '../core/table-view.ts';
import type { Compression, FileFormat } from './detect-format.ts';

/** Something that a person wants to know of a file. */
export type FileFact = readonly [label: string, value: string | number];

/** A contig (or sequence) of a file; what a format does not tell is left out. */
export interface InspectedContig {
  readonly name: string;
  /** In bases, or letters of a protein. */
  readonly length?: number;
  /** Records on it. */
  readonly records?: number;
  /** Bases of its records together, counted twice where they overlap. */
  readonly bases?: number;
  /** Share of G and C among A, C, G, T. */
  readonly gc?: number;
  /** Letters N. */
  readonly unknown?: number;
  /** Least start and largest end of its records, 0-based, half-open. */
  readonly start?: number;
  readonly end?: number;
}

/** A column of a table. */
export interface InspectedColumn {
  readonly name: string;
  /** `integer`, `number`, `boolean`, `text`, `date`, `list`, or `empty`. */
  readonly type: string;
  readonly missing: number;
  readonly least?: number | string;
  readonly largest?: number | string;
  /** Different values, where there are at most 1,000. */
  readonly distinct?: number;
}

/** An array or a tensor. */
export interface InspectedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its finite values, where they were looked at. */
  readonly least?: number;
  readonly largest?: number;
  /** Values that are NaN or infinite, where they were looked at. */
  readonly notFinite?: number;
}

/** A motif. */
export interface InspectedMotif {
  readonly id: string;
  readonly name: string;
  /** Positions. */
  readonly width: number;
  readonly sites?: number;
}

/** How often something occurs, for example features of a type. */
export interface InspectedCount {
  readonly name: string;
  readonly count: number;
}

/** What a file is and what is wrong with it. */
export interface FileReport {
  /** The path or address without its secrets. */
  readonly name: string;
  readonly format: FileFormat | 'folder' | 'model-folder' | 'run-folder' | 'missing';
  readonly compression: Compression;
  /** Bytes as they are stored; undefined where the file cannot be read. */
  readonly size: number | undefined;
  /** Records that were read, in the unit of the format: reads, regions, variants, rows, … */
  readonly records: number | undefined;
  /** For people, in the order in which they are shown. */
  readonly facts: readonly FileFact[];
  readonly contigs?: readonly InspectedContig[];
  readonly columns?: readonly InspectedColumn[];
  readonly tensors?: readonly InspectedTensor[];
  readonly motifs?: readonly InspectedMotif[];
  /** Counts by what they are of: feature types, kinds of variants, files of an archive, … */
  readonly counts?: Readonly<Record<string, readonly InspectedCount[]>>;
  /** The first 100. */
  readonly problems: readonly ErrorDetails[];
  /** All that were found. */
  readonly problemCount: number;
  /** Tables for a notebook: the facts, then the lists, then the problems. */
  readonly views: readonly TableView[];
}
