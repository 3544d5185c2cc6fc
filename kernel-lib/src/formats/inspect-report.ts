import {
  InterruptedError,
  TataboxError,
  throwIfAborted,
  UsageError,
  type ErrorDetails,
} from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import type { Compression } from './detect-format.ts';
import type { FileFact, FileReport, InspectedCount } from './inspect-types.ts';
import { inspectionViews } from './inspect-views.ts';

export type {
  FileFact,
  FileReport,
  InspectedColumn,
  InspectedContig,
  InspectedCount,
  InspectedMotif,
  InspectedTensor,
} from './inspect-types.ts';

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
