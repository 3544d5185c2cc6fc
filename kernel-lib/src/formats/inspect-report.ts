import {
  InterruptedError,
  TataboxError,
  throwIfAborted,
  UsageError,
  type ErrorDetails,
} from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { TableView } from '../core/table-view.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import type { Compression, FileFormat } from './detect-format.ts';
import { inspectionViews } from './inspect-views.ts';

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

/** Rows of a list that are kept: a file may have any number of contigs. */
export const MOST_ROWS = 100_000;
const MOST_PROBLEMS = 100;
/** Milliseconds between two looks at signal and progress. */
const PAUSE = 50;

type Lists = Pick<FileReport, 'contigs' | 'columns' | 'tensors' | 'motifs'>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What one look at a file finds, put together step by step. */
export class Inspection {
  readonly source: FileSource;
  readonly name: string;
  readonly lists: Mutable<Lists> = {};
  format: FileReport['format'] = 'missing';
  compression: Compression = 'none';
  size: number | undefined;
  records: number | undefined;
  readonly #facts: FileFact[] = [];
  readonly #problems: ErrorDetails[] = [];
  readonly #counts: Record<string, readonly InspectedCount[]> = {};
  readonly #work: LongWorkOptions;
  #problemCount = 0;
  #paused = performance.now();

  constructor(source: FileSource, work: LongWorkOptions) {
    this.source = source;
    this.name = sourceName(source);
    this.#work = work;
  }

  /** Whether nothing wrong was found so far. */
  get isFine(): boolean {
    return this.#problemCount === 0;
  }

  /** Adds a fact; one without value is passed over. */
  fact(label: string, value: string | number | undefined): void {
    if (value !== undefined) this.#facts.push([label, value]);
  }

  counts(of: string, counts: Iterable<readonly [string, number]>): void {
    const rows = [...counts].map(([name, count]) => ({ name, count }));
    if (rows.length > 0) this.#counts[of] = rows.sort((a, b) => b.count - a.count);
  }

  problem(details: ErrorDetails): void {
    // Of each column or tensor alike, for example that it is compressed in another way.
    const isKnown = ({ where, found }: ErrorDetails): boolean =>
      where === details.where && found === details.found;
    if (this.#problems.some(isKnown)) return;
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(details);
  }

  /** An error of a reader as a problem; interruptions, wrong calls and defects are thrown on. */
  caught(error: unknown): void {
    const isOfFile = error instanceof TataboxError && !(error instanceof UsageError);
    if (!isOfFile || error instanceof InterruptedError) throw error;
    this.problem(error.details);
  }

  /** Does a part of the look; what a reader throws becomes a problem. */
  async attempt(part: () => Promise<void> | void): Promise<boolean> {
    try {
      await part();
      return true;
    } catch (error) {
      this.caught(error);
      return false;
    }
  }

  /** To be awaited between steps of long work. @param unit what `done` counts */
  async step(done: number, unit: string): Promise<void> {
    if (performance.now() - this.#paused < PAUSE) return;
    this.#work.progress?.({ task: `inspecting ${this.name}`, done, unit });
    await yieldToEventLoop();
    throwIfAborted(this.#work.signal, `inspecting ${this.name}`);
    this.#paused = performance.now();
  }

  /** @param limit rows of a list that a view shows */
  report(limit: number): FileReport {
    const counts = Object.keys(this.#counts).length > 0 ? { counts: this.#counts } : {};
    const report = {
      name: this.name,
      format: this.format,
      compression: this.compression,
      size: this.size,
      records: this.records,
      facts: this.#facts,
      ...this.lists,
      ...counts,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
    return { ...report, views: inspectionViews(report, limit) };
  }
}
