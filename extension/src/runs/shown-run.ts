import path from 'node:path';
import { configDifferences, flattenConfig } from './config-differences.ts';
import { readRunDetails, type RunDetails } from './run-details.ts';
import type { KeptRuns, ShownRun, ShownRuns } from './runs-protocol.ts';

/** Letters of the log and the result that a page shows. */
const LONGEST_TEXT = 20_000;

/** A run as its page shows it. */
export function shownRun({ summary, curves, resultText, log }: RunDetails): ShownRun {
  return {
    folder: summary.folder,
    name: summary.name,
    mode: summary.mode ?? 'run',
    state: summary.state,
    error: summary.error,
    startedAt: summary.startedAt.getTime(),
    updatedAt: summary.updatedAt.getTime(),
    seconds: summary.seconds,
    progress: summary.progress,
    epochs: summary.epochs,
    measuredOn: summary.metrics?.part,
    metrics: summary.metrics?.values ?? {},
    curves,
    resultText: (resultText ?? '').slice(0, LONGEST_TEXT),
    log: log.slice(-LONGEST_TEXT),
    hasReport: summary.hasReport,
    hasModel: summary.hasModel,
    canResume: summary.canResume,
  };
}

/**
 * One run, or several side by side with what their configs differ in.
 *
 * @throws InputError where a folder is not one of a run
 */
export async function readShownRuns(folders: readonly string[]): Promise<ShownRuns> {
  const details = await Promise.all(folders.map((folder) => readRunDetails(folder)));
  return {
    runs: details.map(shownRun),
    differences: configDifferences(details.map(({ config }) => flattenConfig(config))),
  };
}

/** The folders that a page kept; undefined where they are not what it keeps. */
export function keptFolders(state: unknown): string[] | undefined {
  const folders = (state as Partial<KeptRuns> | null | undefined)?.folders as unknown;
  if (!Array.isArray(folders) || folders.length === 0) return undefined;
  const names = folders.filter((each) => typeof each === 'string' && path.isAbsolute(each));
  return names.length === folders.length ? (names as string[]) : undefined;
}
