import type { ProgressEvent } from 'tatabox/core/progress.ts';
import type { Protocol } from '../webviews/channel.ts';
import type {
  Column,
  Contig,
  Feature,
  IntervalSummary,
  InvalidLine,
  Region,
  TableView,
} from './track-types.ts';

/** How a track is read: all its rows, or by ranges of a binary file's index. */
export type TrackKind = 'intervals' | 'signal' | 'bigBed';

/** What a user chose for a track. */
export interface TrackSettings {
  /** Address of its file. */
  readonly id: string;
  /** Height in pixels. */
  readonly height?: number;
  /** Ends of the axis of a signal; without them it fits what is in sight. */
  readonly scale?: readonly [low: number, high: number];
}

/** A track of the view. */
export interface TrackInfo extends TrackSettings {
  readonly name: string;
  readonly kind: TrackKind;
  readonly format: string;
  /** Whether it is the file of the editor, which cannot be removed. */
  readonly isMain: boolean;
  /** Changes when the file of an added track was read again. */
  readonly reads: number;
  /** Why it cannot be shown. */
  readonly problem?: string;
}

/** The genome that the file belongs to. */
export interface GenomeInfo {
  readonly name: string;
  /** Why its bases cannot be had. */
  readonly problem?: string;
}

/** What is drawn in a genome view around the tracks; changes while the file is open. */
export interface ViewInfo {
  readonly tracks: readonly TrackInfo[];
  /** The first of {@link ViewInfo.contigCount}, by the file's own names. */
  readonly contigs: readonly Contig[];
  readonly contigCount: number;
  readonly genome?: GenomeInfo;
  readonly baseColors: 'theme' | 'colorBlindSafe' | 'none';
}

/** The file of the editor. */
export interface OpenedFile extends ViewInfo {
  readonly name: string;
  readonly kind: TrackKind;
  readonly format: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly invalidCount: number;
  /** The first of them. */
  readonly invalid: readonly InvalidLine[];
  /** Whether the text editor can show its lines. */
  readonly isText: boolean;
}

/** A row with what is told of it. */
export interface RowDetails {
  /** Number in the file's order. */
  readonly row: number;
  /** Number of its line in the file, from 1; of a binary file 0. */
  readonly line: number;
  readonly region: Region;
  readonly strand: '+' | '-' | '.';
  readonly name: string;
  readonly cells: readonly { readonly name: string; readonly value: string }[];
}

/** What a track shows in a region. */
export type Drawing =
  | { readonly kind: 'features'; readonly features: readonly Feature[] }
  | { readonly kind: 'density'; readonly counts: Uint32Array; readonly total: number }
  | {
      readonly kind: 'signal';
      readonly min: Float32Array;
      readonly max: Float32Array;
      readonly mean: Float32Array;
    }
  /** The track has no such contig. */
  | { readonly kind: 'absent' };

/** Figures about a bigWig file. */
export interface SignalSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly basesCovered: number;
  /** Bases of all contigs. */
  readonly bases: number;
  readonly contigs: readonly Contig[];
}

export type Summary =
  | { readonly kind: 'intervals'; readonly summary: IntervalSummary }
  | { readonly kind: 'signal'; readonly summary: SignalSummary }
  | { readonly kind: 'bigBed'; readonly contigs: readonly Contig[] };

type Nothing = Readonly<Record<string, never>>;

/** What the page of the tracks preview and the extension host say to each other. */
export interface TracksProtocol extends Protocol {
  readonly requests: {
    /** Opens the file, or hands out what is open; `again` reads it anew. */
    readonly open: { params: { readonly again: boolean }; result: OpenedFile };
    /** Stops the opening. */
    readonly stop: { params: Nothing; result: null };
    readonly view: { params: TableView; result: { readonly count: number } };
    readonly cells: {
      params: { readonly from: number; readonly to: number };
      result: readonly (readonly string[])[];
    };
    /** Details of a row by its position in the table. */
    readonly row: { params: { readonly position: number }; result: RowDetails };
    /** Details of a row by its number in the file, and its position in the table; −1 for none. */
    readonly find: {
      params: { readonly row: number };
      result: { readonly position: number; readonly details: RowDetails };
    };
    /** The region that a text means: `chrI:1,000-2,000`, a contig, or the name of a feature. */
    readonly locate: {
      params: { readonly text: string; readonly chrom: string };
      result: Region & { readonly row?: number };
    };
    readonly draw: {
      params: { readonly track: string; readonly region: Region; readonly bins: number };
      result: Drawing;
    };
    /** Letters of the genome; empty where it has none there. */
    readonly bases: { params: Region; result: string };
    readonly summary: { params: Nothing; result: Summary };
    readonly showText: { params: { readonly line: number }; result: null };
    readonly showSequence: { params: Region; result: null };
    readonly chooseGenome: { params: Nothing; result: null };
    readonly copy: { params: { readonly text: string; readonly what: string }; result: null };
    /** Writes the rows of the table to a file that the user chooses. */
    readonly exportRows: { params: Nothing; result: null };
    readonly addTrack: { params: Nothing; result: null };
    /** The tracks in their order; those that are missing are removed. */
    readonly arrange: { params: { readonly tracks: readonly TrackSettings[] }; result: null };
  };
  readonly events: {
    readonly progress: ProgressEvent;
    /** The file changed on disk, or is gone. */
    readonly stale: { readonly isGone: boolean };
    readonly info: ViewInfo;
    /** The region box is wanted. */
    readonly goTo: Nothing;
  };
}
