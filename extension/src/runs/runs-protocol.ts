import type { ProgressEvent } from 'tatabox/core/progress.ts';
import type { RunState } from 'tatabox/runs/status/run-status.ts';
import type { Protocol } from '../webviews/channel.ts';
import type { ConfigDifference } from './config-differences.ts';
import type { TrainingCurve } from './run-details.ts';

/** A run as the page shows it. */
export interface ShownRun {
  readonly folder: string;
  readonly name: string;
  readonly mode: string;
  readonly state: RunState;
  readonly error: string | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Seconds of computing, of a finished run. */
  readonly seconds: number | undefined;
  readonly progress: readonly ProgressEvent[];
  readonly epochs: number | undefined;
  /** What was measured on, and the figures. */
  readonly measuredOn: string | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly curves: readonly TrainingCurve[];
  /** What the terminal shows of the result; empty until it is finished. */
  readonly resultText: string;
  /** The last lines of the log. */
  readonly log: string;
  readonly hasReport: boolean;
  readonly hasModel: boolean;
  readonly canResume: boolean;
}

/** What the page shows: one run, or several side by side. */
export interface ShownRuns {
  readonly runs: readonly ShownRun[];
  /** Keys of the configs in which they differ; empty for one run. */
  readonly differences: readonly ConfigDifference[];
}

/** What the page keeps, so that it comes back when the window is loaded again. */
export interface KeptRuns {
  readonly folders: readonly string[];
}

/** What can be done with a run from its page. */
export type RunAction = 'stop' | 'resume' | 'openReport' | 'openLog' | 'openFolder' | 'push';

/** What the page of runs and its host tell each other. */
export interface RunsProtocol extends Protocol {
  readonly requests: {
    readonly load: { params: null; result: ShownRuns };
    readonly act: { params: { folder: string; action: RunAction }; result: null };
  };
  readonly events: {
    /** They went on. */
    readonly changed: ShownRuns;
  };
}
