import type { RegressionMetrics } from '../evaluation/metrics.ts';

/** What a training run prints with `--json`. */
export interface TrainRunSummary {
  readonly runFolder: string;
  readonly modelFolder: string;
  readonly metrics: {
    readonly test: RegressionMetrics;
    readonly baselines: Readonly<Record<string, { pearson: number | null; r2: number | null }>>;
    /** Of each network alone, in the order of the seeds. */
    readonly members: readonly RegressionMetrics[];
  };
  readonly seconds: number;
}

/** What a run gives: text for people and an object for programs. */
export interface RunResult<Json extends object = object> {
  readonly text: string;
  readonly json: Json;
}
