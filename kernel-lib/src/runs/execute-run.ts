import path from 'node:path';
import { useBackend, type BackendName } from '../backend/use-backend.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { RunFolder } from './run-folder.ts';
import type { RunConfig } from './schema/run-config.ts';
import type { RunResult } from './run-result.ts';
import { executeTrainRun } from './train-run.ts';

/** How a run is executed. */
export interface ExecuteRunOptions extends LongWorkOptions {
  /** Goes on where an earlier start of the same run stopped. Default false. */
  readonly resume?: boolean;
  /** Replaces the backend of the config. */
  readonly backend?: BackendName;
  /** Is told what is being done. */
  readonly log?: (line: string) => void;
}

/**
 * Executes a run config.
 *
 * @param configFile the file that the config was read from; its paths start from that folder
 */
export async function executeRun(
  config: RunConfig,
  configFile: string,
  options: ExecuteRunOptions = {},
): Promise<RunResult> {
  const { resume = false, backend, log = () => undefined, signal, progress } = options;
  const base = path.dirname(path.resolve(configFile));
  const folder = path.resolve(base, config.output ?? path.join('runs', config.name));
  const info = await useBackend(backend ?? config.backend);
  const run = await RunFolder.open(folder, config, { resume, log });
  await run.log(`run ${config.name}, mode ${config.mode}, backend ${info.name} ${info.version}`);
  return executeTrainRun(config, base, run, {
    resume,
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
}
