import { throwIfAborted } from '../core/errors.ts';
import type { ProgressReporter } from '../core/progress.ts';
import { buildStage, findStage, hasOutputs, type StageRecord } from './quantify-stage.ts';

/** A stage that can be run: where, what decides its result, and how. */
export interface Stage {
  /** What it does, for messages and progress, for example `trimming root_1`. */
  readonly what: string;
  readonly folder: string;
  readonly key: string;
  /** Writes the files of the stage into a folder and returns its figures. */
  run(work: string): Promise<Readonly<Record<string, number>>>;
}

/** Who is told what the stages do, and what stops them. */
export interface StageReports {
  readonly log: (line: string) => void;
  readonly toolLog: (line: string) => void;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal | undefined;
}

/** Runs stages, except those whose result is there already. */
export class StageRunner {
  /** What was run. */
  readonly run: string[] = [];
  /** What was found finished. */
  readonly kept: string[] = [];
  readonly #reports: StageReports;
  readonly #total: number;
  #done = 0;

  constructor(total: number, reports: StageReports) {
    this.#total = total;
    this.#reports = reports;
    this.#tell();
  }

  /** A finished stage, or undefined where it has to be run. */
  async find(stage: Stage, needsOutputs = true): Promise<StageRecord | undefined> {
    const record = await findStage(stage.folder, stage.key);
    if (record === undefined || !needsOutputs) return record;
    return (await hasOutputs(stage.folder, record)) ? record : undefined;
  }

  /**
   * The record of a stage, which is run unless it is finished.
   *
   * @param needsOutputs false where only its figures are needed
   */
  async ensure(stage: Stage, needsOutputs = true): Promise<StageRecord> {
    throwIfAborted(this.#reports.signal, stage.what);
    const found = await this.find(stage, needsOutputs);
    if (found !== undefined) {
      this.kept.push(stage.what);
      this.step();
      return found;
    }
    this.#reports.log(stage.what);
    const record = await buildStage(stage.folder, stage.key, (work) => stage.run(work));
    this.run.push(stage.what);
    this.step();
    return record;
  }

  /** Counts a piece of work that is done. */
  step(): void {
    this.#done++;
    this.#tell();
  }

  #tell(): void {
    this.#reports.progress({
      task: 'quantification',
      done: this.#done,
      total: this.#total,
      unit: 'stages',
    });
  }
}
