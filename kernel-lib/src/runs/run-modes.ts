import type { RunMode } from './run-mode.ts';
import type { RunConfig } from './schema/run-config.ts';

/** A mode is loaded when a run asks for it. */
const modes: {
  readonly [Mode in RunConfig['mode']]: () => Promise<
    RunMode<Extract<RunConfig, { mode: Mode }>, unknown>
  >;
} = {
  train: async () => (await import('./train-run.ts')).trainRun,
};

/** What a mode of run configs does. */
export async function runMode(mode: RunConfig['mode']): Promise<RunMode<RunConfig, unknown>> {
  return (await modes[mode]()) as unknown as RunMode<RunConfig, unknown>;
}
