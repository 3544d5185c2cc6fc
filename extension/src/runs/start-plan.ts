import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRunConfig } from 'tatabox/runs/schema/read-run-config.ts';
import { isSameConfig } from 'tatabox/runs/schema/same-config.ts';
import { readRun, type RunSummary } from 'tatabox/runs/status/read-run.ts';
import { runFolderOf } from 'tatabox/runs/status/run-folder-of.ts';

/** What a start of a config would mean. */
export interface StartPlan {
  readonly name: string;
  /** Absolute path of the config file. */
  readonly config: string;
  readonly overrides: readonly string[];
  /** The folder that the run writes. */
  readonly folder: string;
  /** The run that lies there already. */
  readonly earlier: RunSummary | undefined;
  /** Whether that run stopped and would go on with this config. */
  readonly canResume: boolean;
}

/**
 * Checks a config and looks for the run that it was started as before.
 *
 * @throws InputError, UsageError where the config is wrong
 */
export async function planStart(
  configFile: string,
  overrides: readonly string[] = [],
): Promise<StartPlan> {
  const { config, file } = await readRunConfig(configFile, overrides);
  const folder = runFolderOf(config, file);
  const earlier = await readRun(folder);
  const saved =
    earlier?.canResume === true
      ? await readFile(path.join(folder, 'config.yaml'), 'utf8').catch(() => '')
      : '';
  return {
    name: config.name,
    config: file,
    overrides,
    folder,
    earlier,
    canResume: saved !== '' && isSameConfig(saved, config),
  };
}
