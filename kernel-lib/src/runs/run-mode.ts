import type { LongWorkOptions } from '../core/progress.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunResult } from './run-result.ts';

/** What a mode can use before its run folder is made. */
export interface RunChecks extends LongWorkOptions {
  /** The config file, for messages. */
  readonly where: string;
  /** Absolute path of a path in the config, which starts from the folder of the config file. */
  resolve(file: string): string;
  /** Is told what was found. */
  log(line: string): void;
}

/** What a mode works with. */
export interface RunContext extends LongWorkOptions {
  /** The config file, for messages. */
  readonly where: string;
  /** Absolute path of a path in the config, which starts from the folder of the config file. */
  resolve(file: string): string;
  /** The folder of this run: outputs go to `folder.file(name)`, lines for its log to `folder.log`. */
  readonly folder: RunFolder;
  /** Goes on where an earlier start of the same run stopped. */
  readonly resume: boolean;
  /** `performance.now()` at the start. */
  readonly started: number;
}

/** One mode of run configs: what `mode: NAME` does. */
export interface RunMode<Config, Prepared = void> {
  /** Whether it computes with TensorFlow.js, so that a backend has to be started. */
  readonly computes: boolean;
  /**
   * Finds all that can be wrong with the config and its data before the run folder is made or an
   * earlier run is moved aside; what it reads on the way is handed to `execute`.
   */
  prepare(config: Config, checks: RunChecks): Promise<Prepared>;
  execute(config: Config, prepared: Prepared, context: RunContext): Promise<RunResult>;
  /** Frees what `prepare` holds, such as temporary files; after `execute`, or in its place. */
  release?(prepared: Prepared): void;
}
