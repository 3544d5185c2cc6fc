import type { RunSummary } from 'tatabox/runs/status/read-run.ts';

/** A link above a run config. */
export interface RunLens {
  readonly title: string;
  readonly command: string;
  /** What the command is given: the config file, or the run folder. */
  readonly of: 'config' | 'run';
}

/** What can be done with a config whose run stands so; undefined where it never ran. */
export function lensesOf(run: Pick<RunSummary, 'state' | 'canResume'> | undefined): RunLens[] {
  const start = { title: '$(play) Run', command: 'tatabox.run.start', of: 'config' } as const;
  const results = {
    title: '$(graph) Show Results',
    command: 'tatabox.run.showResults',
    of: 'run',
  } as const;
  if (run === undefined) return [start];
  if (run.state === 'running') {
    return [
      { title: '$(debug-stop) Stop', command: 'tatabox.run.stop', of: 'run' },
      { ...results, title: '$(graph) Show Progress' },
    ];
  }
  const resume = {
    title: '$(debug-continue) Resume',
    command: 'tatabox.run.resume',
    of: 'config',
  } as const;
  return run.canResume ? [start, resume, results] : [start, results];
}
