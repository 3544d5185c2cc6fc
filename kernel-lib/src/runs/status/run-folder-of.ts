import path from 'node:path';
import type { RunConfig } from '../schema/run-config.ts';

/** The folder that a run config writes: its `output`, else `runs/NAME`, beside the config file. */
export function runFolderOf(
  config: Pick<RunConfig, 'name' | 'output'>,
  configFile: string,
): string {
  const base = path.dirname(path.resolve(configFile));
  return path.resolve(base, config.output ?? path.join('runs', config.name));
}
