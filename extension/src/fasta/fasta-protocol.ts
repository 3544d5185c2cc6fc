import type { Protocol } from '../webviews/channel.ts';

/** How bases are coloured; the values of the setting `tatabox.baseColors`. */
export type BaseColors = 'theme' | 'colorBlindSafe' | 'none';

/** A place in the file: index of the record, 0-based and half-open. */
export interface FilePlace {
  readonly record: number;
  readonly start: number;
  readonly end: number;
}

/** What a page is told of a file when it is open. */
export interface FileInfo {
  readonly file: string;
  readonly alphabet: 'DNA' | 'RNA' | 'protein';
  readonly compression: 'none' | 'gzip' | 'bgzip';
  readonly index: 'file' | 'memory';
  readonly notices: readonly string[];
  readonly aligned: boolean;
  readonly recordCount: number;
  readonly baseColors: BaseColors;
  /** Where a link asked to go before the page was there. */
  readonly place?: FilePlace;
}

/** A record as the list shows it. */
export interface RecordRow {
  readonly record: number;
  readonly name: string;
  readonly description: string;
  readonly length: number;
}

/** Hits of a search, of one length; the arrays belong together. */
export interface HitBatch {
  readonly search: number;
  readonly records: Int32Array;
  readonly starts: Float64Array;
  /** 1 where the hit is on the reverse strand. */
  readonly reverse: Uint8Array;
}

/** What the page of the FASTA preview and the extension host say to each other. */
export interface FastaProtocol extends Protocol {
  readonly requests: {
    /** Opens the file, or answers at once when it is open; `again` reads it anew. */
    open: { params: { readonly again: boolean }; result: FileInfo };
    /** Rows of the record list whose name holds the filter. */
    records: {
      params: { readonly filter: string; readonly start: number; readonly end: number };
      result: { readonly count: number; readonly rows: readonly RecordRow[] };
    };
    /** One record, and where it stands in the filtered list (-1 where it does not). */
    record: {
      params: { readonly record: number; readonly filter: string };
      result: { readonly row: RecordRow; readonly position: number };
    };
    /** Names of records by their numbers. */
    names: { params: { readonly records: readonly number[] }; result: readonly string[] };
    letters: { params: FilePlace; result: Uint8Array };
    /** The same columns of some records, one after the other; shorter ones end with spaces. */
    block: {
      params: {
        readonly records: readonly [number, number];
        readonly start: number;
        readonly end: number;
      };
      result: { readonly names: readonly string[]; readonly letters: Uint8Array };
    };
    conservation: {
      params: { readonly start: number; readonly end: number };
      result: { readonly identity: Float32Array; readonly consensus: string };
    };
    composition: {
      params: { readonly record: number };
      result: {
        readonly counts: Readonly<Record<string, number>>;
        readonly lowerCase: number;
        readonly total: number;
        readonly gc: number;
      };
    };
    profile: {
      params: { readonly record: number; readonly bins: number };
      result: Float32Array;
    };
    /** GC share of a part, NaN where it has no bases. */
    gc: { params: FilePlace; result: number };
    /** Looks for a motif; hits come as `hits` events, the answer when all are found. */
    find: {
      params: {
        readonly search: number;
        readonly motif: string;
        /** Where the search begins; all others follow in their order, and around. */
        readonly first: number;
        readonly all: boolean;
        readonly bothStrands: boolean;
      };
      result: { readonly count: number; readonly limited: boolean };
    };
    /** What is meant by `chr1:1,234-5,678`. */
    place: { params: { readonly text: string; readonly record: number }; result: FilePlace };
    /** Puts a part on the clipboard as FASTA; letters as shown. */
    copy: {
      params: FilePlace & { readonly reverse: boolean; readonly letters: 'DNA' | 'RNA' | 'file' };
      result: { readonly header: string };
    };
    /** Puts the rows that are shown on the clipboard as plain text. */
    copyText: { params: { readonly text: string }; result: undefined };
    setBaseColors: { params: { readonly baseColors: BaseColors }; result: undefined };
    /** Shows the file in VS Code's text editor. */
    openText: { params: undefined; result: undefined };
  };
  readonly events: {
    progress: { readonly text: string; readonly share?: number };
    hits: HitBatch;
    /** How far the search is: bases read and, where known, in all. */
    searched: { readonly search: number; readonly done: number; readonly total?: number };
    /** The file is no longer what was opened. */
    changed: 'changed' | 'vanished' | 'same';
    show: FilePlace;
    focusGoTo: undefined;
    baseColors: BaseColors;
    notice: { readonly text: string; readonly error: boolean };
  };
}
