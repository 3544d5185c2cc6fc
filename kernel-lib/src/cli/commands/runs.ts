import path from 'node:path';
import type { Command } from 'commander';
import type { RunSummary } from '../../runs/status/read-run.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';

/** The figure that a run is known by. */
function figureOf({ metrics, epoch }: RunSummary): string {
  const shown = (part: string, name: string, value: number): string =>
    `${part}${name} ${value.toPrecision(3)}`;
  if (metrics?.part !== undefined) {
    const name = ['pearson', 'perplexity', 'accuracy'].find((each) => each in metrics.values);
    const value = name === undefined ? undefined : metrics.values[name];
    if (name !== undefined && value !== undefined) return shown(`${metrics.part} `, name, value);
  }
  if (epoch === undefined) return '';
  const { validationLoss, trainLoss } = epoch;
  if (validationLoss !== undefined) return shown('', 'validation loss', validationLoss);
  return trainLoss === undefined ? '' : shown('', 'loss', trainLoss);
}

/** How far a run is, as `training 45 %`. */
function progressOf({ state, progress }: RunSummary): string {
  const event = progress.at(-1);
  if (event === undefined || state === 'finished') return '';
  const { task, done, total, unit } = event;
  const far =
    total === undefined || total <= 0
      ? `${done.toLocaleString('en-US')} ${unit}`
      : `${Math.floor((100 * done) / total).toFixed(0)} %`;
  return `${task} ${far}`;
}

/** `tatabox runs`: what became of the runs in a folder. */
export function addRunsCommand(program: Command): void {
  program
    .command('runs')
    .description('list the runs in a folder: state, progress, figures')
    .argument('[folder]', 'folder to look through', '.')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox runs
  $ tatabox runs experiments --json`,
    )
    .action(async (folder: string, options: GlobalOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const { listRuns } = await import('../../runs/status/list-runs.ts');
        const { folderSize } = await import('../../runs/status/folder-size.ts');
        const { bytesText, countOf } = await import('../../formats/inspect-views.ts');
        const { TableView } = await import('../../core/table-view.ts');
        const runs = await listRuns(folder, { signal, progress });
        const sizes: number[] = [];
        for (const run of runs) sizes.push(await folderSize(run.folder, signal));
        const view = new TableView(
          runs.length === 0 ? `no runs in ${folder}` : countOf(runs.length, 'run'),
          ['name', 'mode', 'state', 'progress', 'figure', 'started', 'size', 'folder'],
          runs.map((run, index) => ({
            name: run.name,
            mode: run.mode,
            state: run.state,
            progress: progressOf(run),
            figure: figureOf(run),
            started: run.startedAt.toISOString().slice(0, 16).replace('T', ' '),
            size: bytesText(sizes[index] ?? 0),
            folder: path.relative(process.cwd(), run.folder) || '.',
          })),
        );
        return {
          text: runs.length === 0 ? view.title : view.toText(),
          json: { runs: runs.map((run, index) => ({ ...run, bytes: sizes[index] })) },
        };
      });
    });
}
