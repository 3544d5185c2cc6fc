import path from 'node:path';
import { useBackend, type BackendName } from '../backend/use-backend.ts';
import { InterruptedError } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { checkFolderFree } from '../core/folder-lock.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { isWebAddress } from '../formats/byte-source.ts';
import { RunFolder } from './run-folder.ts';
import { requirePortableName } from './run-name.ts';
import type { RunConfig } from './schema/run-config.ts';
import type { TrainRunConfig } from './schema/train-config.ts';
import { runMode } from './run-modes.ts';
import type { RunResult, TrainRunSummary } from './run-result.ts';
import { runFolderOf } from './status/run-folder-of.ts';
import type { RunFacts } from './status/run-status.ts';
import { StatusWriter } from './status/status-writer.ts';

function factsOf(config: RunConfig, configFile: string, overrides: readonly string[]): RunFacts {
  return {
    mode: config.mode,
    name: config.name,
    config: path.resolve(configFile),
    overrides,
    epochs: 'training' in config ? config.training.epochs : undefined,
  };
}

/** How a run is executed. */
export interface ExecuteRunOptions extends LongWorkOptions {
  /** Goes on where an earlier start of the same run stopped. Default false. */
  readonly resume?: boolean;
  /** Replaces the backend of the config. */
  readonly backend?: BackendName;
  /**
   * Values that replaced those of the config file, as `training.epochs=5`. They are noted in the run
   * folder, so that whoever resumes the run can replace them again. Default none.
   */
  readonly overrides?: readonly string[];
  /** Is told what is being done. */
  readonly log?: (line: string) => void;
}

/**
 * Executes a run config. All that can be wrong with the config and its data is found before the run
 * folder is made or an earlier run is moved aside.
 *
 * @param configFile the file that the config was read from; its paths start from that folder
 * @throws InputError, UsageError, EnvironmentError; InterruptedError after an abort, when `resume`
 *   goes on
 */
export function executeRun(
  config: TrainRunConfig,
  configFile: string,
  options?: ExecuteRunOptions,
): Promise<RunResult<TrainRunSummary>>;
export function executeRun(
  config: RunConfig,
  configFile: string,
  options?: ExecuteRunOptions,
): Promise<RunResult>;
export async function executeRun(
  config: RunConfig,
  configFile: string,
  options: ExecuteRunOptions = {},
): Promise<RunResult> {
  const { resume = false, backend, overrides = [], log = () => undefined } = options;
  const { signal, progress } = options;
  const base = path.dirname(path.resolve(configFile));
  const folder = runFolderOf(config, configFile);
  requirePortableName(config.name, configFile);
  await checkFolderWritable(folder);
  await checkFolderFree(folder);
  if (resume) {
    const finished = await RunFolder.finished(folder, config);
    if (finished !== undefined) {
      log('this run is finished already');
      return finished;
    }
  }
  const longWork = longWorkOf({ signal, progress });
  const lines: string[] = [];
  const note = (line: string): void => {
    log(line);
    lines.push(line);
  };
  const started = performance.now();
  const mode = await runMode(config.mode);
  if (mode.computes) {
    const info = await useBackend(backend ?? ('backend' in config ? config.backend : undefined));
    note(`run ${config.name}, mode ${config.mode}, backend ${info.name} ${info.version}`);
  } else {
    note(`run ${config.name}, mode ${config.mode}`);
  }
  const paths = {
    where: configFile,
    resolve: (file: string) => (isWebAddress(file) ? file : path.resolve(base, file)),
    ...longWork,
  };
  const prepared = await mode.prepare(config, { ...paths, log: note });
  let run: RunFolder | undefined;
  let status: StatusWriter | undefined;
  try {
    run = await RunFolder.open(folder, config, { resume, log });
    const noted = await StatusWriter.open(folder, factsOf(config, configFile, overrides));
    status = noted;
    await run.record(lines);
    const result = await mode.execute(config, prepared, {
      ...paths,
      folder: run,
      resume,
      started,
      progress: (event) => {
        noted.report(event);
        progress?.(event);
      },
    });
    await run.writeJson('result.json', result);
    await run.log(`finished in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await status.end('finished');
    return result;
  } catch (error) {
    if (error instanceof InterruptedError) await status?.end('interrupted');
    else await status?.end('failed', error);
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(
      {
        where: `run ${config.name}`,
        found: 'interrupted',
        fix: `The same command with --resume goes on where it stopped; ${folder} holds what is done.`,
      },
      { cause: error },
    );
  } finally {
    mode.release?.(prepared);
    await run?.close();
  }
}
