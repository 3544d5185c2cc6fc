import { parse, stringify } from 'yaml';
import { yamlFault } from '../../core/yaml-limits.ts';
import { runConfigSchema, type RunConfig } from './run-config.ts';

/** What may differ on resume: how fast it goes, and what happens at a bad batch. */
const CHANGEABLE = ['workers'];
const CHANGEABLE_TRAINING = ['onBadLoss', 'maxBadBatches', 'maxGradientNorm'];

function without(value: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function comparable(config: RunConfig): string {
  const { training, ...rest } = without(config, CHANGEABLE);
  return stringify(
    { ...rest, training: without(training ?? {}, CHANGEABLE_TRAINING) },
    { sortMapEntries: true },
  );
}

/** A config as it was saved; undefined for text that is none. */
function savedConfig(text: string): RunConfig | undefined {
  if (yamlFault(text) !== undefined) return undefined;
  try {
    // Options that are newer than the file get their defaults.
    return runConfigSchema.safeParse(parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether a run that was begun with a saved config can go on with another one. */
export function isSameConfig(saved: string, config: RunConfig): boolean {
  if (saved === stringify(config)) return true;
  const before = savedConfig(saved);
  return before !== undefined && comparable(before) === comparable(config);
}
